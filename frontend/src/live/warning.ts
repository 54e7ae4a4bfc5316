/** An official warning as map, list and panel show it. */
import type { Level } from '../palette';
import type { Provenance, WarningBody, WarningText } from './types';

export interface Warning {
  readonly key: string;
  readonly ref: string;
  readonly body: WarningBody;
  readonly provenance: Provenance | null;
}

/** Outline styles on the map; every publisher keeps its own. */
export type Publisher = 'dwd' | 'mowas' | 'other';

export function publisherOf(warning: Warning): Publisher {
  const channel = `${warning.body.channel} ${warning.key}`.toLowerCase();
  if (channel.includes('dwd')) return 'dwd';
  return channel.includes('mow') ? 'mowas' : 'other';
}

/** The words in the wanted language, else the first there are. */
export function wording(warning: Warning, language: string): WarningText {
  const texts = warning.body.texts ?? [];
  return (
    texts.find((text) => text.language.toLowerCase().startsWith(language)) ?? texts[0] ?? { language: '', headline: warning.key }
  );
}

export function levelOf(warning: Warning): Level | undefined {
  return warning.body.level;
}

/** Advance information (DWD Vorabinformation): drawn hatched, not as a warning in force. */
export function foretold(warning: Warning): boolean {
  return warning.body.urgency === 'Future';
}

export function over(warning: Warning, now: number): boolean {
  return warning.body.expires !== undefined && Date.parse(warning.body.expires) <= now;
}

/** Begins later than now. */
export function ahead(warning: Warning, now: number): boolean {
  const begin = warning.body.onset ?? warning.body.effective;
  return begin !== undefined && Date.parse(begin) > now;
}
