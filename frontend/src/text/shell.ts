/** The words of the shell: menu, pages, undo, print, keys. */
export const de = {
  undo: 'Rückgängig', undoFailed: (why: string) => `Nicht zurückgenommen: ${why}`, more: 'Mehr', etb: 'ETB', asOf: 'Stand', notReal: 'nicht echt',
  keys: [['G dann M', 'Zur Karte'], ['G dann L', 'Zur Liste'], ['G dann T', 'Zu den Aufträgen'], ['G dann E', 'Zum Einsatztagebuch'], ['G dann S', 'Zum Stab'], ['G dann V', 'Zu den Ansichten'], ['G dann Q', 'Zu den Quellen']] as [string, string][],
};

export type ShellWords = typeof de;

export const en: ShellWords = {
  undo: 'Undo', undoFailed: (why) => `Not taken back: ${why}`, more: 'More', etb: 'Log', asOf: 'As of', notReal: 'not real',
  keys: [['G then M', 'To the map'], ['G then L', 'To the list'], ['G then T', 'To the tasks'], ['G then E', 'To the operations log'], ['G then S', 'To the staff'], ['G then V', 'To the views'], ['G then Q', 'To the sources']],
};
