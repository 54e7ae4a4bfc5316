/** The words of sharing. */
export const de = {
  tab: 'Freigaben',
};

export const en: typeof de = {
  tab: 'Sharing',
};
