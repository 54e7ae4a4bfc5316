/** The words of the operations log (Einsatztagebuch). */
const entries = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;

export const de = {
  tab: 'ETB', title: 'Einsatztagebuch', line: 'Eintrag ins Einsatztagebuch', placeholder: 'Eintrag schreiben, Enter speichert', write: 'Eintragen',
  hint: 'Taste L. Mit /b und Leertaste wird es ein Befehl, ebenso /l /e /m /a /r /u /v.',
  kind: 'Art', staff: 'Stab',
  kinds: {
    SITUATION: 'Lage', ORDER: 'Befehl', DECISION: 'Entschluss', MESSAGE_IN: 'Meldung ein', MESSAGE_OUT: 'Meldung aus', INCIDENT: 'Ereignis',
    HANDOVER: 'Übergabe', CLOSING: 'Abschluss', CORRECTION: 'Berichtigung', NOTE: 'Vermerk',
  } as Record<string, string>,
  things: {
    site: 'Schadensstelle', sector: 'Abschnitt', facility: 'Einrichtung', zone: 'Gebiet', task: 'Auftrag', incident: 'Lage', staff: 'Stab', post: 'Funktion',
    station: 'Pegel', warning: 'Warnung', entry: 'Eintrag', view: 'Sicht', extent: 'Satellitenfläche', imagery_job: 'Auswertung', resource: 'Kraft', stock: 'Material', fleet: 'Bestand', request: 'Anforderung', inquiry: 'Anfrage', custody: 'Warnwache', risk_alert: 'Regelalarm', alarm_rule: 'Regel', alarm: 'Alarm', alarm_plan: 'Alarmplan', partner_message: 'Partnernachricht', alarm_request: 'Alarmbitte', situation_report: 'Lagemeldung',
  } as Record<string, string>,
  change: (seq: string) => `Änderung ${seq}`,
  gone: 'nicht mehr im Lagebild',
  uncite: (what: string) => `Verweis entfernen: ${what}`,
  cites: 'Verweise', about: 'Eintrag dazu',
  waiting: (n: number) => `${entries(n, 'Eintrag wartet', 'Einträge warten')} auf die Verbindung`,
  refused: (why: string) => `Nicht gespeichert: ${why}`, again: 'Zurück in die Zeile', discard: 'Verwerfen', pending: 'wartet auf die Verbindung',
  written: (number: number) => `Eintrag ${number} gespeichert`,
  fresh: (n: number) => entries(n, 'neuer Eintrag', 'neue Einträge'),
  search: 'Suchen im Einsatztagebuch', anyKind: 'alle Arten', anybody: 'alle Verfasser', aboutSelected: 'nur zum Ausgewählten',
  older: 'Ältere laden', loading: 'wird geladen …', found: (n: number) => entries(n, 'Eintrag', 'Einträge'), reset: 'Filter zurücksetzen',
  empty: 'Noch kein Eintrag.', emptyWhy: 'L drücken, schreiben, Enter: schon steht er hier. Was auf der Karte gewählt ist, wird mit zitiert.', nothing: 'Der Filter lässt nichts übrig.',
  none: 'Kein Einsatztagebuch.', noneWhy: 'Ein Einsatztagebuch gehört zu einem Stab. Wer keine Funktion in einem Stab hat, sieht keines.',
  number: (n: number) => `Nr. ${n}`, recorded: (time: string) => `eingetragen ${time}`, event: 'Ereignis', entered: 'Eingetragen', author: 'Verfasser', function: 'Funktion', hash: 'Prüfsumme',
  correct: 'Berichtigen', correcting: (n: number) => `berichtigt Nr. ${n}`, stopCorrecting: 'Nicht berichtigen', correctedBy: 'berichtigt durch',
  close: 'Abschließen', closeTitle: 'Einsatztagebuch abschließen und signieren', closeNote: 'Vermerk zum Abschluss', closeWhy: 'Signiert alles bis hierher. Danach wird in derselben Kette weitergeschrieben.',
  closeNow: 'Abschließen und signieren', closed: (n: number) => `Mit Eintrag ${n} abgeschlossen und signiert`, cancel: 'Abbrechen',
  verify: 'Prüfen', verifying: 'wird geprüft …', right: (n: number, closings: number) => `Unverändert: ${n} Einträge geprüft, davon ${closings} Abschlüsse.`,
  wrong: (n: number, why: string) => `Eintrag ${n} stimmt nicht: ${why}`,
  csv: 'CSV', pdf: 'PDF', exports: 'Ausgeben und prüfen',
  keys: { line: 'Eintrag ins Einsatztagebuch', about: 'Eintrag zum Ausgewählten', tab: 'Einsatztagebuch öffnen' },
};

