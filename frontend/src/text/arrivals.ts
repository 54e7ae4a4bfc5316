export const de = {
  tab: 'Meldekopf',
};

export const en: typeof de = {
  tab: 'Check-in',
};
