/** Words of shifts, rest and relief. */
import type { Aboard, Breach, CrewState, Due, ShiftState } from '../shifts/types';

const h = (n: number) => `${n.toLocaleString('de-DE', { maximumFractionDigits: 1 })} h`;
const hEn = (n: number) => `${n.toLocaleString('en-GB', { maximumFractionDigits: 1 })} h`;

export const de = {
  tab: 'Schichten', title: 'Schichten und Ablösung', close: 'Zum Lagebild', fleet: 'Bestand', loading: 'Wird geladen …',
  noFleet: 'Kein Bestand zu sehen.', noFleetWhy: 'Schichten stehen im Bestand einer Organisation. Ein Bestand wird unter „Kräfte“ angelegt.',
  names: 'Namen stehen nur hier, im Raum dieses Bestands. Wer eine Schicht löscht, löscht den Namen mit.',
  now: 'Wer ist wo', nobody: 'Niemand ist im Dienst.', since: (time: string, hours: number) => `seit ${time} (${h(hours)})`, until: (time: string) => `bis ${time}`, ready: 'in Bereitschaft',
  crews: 'Besatzungen', noCrews: 'Keine Besatzung eingeteilt.', crew: { CREWED: 'besetzt', SHORT: 'unterbesetzt', EMPTY: 'niemand an Bord' } as Record<CrewState, string>,
  missing: (n: number, what: string) => `es fehlt ${n} × ${what}`, seats: (n: number, least: number) => `${n} zu wenig (mindestens ${least})`, expired: (n: number, what: string) => `${n} × ${what} abgelaufen, zählt nicht`,
  rules: 'Verstöße und Warnungen', noRules: 'Keine.', limits: (longest: number, rest: number) => `Höchstens ${h(longest)} im Dienst, danach mindestens ${h(rest)} Ruhe. Die Werte setzt die Behörde.`,
  breach: {
    OVERLAP: (hours: number) => `an zwei Stellen zugleich, ${h(hours)} lang`,
    TOO_LONG: (hours: number, limit: number) => `${h(hours)} im Dienst, erlaubt sind ${h(limit)}`,
    REST_SHORT: (hours: number, limit: number) => `nur ${h(hours)} Ruhe davor, nötig sind ${h(limit)}`,
    NO_BREAK: (hours: number, limit: number) => `${h(hours)} Dienst ohne geplante Pause (ab ${h(limit)})`,
    OVERRUN: (hours: number) => `seit ${h(hours)} über das Schichtende im Dienst`,
    NOT_BEGUN: (hours: number) => `vor ${h(hours)} geplant, nicht angetreten`,
    RELIEF_SOON: (hours: number, limit: number) => `seit ${h(hours)} im Dienst, vor ${h(limit)} abzulösen`,
  } as Record<Breach, (hours: number, limit: number) => string>,
  line: 'Zeitleiste', hours: (n: number) => `${n} Stunden`, noShifts: 'Keine Schichten in dieser Zeit.', unplaced: 'Bereitschaft, ohne Einteilung', nowMark: 'jetzt',
  list: 'Alle Schichten', columns: { person: 'Person', where: 'Wo', function: 'Funktion', time: 'Zeit', state: 'Stand', holds: 'Qualifikation', act: 'Handlung' },
  states: { PLANNED: 'geplant', ON_DUTY: 'im Dienst', OFF: 'beendet' } as Record<ShiftState, string>,
  functions: { LEADER: 'Führer', SUBLEADER: 'Unterführer', CREW: 'Mannschaft' } as Record<Aboard, string>,
  begin: 'Antreten', end: 'Beenden', off: 'Absagen', edit: 'Ändern', remove: 'Löschen', removeSure: 'Schicht mit Namen löschen?', keep: 'Behalten', of: (what: string, person: string) => `${what}: ${person}`,
  add: 'Schicht eintragen', editing: (person: string) => `Schicht von ${person} ändern`, save: 'Speichern', cancel: 'Abbrechen', saved: 'Gespeichert', removed: 'Gelöscht',
  form: { person: 'Name oder Personalnummer', function: 'Funktion an Bord', starts: 'Beginn', ends: 'Ende', resource: 'Besatzung von', noResource: 'keinem Fahrzeug', place: 'Ort', holds: 'Qualifikationen', holdsHint: 'Kürzel mit Komma, gültig bis dahinter: GF, AGT 31.12.2026', break: 'Pause (min)', optional: 'freiwillig' },
  plan: 'Ablösung vorschlagen', planTitle: 'Vorschlag zur Ablösung', planHint: 'Ein Vorschlag ändert nichts. Übernommen wird, was angekreuzt ist.', within: 'fällig innerhalb', noRelief: 'In dieser Zeit ist keine Ablösung fällig.', planning: 'Wird gerechnet …',
  due: { RELIEF_DUE: 'Ablösung angemeldet', ENDURANCE: 'Durchhaltefähigkeit endet', SHIFT_ENDS: 'Schicht endet', LONGEST_DUTY: 'längste Dienstzeit erreicht' } as Record<Due, string>,
  dueAt: (time: string) => `fällig ${time}`, anybody: 'ohne besondere Qualifikation', seat: (what: string) => `als ${what}`,
  rested: (hours: number) => `${h(hours)} ausgeruht`, fresh: 'vorher nicht im Dienst', late: (minutes: number) => `${minutes} min nach Fälligkeit`, others: (n: number) => (n ? `${n} weitere möglich` : 'sonst niemand möglich'),
  gap: (n: number, what: string) => `Nicht gedeckt: ${n} × ${what}`, left: (names: string) => `Ausgeruht und nicht eingeteilt: ${names}`,
  take: (n: number) => `${n} übernehmen`, taken: (n: number) => `${n} Schichten eingetragen`, choose: (person: string) => `${person} übernehmen`,
};

