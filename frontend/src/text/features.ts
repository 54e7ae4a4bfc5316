/** The words of further sources: what they tell, their raw answers, recorded files played again. */
const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;

export const de = {
  tab: 'Weitere Quellen', rail: 'Weitere', none: 'Keine weitere Quelle meldet etwas.', noneHow: 'Welche Quellen gefragt werden, steht unter Quellen; neue richtet die Technik in den Einstellungen ein.',
  unrated: 'ohne Einstufung', nowhere: 'ohne Ort', nowhereWhy: 'Die Quelle nennt keinen Ort; auf der Karte steht dies nicht.', value: 'Wert', at: 'Stand', page: 'Seite dazu',
  doubt: (state: string, since: string) => `Quelle ${state}, letzter Erfolg ${since}`,
  replayed: 'eingespielt', replayedWhy: 'Aus einer aufgezeichneten Datei eingespielt, nicht von der Quelle selbst. Gilt, bis die Quelle wieder antwortet.',
  steer: {
    pause: 'Anhalten', resume: 'Fortsetzen', failed: (why: string) => `Nicht ausgeführt: ${why}`, open: 'Prüfen und einspielen', tabs: { aside: 'Beiseitegelegt', raw: 'Rohdaten', replay: 'Einspielen' } as Record<string, string>, loading: 'Wird geholt …', retry: 'Noch einmal',
    asideNone: 'Nichts wurde beiseitegelegt.', asideTimes: (n: number, last: string) => `${n}-mal, zuletzt ${last}`,
    raw: (days: number) => (days ? `Antworten der Quelle, wie sie kamen. Sie bleiben ${count(days, 'Tag', 'Tage')}.` : 'Rohdaten werden auf diesem Knoten nicht aufbewahrt (evidence.days = 0).'), rawNone: 'Noch keine Antwort aufbewahrt.',
    seen: (times: number, until: string) => `${times}-mal gesehen, zuletzt ${until}`, bytes: (n: string) => `${n} Byte`, download: 'Herunterladen', look: 'Ansehen', older: 'Ältere',
    file: 'Aufgezeichnete Datei', fileHint: 'Die Datei wird erst gelesen und gezeigt. Ins Lagebild kommt sie nur, wenn Sie das bestätigen.', preview: (name: string) => `Das gäbe ${name}:`, unlike: 'Die Datei sieht nicht nach dieser Quelle aus.',
    gives: { stations: 'Messstellen', observations: 'Messwerte', forecasts: 'Vorhersagen', warnings: 'Warnungen', features: 'Meldungen', extents: 'Flächen' } as Record<string, string>, outside: 'außerhalb des Gebiets', nothing: 'Nichts, was sich übernehmen ließe.', newest: 'neuester Stand',
    take: 'Ins Lagebild übernehmen', real: 'Dies ist eine echte Lage. Alle sehen die Werte sofort, als eingespielt gekennzeichnet.', cancel: 'Verwerfen', taken: (n: number) => `${count(n, 'Eintrag', 'Einträge')} eingespielt. Gilt, bis die Quelle wieder antwortet.`,
  },
};

export const en: typeof de = {
  tab: 'Further sources', rail: 'Further', none: 'No further source reports anything.', noneHow: 'Which sources are asked stands under sources; new ones are set up in the settings.',
  unrated: 'not rated', nowhere: 'no place', nowhereWhy: 'The source names no place; this does not stand on the map.', value: 'Value', at: 'As of', page: 'Page about it',
  doubt: (state, since) => `Source ${state}, last success ${since}`,
  replayed: 'replayed', replayedWhy: 'Taken from a recorded file, not from the source itself. Holds until the source answers again.',
  steer: {
    pause: 'Pause', resume: 'Resume', failed: (why) => `Not done: ${why}`, open: 'Check and replay', tabs: { aside: 'Set aside', raw: 'Raw answers', replay: 'Replay' }, loading: 'Loading …', retry: 'Try again',
    asideNone: 'Nothing was set aside.', asideTimes: (n, last) => `${n} times, last ${last}`,
    raw: (days) => (days ? `Answers of the source as they came. They are kept for ${count(days, 'day', 'days')}.` : 'This node keeps no raw answers (evidence.days = 0).'), rawNone: 'No answer kept yet.',
    seen: (times, until) => `seen ${times} times, last ${until}`, bytes: (n) => `${n} bytes`, download: 'Download', look: 'Look at', older: 'Older',
    file: 'Recorded file', fileHint: 'The file is first read and shown. It enters the picture only if you confirm it.', preview: (name) => `This is what ${name} would give:`, unlike: 'The file does not look like this source.',
    gives: { stations: 'stations', observations: 'readings', forecasts: 'forecasts', warnings: 'warnings', features: 'reports', extents: 'extents' }, outside: 'outside the area', nothing: 'Nothing that could be taken.', newest: 'newest',
    take: 'Take into the picture', real: 'This is a real incident. Everybody sees the values at once, marked as replayed.', cancel: 'Discard', taken: (n) => `${count(n, 'item', 'items')} replayed. Holds until the source answers again.`,
  },
};
