export const de = {
  tab: 'Kräfte',
};

export const en: typeof de = {
  tab: 'Resources',
};
