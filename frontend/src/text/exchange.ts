/** The words of exchange. */
export const de = {
  tab: 'Austausch',
};

export const en: typeof de = {
  tab: 'Exchange',
};
