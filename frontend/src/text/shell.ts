/** The words of the shell: menu, pages, undo, print, keys. */
export const de = {
  undo: 'Rückgängig', undoFailed: (why: string) => `Nicht zurückgenommen: ${why}`, more: 'Mehr', etb: 'ETB', asOf: 'Stand', notReal: 'nicht echt',
  keys: [['G dann M', 'Zur Karte'], ['G dann L', 'Zur Liste'], ['G dann T', 'Zu den Aufträgen'], ['G dann E', 'Zum Einsatztagebuch'], ['G dann S', 'Zum Stab'], ['G dann V', 'Zu den Ansichten'], ['G dann Q', 'Zu den Quellen'], ['G dann 1 bis 6', 'Zur Gruppe von Listen, dort zur zuletzt benutzten'], ['G dann G', 'Zurück zur Liste davor']] as [string, string][],
  groups: {
    label: 'Gruppen der Listen', names: { picture: 'Lage', ground: 'Einsatz', staff: 'Stab', forces: 'Kräfte', neighbours: 'Nachbarn', running: 'Betrieb' },
    hint: (name: string, number: number) => `${name} (G, dann ${number})`, calls: (n: number) => (n === 1 ? 'eines braucht Aufmerksamkeit' : `${n} brauchen Aufmerksamkeit`),
  },
};

export type ShellWords = typeof de;

export const en: ShellWords = {
  undo: 'Undo', undoFailed: (why) => `Not taken back: ${why}`, more: 'More', etb: 'Log', asOf: 'As of', notReal: 'not real',
  keys: [['G then M', 'To the map'], ['G then L', 'To the list'], ['G then T', 'To the tasks'], ['G then E', 'To the operations log'], ['G then S', 'To the staff'], ['G then V', 'To the views'], ['G then Q', 'To the sources'], ['G then 1 to 6', 'To a group of lists, there to the one used last'], ['G then G', 'Back to the list before']],
  groups: {
    label: 'Groups of lists', names: { picture: 'Situation', ground: 'Scene', staff: 'Staff', forces: 'Forces', neighbours: 'Neighbours', running: 'System' },
    hint: (name, number) => `${name} (G, then ${number})`, calls: (n) => (n === 1 ? 'one needs attention' : `${n} need attention`),
  },
};
