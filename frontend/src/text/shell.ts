/** The words of the shell: menu, pages, undo, sign-in. */
export const de = {
  undo: 'Rückgängig', undoFailed: (why: string) => `Nicht zurückgenommen: ${why}`,
};

export type ShellWords = typeof de;

export const en: ShellWords = {
  undo: 'Undo', undoFailed: (why) => `Not taken back: ${why}`,
};
