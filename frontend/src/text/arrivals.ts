/** Words of the Meldekopf. */
import type { ActKind, ArrivalState } from '../arrivals/types';

export const de = {
  tab: 'Meldekopf', page: 'Meldekopf', close: 'Zum Lagebild',
  none: { incident: 'Keine Lage gewählt.', incidentWhy: 'Im Lagebild eine Lage wählen, dann den Meldekopf öffnen.', place: 'Diese Lage hat noch keinen Meldekopf und keinen Bereitstellungsraum.', placeWhy: 'Im Lagebild unter „Stellen“ eine Stelle vom Typ Meldekopf oder Bereitstellungsraum anlegen.', first: 'Dieses Gerät war noch nie ein Meldekopf.', firstWhy: 'Einmal mit Verbindung öffnen und anmelden. Danach geht es auch ohne.' },
  place: 'Hier ist', placeTypes: { MELDEKOPF: 'Meldekopf', BEREITSTELLUNGSRAUM: 'Bereitstellungsraum' } as Record<string, string>,
  line: { live: 'Verbunden', lost: 'Keine Verbindung', asOf: (age: string) => `Stand ${age}`, shell: { ready: 'Öffnet auch ohne Verbindung', coming: 'Wird für den Betrieb ohne Verbindung vorbereitet …', impossible: 'Dieser Browser öffnet die Seite nur mit Verbindung. Seite nicht schließen.' } },
  waiting: (n: number) => `${n} noch nicht übertragen`, allSent: 'Alles übertragen', sending: 'Wird übertragen …',
  waitingWhy: 'Die Einträge liegen auf diesem Gerät und werden von selbst übertragen. Sie überstehen Neuladen und Schließen.',
  lost: 'Dieses Gerät kann nichts aufbewahren. Seite nicht schließen, bis alles übertragen ist!', signIn: 'Anmelden', signedOut: 'Die Anmeldung ist abgelaufen. Einträge bleiben hier und werden nach dem Anmelden übertragen.',
  refused: (n: number) => `${n} nicht angenommen`, refusedWhy: 'Diese Einträge stehen nicht im Buch:', discard: 'Verwerfen', discardSure: 'Endgültig verwerfen', again: 'Neu erfassen',
  tabs: { expected: 'Erwartet', present: 'Anwesend', gone: 'Weiter / ab', overdue: 'Überfällig' }, tabsLabel: 'Listen',
  checkIn: 'Eintreffen erfassen', scan: 'Code scannen',
  form: {
    title: 'Eintreffen', titleCorrect: (n: string) => `Eintrag ${n} berichtigen`, callsign: 'Funkrufname', callsignHint: 'Tippen ergänzt aus bekannten Kräften.', organisation: 'Organisation', type: 'Typ', strength: 'Stärke', leaders: 'Führer', subleaders: 'Unterführer', crew: 'Mannschaft', total: 'gesamt',
    fewer: (what: string) => `${what}: einer weniger`, more: (what: string) => `${what}: einer mehr`, endurance: 'Durchhaltefähig', hours: (n: number) => `${n} h`, until: 'bis', leader: 'Einheitsführer', phone: 'Telefon', note: 'Bemerkung', at: 'Eingetroffen', save: 'Eintragen', cancel: 'Abbrechen', missing: 'Funkrufname fehlt.', known: 'bekannt', reason: 'Grund', reasonMissing: 'Grund fehlt.', future: 'Diese Zeit liegt in der Zukunft.', failed: (why: string) => `Nicht gespeichert: ${why}`,
  },
  order: { title: (name: string) => `Auftrag für ${name}`, text: 'Auftrag', to: 'Wohin', nowhere: 'kein fester Ort', sites: 'Schadensstellen', sectors: 'Abschnitte', places: 'Stellen', meeting: 'Treffpunkt', radio: 'Funkgruppe', phone: 'Rückruf', give: 'Auftrag erteilen, bleibt hier', send: 'Weiterschicken', missing: 'Auftrag fehlt.' },
  entry: { number: (n: number | null) => (n === null ? 'neu' : `Nr. ${n}`), arrived: 'an', left: 'ab', until: 'bis', order: 'Auftrag', noOrder: 'ohne Auftrag', to: 'nach', double: (n: number) => `schon unter Nr. ${n} eingetragen`, waiting: 'noch nicht übertragen', giveOrder: 'Auftrag / weiter', out: 'Abmelden', correct: 'Berichtigen', cancel: 'Stornieren', back: 'Zurückholen', print: 'Drucken', why: 'Warum?', outTo: 'Abmelden: wohin?', confirm: 'Bestätigen', history: 'Verlauf', late: 'nachgetragen' },
  states: { CHECKED_IN: 'anwesend', SENT_ON: 'weitergeschickt', CHECKED_OUT: 'abgemeldet', CANCELLED: 'storniert' } as Record<ArrivalState, string>,
  acts: { CHECK_IN: 'eingetroffen', INSTRUCT: 'Auftrag erteilt', SEND_ON: 'weitergeschickt', CHECK_OUT: 'abgemeldet', CORRECT: 'berichtigt', TAKE_BACK: 'zurückgeholt', CANCEL: 'storniert' } as Record<ActKind, string>,
  sum: (forces: number, strength: string, unknown: number) => `${forces} ${forces === 1 ? 'Kraft' : 'Kräfte'}, Stärke ${strength}${unknown ? `, ${unknown} ohne Angabe` : ''}`,
  empty: { expected: 'Niemand ist hierher unterwegs, soweit bekannt.', present: 'Noch niemand ist hier.', gone: 'Noch niemand ist weiter oder ab.', overdue: 'Niemand ist überfällig, alle Anwesenden haben einen Auftrag.', search: 'Keine Kraft passt zur Suche.' },
  search: 'Funkrufname suchen', eta: 'erwartet',
  overdue: { title: 'Unterwegs', by: (span: string) => `überfällig seit ${span}`, in: (span: string) => `noch ${span}`, unknown: 'Ankunft unbekannt', basis: { ETA: 'gemeldet', TRAVEL: 'geschätzt' } as Record<string, string>, since: 'unterwegs seit', contact: 'Kontakt', seen: (ago: string) => `zuletzt gesehen vor ${ago}`, unseen: 'keine Position', loan: 'geliehen', waiting: 'Ohne Auftrag', waits: (span: string) => `wartet ${span}`, offline: 'Diese Liste braucht eine Verbindung.', loading: 'Wird geladen …' },
  scanner: { title: 'Code vor die Kamera halten', close: 'Schließen', denied: 'Keine Kamera: Zugriff verweigert oder nicht vorhanden. Funkrufname eintippen.', foreign: 'Dieser Code ist kein Etikett aus dem Lagebild.' },
  slip: { order: 'Erster Auftrag', callsign: 'Funkrufname', strength: 'Stärke', meeting: 'Treffpunkt', radio: 'Funkgruppe', phone: 'Rückruf', to: 'Wohin', at: 'Zeit', number: 'Nr.' },
  clear: 'Gerät leeren', clearSure: 'Namen, Listen und Telefonnummern wirklich löschen', clearBusy: 'Erst wenn alles übertragen ist.',
  labels: 'Etiketten mit Code', openHere: 'Meldekopf öffnen', panel: { book: 'Eintrag im Buch', at: 'Stelle', organisation: 'Organisation', recorded: 'eingetragen' },
  saved: (name: string) => `${name} eingetragen.`,
};

