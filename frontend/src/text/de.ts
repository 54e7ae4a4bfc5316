/** Deutsch zuerst; en.ts hat denselben Typ und ist damit vollständig. */
import * as admin from './admin';
import * as history from './history';
import * as sensors from './sensors';
import * as session from './session';
import * as satellite from './satellite';
import * as tasks from './tasks';
import * as resources from './resources';
import * as requests from './requests';
import * as alarms from './alarms';
import * as custody from './custody';
import * as exchange from './exchange';
import * as joint from './joint';
import * as liaison from './liaison';
import * as marches from './marches';
import * as partners from './partners';
import * as sharing from './sharing';
import * as roster from './roster';
import * as volunteers from './volunteers';
import * as arrivals from './arrivals';
import * as priority from './priority';
import * as shifts from './shifts';
import * as features from './features';
import * as shell from './shell';
import * as views from './views';
import * as journal from './journal';
import * as situation from './situation';
import * as staff from './staff';
const count = (n: number, one: string, many: string) => `${n.toLocaleString('de-DE')} ${n === 1 ? one : many}`;

export const de = {
  admin: admin.de,
  history: history.de,
  shell: shell.de,
  satellite: satellite.de,
  tasks: tasks.de,
  resources: resources.de,
  requests: requests.de,
  alarms: alarms.de,
  custody: custody.de,
  exchange: exchange.de,
  joint: joint.de,
  liaison: liaison.de,
  marches: marches.de,
  partners: partners.de,
  sharing: sharing.de,
  roster: roster.de,
  volunteers: volunteers.de,
  arrivals: arrivals.de,
  priority: priority.de,
  shifts: shifts.de,
  features: features.de,
  sensors: sensors.de,
  session: session.de,
  views: views.de,
  functions: session.functionsDe,
  situation: situation.de,
  staff: staff.de,
  journal: journal.de,
  locale: 'de-DE',
  name: 'Lagebild',
  skip: { list: 'Zur Liste springen', map: 'Zur Karte springen' },
  modes: { ACTUAL: 'ECHT', EXERCISE: 'ÜBUNG', TEST: 'TEST' },
  age: {
    ago: (span: string) => `vor ${span}`, never: 'nie', s: 's', min: 'min', h: 'h', d: 'Tg.', stale: 'veraltet',
    staleLong: (span: string) => `Veraltet: letzter Wert vor ${span}. Der Pegel kann heute anders stehen.`,
  },
  levels: ['normal', 'gering', 'mittel', 'hoch', 'extrem'],
  last: (level: string) => `zuletzt ${level}`,
  levelLabel: 'Stufe',
  unknown: 'unbekannt',
  severity: ['Information', 'gering', 'mittel', 'hoch', 'extrem'],
  allClear: 'Entwarnung',
  directions: { rising: 'steigend', steady: 'gleichbleibend', falling: 'fallend' },
  noTrend: 'kein Trend',
  perHour: '/h',
  quantities: { W: 'Wasserstand', Q: 'Abfluss', N: 'Niederschlag' } as Record<string, string>,
  link: {
    live: 'live', connecting: 'verbindet …', polling: 'Abfrage', lost: 'keine Verbindung',
    lostSince: (time: string) => `Keine Verbindung seit ${time} Uhr (Uhr dieses Geräts). Zu sehen ist der letzte Stand; es wird weiter versucht.`,
    noPicture: (status: number | null) => `Der Server gibt das Lagebild nicht heraus${status ? ` (HTTP ${status})` : ''}. Was gilt, ist hier noch unbekannt; es wird weiter versucht.`,
    serverStuck: (span: string) => `Der Server liest sein Protokoll seit ${span} nicht. Der Stand kann alt sein.`,
    pollingLong: 'WebSockets sind gesperrt; der Stand wird alle zwei Sekunden abgefragt.',
    label: (state: string, span: string) => `Verbindung: ${state}, letzte Nachricht vor ${span}`,
  },
  strip: {
    sources: 'Quellen', search: 'Suchen', language: 'Sprache', theme: 'Darstellung', copy: 'Link kopieren', copied: 'Link kopiert',
    signedIn: (name: string) => `Angemeldet: ${name}`, signedOut: 'nicht angemeldet', signOut: 'Abmelden', help: 'Tasten und Hilfe',
    signInHint: 'Anmelden: den Link öffnen, den script/server beim Start ausgibt.',
    standing: (good: number, attention: number, bad: number) =>
      `Quellen: ${good} in Ordnung, ${attention} mit Verzug, ${bad} gestört`,
    noSource: 'Quellen: noch keine hat sich gemeldet',
    clock: 'Taktische Zeit der Lage',
  },
  themes: { auto: 'wie das Gerät', light: 'hell', dark: 'dunkel', night: 'Nacht (rot, gedimmt)' },
  search: {
    placeholder: 'Ort, Gemeinde, Pegel, Warnung', none: 'Nichts gefunden.', failed: 'Suche gerade nicht möglich.', hint: 'Taste /',
    types: { incident: 'Lage', site: 'Schadensstelle', facility: 'Stelle', sector: 'Abschnitt', zone: 'Gebiet', municipality: 'Gemeinde', district: 'Kreis', place: 'Ort', station: 'Pegel', warning: 'Warnung', region: 'Bezirk' } as Record<string, string>,
    results: (n: number) => count(n, 'Treffer', 'Treffer'),
  },
  rail: {
    label: 'Ansichten und Ebenen', list: 'Liste', legend: 'Legende', help: 'Hilfe', layers: 'Ebenen',
    alarms: 'Alarme', helpers: 'Helfer', resources: 'Kräfte', sites: 'Stellen', sectors: 'Abschnitte', facilities: 'Orte', zones: 'Gebiete', partners: 'Partner', reports: 'Meldungen', gauges: 'Pegel', warnings: 'Warnungen', features: 'Weitere', satellite: 'Satellit', municipalities: 'Gemeinden', districts: 'Kreise', places: 'Orte', basemap: 'Grundkarte',
    show: (layer: string) => `Ebene ${layer}`,
  },
  tabs: { map: 'Karte', list: 'Liste', sources: 'Quellen', gauges: 'Pegel', warnings: 'Warnungen' },
  list: {
    label: 'Liste zur Karte', level: 'Stufe', name: 'Pegel', water: 'Gewässer', value: 'Wert', trend: 'Trend', age: 'Alter',
    gauges: (n: number) => count(n, 'Pegel', 'Pegel'), warnings: (n: number) => count(n, 'Warnung', 'Warnungen'),
    of: (n: number, all: number) => `${n.toLocaleString('de-DE')} von ${all.toLocaleString('de-DE')}`,
    reorder: (n: number) => `${count(n, 'Zeile', 'Zeilen')} anders einzuordnen: neu ordnen`,
    fresh: (n: number) => count(n, 'neue Warnung', 'neue Warnungen'),
    noGauges: 'Noch kein Pegel im Lagebild.', noGaugesWhy: 'Sobald eine Quelle antwortet, stehen die Pegel hier.',
    noWarnings: 'Keine amtliche Warnung in Kraft.', countDoubt: 'Anzahl unbekannt', noWarningsDoubt: 'Unbekannt, ob eine Warnung in Kraft ist: Eine Warnquelle liefert gerade nicht.',
    allClearAsOf: (time: string) => `Alle Warnquellen liefern. Stand ${time}.`,
    filtered: 'Der Filter lässt nichts übrig.', resetFilter: 'Filter zurücksetzen', loading: 'Lagebild wird geladen …', open: 'öffnen', resize: 'Breite der Liste',
  },
  filter: {
    label: 'Filter', level: 'ab Stufe', all: 'alle', quantity: 'Größe', water: 'Gewässer', anyWater: 'alle Gewässer',
    inView: 'nur Kartenausschnitt', stale: 'veraltete zeigen', atLeast: (word: string) => `ab Stufe ${word}`,
  },
  panel: {
    label: 'Einzelheiten', close: 'Schließen', zoom: 'Auf der Karte zeigen', gone: 'Nicht mehr im Lagebild.',
    goneWhy: 'Die Quelle führt diesen Eintrag nicht mehr.', goneThing: 'Es wurde gelöscht, oder es liegt in einem Raum, den Sie nicht sehen.',
    goneThen: 'Zu diesem Zeitpunkt nicht im Lagebild.', goneThenWhy: 'Es kam erst später dazu oder war schon gelöscht.', people: 'Eingabe im Stab', value: 'Aktueller Wert', noReading: 'Kein Messwert', fellIn: (time: string) => `gefallen in ${time}`, noReadingWhy: 'Die Quelle hat für diesen Pegel noch keinen Wert geliefert.',
    levelUnknownWhy: 'Ohne Kennwerte der Quelle ist keine Stufe bestimmbar.',
    river: 'Gewässer', km: 'Fluss-km', operator: 'Betreiber', number: 'Pegelnummer', zero: 'Pegelnullpunkt', aboveSea: 'Höhe über NHN', municipality: 'Gemeindeschlüssel',
    marks: 'Kennwerte', mark: 'Kennwert', reached: 'erreicht', state: 'Angabe der Quelle',
    provenance: 'Herkunft', source: 'Quelle', asOf: 'Stand', received: 'Empfangen', confidence: 'Verlässlichkeit', licence: 'Lizenz', attribution: 'Nachweis',
    confidences: { CONFIRMED: 'bestätigt', REPORTED: 'gemeldet', UNCONFIRMED: 'unbestätigt', FORECAST: 'Vorhersage' } as Record<string, string>,
  },
  chart: {
    label: 'Ganglinie', range: 'Zeitraum', observed: 'gemessen', forecast: 'Vorhersage', band: 'Spanne', now: 'jetzt', by: (maker: string) => `Vorhersage: ${maker}`,
    table: 'Als Tabelle', time: 'Zeit', mean: 'Mittel', min: 'Min', max: 'Max', loading: 'Ganglinie wird geladen …',
    empty: 'Für diesen Zeitraum liegen keine Werte vor.', failed: (why: string) => `Ganglinie nicht geladen: ${why}`, retry: 'Noch einmal',
    describe: (name: string, n: number, low: string, high: string, unit: string) => `Ganglinie ${name}: ${n} Werte zwischen ${low} und ${high} ${unit}`,
  },
  warning: {
    sent: 'Gesendet', onset: 'Beginn', effective: 'Gültig ab', expires: 'Ende', noEnd: 'ohne angegebenes Ende', area: 'Gebiet', sender: 'Absender', description: 'Beschreibung',
    instruction: 'Verhalten', contact: 'Kontakt', web: 'Mehr beim Herausgeber', own: (word: string) => `Wort der Quelle: ${word}`, language: 'Sprache der Meldung',
    update: 'Aktualisierung', cancel: 'Entwarnung', foretold: 'Vorabinformation', over: 'abgelaufen', ahead: (time: string) => `ab ${time}`, until: (time: string) => `bis ${time}`,
    noShape: 'Die Quelle nennt keine Fläche; schraffiert sind die genannten Gemeinden.', nowhere: 'Die Quelle nennt keine Fläche; die Warnung steht nur in der Liste.',
    more: (n: number) => `und ${count(n, 'weiteres', 'weitere')}`, event: 'Ereignis', urgency: 'Dringlichkeit', certainty: 'Gewissheit', alert: (headline: string) => `Neue Warnung: ${headline}`,
  },
  sources: {
    title: 'Quellen', conditions: { NEVER: 'noch nie', FRESH: 'liefert', LATE: 'verspätet', STALE: 'veraltet', DOWN: 'gestört', PAUSED: 'angehalten' },
    success: 'letzter Erfolg', tried: 'letzter Versuch', newest: 'neuester Stand der Quelle', items: (n: number) => count(n, 'Eintrag', 'Einträge'), dropped: 'beiseitegelegt', unknown: 'unbekannte Angaben',
    failures: (n: number) => (n === 1 ? 'einmal fehlgeschlagen' : `${n}-mal in Folge fehlgeschlagen`), error: 'Fehler', every: 'Abfrage alle', poll: 'Jetzt abfragen', polled: 'Abfrage läuft', publisher: 'Herausgeber', home: 'Seite der Quelle',
    none: 'Noch keine Quelle hat sich gemeldet.', offline: 'Keine Quelle ist erreichbar. Dieser Rechner hat wohl kein Internet.',
    offlineKept: 'Was schon da war, bleibt sichtbar und altert ehrlich.', offlineTry: 'Zum Ausprobieren ohne Internet die Übung starten:', unreachable: 'nicht erreichbar',
    details: 'Einzelheiten', pollFailed: (why: string) => `Nicht abgefragt: ${why}`,
  },
  exercise: {
    bar: 'Übung', time: 'Zeit der Übung', speed: 'Tempo', pause: 'Anhalten', resume: 'Weiter', paused: 'angehalten', jump: 'Springen zu', go: 'Springen', faults: 'Störungen',
    noFault: 'keine Störung', signIn: 'Steuern kann, wer angemeldet ist.', failed: (why: string) => `Nicht ausgeführt: ${why}`, everywhere: 'Dies ist eine Übung. Kein Wert ist echt.',
    faultsActive: (n: number) => count(n, 'Störung aktiv', 'Störungen aktiv'),
  },
  legend: {
    title: 'Legende', gauges: 'Pegel: Form, Farbe und Wort sagen die Stufe', trend: 'Pfeil: Trend je Stunde', stale: 'Grau mit durchgestrichenem Rand: veraltet', unknown: 'Gestrichelt mit ?: Stufe unbekannt',
    warnings: 'Warnungen: Füllung sagt die Schwere, Umriss den Herausgeber', dwd: 'Deutscher Wetterdienst', mowas: 'MoWaS / NINA', other: 'andere', foretold: 'Schraffiert: Vorabinformation', named: 'Punktiert: Gemeinden ohne genaue Fläche',
  },
  map: {
    printed: 'Karte, wie sie beim Drucken stand',
    label: 'Karte. Pfeiltasten verschieben, Plus und Minus vergrößern und verkleinern.', zoomIn: 'Vergrößern', zoomOut: 'Verkleinern', home: 'Ganzes Land', noWebgl: 'Die Karte braucht WebGL2; dieser Browser bietet es nicht.',
    noWebglWhy: 'Liste, Suche, Ganglinien und Quellen arbeiten weiter.', legal: 'Kartennachweis', lost: 'Die Grafikkarte hat die Karte verloren; sie wird neu aufgebaut.',
  },
  help: {
    then: (first: string, second: string) => `${first} dann ${second}`,
    title: 'Tasten', keys: [
      ['/', 'Suchen'], ['?', 'Diese Hilfe'], ['Esc', 'Schließen'], ['← ↑ → ↓', 'Karte verschieben; in der Liste: Zeile wechseln'], ['+ −', 'Karte vergrößern, verkleinern'],
      ['Enter', 'Eintrag öffnen'], ['Pos1 Ende', 'Anfang und Ende der Liste'],
    ] as [string, string][],
    url: 'Die Adresse enthält die ganze Ansicht. Link kopieren genügt, um sie zu teilen.',
  },
  problem: { network: 'der Server ist nicht erreichbar', refused: (status: number) => `der Server lehnt ab (HTTP ${status})` },
  announce: { new: (word: string, headline: string) => `Neue Warnung, Stufe ${word}: ${headline}` },
};

export type Words = typeof de;
