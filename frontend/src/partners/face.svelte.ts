/** Which of the tab's faces is shown. */
export const FACES = ['partners', 'shares', 'exchange', 'reports'] as const;
export type Face = (typeof FACES)[number];
export const face = $state<{ shown: Face }>({ shown: 'partners' });
