/** The words of the liaison page. */
export const de = {
  page: 'Verbindung', title: (name: string) => `Verbindung zu ${name}`, partner: 'Partner', open: 'Verbindung öffnen', close: 'Schließen', none: 'Noch kein Partner, mit dem ausgetauscht wird.',
  guest: (name: string) => `Sie sind Verbindungsperson für ${name} und sehen, was zwischen beiden Stäben liegt.`,
  message: 'Nachricht', request: 'Anforderung', report: 'Lagemeldung', print: 'Drucken', asOf: (at: string) => `Stand ${at}`,
  pressing: 'Braucht eine Antwort', nothing: 'Nichts wartet auf eine Antwort, nichts ist überfällig.',
  urgency: { answer: 'wir sind dran', late: 'überfällig', waits: 'wir warten', calm: 'erledigt oder läuft' } as Record<string, string>,
  way: { in: 'von dort', out: 'von uns' } as Record<string, string>,
  parts: { messages: 'Nachrichten', requests: 'Anforderungen', loans: 'Verliehen und geliehen', people: 'Um Leute gebeten', reports: 'Lagemeldungen' } as Record<string, string>,
  empty: { messages: 'Noch keine Nachricht.', requests: 'Keine Anforderung in keiner Richtung.', loans: 'Nichts verliehen, nichts geliehen.', people: 'Niemand wurde um Leute gebeten.', reports: 'Keine Lagemeldung, und keine ist erbeten.' } as Record<string, string>,
  lent: 'von uns verliehen', borrowed: 'von dort geliehen', recalled: 'zurückgerufen',
  dueAt: (at: string, left: string) => `bis ${at} (in ${left})`, dueOn: (at: string) => `bis ${at}`, wasDue: (since: string) => `fällig seit ${since}`,
  shares: 'Freigaben', weGive: 'Was wir freigeben', theyGive: (name: string) => `Was ${name} uns freigibt`, nothingGiven: 'Wir geben nichts frei.', nothingReceived: 'Uns ist nichts freigegeben.',
  incidents: 'Geteilte Lagen von dort', incidentsNone: 'Keine Lage von dort ist uns freigegeben.',
  day: 'Letzte 24 Stunden', dayNone: 'In den letzten 24 Stunden wurde nichts ausgetauscht.', fromThem: (name: string) => `von ${name}`, fromUs: 'von uns',
  strip: { message: (n: number, said: string) => `Nachricht ${n}: ${said}`, read: (n: number) => `Nachricht ${n} gelesen`, request: (n: number, state: string) => `Anforderung ${n}: ${state}`, people: (title: string) => `Bitte um Leute: ${title}`, decided: (title: string, state: string) => `${title}: ${state}`, report: (n: number) => `Lagemeldung ${n}` },
};

export const en: typeof de = {
  page: 'Liaison', title: (name) => `Liaison with ${name}`, partner: 'Partner', open: 'Open the liaison view', close: 'Close', none: 'There is no partner yet with whom anything is exchanged.',
  guest: (name) => `You are liaison for ${name} and see what lies between both staffs.`,
  message: 'Message', request: 'Request', report: 'Situation report', print: 'Print', asOf: (at) => `As of ${at}`,
  pressing: 'Needs an answer', nothing: 'Nothing waits for an answer, nothing is overdue.',
  urgency: { answer: 'our turn', late: 'overdue', waits: 'we are waiting', calm: 'done or running' },
  way: { in: 'from them', out: 'from us' },
  parts: { messages: 'Messages', requests: 'Requests', loans: 'Lent and borrowed', people: 'People asked for', reports: 'Situation reports' },
  empty: { messages: 'No message yet.', requests: 'No request in either direction.', loans: 'Nothing lent, nothing borrowed.', people: 'Nobody was asked for people.', reports: 'No situation report, and none is asked for.' },
  lent: 'lent by us', borrowed: 'borrowed from them', recalled: 'recalled',
  dueAt: (at, left) => `by ${at} (in ${left})`, dueOn: (at) => `by ${at}`, wasDue: (since) => `due for ${since}`,
  shares: 'Sharing', weGive: 'What we share', theyGive: (name) => `What ${name} shares with us`, nothingGiven: 'We share nothing.', nothingReceived: 'Nothing is shared with us.',
  incidents: 'Their incidents shared with us', incidentsNone: 'No incident of theirs is shared with us.',
  day: 'The last 24 hours', dayNone: 'Nothing was exchanged in the last 24 hours.', fromThem: (name) => `from ${name}`, fromUs: 'from us',
  strip: { message: (n, said) => `Message ${n}: ${said}`, read: (n) => `Message ${n} read`, request: (n, state) => `Request ${n}: ${state}`, people: (title) => `People asked for: ${title}`, decided: (title, state) => `${title}: ${state}`, report: (n) => `Situation report ${n}` },
};