export type JournalWords = typeof de;

export const en: JournalWords = {
  tab: 'Log', title: 'Operations log', line: 'Entry for the operations log', placeholder: 'Write an entry, Enter saves', write: 'Write',
  hint: 'Key L. /b and a blank make it an order, likewise /l /e /m /a /r /u /v.',
  kind: 'Kind', staff: 'Staff',
  kinds: {
    SITUATION: 'Situation', ORDER: 'Order', DECISION: 'Decision', MESSAGE_IN: 'Message in', MESSAGE_OUT: 'Message out', INCIDENT: 'Incident',
    HANDOVER: 'Hand-over', CLOSING: 'Closing', CORRECTION: 'Correction', NOTE: 'Note',
  },
  things: {
    site: 'Damage site', sector: 'Sector', facility: 'Facility', zone: 'Zone', task: 'Task', incident: 'Incident', staff: 'Staff', post: 'Function',
    station: 'Gauge', warning: 'Warning', entry: 'Entry', view: 'View', extent: 'Satellite extent', imagery_job: 'Analysis', resource: 'Resource', stock: 'Material', fleet: 'Stock', request: 'Request', inquiry: 'Inquiry', custody: 'Warning watch', risk_alert: 'Risk alert', alarm_rule: 'Rule', alarm: 'Alarm', alarm_plan: 'Alarm plan', partner_message: 'Partner message', alarm_request: 'Request to alarm', situation_report: 'Situation report',
  },
  change: (seq) => `change ${seq}`,
  gone: 'no longer in the picture',
  uncite: (what) => `Remove reference: ${what}`,
  cites: 'References', about: 'Entry about this',
  waiting: (n) => `${entries(n, 'entry waits', 'entries wait')} for the connection`,
  refused: (why) => `Not saved: ${why}`, again: 'Back to the line', discard: 'Discard', pending: 'waits for the connection',
  written: (number) => `Entry ${number} saved`,
  fresh: (n) => entries(n, 'new entry', 'new entries'),
  search: 'Search the operations log', anyKind: 'all kinds', anybody: 'all authors', aboutSelected: 'only about what is selected',
  older: 'Load older ones', loading: 'loading …', found: (n) => entries(n, 'entry', 'entries'), reset: 'Reset filter',
  empty: 'No entry yet.', emptyWhy: 'Press L, write, Enter: there it is. What is selected on the map is cited with it.', nothing: 'The filter leaves nothing.',
  none: 'No operations log.', noneWhy: 'An operations log belongs to a staff. Without a function in a staff you see none.',
  number: (n) => `No. ${n}`, recorded: (time) => `entered ${time}`, event: 'Event', entered: 'Entered', author: 'Author', function: 'Function', hash: 'Hash',
  correct: 'Correct', correcting: (n) => `corrects no. ${n}`, stopCorrecting: 'Do not correct', correctedBy: 'corrected by',
  close: 'Close', closeTitle: 'Close and sign the operations log', closeNote: 'Closing note', closeWhy: 'Signs everything up to here. Writing goes on in the same chain.',
  closeNow: 'Close and sign', closed: (n) => `Closed and signed with entry ${n}`, cancel: 'Cancel',
  verify: 'Verify', verifying: 'verifying …', right: (n, closings) => `Unchanged: ${n} entries verified, ${closings} closings among them.`,
  wrong: (n, why) => `Entry ${n} is wrong: ${why}`,
  csv: 'CSV', pdf: 'PDF', exports: 'Export and verify',
  keys: { line: 'Entry for the operations log', about: 'Entry about what is selected', tab: 'Open the operations log' },
};
