/** Things as features of the map. `signature` changes when and only when the drawing does. */
import type { Feature, Geometry } from 'geojson';
import type { Thing } from '../live/store.svelte';
import { idOf, shapeNumber } from '../map/features';
import { isClosed, isGrave, nameOf, type FacilityBody, type Kind, type SiteBody } from './kinds';
import { middle } from './measure';
import type { Plate } from './plates';
import { signOf } from './signs';

export interface Drawn {
  feature: Feature;
  signature: string;
}

/** The image of a thing that has a sign on the map; null for what is drawn by its outline alone. */
export function plateOf(kind: Kind, body: object, now: number): Plate | null {
  if (kind === 'sector') return null;
  const closed = isClosed(kind, body, now);
  if (kind === 'site') {
    const { priority, lives_at_risk: lives, state } = body as SiteBody;
    const look = closed ? (state === 'CONTROLLED' ? 'done' : 'closed') : state === 'REPORTED' ? 'unproven' : state === 'DONE' ? 'done' : ['ASSIGNED', 'IN_WORK'].includes(state) ? 'working' : 'open';
    return { sign: signOf(kind, body), priority, lives: lives === true, look };
  }
  if (kind === 'facility') {
    const { state, used, capacity } = body as FacilityBody;
    const full = state === 'FULL' ? 1 : capacity && used !== undefined ? Math.min(1, Math.round((used / capacity) * 10) / 10) : undefined;
    return { sign: signOf(kind, body), look: closed ? 'closed' : state === 'PLANNED' ? 'unproven' : 'open', full };
  }
  return { sign: signOf(kind, body), look: closed ? 'closed' : 'open' };
}

const SHORT = 60;

/** Sign and name at its place. */
export function pointFeature(kind: Kind, thing: Thing, icon: string, now: number): Drawn | null {
  const at = thing.body.geometry ? middle(thing.body.geometry as Geometry) : null;
  if (!at) return null;
  const grave = kind === 'site' && isGrave(thing.body as Partial<SiteBody>);
  const closed = isClosed(kind, thing.body, now);
  const short = String(thing.body.number ?? '');
  const name = nameOf(kind, thing.body);
  const label = `${short} ${name.length > SHORT ? `${name.slice(0, SHORT)}…` : name}`;
  const rank = (closed ? 0 : 10) + (grave ? 5 : 0) + (4 - Number(String(thing.body.priority ?? 'P4').slice(1)));
  return {
    feature: { type: 'Feature', id: idOf(thing.id), geometry: { type: 'Point', coordinates: at }, properties: { key: thing.id, icon, short, label, rank, faded: closed ? 1 : 0, grave: grave && !closed ? 1 : 0 } },
    signature: `${icon}|${label}|${at.join()}|${rank}`,
  };
}

/** Its outline, for areas and lines. */
export function shapeFeature(kind: Kind, thing: Thing, now: number): Drawn | null {
  const geometry = thing.body.geometry as Geometry | undefined;
  if (!geometry || geometry.type === 'Point') return null;
  const number = shapeNumber(geometry);
  const closed = isClosed(kind, thing.body, now);
  const type = String(thing.body.type ?? '');
  const line = geometry.type === 'LineString' ? 1 : 0;
  return {
    feature: { type: 'Feature', id: idOf(thing.id), geometry, properties: { key: thing.id, type, line, faded: closed ? 1 : 0 } },
    signature: `${number}|${type}|${closed}`,
  };
}
