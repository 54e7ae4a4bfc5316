/** What the server says about partners and agreements. */
import type { Geometry } from 'geojson';
import type { Body, Provenance } from '../live/types';

export interface Partner {
  id: string;
  origin: string;
  name: string;
  state: string;
  state_at: string;
  ars?: string | null;
  heard_at?: string | null;
}

export interface Policy {
  kinds?: string[];
  fields?: Record<string, string[]>;
  area?: Geometry;
  said?: { ars?: string[]; km?: number; border?: boolean };
  from_level?: string;
  only_free?: boolean;
}

export interface Share {
  id: string;
  peer: string;
  peer_name: string;
  room: string;
  room_name: string;
  name: string;
  state: 'DRAFT' | 'ACTIVE' | 'ENDED';
  holds: boolean;
  policy: Policy;
  until: string | null;
  created_at: string;
  ended_at: string | null;
  mine: boolean;
  there: 'NOTHING' | 'WALKING' | 'CURRENT' | 'DIFFERS';
}

export interface ReceivedShare {
  peer: string;
  peer_name: string;
  peer_origin: string;
  share: string;
  room: string;
  state: 'WALKING' | 'CURRENT' | 'WITHDRAWN';
  announced: { title?: string; incident_name?: string | null; until?: string | null };
  announced_at: string;
  agrees: boolean | null;
  heard_at: string | null;
  things: number;
}

export interface KnownKind {
  usual: string[];
  always: string[];
  more: string[];
  named: boolean;
}

export interface Template {
  id: string;
  kinds: string[];
  area: { around: 'neighbour'; km: number } | null;
  from_level: string | null;
  only_free: boolean;
}

export interface Shares {
  shares: Share[];
  received: ReceivedShare[];
  kinds: Record<string, KnownKind>;
  templates: Template[];
}

/** What is sent to draft an agreement. */
export interface Draft {
  peer: string;
  room: string;
  name: string;
  kinds: string[];
  fields: Record<string, string[]> | null;
  area: { geometry?: Geometry; ars?: string[]; km?: number; border?: boolean } | null;
  from_level: string | null;
  only_free: boolean;
  until: string | null;
}

export interface Previewed {
  counts: { kind: string; leaves: number; stays: number }[];
  withheld: Record<string, string[]>;
  items: { ref: string; body: Body; provenance: Provenance | null }[];
  next: string | null;
  holds: boolean;
}
