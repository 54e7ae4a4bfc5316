/** Tactical signs (DV 102) by taktische-zeichen-core, the only place that speaks to it. It escapes nothing and throws
 *  at unknown ids: texts and colours pass a whitelist, and what it does not know becomes a neutral sign. */
import { einheiten, erzeugeTaktischesZeichen, fachaufgaben, grundzeichen, organisationen, symbole, type TaktischesZeichen } from 'taktische-zeichen-core';
import type { FacilityBody, SiteBody, ZoneBody } from './kinds';

export interface SignSpec {
  base: string;
  organisation?: string;
  unit?: string;
  task?: string;
  symbol?: string;
  text?: string;
  colour?: string;
}

export interface Sign {
  svg: string;
  url: string;
  width: number;
  height: number;
}

const TEXT = /^[\p{L}\p{N} ./\-]{0,16}$/u;
const COLOUR = /^#[0-9a-f]{6}$/i;
const NEUTRAL: SignSpec = { base: 'stelle' };
const BASES: ReadonlySet<string> = new Set(grundzeichen.map(({ id }) => id));
const ORGANISATIONS: ReadonlySet<string> = new Set(organisationen.map(({ id }) => id));
const UNITS: ReadonlySet<string> = new Set(einheiten.map(({ id }) => id));
const TASKS: ReadonlySet<string> = new Set(fachaufgaben.map(({ id }) => id));
const SYMBOLS: ReadonlySet<string> = new Set(symbole.map(({ id }) => id));

const made = new Map<string, Sign>();

/** The same spec gives the same sign; unknown ids and forbidden texts are left out. Never throws. */
export function sign(spec: SignSpec): Sign {
  const safe = whitelisted(spec);
  const key = JSON.stringify(safe);
  let found = made.get(key);
  if (!found) made.set(key, (found = draw(safe)));
  return found;
}

/** What of a spec may reach the package. */
export function whitelisted({ base, organisation, unit, task, symbol, text, colour }: SignSpec): SignSpec {
  if (!BASES.has(base)) return NEUTRAL;
  return {
    base,
    ...(organisation && ORGANISATIONS.has(organisation) && { organisation }),
    ...(unit && UNITS.has(unit) && { unit }),
    ...(task && TASKS.has(task) && { task }),
    ...(symbol && SYMBOLS.has(symbol) && { symbol }),
    ...(text && typeof text === 'string' && TEXT.test(text) && { text }),
    ...(colour && typeof colour === 'string' && COLOUR.test(colour) && { colour }),
  };
}

function draw(spec: SignSpec): Sign {
  const image = erzeugeTaktischesZeichen({
    grundzeichen: spec.base, organisation: spec.organisation, einheit: spec.unit, fachaufgabe: spec.task, symbol: spec.symbol, text: spec.text, farbe: spec.colour,
    // An image sees no font of the page, so a text brings its own; without text it would be 25 kB for nothing.
    skipFontRegistration: !spec.text,
  } as TaktischesZeichen);
  const [width, height] = image.size;
  // Without a size of its own an SVG cannot be drawn on a canvas everywhere.
  const svg = image.toString().replace('<svg ', `<svg width="${width * 2}" height="${height * 2}" `);
  // The package's own `dataUrl` writes every sign to the console.
  return { svg, url: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`, width, height };
}

const KEYWORDS: [RegExp, string][] = [
  [/vermisst|missing/i, 'person-vermisst'],
  [/verschüttet|buried/i, 'person-verschuettet'],
  [/verletzt|injur/i, 'person-verletzt'],
  [/vollbrand/i, 'vollbrand'],
  [/brand|feuer|fire/i, 'entstehungsbrand'],
  [/gefahrstoff|gefahrgut|gas|chemie|öl(?!ig)|heizöl|hazmat|oil/i, 'abc'],
  [/einsturz|eingestürzt|collapse/i, 'zerstoert'],
  [/brücke|bridge/i, 'bruecke'],
  [/strom|trafo|power/i, 'elektrizitaet'],
  [/trinkwasser|drinking/i, 'trinkwasser'],
  [/keller|pump|lenzen|basement/i, 'pumpe'],
  [/baum|straße|strasse|gesperrt|blockiert|hangrutsch|road|tree/i, 'blockiert'],
  [/wasser|flut|überschwemm|deich|damm|pegel|flood|dike|water/i, 'wasser'],
  [/tier|vieh|animal|cattle/i, 'tier-verletzt'],
  [/person|mensch|rettung|eingeschlossen|people|trapped|rescue/i, 'person'],
];

/** Acute danger for P1 and lives at risk, danger for P2 (suspected while unconfirmed), an occasion for the rest; inside
 *  what the words tell. */
export function siteSign(body: Partial<SiteBody>): SignSpec {
  const said = `${body.title ?? ''} ${body.text ?? ''}`;
  const symbol = KEYWORDS.find(([pattern]) => pattern.test(said))?.[1];
  if (body.priority === 'P1' || body.lives_at_risk) return { base: 'gefahr-akut', symbol };
  if (body.priority === 'P2') return { base: body.confidence === 'UNCONFIRMED' ? 'gefahr-vermutet' : 'gefahr', symbol };
  return { base: 'anlass', symbol };
}

const FACILITIES: Record<string, SignSpec> = {
  BEREITSTELLUNGSRAUM: { base: 'stelle', text: 'BR' },
  MELDEKOPF: { base: 'stelle', text: 'MK' },
  BETREUUNGSSTELLE: { base: 'ortsfeste-stelle', task: 'betreuung' },
  LEUCHTTURM: { base: 'ortsfeste-stelle', text: 'KatL' },
  BEHANDLUNGSPLATZ: { base: 'stelle', task: 'aerztliche-versorgung' },
  SAMMELPLATZ: { base: 'stelle', symbol: 'sammeln' },
  EINSATZLEITUNG: { base: 'befehlsstelle', text: 'EL' },
  VERSORGUNG: { base: 'stelle', task: 'verpflegung' },
  NOTTREFFPUNKT: { base: 'ortsfeste-stelle', symbol: 'sammelplatz-betroffene' },
};

export function facilitySign(body: Partial<FacilityBody>): SignSpec {
  return FACILITIES[body.type ?? ''] ?? NEUTRAL;
}

export const SECTOR_SIGN: SignSpec = { base: 'taktische-formation', text: 'EA' };

const ZONES: Record<string, SignSpec> = {
  HAZARD: { base: 'gefahr' },
  CLOSURE: { base: 'massnahme', symbol: 'blockiert' },
  FLOODED: { base: 'gefahr', symbol: 'wasser' },
  EVACUATION: { base: 'massnahme', symbol: 'person-transportiert' },
};

export function zoneSign(body: Partial<ZoneBody>): SignSpec {
  return ZONES[body.type ?? ''] ?? { base: 'anlass' };
}

/** The sign of any of our things. */
export function signOf(kind: string, body: object): SignSpec {
  if (kind === 'site') return siteSign(body);
  if (kind === 'facility') return facilitySign(body);
  return kind === 'sector' ? SECTOR_SIGN : kind === 'zone' ? zoneSign(body) : NEUTRAL;
}
