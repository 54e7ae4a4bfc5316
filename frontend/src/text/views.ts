/** The words of the task views. */
export const de = {
  title: 'Ansichten', rail: 'Ansichten', hint: 'Eine Ansicht bestimmt Ebenen, Filter, Reiter und Reihenfolge. Sie zeigt nie mehr, als man sehen darf.',
  short: { s1: 'S1', s2: 'S2', s3: 'S3', s4: 'S4', s5: 'S5', krisenstab: 'KS', sae: 'SAE', meldekopf: 'MK', press: 'PR', wall: 'W' } as Record<string, string>,
  shipped: {
    s1: 'S1 Personal, Innerer Dienst', s2: 'S2 Lage', s3: 'S3 Einsatz', s4: 'S4 Versorgung', s5: 'S5 / BuMA Presse, Öffentlichkeit', krisenstab: 'Krisenstab',
    sae: 'Stab für außergewöhnliche Ereignisse', meldekopf: 'Meldekopf', press: 'Presse (nur Freigegebenes)', wall: 'Bildschirmwand',
  } as Record<string, string>,
  shippedTitle: 'Mitgeliefert', ownTitle: 'Eigene', sharedTitle: 'Geteilt', onlyYou: 'nur für mich', sharedIn: (room: string, by: string) => `${room}, von ${by}`,
  saveAs: 'Jetziges als neue Ansicht', edit: 'Ändern', leave: 'Ohne Ansicht', signIn: 'Wer angemeldet ist, kann eigene Ansichten anlegen und teilen.', signInLink: 'Anmelden',
  remove: (name: string) => `${name} löschen`, deleted: (name: string) => `Ansicht „${name}“ gelöscht.`, saved: (name: string) => `Ansicht „${name}“ gespeichert.`,
  failed: (why: string) => `Nicht gespeichert: ${why}`, gone: 'Diese Ansicht gibt es nicht, oder sie ist nicht für Sie geteilt.',
  name: 'Name', where: 'Wer sie sieht', tabs: 'Reiter und ihre Reihenfolge', layers: 'Ebenen', more: 'Außerdem', area: 'Kartenausschnitt festhalten', released: 'nur Öffentliches und Freigegebenes',
  wall: 'als Bildschirmwand', wallViews: 'Ansichten im Wechsel', seconds: 'Sekunden je Ansicht', captured: 'Filter, Sortierung und Liste werden so gespeichert, wie sie jetzt sind.',
  save: 'Speichern', cancel: 'Abbrechen', up: (name: string) => `${name} nach oben`, down: (name: string) => `${name} nach unten`,
  wallPage: 'Bildschirmwand', sleeps: 'Dieser Bildschirm kann einschlafen', endWall: 'Bildschirmwand beenden',
};

export type ViewWords = typeof de;

export const en: ViewWords = {
  title: 'Views', rail: 'Views', hint: 'A view sets layers, filter, tabs and order. It never shows more than you may see.',
  short: { ...de.short },
  shipped: {
    s1: 'S1 Personnel', s2: 'S2 Situation', s3: 'S3 Operations', s4: 'S4 Supply', s5: 'S5 / BuMA press and public', krisenstab: 'Crisis staff',
    sae: 'Municipal staff (SAE)', meldekopf: 'Reporting point', press: 'Press (released only)', wall: 'Wall screen',
  },
  shippedTitle: 'Shipped', ownTitle: 'Own', sharedTitle: 'Shared', onlyYou: 'only for me', sharedIn: (room, by) => `${room}, by ${by}`,
  saveAs: 'Save this as a new view', edit: 'Change', leave: 'No view', signIn: 'Whoever is signed in can make and share views.', signInLink: 'Sign in',
  remove: (name) => `Delete ${name}`, deleted: (name) => `View “${name}” deleted.`, saved: (name) => `View “${name}” saved.`,
  failed: (why) => `Not saved: ${why}`, gone: 'There is no such view, or it is not shared with you.',
  name: 'Name', where: 'Who sees it', tabs: 'Tabs and their order', layers: 'Layers', more: 'Also', area: 'keep the map extent', released: 'only what is public or released',
  wall: 'as a wall screen', wallViews: 'Views in turn', seconds: 'Seconds per view', captured: 'Filter, order and list are saved as they are now.',
  save: 'Save', cancel: 'Cancel', up: (name) => `${name} up`, down: (name) => `${name} down`,
  wallPage: 'Wall screen', sleeps: 'This screen may fall asleep', endWall: 'End the wall screen',
};
