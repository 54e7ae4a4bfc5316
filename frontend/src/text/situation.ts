/** The words of sites, sectors, facilities and zones: map, lists, forms, drawing. */
import type { Kind } from '../situation/kinds';

const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;

export const de = {
  kinds: { site: 'Schadensstelle', sector: 'Abschnitt', facility: 'Einrichtung', zone: 'Gebiet' } as Record<Kind, string>,
  plural: { site: 'Schadensstellen', sector: 'Abschnitte', facility: 'Einrichtungen', zone: 'Gebiete' } as Record<Kind, string>,
  fresh: { site: 'Neue Schadensstelle', sector: 'Neuer Abschnitt', facility: 'Neue Einrichtung', zone: 'Neues Gebiet oder Sperrung' } as Record<Kind, string>,
  counted: { site: (n: number) => count(n, 'Schadensstelle', 'Schadensstellen'), sector: (n: number) => count(n, 'Abschnitt', 'Abschnitte'), facility: (n: number) => count(n, 'Einrichtung', 'Einrichtungen'), zone: (n: number) => count(n, 'Gebiet', 'Gebiete') } as Record<Kind, (n: number) => string>,
  none: { site: 'Noch keine Schadensstelle.', sector: 'Noch kein Abschnitt.', facility: 'Noch keine Einrichtung.', zone: 'Noch kein Gebiet und keine Sperrung.' } as Record<Kind, string>,
  noneHow: { site: 'N legt eine an, wo der Zeiger auf der Karte steht.', sector: 'Ein Abschnitt bekommt Namen, Leitung und eine Fläche.', facility: 'Bereitstellungsraum, Meldekopf, Betreuungsstelle: hier anlegen.', zone: 'Gefahrengebiete und Sperrungen werden auf der Karte gezeichnet.' } as Record<Kind, string>,
  noIncident: 'Erst eine Lage öffnen oder auswählen; alles Gezeichnete gehört zu einer Lage.',
  noRight: 'Ihre Funktion ändert die Lage nicht.',
  priorities: { P1: 'P1 Lebensgefahr', P2: 'P2 große Gefahr, KRITIS', P3: 'P3 Sachwert, Folgeschaden', P4: 'P4 nachrangig' } as Record<string, string>,
  lives: 'Menschenleben in Gefahr',
  states: {
    REPORTED: 'gemeldet', VERIFIED: 'geprüft', QUEUED: 'eingereiht', ASSIGNED: 'zugewiesen', IN_WORK: 'in Arbeit', DONE: 'erledigt', CONTROLLED: 'kontrolliert', DUPLICATE: 'Doppelmeldung', NO_ACTION: 'keine Maßnahme', HANDED_OVER: 'abgegeben',
    PLANNED: 'geplant', OPEN: 'offen', FULL: 'voll', CLOSED: 'geschlossen',
  } as Record<string, string>,
  moves: {
    VERIFIED: 'Geprüft', QUEUED: 'Einreihen', ASSIGNED: 'Zugewiesen', IN_WORK: 'In Arbeit', DONE: 'Erledigt', CONTROLLED: 'Kontrolliert', NO_ACTION: 'Keine Maßnahme', HANDED_OVER: 'Abgeben', OPEN: 'Öffnen', FULL: 'Voll', CLOSED: 'Schließen', REPORTED: 'Gemeldet', PLANNED: 'Geplant',
  } as Record<string, string>,
  reopen: 'Wieder öffnen', reason: 'Warum?', reasonNeeded: 'Ein Satz genügt; er steht im Verlauf.', confirmMove: (state: string) => `Auf „${state}“ setzen`,
  types: {
    BEREITSTELLUNGSRAUM: 'Bereitstellungsraum', MELDEKOPF: 'Meldekopf', BETREUUNGSSTELLE: 'Betreuungsstelle', LEUCHTTURM: 'Katastrophenschutz-Leuchtturm', BEHANDLUNGSPLATZ: 'Behandlungsplatz', SAMMELPLATZ: 'Sammelplatz', EINSATZLEITUNG: 'Einsatzleitung', VERSORGUNG: 'Versorgungsstelle', NOTTREFFPUNKT: 'Notfalltreffpunkt',
    HAZARD: 'Gefahrengebiet', CLOSURE: 'Sperrung', FLOODED: 'Überflutete Fläche', EVACUATION: 'Räumungsgebiet', OTHER: 'Sonstiges',
  } as Record<string, string>,
  fields: {
    title: 'Was ist los', name: 'Name', priority: 'Priorität', lives_at_risk: 'Menschenleben in Gefahr', text: 'Beschreibung', state: 'Zustand', state_reason: 'Grund', address: 'Adresse', caller: 'Gemeldet von', affected: 'Betroffene Personen', sector: 'Abschnitt', parent: 'Gehört zu', confidence: 'Verlässlichkeit', geometry: 'Ort',
    leader: 'Abschnittsleitung', radio: 'Rufgruppe', mission: 'Auftrag', type: 'Art', capacity: 'Plätze', used: 'Belegt', contact: 'Erreichbar', reason: 'Anlass', valid_until: 'Gilt bis', released: 'Für die Presse freigegeben', duplicate_of: 'Doppelt zu', merged: 'Zusammengeführt',
  } as Record<string, string>,
  unset: 'ohne Angabe', yes: 'ja', no: 'nein',
  sign: (kind: string, what: string) => (what ? `${kind}: ${what}` : kind),
  list: { number: 'Nr.', priority: 'Prio', name: 'Name', state: 'Zustand', age: 'Stand', status: 'Zustand', open: 'offene', all: 'alle', closed: 'abgeschlossene', from: 'ab Priorität', any: 'alle Prioritäten', to: (priority: string) => `bis ${priority}`, conflict: 'Konflikt', draft: 'Entwurf nicht gespeichert', resume: 'Weiter bearbeiten', elsewhere: (n: number) => `${n} in anderen Lagen` },
  panel: { edit: 'Bearbeiten', save: 'Speichern', create: 'Anlegen', cancel: 'Verwerfen', remove: 'Löschen', removed: (what: string) => `${what} gelöscht.`, changed: (time: string) => `geändert ${time}`, by: (who: string) => `von ${who}`, merge: 'Doppelmeldung …', occupied: (used: number, capacity: number) => `${used} von ${capacity} belegt`, saving: 'Wird gespeichert …', moved: (what: string, state: string) => `${what}: ${state}.`, people: 'Eingabe im Stab' },
  refused: (why: string) => `Nicht gespeichert: ${why}. Ihre Eingaben sind noch da.`,
  refusedDrawing: (why: string) => `Nicht gespeichert: ${why}. Ihre Zeichnung ist noch da.`,
  notDone: (why: string) => `Nicht ausgeführt: ${why}`,
  crossing: (point: number) => `Die Fläche schneidet sich selbst (Punkt ${point})`,
  missing: (field: string) => `${field} fehlt`,
  meanwhile: (who: string, when: string) => `inzwischen geändert von ${who}, ${when}:`, takeTheirs: 'Diesen Wert nehmen', gone: 'Inzwischen gelöscht.',
  conflict: {
    title: (n: number) => (n === 1 ? 'Ein Feld wurde gleichzeitig geändert' : `${n} Felder wurden gleichzeitig geändert`), holds: 'Gilt', lost: 'Verdrängt', mine: 'Ihr Wert', by: (who: string, when: string) => `von ${who}, ${when}`, take: 'Verdrängten Wert nehmen', keep: 'So lassen',
  },
  merge: { title: 'Doppelmeldung zu welcher Schadensstelle?', near: (far: string) => `${far} entfernt`, none: 'In der Nähe ist keine andere Schadensstelle.', into: 'Zusammenführen', done: (a: number, b: number) => `Nr. ${a} ist Doppelmeldung zu Nr. ${b}; beide Verläufe bleiben.`, unmerge: 'Zusammenführung aufheben', cancel: 'Abbrechen', history: 'Stand der zusammengeführten Meldungen' },
  place: {
    none: 'Noch kein Ort', input: 'Koordinaten oder Adresse', hint: '51.2, 7.1 oder 32U LB 56688 44855 oder ein Ortsname', set: 'Setzen', add: 'Punkt anfügen', draw: { Point: 'Auf der Karte setzen', LineString: 'Linie zeichnen', Polygon: 'Fläche zeichnen' } as Record<string, string>, adjust: 'Auf der Karte ändern', finish: 'Fertig', undo: 'Rückgängig (Strg+Z)', redo: 'Wiederholen (Strg+Umschalt+Z)', points: (n: number) => count(n, 'Punkt', 'Punkte'), point: (n: number) => `Punkt ${n}`, removePoint: (n: number) => `Punkt ${n} entfernen`, clear: 'Neu beginnen', length: 'Länge', around: 'Umfang', area: 'Fläche', shape: 'Form', shapes: { Point: 'Punkt', LineString: 'Linie', Polygon: 'Fläche' } as Record<string, string>,
    how: { Point: 'Auf die Karte klicken.', LineString: 'Punkte klicken, der letzte noch einmal oder Enter beendet. Ecken anderer Objekte fangen den Zeiger.', Polygon: 'Ecken klicken, die erste noch einmal oder Enter schließt. Ecken anderer Objekte fangen den Zeiger.' } as Record<string, string>,
    move: 'Ecken und Kantenmitten ziehen, Rechtsklick entfernt eine Ecke.', errors: { empty: 'Nichts eingegeben', form: 'Weder Koordinaten noch ein bekannter Ort', range: 'Außerhalb der Erde', digits: 'UTMREF braucht gleich viele Ziffern für Ost und Nord' } as Record<string, string>, found: 'Gefundene Orte', wgs84: 'WGS84', utmref: 'UTMREF', noMap: 'Ohne Karte: Koordinaten eingeben.', complex: 'Mehrteilig; auf der Karte nicht änderbar.',
  },
  keys: { fresh: 'Neue Schadensstelle am Zeiger' },
};

