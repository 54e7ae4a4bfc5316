/** The words of signing in, the session menu and the incident that is worked on. */
export const de = {
  signIn: 'Anmelden', signOut: 'Abmelden', login: 'Anmeldename', password: 'Kennwort', busy: 'Wird geprüft …', cancel: 'Abbrechen',
  passkey: 'Mit Passkey anmelden', oidc: (name: string) => `Mit ${name} anmelden`, link: 'Wer einen Anmeldelink bekommen hat, öffnet ihn in diesem Browser. Er gilt einmal.',
  wrong: 'Anmeldename oder Kennwort stimmen nicht.', passkeyStopped: 'Der Passkey wurde nicht verwendet. Noch einmal versuchen oder anders anmelden.',
  failed: (why: string) => `Nicht gelungen: ${why}`,
  endedTitle: 'Die Anmeldung ist beendet', ended: 'Der Server hat diese Anmeldung beendet oder sie ist abgelaufen. Nichts Eingegebenes ist verloren: nach der Anmeldung geht es hier weiter.',
  stranger: 'Ohne Anmeldung weiter', strangerHint: 'Nicht angemeldet: zu sehen ist, was öffentlich ist.',
  needed: 'Dieses Lagebild zeigt sich nur nach der Anmeldung.',
  menu: 'Menü', duties: 'Funktionen', deputy: 'Vertretung', noDuty: 'Zurzeit ohne Funktion in einem Stab.', print: 'Drucken',
  incident: 'Lage', noIncident: 'keine Lage gewählt', legalSince: (time: string) => `Rechtsstand seit ${time}`,
};

export type SessionWords = typeof de;

export const en: SessionWords = {
  signIn: 'Sign in', signOut: 'Sign out', login: 'Login', password: 'Password', busy: 'Checking …', cancel: 'Cancel',
  passkey: 'Sign in with a passkey', oidc: (name) => `Sign in with ${name}`, link: 'If you were given a sign-in link, open it in this browser. It works once.',
  wrong: 'Login or password are not right.', passkeyStopped: 'The passkey was not used. Try again or sign in another way.',
  failed: (why) => `Not done: ${why}`,
  endedTitle: 'The session has ended', ended: 'The server has ended this session, or its time is over. Nothing you typed is lost: sign in and go on here.',
  stranger: 'Go on without signing in', strangerHint: 'Not signed in: you see what is public.',
  needed: 'This picture shows itself only after signing in.',
  menu: 'menu', duties: 'Functions', deputy: 'deputy', noDuty: 'No function in a staff at present.', print: 'Print',
  incident: 'Incident', noIncident: 'no incident chosen', legalSince: (time) => `Legal level since ${time}`,
};

/** How functions are called in a staff; the same in both languages, as they stand on the vests. */
export const functionsDe: Record<string, string> = {
  LEITUNG: 'Leitung', LDS: 'LdS', S1: 'S1', S2: 'S2', S3: 'S3', S4: 'S4', S5: 'S5', S6: 'S6', KGS: 'KGS', SMS: 'SMS', EMS: 'EMS', BUMA: 'BuMA',
  FACHBERATER: 'Fachberater', VERBINDUNGSPERSON: 'Verbindungsperson', MELDEKOPF: 'Meldekopf', OBSERVER: 'Beobachter',
};
export const functionsEn: Record<string, string> = {
  ...functionsDe, LEITUNG: 'Head of staff', FACHBERATER: 'Adviser', VERBINDUNGSPERSON: 'Liaison', MELDEKOPF: 'Reporting point', OBSERVER: 'Observer',
};
