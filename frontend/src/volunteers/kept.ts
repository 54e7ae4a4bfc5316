/** What an Anlaufstelle keeps in this browser: acts under way, and whom it knows without a line. */
import { keeping } from '../kept';
import type { Kept, Pool } from './types';

export interface Desk {
  organisation: string;
  points: { id: string; name: string; organisation: string }[];
  pool: Pool;
}

export const { keepAct, keptActs, dropActs, keepDesk, keptDesk, forgetDesk, wasUsed } = keeping<Kept, Desk>('lagebild-volunteers', 'lagebild.anlaufstelle');
