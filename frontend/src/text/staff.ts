/** The words of staffs, seats and incidents. */
const count = (n: number, one: string, many: string) => `${n.toLocaleString('de-DE')} ${n === 1 ? one : many}`;

export const de = {
  tab: 'Stäbe', incidentsTab: 'Lagen', none: 'Kein Stab in dieser Lage.', noIncident: 'Keine Lage gewählt.', choose: 'Eine Lage wählen oder eröffnen, dann stehen hier ihre Stäbe.',
  models: { KRISENSTAB: 'Krisenstab', EINSATZLEITUNG: 'Einsatzleitung', SAE: 'Stab für außergewöhnliche Ereignisse', GESAMTSTAB: 'Gesamtstab' } as Record<string, string>,
  vacant: 'UNBESETZT', free: 'frei', mustBe: 'Pflichtfunktion', allFilled: 'alle Pflichtfunktionen besetzt', vacancies: (n: number) => count(n, 'Pflichtfunktion unbesetzt', 'Pflichtfunktionen unbesetzt'),
  shift: { PLANNED: 'geplant', ON_DUTY: 'im Dienst', HANDOVER: 'übergibt', OFF: 'beendet' } as Record<string, string>,
  deputy: 'Vertretung', since: (span: string) => `seit ${span}`, from: (time: string) => `ab ${time}`, until: (time: string) => `bis ${time}`,
  relief: (span: string) => `Ablösung nötig: ${span} im Dienst`, also: (what: string) => `auch ${what}`, you: 'Sie',
  takeOver: 'Selbst übernehmen', begin: 'Dienst beginnen', handOver: 'Übergeben', finish: 'Dienst beenden', back: 'Doch im Dienst bleiben',
  assign: 'Besetzen', person: 'Person', choosePerson: 'Person wählen', asDeputy: 'als Vertretung', startsAt: 'Beginn (leer: jetzt)', seat: 'Besetzen', cancel: 'Abbrechen',
  note: 'Übergabevermerk', noteHint: 'Was muss die Nachfolge wissen? Offene Aufträge, Zusagen, Ansprechpartner.', successor: 'Nachfolge', nobody: 'noch niemand (Funktion wird unbesetzt)', handedOver: (what: string) => `${what} übergeben.`,
  confirmHandOver: 'Übergabe abschließen', assigned: (who: string, what: string) => `${who} besetzt ${what}.`, ended: (what: string) => `Dienst in ${what} beendet.`,
  history: 'Wer saß hier, was wurde übergeben', noHistory: 'Noch niemand.', failed: (why: string) => `Nicht getan: ${why}`, vacantWhy: 'Niemand nimmt diese Funktion wahr. Was bei ihr ankommt, sieht keiner.',
  newStaff: 'Stab einrichten', staffModel: 'Art', staffName: 'Name des Stabes', setUp: 'Einrichten', setUpDone: (name: string) => `${name} eingerichtet.`,
  open: 'Lage eröffnen', name: 'Bezeichnung', namePlaceholder: 'Hochwasser Erft', hazard: 'Gefahr', hazards: ['Hochwasser', 'Starkregen', 'Sturm', 'Waldbrand', 'Stromausfall', 'Gefahrstoff', 'Massenanfall', 'Sonstiges'],
  mode: 'Art der Lage', modes: { ACTUAL: 'Echt', EXERCISE: 'Übung', TEST: 'Test' } as Record<string, string>, noteField: 'Bemerkung', staffs: 'Stäbe', role: 'Eigene Funktion im ersten Stab', openNow: 'Eröffnen', opened: (name: string) => `Lage „${name}“ eröffnet.`,
  states: { OBSERVED: 'Beobachtung', ACTIVE: 'läuft', STABILISING: 'Abklingen', CLOSED: 'beendet', ARCHIVED: 'archiviert' } as Record<string, string>,
  moves: { ACTIVE: 'Lage läuft', STABILISING: 'Klingt ab', CLOSED: 'Beenden', ARCHIVED: 'Archivieren (nur noch lesen)' } as Record<string, string>, reopen: 'Wieder aufnehmen',
  reason: 'Grund', moved: (name: string, state: string) => `„${name}“: ${state}.`, current: 'gewählt', pick: 'Diese Lage wählen', noIncidents: 'Noch keine Lage.', noIncidentsWhy: 'Wer eine Lage eröffnen darf, tut es hier; Stäbe, Funktionen und Datenraum entstehen mit ihr.',
  legal: 'Rechtsstand', noLegal: 'Keine Feststellung.', declare: 'Feststellen', level: 'Stufe', wording: 'Wortlaut der Feststellung', sinceField: 'Gilt seit (leer: jetzt)', declared: (level: string) => `Festgestellt: ${level}.`, basis: 'Rechtsgrundlage', draft: 'Entwurf, nicht in Kraft', by: (who: string) => `durch ${who}`,
  edit: 'Ändern', save: 'Speichern', archivedHint: 'Archiviert: kann gelesen, nicht geändert werden.', conflict: (field: string, value: string) => `Gleichzeitig geändert: ${field}. Verdrängt wurde „${value}“.`, take: 'Verdrängtes nehmen', keep: 'So lassen', empty: 'leer',
  confirmArchive: 'Danach ändert niemand mehr etwas in dieser Lage.', keys: { staff: 'Zu den Stäben' },
};

