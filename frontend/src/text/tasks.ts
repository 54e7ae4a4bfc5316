/** The words of orders (Aufträge). */
const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;

export const de = {
  tab: 'Aufträge', one: 'Auftrag', fresh: 'Neuer Auftrag', about: 'Auftrag dazu', none: 'Noch kein Auftrag.', noneHow: 'A erteilt einen, auch zu dem, was gerade gewählt ist.', noneHere: 'Kein Auftrag passt zum Filter.', signIn: 'Aufträge sieht, wer angemeldet ist.',
  scope: 'Welche', scopes: { mine: 'Meine', staff: 'Mein Stab', all: 'Alle' } as Record<string, string>, status: { open: 'offen', all: 'alle', closed: 'erledigt' } as Record<string, string>,
  states: { DRAFT: 'Entwurf', ISSUED: 'erteilt', ACKNOWLEDGED: 'bestätigt', IN_PROGRESS: 'in Arbeit', REPORTED_DONE: 'erledigt gemeldet', CONTROLLED: 'kontrolliert', REFUSED: 'abgelehnt', CANCELLED: 'zurückgenommen' } as Record<string, string>,
  moves: { ISSUED: 'Erteilen', ACKNOWLEDGED: 'Bestätigen', IN_PROGRESS: 'In Arbeit', REPORTED_DONE: 'Erledigt melden', CONTROLLED: 'Kontrolliert', REFUSED: 'Ablehnen', CANCELLED: 'Zurücknehmen' } as Record<string, string>,
  sendBack: 'Nacharbeit nötig', asks: { REPORTED_DONE: 'Was wurde getan, und woran sieht man es?', REFUSED: 'Warum nicht?', IN_PROGRESS: 'Was fehlt noch?' } as Record<string, string>,
  overdue: 'ÜBERFÄLLIG', overdueBy: (span: string) => `ÜBERFÄLLIG seit ${span}`, overdueCount: (n: number) => `${count(n, 'Auftrag', 'Aufträge')} überfällig`, due: (moment: string, left: string) => `bis ${moment} (noch ${left})`, dueAt: (moment: string) => `bis ${moment}`, noDue: 'ohne Frist',
  title: 'Was ist zu tun?', text: 'Einzelheiten', receiver: 'An', staff: 'Erteilt von', wholeStaff: 'Stab', unit: 'Kräfte, Einheit (frei)', dueLabel: 'Frist', dues: { 0: 'keine', 30: '30 min', 60: '1 h', 120: '2 h', 240: '4 h' } as Record<number, string>, dueOther: 'Frist genau',
  issue: 'Erteilen', draft: 'Als Entwurf', cancel: 'Abbrechen', save: 'Speichern', edit: 'Ändern', number: (n: number) => `Auftrag ${n}`, issued: (n: number) => `Auftrag ${n} erteilt.`, drafted: (n: number) => `Auftrag ${n} als Entwurf gesichert.`, moved: (n: number, state: string) => `Auftrag ${n}: ${state}.`, takeBack: 'Zurückgenommen, gleich nach dem Erteilen.',
  failed: (why: string) => `Nicht gespeichert: ${why}`, noIncident: 'Erst eine Lage wählen; ein Auftrag gehört zu einer Lage.', noRight: 'Aufträge erteilt, wer im Stab führt (Leitung, LdS, KGS, S1 bis S4).',
  proof: 'Nachweis', history: 'Verlauf', links: 'Gehört zu', site: 'Schadensstelle', sector: 'Abschnitt', entry: 'Eintrag', issuer: 'Erteilt', by: (who: string) => `von ${who}`, titleFor: (what: string) => `${what}: `, tasksAbout: 'Aufträge dazu',
  conflict: (field: string) => `${field} wurde gleichzeitig geändert`, holds: 'Gilt', lost: 'Ersetzt', take: 'Ersetzten Wert nehmen', keep: 'So lassen', fields: { title: 'Titel', text: 'Einzelheiten', due_at: 'Frist', receiver: 'Empfänger', site: 'Schadensstelle', sector: 'Abschnitt', entry: 'Eintrag', state: 'Zustand' } as Record<string, string>,
  key: 'Auftrag erteilen (zu dem, was gewählt ist)',
};

export const en: typeof de = {
  tab: 'Tasks', one: 'Task', fresh: 'New task', about: 'Task about this', none: 'No task yet.', noneHow: 'A issues one, also about what is selected.', noneHere: 'No task passes the filter.', signIn: 'Sign in to see tasks.',
  scope: 'Which', scopes: { mine: 'Mine', staff: 'My staff', all: 'All' }, status: { open: 'open', all: 'all', closed: 'done' },
  states: { DRAFT: 'draft', ISSUED: 'issued', ACKNOWLEDGED: 'acknowledged', IN_PROGRESS: 'in progress', REPORTED_DONE: 'reported done', CONTROLLED: 'controlled', REFUSED: 'refused', CANCELLED: 'cancelled' },
  moves: { ISSUED: 'Issue', ACKNOWLEDGED: 'Acknowledge', IN_PROGRESS: 'In progress', REPORTED_DONE: 'Report done', CONTROLLED: 'Controlled', REFUSED: 'Refuse', CANCELLED: 'Cancel task' },
  sendBack: 'Send back', asks: { REPORTED_DONE: 'What was done, and how can it be seen?', REFUSED: 'Why not?', IN_PROGRESS: 'What is still missing?' },
  overdue: 'OVERDUE', overdueBy: (span) => `OVERDUE for ${span}`, overdueCount: (n) => `${count(n, 'task', 'tasks')} overdue`, due: (moment, left) => `by ${moment} (${left} left)`, dueAt: (moment) => `by ${moment}`, noDue: 'no due time',
  title: 'What is to be done?', text: 'Details', receiver: 'To', staff: 'Issued by', wholeStaff: 'staff', unit: 'Forces, unit (free text)', dueLabel: 'Due', dues: { 0: 'none', 30: '30 min', 60: '1 h', 120: '2 h', 240: '4 h' }, dueOther: 'Exact due time',
  issue: 'Issue', draft: 'Keep as draft', cancel: 'Cancel', save: 'Save', edit: 'Edit', number: (n) => `Task ${n}`, issued: (n) => `Task ${n} issued.`, drafted: (n) => `Task ${n} kept as draft.`, moved: (n, state) => `Task ${n}: ${state}.`, takeBack: 'Taken back right after it was issued.',
  failed: (why) => `Not saved: ${why}`, noIncident: 'Choose an incident first; a task belongs to one.', noRight: 'Tasks are issued by those who lead in the staff (head, LdS, KGS, S1 to S4).',
  proof: 'Proof', history: 'Course', links: 'Belongs to', site: 'Damage site', sector: 'Sector', entry: 'Entry', issuer: 'Issued', by: (who) => `by ${who}`, titleFor: (what) => `${what}: `, tasksAbout: 'Tasks about this',
  conflict: (field) => `${field} was changed at the same time`, holds: 'Holds', lost: 'Replaced', take: 'Take the replaced value', keep: 'Leave as it is', fields: { title: 'Title', text: 'Details', due_at: 'Due', receiver: 'Receiver', site: 'Damage site', sector: 'Sector', entry: 'Entry', state: 'State' },
  key: 'Issue a task (about what is selected)',
};
