/** The words of the time slider and of what is new. */
const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;

export const de = {
  label: 'Verlauf: Zeit des Lagebilds', word: 'VERGANGENHEIT', at: (moment: string, ago: string) => `Stand ${moment}, ${ago}`, only: 'nur lesen', now: 'Jetzt', back: 'Zurück zu jetzt',
  slider: 'Zeitpunkt', earlier: 'Früher', later: 'Später', play: 'Abspielen', stop: 'Anhalten', span: 'Zeitraum', jump: 'Springen zu …',
  spans: { 1: '1 h', 6: '6 h', 24: '24 h', 168: '7 d' } as Record<number, string>,
  marks: { shift: 'Dienstbeginn', briefing: 'Lagebesprechung', handover: 'Übergabe', closing: 'Tagebuch abgeschlossen', legal: 'Rechtsstufe' } as Record<string, string>,
  loading: 'Das Bild von damals wird geholt …', failed: (why: string) => `Nicht zurückgegangen: ${why}`, noWriting: 'Hier ist die Vergangenheit zu sehen; geschrieben wird nur jetzt. „Jetzt“ führt zurück.',
  keys: { earlier: 'Zeit zurück (auch ,)', later: 'Zeit vor (auch .)', now: 'Zurück zu jetzt' },
  tab: 'Was ist neu', since: 'Seit', sinces: { shift: 'Schichtbeginn', briefing: 'Lagebesprechung', hour: '1 h', six: '6 h', day: '24 h' } as Record<string, string>,
  noMark: { shift: 'Ihr Dienstbeginn liegt nicht im Verlauf.', briefing: 'Noch keine Lagebesprechung im Tagebuch. Ein Eintrag, der mit „Lagebesprechung“ beginnt, ist eine.' } as Record<string, string>,
  from: (moment: string) => `Was sich seit ${moment} geändert hat`, clipped: (moment: string) => `Der Verlauf reicht nur bis ${moment}.`,
  briefingNow: 'Lagebesprechung jetzt', briefingText: 'Lagebesprechung', briefed: 'Lagebesprechung steht im Tagebuch.',
  groups: { new: 'Neu', changed: 'Geändert', gone: 'Entfallen' } as Record<string, string>, none: 'Nichts hat sich geändert.', leftOff: (n: number) => `${count(n, 'weitere Änderung', 'weitere Änderungen')} zeigen`,
  passing: 'kam und ging', as: 'zeigen, wie es war', times: (n: number) => `${n} Mal geschrieben`, by: (who: string) => `von ${who}`, refresh: 'Neu abfragen', notAsked: (why: string) => `Nicht abgefragt: ${why}`, asking: 'Wird abgefragt …',
  kinds: { incident: 'Lage', staff: 'Stab', post: 'Funktion', site: 'Schadensstelle', sector: 'Abschnitt', facility: 'Einrichtung', zone: 'Gebiet', task: 'Auftrag', entry: 'Eintrag', warning: 'Warnung' } as Record<string, string>,
  fields: {
    title: 'Titel', name: 'Name', text: 'Text', priority: 'Priorität', state: 'Zustand', geometry: 'Ort', sector: 'Abschnitt', address: 'Adresse', affected: 'Betroffene', lives_at_risk: 'Menschenleben', holders: 'Besetzung', history: 'Verlauf', due_at: 'Frist', receiver: 'Empfänger', proof: 'Nachweis',
    legal: 'Rechtsstufe', used: 'Belegung', capacity: 'Plätze', leader: 'Leitung', radio: 'Funk', mission: 'Auftrag', reason: 'Grund', state_reason: 'Grund', released: 'Freigabe', type: 'Art', note: 'Notiz', hazard: 'Gefahr', confidence: 'Sicherheit', valid_until: 'gilt bis', level: 'Stufe', texts: 'Text', expires: 'gilt bis', merged: 'Doppelmeldungen', duplicate_of: 'Doppelmeldung von', contact: 'Kontakt',
  } as Record<string, string>,
};

export const en: typeof de = {
  label: 'History: time of the picture', word: 'THE PAST', at: (moment, ago) => `as of ${moment}, ${ago}`, only: 'read only', now: 'Now', back: 'Back to now',
  slider: 'Moment', earlier: 'Earlier', later: 'Later', play: 'Play', stop: 'Stop', span: 'Span', jump: 'Jump to …',
  spans: { 1: '1 h', 6: '6 h', 24: '24 h', 168: '7 d' },
  marks: { shift: 'Shift start', briefing: 'Briefing', handover: 'Hand-over', closing: 'Log closed', legal: 'Legal level' },
  loading: 'Fetching the picture of that time …', failed: (why) => `Not gone back: ${why}`, noWriting: 'This is the past; writing is done only now. “Now” leads back.',
  keys: { earlier: 'Back in time (also ,)', later: 'Forward in time (also .)', now: 'Back to now' },
  tab: 'What is new', since: 'Since', sinces: { shift: 'Shift start', briefing: 'Briefing', hour: '1 h', six: '6 h', day: '24 h' },
  noMark: { shift: 'The start of your shift is not in the history.', briefing: 'No briefing in the log yet. An entry that begins with “Briefing” is one.' },
  from: (moment) => `What has changed since ${moment}`, clipped: (moment) => `The history goes back to ${moment} only.`,
  briefingNow: 'Briefing now', briefingText: 'Briefing', briefed: 'The briefing is in the log.',
  groups: { new: 'New', changed: 'Changed', gone: 'Gone' }, none: 'Nothing has changed.', leftOff: (n) => `Show ${count(n, 'more change', 'more changes')}`,
  passing: 'came and went', as: 'show as it was', times: (n) => `written ${n} times`, by: (who) => `by ${who}`, refresh: 'Ask again', notAsked: (why) => `Not asked: ${why}`, asking: 'Asking …',
  kinds: { incident: 'Incident', staff: 'Staff', post: 'Function', site: 'Damage site', sector: 'Sector', facility: 'Facility', zone: 'Zone', task: 'Task', entry: 'Entry', warning: 'Warning' },
  fields: {
    title: 'Title', name: 'Name', text: 'Text', priority: 'Priority', state: 'State', geometry: 'Place', sector: 'Sector', address: 'Address', affected: 'Affected', lives_at_risk: 'Lives at risk', holders: 'Seat', history: 'Course', due_at: 'Due', receiver: 'Receiver', proof: 'Proof',
    legal: 'Legal level', used: 'Occupied', capacity: 'Places', leader: 'Leader', radio: 'Radio', mission: 'Mission', reason: 'Reason', state_reason: 'Reason', released: 'Release', type: 'Type', note: 'Note', hazard: 'Hazard', confidence: 'Confidence', valid_until: 'valid until', level: 'Level', texts: 'Text', expires: 'valid until', merged: 'Duplicates', duplicate_of: 'Duplicate of', contact: 'Contact',
  },
};