export type SituationWords = typeof de;

export const en: SituationWords = {
  kinds: { site: 'Damage site', sector: 'Sector', facility: 'Facility', zone: 'Area' },
  plural: { site: 'Sites', sector: 'Sectors', facility: 'Facilities', zone: 'Areas' },
  fresh: { site: 'New site', sector: 'New sector', facility: 'New facility', zone: 'New area or closure' },
  counted: { site: (n) => count(n, 'site', 'sites'), sector: (n) => count(n, 'sector', 'sectors'), facility: (n) => count(n, 'facility', 'facilities'), zone: (n) => count(n, 'area', 'areas') },
  none: { site: 'No damage site yet.', sector: 'No sector yet.', facility: 'No facility yet.', zone: 'No area and no closure yet.' },
  noneHow: { site: 'N makes one where the pointer stands on the map.', sector: 'A sector gets a name, a leader and an area.', facility: 'Staging area, check-in point, shelter: make it here.', zone: 'Hazard areas and closures are drawn on the map.' },
  noIncident: 'Open or choose an incident first; whatever is drawn belongs to one.',
  noRight: 'Your function does not change the situation.',
  priorities: { P1: 'P1 danger to life', P2: 'P2 great danger, critical infrastructure', P3: 'P3 property, further damage', P4: 'P4 can wait' },
  lives: 'Lives at risk',
  states: {
    REPORTED: 'reported', VERIFIED: 'verified', QUEUED: 'queued', ASSIGNED: 'assigned', IN_WORK: 'in work', DONE: 'done', CONTROLLED: 'controlled', DUPLICATE: 'duplicate', NO_ACTION: 'no action', HANDED_OVER: 'handed over',
    PLANNED: 'planned', OPEN: 'open', FULL: 'full', CLOSED: 'closed',
  },
  moves: {
    VERIFIED: 'Verified', QUEUED: 'Queue', ASSIGNED: 'Assigned', IN_WORK: 'In work', DONE: 'Done', CONTROLLED: 'Controlled', NO_ACTION: 'No action', HANDED_OVER: 'Hand over', OPEN: 'Open', FULL: 'Full', CLOSED: 'Close', REPORTED: 'Reported', PLANNED: 'Planned',
  },
  reopen: 'Open again', reason: 'Why?', reasonNeeded: 'One sentence will do; it stays in the history.', confirmMove: (state) => `Set to “${state}”`,
  types: {
    BEREITSTELLUNGSRAUM: 'Staging area', MELDEKOPF: 'Check-in point', BETREUUNGSSTELLE: 'Shelter', LEUCHTTURM: 'Civil protection beacon', BEHANDLUNGSPLATZ: 'Treatment area', SAMMELPLATZ: 'Collection point', EINSATZLEITUNG: 'Command post', VERSORGUNG: 'Supply point', NOTTREFFPUNKT: 'Emergency meeting point',
    HAZARD: 'Hazard area', CLOSURE: 'Closure', FLOODED: 'Flooded area', EVACUATION: 'Evacuation area', OTHER: 'Other',
  },
  fields: {
    title: 'What happened', name: 'Name', priority: 'Priority', lives_at_risk: 'Lives at risk', text: 'Description', state: 'State', state_reason: 'Reason', address: 'Address', caller: 'Reported by', affected: 'People affected', sector: 'Sector', parent: 'Belongs to', confidence: 'Confidence', geometry: 'Place',
    leader: 'Sector leader', radio: 'Talk group', mission: 'Mission', type: 'Type', capacity: 'Places', used: 'Used', contact: 'Contact', reason: 'Cause', valid_until: 'Valid until', released: 'Released for the press', duplicate_of: 'Duplicate of', merged: 'Merged',
  },
  unset: 'not stated', yes: 'yes', no: 'no',
  sign: (kind, what) => (what ? `${kind}: ${what}` : kind),
  list: { number: 'No.', priority: 'Prio', name: 'Name', state: 'State', age: 'As of', status: 'State', open: 'open', all: 'all', closed: 'closed', from: 'from priority', any: 'all priorities', to: (priority) => `up to ${priority}`, conflict: 'conflict', draft: 'draft not saved', resume: 'Go on editing', elsewhere: (n) => `${n} in other incidents` },
  panel: { edit: 'Edit', save: 'Save', create: 'Create', cancel: 'Discard', remove: 'Delete', removed: (what) => `${what} deleted.`, changed: (time) => `changed ${time}`, by: (who) => `by ${who}`, merge: 'Duplicate …', occupied: (used, capacity) => `${used} of ${capacity} used`, saving: 'Saving …', moved: (what, state) => `${what}: ${state}.`, people: 'Entered by the staff' },
  refused: (why) => `Not saved: ${why}. What you typed is still there.`,
  refusedDrawing: (why) => `Not saved: ${why}. Your drawing is still there.`,
  notDone: (why) => `Not done: ${why}`,
  crossing: (point) => `The area crosses itself (point ${point})`,
  missing: (field) => `${field} is missing`,
  meanwhile: (who, when) => `changed meanwhile by ${who}, ${when}:`, takeTheirs: 'Take this value', gone: 'Deleted meanwhile.',
  conflict: {
    title: (n) => (n === 1 ? 'One field was changed at the same time' : `${n} fields were changed at the same time`), holds: 'Holds', lost: 'Replaced', mine: 'Your value', by: (who, when) => `by ${who}, ${when}`, take: 'Take the replaced value', keep: 'Leave as it is',
  },
  merge: { title: 'Duplicate of which site?', near: (far) => `${far} away`, none: 'There is no other site near it.', into: 'Merge', done: (a, b) => `No. ${a} is a duplicate of no. ${b}; both histories stay.`, unmerge: 'Take the merge back', cancel: 'Cancel', history: 'What the merged reports said' },
  place: {
    none: 'No place yet', input: 'Coordinates or address', hint: '51.2, 7.1 or 32U LB 56688 44855 or the name of a place', set: 'Set', add: 'Add point', draw: { Point: 'Set on the map', LineString: 'Draw a line', Polygon: 'Draw an area' }, adjust: 'Change on the map', finish: 'Done', undo: 'Undo (Ctrl+Z)', redo: 'Redo (Ctrl+Shift+Z)', points: (n) => count(n, 'point', 'points'), point: (n) => `Point ${n}`, removePoint: (n) => `Remove point ${n}`, clear: 'Start over', length: 'Length', around: 'Circumference', area: 'Area', shape: 'Shape', shapes: { Point: 'Point', LineString: 'Line', Polygon: 'Area' },
    how: { Point: 'Click on the map.', LineString: 'Click points; the last one again or Enter ends. Corners of other objects catch the pointer.', Polygon: 'Click corners; the first one again or Enter closes. Corners of other objects catch the pointer.' },
    move: 'Drag corners and middles of edges; a right click removes a corner.', errors: { empty: 'Nothing typed', form: 'Neither coordinates nor a known place', range: 'Outside the earth', digits: 'UTMREF needs as many digits for east as for north' }, found: 'Places found', wgs84: 'WGS84', utmref: 'UTMREF', noMap: 'Without a map: type coordinates.', complex: 'Several parts; not to be changed on the map.',
  },
  keys: { fresh: 'New site at the pointer' },
};
