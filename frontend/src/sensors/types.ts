/** The registry of own sensors as the server tells it. */
export type Measures = 'DISTANCE' | 'DEPTH' | 'LEVEL' | 'RAIN';
export const MEASURES: Measures[] = ['DISTANCE', 'DEPTH', 'LEVEL', 'RAIN'];

export interface Value {
  quantity: string;
  value: number;
  unit: string;
  name: string;
}

export interface Message {
  at: string;
  received_at: string;
  counter: number | null;
  port: number | null;
  payload: string | null;
  values: Value[];
  reason: string | null;
  doubt: string | null;
}

export interface Stage {
  name: string;
  value: number;
  level: number;
}

/** Mounting in cm, degrees EPSG:4326, battery in the device's own unit. */
export interface Adoption {
  name: string;
  measures: Measures;
  mounting: number;
  longitude: number;
  latitude: number;
  water: string | null;
  stages: Stage[];
  battery_limit: number | null;
  silence_minutes: number;
}

export interface Device {
  id: string;
  state: 'NEW' | 'ADOPTED' | 'IGNORED';
  name: string | null;
  network: string;
  model: string | null;
  first_seen: string;
  last_seen: string;
  newest: string | null;
  battery: number | null;
  battery_unit: string | null;
  rssi: number | null;
  snr: number | null;
  longitude: number | null;
  latitude: number | null;
  messages: number;
  doubles: number;
  undecoded: number;
  alarms: ('SILENT' | 'BATTERY')[];
  station: string;
  proposed: Measures | null;
  /** RAIN_TOTAL: a counter, of which the difference becomes rain. */
  measures: Partial<Record<Measures | 'RAIN_TOTAL', number>>;
  adoption: Adoption | null;
  last_message: Message | null;
}

export interface Aside {
  item: string;
  reason: string;
  raw: string;
  times: number;
  last_seen: string;
}

export interface Key {
  id: string;
  source: string;
  made_at: string;
  used_at: string | null;
}

/** What the gauge will show: centimetres above zero, or millimetres of rain. */
export function level(measures: Measures, mounting: number, value: number): number {
  if (measures === 'RAIN') return value;
  return measures === 'DISTANCE' ? mounting - value : mounting + value;
}
