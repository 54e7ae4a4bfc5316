/** The words of partners. */
export const de = {
  tab: 'Partner', face: 'Was gezeigt wird', faces: { partners: 'Partner', shares: 'Freigaben', exchange: 'Austausch', reports: 'Lagemeldungen' } as Record<string, string>,
};

export const en: typeof de = {
  tab: 'Partners', face: 'What is shown', faces: { partners: 'Partners', shares: 'Sharing', exchange: 'Exchange', reports: 'Reports' },
};
