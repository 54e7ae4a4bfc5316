export const de = {
  tab: 'Anforderungen',
};

export const en: typeof de = {
  tab: 'Requests',
};