export type ArrivalWords = typeof de;

export const en: ArrivalWords = {
  tab: 'Check-in', page: 'Check-in point', close: 'To the picture',
  none: { incident: 'No incident chosen.', incidentWhy: 'Choose an incident in the picture, then open the check-in point.', place: 'This incident has no check-in point and no staging area yet.', placeWhy: 'Make one under “Facilities” in the picture.', first: 'This device has never been a check-in point.', firstWhy: 'Open it once with a connection and sign in. After that it works without.' },
  place: 'This is', placeTypes: { MELDEKOPF: 'Check-in point', BEREITSTELLUNGSRAUM: 'Staging area' },
  line: { live: 'Connected', lost: 'No connection', asOf: (age) => `as of ${age}`, shell: { ready: 'Opens without a connection too', coming: 'Getting ready to work without a connection …', impossible: 'This browser opens the page only with a connection. Do not close it.' } },
  waiting: (n) => `${n} not sent yet`, allSent: 'Everything sent', sending: 'Sending …',
  waitingWhy: 'The entries lie on this device and are sent by themselves. They survive reloading and closing.',
  lost: 'This device can keep nothing. Do not close the page until everything is sent!', signIn: 'Sign in', signedOut: 'The session has ended. Entries stay here and are sent once you have signed in.',
  refused: (n) => `${n} not accepted`, refusedWhy: 'These entries do not stand in the book:', discard: 'Discard', discardSure: 'Discard for good', again: 'Enter anew',
  tabs: { expected: 'Expected', present: 'Present', gone: 'Sent on / left', overdue: 'Overdue' }, tabsLabel: 'Lists',
  checkIn: 'Check in', scan: 'Scan code',
  form: {
    title: 'Arrival', titleCorrect: (n) => `Correct entry ${n}`, callsign: 'Call sign', callsignHint: 'Typing completes from known forces.', organisation: 'Organisation', type: 'Type', strength: 'Strength', leaders: 'Leaders', subleaders: 'Sub-leaders', crew: 'Crew', total: 'in all',
    fewer: (what) => `${what}: one less`, more: (what) => `${what}: one more`, endurance: 'Endurance', hours: (n) => `${n} h`, until: 'until', leader: 'Unit leader', phone: 'Phone', note: 'Remark', at: 'Arrived', save: 'Enter', cancel: 'Cancel', missing: 'The call sign is missing.', known: 'known', reason: 'Reason', reasonMissing: 'The reason is missing.', future: 'This time lies in the future.', failed: (why) => `Not saved: ${why}`,
  },
  order: { title: (name) => `Order for ${name}`, text: 'Order', to: 'Where to', nowhere: 'no fixed place', sites: 'Sites', sectors: 'Sectors', places: 'Facilities', meeting: 'Meeting point', radio: 'Radio group', phone: 'Call back', give: 'Give order, stays here', send: 'Send on', missing: 'The order is missing.' },
  entry: { number: (n) => (n === null ? 'new' : `No. ${n}`), arrived: 'in', left: 'out', until: 'until', order: 'Order', noOrder: 'no order', to: 'to', double: (n) => `already entered as no. ${n}`, waiting: 'not sent yet', giveOrder: 'Order / send on', out: 'Check out', correct: 'Correct', cancel: 'Cancel entry', back: 'Take back', print: 'Print', why: 'Why?', outTo: 'Check out: where to?', confirm: 'Confirm', history: 'History', late: 'added later' },
  states: { CHECKED_IN: 'present', SENT_ON: 'sent on', CHECKED_OUT: 'left', CANCELLED: 'cancelled' },
  acts: { CHECK_IN: 'arrived', INSTRUCT: 'order given', SEND_ON: 'sent on', CHECK_OUT: 'left', CORRECT: 'corrected', TAKE_BACK: 'taken back', CANCEL: 'cancelled' },
  sum: (forces, strength, unknown) => `${forces} ${forces === 1 ? 'force' : 'forces'}, strength ${strength}${unknown ? `, ${unknown} not stated` : ''}`,
  empty: { expected: 'Nobody is under way to here, as far as is known.', present: 'Nobody is here yet.', gone: 'Nobody has gone on or left yet.', overdue: 'Nobody is overdue, everybody here has an order.', search: 'No force matches.' },
  search: 'Find a call sign', eta: 'expected',
  overdue: { title: 'Under way', by: (span) => `overdue for ${span}`, in: (span) => `${span} to go`, unknown: 'arrival unknown', basis: { ETA: 'reported', TRAVEL: 'estimated' }, since: 'under way since', contact: 'Contact', seen: (ago) => `last seen ${ago} ago`, unseen: 'no position', loan: 'on loan', waiting: 'Without an order', waits: (span) => `waits ${span}`, offline: 'This list needs a connection.', loading: 'Loading …' },
  scanner: { title: 'Hold the code before the camera', close: 'Close', denied: 'No camera: refused, or there is none. Type the call sign.', foreign: 'This code is no label of ours.' },
  slip: { order: 'First order', callsign: 'Call sign', strength: 'Strength', meeting: 'Meeting point', radio: 'Radio group', phone: 'Call back', to: 'Where to', at: 'Time', number: 'No.' },
  clear: 'Empty device', clearSure: 'Really delete names, lists and telephone numbers', clearBusy: 'Only when everything is sent.',
  labels: 'Labels with codes', openHere: 'Open check-in point', panel: { book: 'Entry in the book', at: 'Facility', organisation: 'Organisation', recorded: 'entered' },
  saved: (name) => `${name} entered.`,
};
