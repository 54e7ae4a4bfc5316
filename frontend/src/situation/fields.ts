/** What of each kind is edited in its form, in this order. */
import { CONFIDENCES, FACILITY_TYPES, PRIORITIES, ZONE_TYPES, type Kind } from './kinds';

export type Shape = 'Point' | 'LineString' | 'Polygon';

export type Field = { name: string; required?: boolean } & (
  | { type: 'line' | 'text' | 'amount' | 'moment' | 'check' | 'person' | 'sector' | 'place' }
  | { type: 'choice'; options: readonly string[] }
);

export const FIELDS: Record<Kind, Field[]> = {
  site: [
    { name: 'title', type: 'line', required: true },
    { name: 'priority', type: 'choice', options: PRIORITIES, required: true },
    { name: 'lives_at_risk', type: 'check' },
    { name: 'geometry', type: 'place', required: true },
    { name: 'address', type: 'line' },
    { name: 'text', type: 'text' },
    { name: 'affected', type: 'amount' },
    { name: 'sector', type: 'sector' },
    { name: 'caller', type: 'line' },
    { name: 'confidence', type: 'choice', options: CONFIDENCES },
  ],
  sector: [
    { name: 'name', type: 'line', required: true },
    { name: 'geometry', type: 'place' },
    { name: 'leader', type: 'person' },
    { name: 'radio', type: 'line' },
    { name: 'mission', type: 'text' },
    { name: 'parent', type: 'sector' },
  ],
  facility: [
    { name: 'type', type: 'choice', options: FACILITY_TYPES, required: true },
    { name: 'name', type: 'line', required: true },
    { name: 'geometry', type: 'place', required: true },
    { name: 'capacity', type: 'amount' },
    { name: 'used', type: 'amount' },
    { name: 'contact', type: 'line' },
  ],
  zone: [
    { name: 'type', type: 'choice', options: ZONE_TYPES, required: true },
    { name: 'name', type: 'line', required: true },
    { name: 'geometry', type: 'place', required: true },
    { name: 'reason', type: 'text' },
    { name: 'confidence', type: 'choice', options: CONFIDENCES },
    { name: 'valid_until', type: 'moment' },
    { name: 'released', type: 'check' },
  ],
};

/** What a new one begins with. */
export const BEGIN: Record<Kind, Record<string, unknown>> = {
  site: { priority: 'P3' }, sector: {}, facility: { type: 'BEREITSTELLUNGSRAUM' }, zone: { type: 'HAZARD' },
};

/** What can be drawn for it; the first is what is offered first. */
export function shapesOf(kind: Kind, type?: unknown): Shape[] {
  if (kind === 'site' || kind === 'facility') return ['Point'];
  if (kind === 'sector') return ['Polygon'];
  return type === 'CLOSURE' ? ['LineString', 'Polygon'] : ['Polygon', 'LineString'];
}
