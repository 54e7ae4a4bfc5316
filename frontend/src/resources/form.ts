/** The fields of the forms of resources, stock and fleets, in their order. */
import type { Kept } from './here.svelte';

export type Field =
  | { name: string; type: 'line' | 'text' | 'number' | 'place' | 'lines' | 'moment'; required?: boolean; max?: number }
  | { name: string; type: 'type' | 'resourcekind' | 'capabilities' | 'unit' | 'carrier' | 'level' | 'fms' | 'cover' | 'fleets' | 'fleet'; required?: boolean };

export const FORMS: Record<Kept, Field[]> = {
  resource: [
    { name: 'callsign', type: 'line', required: true }, { name: 'type', type: 'type', required: true }, { name: 'kind', type: 'resourcekind', required: true },
    { name: 'opta', type: 'line', max: 24 }, { name: 'home_name', type: 'line' }, { name: 'home', type: 'place' }, { name: 'ars', type: 'line', max: 12 },
    { name: 'capabilities', type: 'capabilities' }, { name: 'parent', type: 'unit' }, { name: 'carried_by', type: 'carrier' }, { name: 'defects', type: 'lines' }, { name: 'external_id', type: 'line' }, { name: 'note', type: 'text' },
  ],
  stock: [
    { name: 'article', type: 'line', required: true }, { name: 'quantity', type: 'number', required: true }, { name: 'unit', type: 'line', required: true, max: 20 }, { name: 'minimum', type: 'number' }, { name: 'consumption', type: 'number' },
    { name: 'place_name', type: 'line' }, { name: 'place', type: 'place' }, { name: 'ars', type: 'line', max: 12 }, { name: 'counted_at', type: 'moment' }, { name: 'note', type: 'text' },
  ],
  fleet: [
    { name: 'name', type: 'line', required: true }, { name: 'level', type: 'level' }, { name: 'ars', type: 'line', max: 12 }, { name: 'contact', type: 'line' }, { name: 'cover', type: 'cover' }, { name: 'neighbours', type: 'fleets' }, { name: 'superior', type: 'fleet' },
    { name: 'fms', type: 'fms' }, { name: 'manual_minutes', type: 'number' }, { name: 'position_stale', type: 'number' }, { name: 'position_lost', type: 'number' }, { name: 'note', type: 'text' },
  ],
};

export interface Cover {
  ars: string;
  capability: string;
  minimum: number;
}

/** One line each: municipality key, capability, number. Throws the number of the line that is none. */
export function coverOf(text: string): Cover[] {
  return text.split('\n').flatMap((line, index) => {
    if (!line.trim()) return [];
    const found = /^\s*(\d{2,12})\s+(\S+)\s+(\d{1,4})\s*$/.exec(line);
    if (!found || Number(found[3]) < 1) throw index + 1;
    return [{ ars: found[1]!, capability: found[2]!.toUpperCase(), minimum: Number(found[3]) }];
  });
}

export function coverText(cover: readonly Cover[] | undefined): string {
  return (cover ?? []).map(({ ars, capability, minimum }) => `${ars} ${capability} ${minimum}`).join('\n');
}
