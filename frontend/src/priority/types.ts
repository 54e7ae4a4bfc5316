/** What a proposal's body holds, as `geodata.model.proposal` writes it; empty values are left out. */
export interface Need {
  id: string;
  title: string;
  place: [number, number];
  capability: string;
  rank: string;
  quantity?: number;
  people?: number;
  critical?: boolean;
  latest?: number;
  harm?: number;
  helped?: number;
  site?: string;
  request?: string;
}

export interface Beaten {
  how: string;
  decides: string;
  by: number;
  resource?: string;
  need?: string;
  minutes?: number;
}

export interface Flip {
  what: string;
  value?: number;
  rank?: string;
  need?: string;
  resource?: string;
  blocked?: string;
}

export interface Hindrance {
  code: string;
  count: number;
  resource?: string;
  minutes?: number;
  needed?: number;
  there?: number;
  need?: string;
  ars?: string;
  capability?: string;
}

export interface Decision {
  kind: 'ACCEPTED' | 'OVERRIDDEN' | 'AWAITS_SECOND' | 'REFUSED';
  by: string;
  at: string;
  resource?: string;
  reason?: string;
  cover?: string[];
  second?: string;
  second_at?: string;
  second_reason?: string;
}

export interface Line {
  number: number;
  need: string;
  resource?: string;
  minutes?: number;
  fixed?: boolean;
  kept?: boolean;
  gain?: number;
  delay?: number;
  cost?: number;
  short?: number;
  versatile?: number;
  rival?: Beaten;
  elsewhere?: Beaten;
  flips?: Flip[];
  hindrances?: Hindrance[];
  decision?: Decision;
}

export interface Lock {
  resource: string;
  need?: string;
  fixed: boolean;
}

export interface Proposal {
  incident: string;
  number: number;
  state: 'COMPUTING' | 'PROPOSED' | 'FAILED' | 'CANCELLED';
  by: string;
  asked_at: string;
  computed_at?: string;
  seconds?: number;
  stage?: number;
  stages?: number;
  error?: string;
  needs?: Need[];
  lines?: Line[];
  locks?: Lock[];
  previous?: string;
  changes?: { kept: number; moved: number; dropped: number; added: number };
  gaps?: Record<string, number>;
  travel?: { method: string; as_of: string; blocked?: number; roads?: string };
  history?: { what: string; at: string; by?: string; line?: number; resource?: string; need?: string; reason?: string }[];
}

export interface Stale {
  resources: string[];
  unseen: number;
  needs: string[];
}

export interface Offer {
  resource: string;
  deployment: { state: string; fields: Record<string, unknown>; override?: { reason: string } };
}
