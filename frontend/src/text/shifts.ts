export const de = {
  tab: 'Schichten',
};

export const en: typeof de = {
  tab: 'Shifts',
};
