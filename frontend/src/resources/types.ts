/** Resources, positions, stock and fleets as they stand in the picture (geodata/model/resource.py). Empty members are
 *  left out on the wire. */
import type { Thing } from '../live/store.svelte';
import type { Kept } from '../situation/kinds';

export const RESOURCE_KINDS = ['VEHICLE', 'CONTAINER', 'UNIT', 'TEAM', 'DEVICE'] as const;
export type ResourceKind = (typeof RESOURCE_KINDS)[number];

/** In the order in which a board shows them: free first, gone last. */
export const AVAILABILITIES = [
  'AVAILABLE_STATION', 'AVAILABLE_MOBILE', 'LIMITED', 'STAGED', 'COMMITTED_EN_ROUTE', 'COMMITTED_ON_SCENE', 'COMMITTED_TRANSPORT',
  'COMMITTED_AT_DESTINATION', 'COMMITTED_BOUND', 'RESTING', 'OUT_OF_SERVICE', 'UNKNOWN',
] as const;
export type Availability = (typeof AVAILABILITIES)[number];

export const DEPLOYMENTS = ['AT_HOME', 'ALERTED', 'EN_ROUTE', 'AT_MELDEKOPF', 'STAGED', 'DEPLOYED', 'RELEASED', 'RETURNING', 'RESTING', 'OUT_OF_SERVICE'] as const;
export type Deployment = (typeof DEPLOYMENTS)[number];

export type Place = [number, number];

export interface ResourceBody extends Kept {
  organisation: string;
  kind: ResourceKind;
  type: string;
  callsign: string;
  deployment?: Deployment;
  availability?: Availability;
  opta?: string;
  ars?: string;
  home?: Place;
  home_name?: string;
  capabilities?: string[];
  capacities?: Record<string, number>;
  parent?: string;
  carried_by?: string;
  status?: { code: string; at: string; by: string; until?: string };
  signal?: { code: string; at: string; seen?: string };
  deployed_since?: string;
  state_reason?: string;
  strength?: string;
  crew_since?: string;
  endurance_until?: string;
  relief_due?: string;
  fuel?: number;
  defects?: string[];
  incident?: string;
  sector?: string;
  site?: string;
  task?: string;
  facility?: string;
  target?: Place;
  eta?: string;
  hold?: { inquiry: string; organisation: string; until: string };
  loan?: { inquiry: string; organisation: string; since: string; until?: string; recall_hours?: number };
  external_id?: string;
  note?: string;
}

export interface PositionBody {
  longitude: number;
  latitude: number;
  at: string;
  source: string;
  accuracy?: number;
  speed?: number;
  heading?: number;
}

export interface StockBody extends Kept {
  organisation: string;
  article: string;
  unit: string;
  quantity: number;
  reserved?: number;
  minimum?: number;
  consumption?: number;
  ars?: string;
  place?: Place;
  place_name?: string;
  counted_at?: string;
  note?: string;
}

export interface FleetBody extends Kept {
  organisation: string;
  name: string;
  room: string;
  level?: string;
  kind?: string;
  ars?: string;
  fms?: Record<string, Availability>;
  cover?: { ars: string; capability: string; minimum: number }[];
  neighbours?: string[];
  superior?: string;
  contact?: string;
  manual_minutes?: number;
  position_stale?: number;
  position_lost?: number;
  note?: string;
}

export type Of<B> = Thing & { readonly body: Thing['body'] & B };