export type StaffWords = typeof de;

export const en: StaffWords = {
  tab: 'Staffs', incidentsTab: 'Incidents', none: 'No staff in this incident.', noIncident: 'No incident chosen.', choose: 'Choose or open an incident; its staffs then stand here.',
  models: { KRISENSTAB: 'Crisis staff', EINSATZLEITUNG: 'Operational command', SAE: 'Municipal staff (SAE)', GESAMTSTAB: 'Integrated staff' },
  vacant: 'VACANT', free: 'free', mustBe: 'required function', allFilled: 'all required functions filled', vacancies: (n) => count(n, 'required function vacant', 'required functions vacant'),
  shift: { PLANNED: 'planned', ON_DUTY: 'on duty', HANDOVER: 'handing over', OFF: 'ended' },
  deputy: 'deputy', since: (span) => `for ${span}`, from: (time) => `from ${time}`, until: (time) => `until ${time}`,
  relief: (span) => `Relief needed: ${span} on duty`, also: (what) => `also ${what}`, you: 'you',
  takeOver: 'Take over', begin: 'Begin duty', handOver: 'Hand over', finish: 'End duty', back: 'Stay on duty',
  assign: 'Fill', person: 'Person', choosePerson: 'Choose a person', asDeputy: 'as deputy', startsAt: 'Start (empty: now)', seat: 'Fill', cancel: 'Cancel',
  note: 'Hand-over note', noteHint: 'What must the successor know? Open tasks, promises, contacts.', successor: 'Successor', nobody: 'nobody yet (the function becomes vacant)', handedOver: (what) => `${what} handed over.`,
  confirmHandOver: 'Complete hand-over', assigned: (who, what) => `${who} fills ${what}.`, ended: (what) => `Duty in ${what} ended.`,
  history: 'Who sat here, what was handed over', noHistory: 'Nobody yet.', failed: (why) => `Not done: ${why}`, vacantWhy: 'Nobody does this function. What arrives for it, nobody sees.',
  newStaff: 'Set up a staff', staffModel: 'Kind', staffName: 'Name of the staff', setUp: 'Set up', setUpDone: (name) => `${name} set up.`,
  open: 'Open an incident', name: 'Name', namePlaceholder: 'Flood Erft', hazard: 'Hazard', hazards: ['Flood', 'Heavy rain', 'Storm', 'Wildfire', 'Power failure', 'Hazardous material', 'Mass casualties', 'Other'],
  mode: 'Mode', modes: { ACTUAL: 'Actual', EXERCISE: 'Exercise', TEST: 'Test' }, noteField: 'Note', staffs: 'Staffs', role: 'Your function in the first staff', openNow: 'Open', opened: (name) => `Incident “${name}” opened.`,
  states: { OBSERVED: 'observed', ACTIVE: 'active', STABILISING: 'stabilising', CLOSED: 'closed', ARCHIVED: 'archived' },
  moves: { ACTIVE: 'Is active', STABILISING: 'Is stabilising', CLOSED: 'Close', ARCHIVED: 'Archive (read only)' }, reopen: 'Take up again',
  reason: 'Reason', moved: (name, state) => `“${name}”: ${state}.`, current: 'chosen', pick: 'Choose this incident', noIncidents: 'No incident yet.', noIncidentsWhy: 'Whoever may open an incident does so here; staffs, functions and data room come with it.',
  legal: 'Legal level', noLegal: 'Nothing declared.', declare: 'Declare', level: 'Level', wording: 'Words of the declaration', sinceField: 'In force since (empty: now)', declared: (level) => `Declared: ${level}.`, basis: 'Legal basis', draft: 'draft, not in force', by: (who) => `by ${who}`,
  edit: 'Change', save: 'Save', archivedHint: 'Archived: can be read, not changed.', conflict: (field, value) => `Changed at the same time: ${field}. Replaced was “${value}”.`, take: 'Take the replaced one', keep: 'Leave it', empty: 'empty',
  confirmArchive: 'After this nobody changes anything in this incident.', keys: { staff: 'To the staffs' },
};
