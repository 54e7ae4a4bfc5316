/** What a Meldekopf keeps in this browser. */
import { keeping } from '../kept';
import type { Desk, Kept } from './types';

export const { keepAct, keptActs, dropActs, keepDesk, keptDesk, forgetDesk, wasUsed } = keeping<Kept, Desk>('lagebild-arrivals', 'lagebild.meldekopf');
