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
import type { Words } from './de';

const count = (n: number, one: string, many: string) => `${n.toLocaleString('en-GB')} ${n === 1 ? one : many}`;

export const en: Words = {
  admin: admin.en,
  history: history.en,
  shell: shell.en,
  satellite: satellite.en,
  tasks: tasks.en,
  resources: resources.en,
  requests: requests.en,
  alarms: alarms.en,
  custody: custody.en,
  exchange: exchange.en,
  joint: joint.en,
  liaison: liaison.en,
  marches: marches.en,
  partners: partners.en,
  sharing: sharing.en,
  roster: roster.en,
  volunteers: volunteers.en,
  arrivals: arrivals.en,
  priority: priority.en,
  shifts: shifts.en,
  features: features.en,
  sensors: sensors.en,
  session: session.en,
  views: views.en,
  functions: session.functionsEn,
  situation: situation.en,
  staff: staff.en,
  journal: journal.en,
  locale: 'en-GB',
  name: 'Lagebild',
  skip: { list: 'Skip to the list', map: 'Skip to the map' },
  modes: { ACTUAL: 'ACTUAL', EXERCISE: 'EXERCISE', TEST: 'TEST' },
  age: {
    ago: (span) => `${span} ago`, never: 'never', s: 's', min: 'min', h: 'h', d: 'd', stale: 'stale',
    staleLong: (span) => `Stale: last value ${span} ago. The gauge may read differently now.`,
  },
  levels: ['normal', 'low', 'medium', 'high', 'extreme'],
  last: (level) => `last ${level}`,
  levelLabel: 'Level',
  unknown: 'unknown',
  severity: ['information', 'low', 'medium', 'high', 'extreme'],
  allClear: 'all clear',
  directions: { rising: 'rising', steady: 'steady', falling: 'falling' },
  noTrend: 'no trend',
  perHour: '/h',
  quantities: { W: 'Water level', Q: 'Discharge', N: 'Rain' },
  link: {
    live: 'live', connecting: 'connecting …', polling: 'polling', lost: 'no connection',
    lostSince: (time) => `No connection since ${time} (clock of this device). You see the last state; we keep trying.`,
    noPicture: (status) => `The server does not hand out the picture${status ? ` (HTTP ${status})` : ''}. What holds is not known here yet; we keep trying.`,
    serverStuck: (span) => `The server has not read its log for ${span}. The picture may be old.`,
    pollingLong: 'WebSockets are blocked; the picture is polled every two seconds.',
    label: (state, span) => `Connection: ${state}, last message ${span} ago`,
  },
  strip: {
    sources: 'Sources', search: 'Search', language: 'Language', theme: 'Appearance', copy: 'Copy link', copied: 'Link copied',
    signedIn: (name) => `Signed in: ${name}`, signedOut: 'not signed in', signOut: 'Sign out', help: 'Keys and help',
    signInHint: 'To sign in, open the link that script/server prints when it starts.',
    standing: (good, attention, bad) => `Sources: ${good} fine, ${attention} late, ${bad} failing`,
    noSource: 'Sources: none has reported yet',
    clock: 'Date-time group of the picture',
  },
  themes: { auto: 'as the device', light: 'light', dark: 'dark', night: 'night (red, dimmed)' },
  search: {
    placeholder: 'Place, municipality, gauge, warning', none: 'Nothing found.', failed: 'Search is not possible right now.', hint: 'key /',
    types: { incident: 'Incident', site: 'Site', facility: 'Facility', sector: 'Sector', zone: 'Zone', municipality: 'Municipality', district: 'District', place: 'Place', station: 'Gauge', warning: 'Warning', region: 'Region' },
    results: (n) => count(n, 'result', 'results'),
  },
  rail: {
    label: 'Views and layers', list: 'List', legend: 'Legend', help: 'Help', layers: 'Layers',
    alarms: 'Alarms', helpers: 'Helpers', resources: 'Resources', sites: 'Sites', sectors: 'Sectors', facilities: 'Facilities', zones: 'Zones', partners: 'Partners', reports: 'Reports', gauges: 'Gauges', warnings: 'Warnings', features: 'Further', satellite: 'Satellite', municipalities: 'Municipal.', districts: 'Districts', places: 'Places', basemap: 'Basemap',
    show: (layer) => `Layer ${layer}`,
  },
  tabs: { map: 'Map', list: 'List', sources: 'Sources', gauges: 'Gauges', warnings: 'Warnings' },
  list: {
    label: 'List beside the map', level: 'Level', name: 'Gauge', water: 'Water', value: 'Value', trend: 'Trend', age: 'Age',
    gauges: (n) => count(n, 'gauge', 'gauges'), warnings: (n) => count(n, 'warning', 'warnings'),
    of: (n, all) => `${n.toLocaleString('en-GB')} of ${all.toLocaleString('en-GB')}`,
    reorder: (n) => `${count(n, 'row belongs', 'rows belong')} elsewhere: sort again`,
    fresh: (n) => count(n, 'new warning', 'new warnings'),
    noGauges: 'No gauge in the picture yet.', noGaugesWhy: 'As soon as a source answers, its gauges stand here.',
    noWarnings: 'No official warning in force.', countDoubt: 'number unknown', noWarningsDoubt: 'Unknown whether a warning is in force: a warning source is not delivering.',
    allClearAsOf: (time) => `All warning sources deliver. As of ${time}.`,
    filtered: 'The filter leaves nothing.', resetFilter: 'Reset filter', loading: 'Loading the picture …', open: 'open', resize: 'Width of the list',
  },
  filter: {
    label: 'Filter', level: 'from level', all: 'all', quantity: 'Quantity', water: 'Water', anyWater: 'all waters',
    inView: 'only map extent', stale: 'show stale', atLeast: (word) => `from level ${word}`,
  },
  panel: {
    label: 'Details', close: 'Close', zoom: 'Show on the map', gone: 'No longer in the picture.',
    goneWhy: 'The source no longer lists this entry.', goneThing: 'It was deleted, or it lies in a room that you do not see.',
    goneThen: 'Not in the picture at that time.', goneThenWhy: 'It came later, or was deleted already.', people: 'Entered by a staff', value: 'Current value', noReading: 'No reading', fellIn: (time: string) => `fell within ${time}`, noReadingWhy: 'The source has not yet given a value for this gauge.',
    levelUnknownWhy: 'Without marks from the source no level can be told.',
    river: 'Water', km: 'River km', operator: 'Operator', number: 'Gauge number', zero: 'Gauge zero', aboveSea: 'Height above sea (NHN)', municipality: 'Municipality key',
    marks: 'Marks', mark: 'Mark', reached: 'reached', state: 'Word of the source',
    provenance: 'Provenance', source: 'Source', asOf: 'As of', received: 'Received', confidence: 'Confidence', licence: 'Licence', attribution: 'Attribution',
    confidences: { CONFIRMED: 'confirmed', REPORTED: 'reported', UNCONFIRMED: 'unconfirmed', FORECAST: 'forecast' },
  },
  chart: {
    label: 'Hydrograph', range: 'Range', observed: 'measured', forecast: 'forecast', band: 'range', now: 'now', by: (maker) => `Forecast: ${maker}`,
    table: 'As a table', time: 'Time', mean: 'Mean', min: 'Min', max: 'Max', loading: 'Loading the hydrograph …',
    empty: 'There are no values for this range.', failed: (why) => `Hydrograph not loaded: ${why}`, retry: 'Try again',
    describe: (name, n, low, high, unit) => `Hydrograph ${name}: ${n} values between ${low} and ${high} ${unit}`,
  },
  warning: {
    sent: 'Sent', onset: 'Onset', effective: 'Valid from', expires: 'Ends', noEnd: 'no end given', area: 'Area', sender: 'Sender', description: 'Description',
    instruction: 'What to do', contact: 'Contact', web: 'More from the publisher', own: (word) => `Word of the source: ${word}`, language: 'Language of the message',
    update: 'update', cancel: 'all clear', foretold: 'advance information', over: 'expired', ahead: (time) => `from ${time}`, until: (time) => `until ${time}`,
    noShape: 'The source gives no area; the municipalities it names are hatched.', nowhere: 'The source gives no area; the warning stands only in the list.',
    more: (n) => `and ${n} more`, event: 'Event', urgency: 'Urgency', certainty: 'Certainty', alert: (headline) => `New warning: ${headline}`,
  },
  sources: {
    title: 'Sources', conditions: { NEVER: 'never yet', FRESH: 'delivering', LATE: 'late', STALE: 'stale', DOWN: 'failing', PAUSED: 'paused' },
    success: 'last success', tried: 'last try', newest: 'newest at the source', items: (n) => count(n, 'item', 'items'), dropped: 'set aside', unknown: 'unknown entries',
    failures: (n) => (n === 1 ? 'failed once' : `failed ${n} times in a row`), error: 'Error', every: 'asked every', poll: 'Ask now', polled: 'asking', publisher: 'Publisher', home: 'Page of the source',
    none: 'No source has reported yet.', offline: 'No source can be reached. This machine probably has no internet.',
    offlineKept: 'What was here stays visible and ages honestly.', offlineTry: 'To try it without internet, start the exercise:', unreachable: 'not reachable',
    details: 'Details', pollFailed: (why) => `Not asked: ${why}`,
  },
  exercise: {
    bar: 'Exercise', time: 'Exercise time', speed: 'Speed', pause: 'Pause', resume: 'Go on', paused: 'paused', jump: 'Jump to', go: 'Jump', faults: 'Faults',
    noFault: 'no fault', signIn: 'Whoever is signed in can steer it.', failed: (why) => `Not done: ${why}`, everywhere: 'This is an exercise. No value is real.',
    faultsActive: (n) => count(n, 'fault active', 'faults active'),
  },
  legend: {
    title: 'Legend', gauges: 'Gauges: shape, colour and word tell the level', trend: 'Arrow: trend per hour', stale: 'Grey with a struck rim: stale', unknown: 'Dashed with ?: level unknown',
    warnings: 'Warnings: fill tells severity, outline the publisher', dwd: 'German Weather Service', mowas: 'MoWaS / NINA', other: 'others', foretold: 'Hatched: advance information', named: 'Dotted: municipalities without an exact area',
  },
  map: {
    printed: 'Map as it stood when printed',
    label: 'Map. Arrow keys move it, plus and minus zoom.', zoomIn: 'Zoom in', zoomOut: 'Zoom out', home: 'Whole state', noWebgl: 'The map needs WebGL2; this browser does not offer it.',
    noWebglWhy: 'List, search, hydrographs and sources go on working.', legal: 'Map attribution', lost: 'The graphics card lost the map; it is being rebuilt.',
  },
  help: {
    then: (first, second) => `${first} then ${second}`,
    title: 'Keys', keys: [
      ['/', 'Search'], ['?', 'This help'], ['Esc', 'Close'], ['← ↑ → ↓', 'Move the map; in the list: change row'], ['+ −', 'Zoom the map'],
      ['Enter', 'Open the entry'], ['Home End', 'Start and end of the list'],
    ],
    url: 'The address holds the whole view. Copying the link is enough to share it.',
  },
  problem: { network: 'the server cannot be reached', refused: (status) => `the server refuses (HTTP ${status})` },
  announce: { new: (word, headline) => `New warning, level ${word}: ${headline}` },
};
