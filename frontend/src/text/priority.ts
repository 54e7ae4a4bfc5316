export const de = {
  tab: 'Priorisierung',
};

export const en: typeof de = {
  tab: 'Priorities',
};
