/* What a page of a link can do better with script: answers that cannot be sent are kept and go out later.
 * Kept in one store of the browser's database, by link and button group: a new answer takes the place of an old one. */
'use strict';
const PATH = location.pathname;
const page = () => document.getElementById('alarm');
const AGAIN = 5000;
const LOOK_AGAIN = 60000;
let shown = document.querySelector('main').innerHTML;

function store(mode, use) {
  return new Promise((done, failed) => {
    const asked = indexedDB.open('lagebild-phone', 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore('outbox', { keyPath: 'key' });
    asked.onerror = () => failed(asked.error);
    asked.onsuccess = () => {
      const base = asked.result;
      const turn = base.transaction('outbox', mode);
      const request = use(turn.objectStore('outbox'));
      turn.oncomplete = () => { base.close(); done(request && request.result); };
      turn.onabort = turn.onerror = () => { base.close(); failed(turn.error); };
    };
  });
}

const group = (value) => (/^(COMING|NOT_COMING|LATER-)/.test(value) ? 'answer' : value);

async function waiting() {
  const all = await store('readonly', (kept) => kept.getAll()).catch(() => []);
  return all.filter((one) => one.path === PATH).sort((a, b) => a.at - b.at);
}

async function show() {
  const mine = await waiting();
  const line = document.getElementById('waiting');
  if (!line) return;
  line.hidden = mine.length === 0;
  line.textContent = mine.length ? page().dataset.waiting : '';
  for (const button of document.querySelectorAll('button[name=do]')) {
    if (mine.some((one) => one.value === button.value)) button.setAttribute('data-waits', '');
    else button.removeAttribute('data-waits');
  }
}

let sending = false;
async function send() {
  if (sending) return;
  sending = true;
  try {
    for (const one of await waiting()) {
      const ago = Math.max(0, Math.round((Date.now() - one.at) / 1000));
      const answer = await fetch(PATH + location.search, { method: 'POST', body: new URLSearchParams({ do: one.value, ago }) });
      if (answer.status >= 500 || answer.status === 429) throw new Error(answer.status);
      const html = await answer.text();
      await store('readwrite', (kept) => removed(kept, one));
      put(html);
    }
  } catch {
    later();
  } finally {
    sending = false;
    await show();
  }
}

/* Only what was sent: an answer given meanwhile stays. */
function removed(kept, one) {
  const asked = kept.get(one.key);
  asked.onsuccess = () => { if (asked.result && asked.result.at === one.at) kept.delete(one.key); };
  return asked;
}

let timer = 0;
function later() {
  clearTimeout(timer);
  timer = setTimeout(send, AGAIN);
  if ('serviceWorker' in navigator) {
    navigator.serviceWorker.ready.then((there) => there.sync && there.sync.register('outbox')).catch(() => undefined);
  }
}

function put(html) {
  const fresh = new DOMParser().parseFromString(html, 'text/html').querySelector('main');
  if (fresh.innerHTML === shown) return;
  shown = fresh.innerHTML;
  document.querySelector('main').replaceWith(fresh);
  ready();
}

/* What has changed since: after a push, when the page comes to the front, and once a minute. It counts as no reading. */
async function look() {
  if (document.hidden || (await waiting()).length) return;
  try {
    const answer = await fetch(PATH + location.search);
    if (answer.ok && !(await waiting()).length) put(await answer.text());
  } catch { /* without network what is shown stays */ }
}

document.addEventListener('submit', (event) => {
  const { target: form, submitter } = event;
  if (!form.hasAttribute('data-keeps') || !submitter || !window.indexedDB) return;
  event.preventDefault();
  const { value } = submitter;
  store('readwrite', (kept) => kept.put({ key: `${PATH} ${group(value)}`, path: PATH, value, at: Date.now() }))
    .then(show).then(send)
    .catch(() => form.requestSubmit ? (form.removeAttribute('data-keeps'), form.requestSubmit(submitter)) : form.submit());
});

function ready() {
  for (const button of document.querySelectorAll('[data-distance]')) {
    button.hidden = !('geolocation' in navigator);
    button.onclick = () => distance(button);
  }
  remember();
}

/* Only when pressed, only here: the position is not sent. */
function distance(button) {
  const [lat, lon] = button.dataset.distance.split(',').map(Number);
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      const rad = Math.PI / 180;
      const x = (lon - coords.longitude) * rad * Math.cos(((lat + coords.latitude) / 2) * rad);
      const km = Math.hypot(x, (lat - coords.latitude) * rad) * 6371;
      button.textContent = button.dataset.said.replace('#', km.toFixed(1).replace('.', document.documentElement.lang.startsWith('de') ? ',' : '.'));
    },
    () => { button.textContent = button.dataset.failed; },
    { timeout: 15000 },
  );
}

/* Which alarms this phone knows, so that the sign at the meeting point finds the right page. */
function remember() {
  const here = page();
  if (!here || !here.dataset.code) return;
  try {
    const known = JSON.parse(localStorage.getItem('lagebild-alarms') || '{}');
    delete known[here.dataset.code];
    known[here.dataset.code] = PATH;
    localStorage.setItem('lagebild-alarms', JSON.stringify(Object.fromEntries(Object.entries(known).slice(-20))));
  } catch { /* a browser that keeps nothing */ }
}

if (page()) {
  ready();
  show().then(send);
  addEventListener('online', send);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) send().then(look); });
  setInterval(look, LOOK_AGAIN * (1 + Math.random() / 4));
  if ('serviceWorker' in navigator) navigator.serviceWorker.onmessage = look;
  if ('serviceWorker' in navigator) navigator.serviceWorker.register('/phone-worker.js', { scope: '/a/', updateViaCache: 'none' }).catch(() => undefined);
}