export const en: typeof de = {
  tab: 'Shifts', title: 'Shifts and relief', close: 'To the picture', fleet: 'Stock', loading: 'Loading …',
  noFleet: 'No stock to be seen.', noFleetWhy: 'Shifts belong to an organisation’s stock. It is begun under “Forces”.',
  names: 'Names stand only here, in the room of this stock. Deleting a shift deletes the name with it.',
  now: 'Who is where', nobody: 'Nobody is on duty.', since: (time, hours) => `since ${time} (${hEn(hours)})`, until: (time) => `until ${time}`, ready: 'standing by',
  crews: 'Crews', noCrews: 'No crew assigned.', crew: { CREWED: 'crewed', SHORT: 'short', EMPTY: 'nobody aboard' },
  missing: (n, what) => `missing ${n} × ${what}`, seats: (n, least) => `${n} too few (at least ${least})`, expired: (n, what) => `${n} × ${what} expired, does not count`,
  rules: 'Breaches and warnings', noRules: 'None.', limits: (longest, rest) => `At most ${hEn(longest)} on duty, then at least ${hEn(rest)} of rest. The authority sets these.`,
  breach: {
    OVERLAP: (hours) => `in two places at once for ${hEn(hours)}`,
    TOO_LONG: (hours, limit) => `${hEn(hours)} on duty, ${hEn(limit)} are allowed`,
    REST_SHORT: (hours, limit) => `only ${hEn(hours)} of rest before, ${hEn(limit)} are needed`,
    NO_BREAK: (hours, limit) => `${hEn(hours)} on duty without a planned break (from ${hEn(limit)})`,
    OVERRUN: (hours) => `on duty for ${hEn(hours)} beyond the end of the shift`,
    NOT_BEGUN: (hours) => `planned ${hEn(hours)} ago, not begun`,
    RELIEF_SOON: (hours, limit) => `on duty for ${hEn(hours)}, to be relieved before ${hEn(limit)}`,
  },
  line: 'Timeline', hours: (n) => `${n} hours`, noShifts: 'No shifts in this time.', unplaced: 'Standing by, not assigned', nowMark: 'now',
  list: 'All shifts', columns: { person: 'Person', where: 'Where', function: 'Function', time: 'Time', state: 'State', holds: 'Qualification', act: 'Action' },
  states: { PLANNED: 'planned', ON_DUTY: 'on duty', OFF: 'ended' },
  functions: { LEADER: 'leader', SUBLEADER: 'sub-leader', CREW: 'crew' },
  begin: 'Begin', end: 'End', off: 'Call off', edit: 'Change', remove: 'Delete', removeSure: 'Delete the shift with its name?', keep: 'Keep', of: (what, person) => `${what}: ${person}`,
  add: 'Enter a shift', editing: (person) => `Change the shift of ${person}`, save: 'Save', cancel: 'Cancel', saved: 'Saved', removed: 'Deleted',
  form: { person: 'Name or staff number', function: 'Function aboard', starts: 'Start', ends: 'End', resource: 'Crew of', noResource: 'no vehicle', place: 'Place', holds: 'Qualifications', holdsHint: 'codes with commas, their end behind: GF, AGT 31.12.2026', break: 'Break (min)', optional: 'optional' },
  plan: 'Propose a relief', planTitle: 'Proposed relief', planHint: 'A proposal changes nothing. What is ticked is taken over.', within: 'due within', noRelief: 'No relief is due in this time.', planning: 'Reckoning …',
  due: { RELIEF_DUE: 'relief asked for', ENDURANCE: 'endurance ends', SHIFT_ENDS: 'shift ends', LONGEST_DUTY: 'longest duty reached' },
  dueAt: (time) => `due ${time}`, anybody: 'no special qualification', seat: (what) => `as ${what}`,
  rested: (hours) => `rested ${hEn(hours)}`, fresh: 'not on duty before', late: (minutes) => `${minutes} min after it is due`, others: (n) => (n ? `${n} others possible` : 'nobody else possible'),
  gap: (n, what) => `Not covered: ${n} × ${what}`, left: (names) => `Rested and not assigned: ${names}`,
  take: (n) => `Take over ${n}`, taken: (n) => `${n} shifts entered`, choose: (person) => `Take over ${person}`,
};
