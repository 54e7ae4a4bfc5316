/** Marches as the picture has them. */
import type { Thing } from '../live/things.svelte';

export interface Vehicle {
  ref: string;
  callsign: string;
  type: string;
  opta?: string;
  strength?: string;
  endurance_until?: string;
  fuel?: number;
  eta?: string;
}

export interface MarchBody {
  edition: number;
  sender: string;
  to: string;
  at: string;
  valid_until: string;
  leader: string;
  contact?: string;
  incident?: string;
  incident_name?: string;
  inquiry?: string;
  facility?: string;
  place_name?: string;
  vehicles: Vehicle[];
}

export interface ReceiptLine {
  ref: string;
  state: 'MISSING' | 'ARRIVED' | 'SENT_ON' | 'LEFT';
  arrived_at?: string;
  place?: string;
  strength?: string;
  endurance_until?: string;
}

export interface ReceiptBody {
  march: string;
  of: number;
  edition: number;
  sender: string;
  at: string;
  lines: ReceiptLine[];
}

export type March = Omit<Thing, 'body'> & { body: MarchBody };
export type Receipt = Omit<Thing, 'body'> & { body: ReceiptBody };

export interface Read {
  outcome: 'NEW' | 'KNOWN' | 'OLDER';
  kind: 'march' | 'march_receipt';
  partner_name: string;
  body: { vehicles?: unknown[]; lines?: unknown[] };
}
