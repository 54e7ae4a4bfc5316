/* The phone pages without a line: the page of an alarm opens again as it was, answers kept by it go out when there is a
 * network, and a push is always shown. It keeps pages of alarms and files; nothing of one's own page stays. */
'use strict';
const CACHE = 'lagebild-phone-1';
const MOST = 30;
const PATIENCE = 6000;

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate' && /^\/a\/[^/]+$/.test(url.pathname)) event.respondWith(page(event));
  else if (url.pathname.startsWith('/pages/')) event.respondWith(file(event));
});

async function page(event) {
  const cache = await caches.open(CACHE);
  const fetched = fetch(event.request).then(async (answer) => {
    if (answer.ok) await keep(cache, event.request, answer.clone());
    else if (answer.status === 404) await cache.delete(event.request, { ignoreSearch: true });
    return answer;
  });
  event.waitUntil(fetched.catch(() => undefined));
  const patience = new Promise((done) => setTimeout(done, PATIENCE));
  const first = await Promise.race([fetched.then((a) => (a.status < 500 ? a : undefined), () => undefined), patience]);
  return first ?? (await cache.match(event.request, { ignoreSearch: true })) ?? fetched;
}

async function file(event) {
  const cache = await caches.open(CACHE);
  const held = await cache.match(event.request);
  if (held) return held;
  const answer = await fetch(event.request);
  if (answer.ok) await keep(cache, event.request, answer.clone());
  return answer;
}

async function keep(cache, request, answer) {
  await cache.put(request, answer);
  const kept = await cache.keys();
  await Promise.all(kept.slice(0, Math.max(0, kept.length - MOST)).map((old) => cache.delete(old)));
}

/* --- answers kept ------------------------------------------------------------------------------------------------ */
function outbox(mode, use) {
  return new Promise((done, failed) => {
    const asked = indexedDB.open('lagebild-phone', 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore('outbox', { keyPath: 'key' });
    asked.onerror = () => failed(asked.error);
    asked.onsuccess = () => {
      const base = asked.result;
      const turn = base.transaction('outbox', mode);
      const request = use(turn.objectStore('outbox'));
      turn.oncomplete = () => { base.close(); done(request.result); };
      turn.onabort = turn.onerror = () => { base.close(); failed(turn.error); };
    };
  });
}

self.addEventListener('sync', (event) => { if (event.tag === 'outbox') event.waitUntil(send()); });

async function send() {
  const open = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  for (const one of await outbox('readonly', (kept) => kept.getAll())) {
    if (open.some((client) => new URL(client.url).pathname === one.path)) continue; /* the open page sends its own */
    const ago = Math.max(0, Math.round((Date.now() - one.at) / 1000));
    const answer = await fetch(one.path, { method: 'POST', body: new URLSearchParams({ do: one.value, ago }) });
    if (answer.status >= 500 || answer.status === 429) throw new Error('again');
    await outbox('readwrite', (kept) => {
      const asked = kept.get(one.key);
      asked.onsuccess = () => { if (asked.result && asked.result.at === one.at) kept.delete(one.key); };
      return asked;
    });
  }
}

/* --- push -------------------------------------------------------------------------------------------------------- */
self.addEventListener('push', (event) => {
  let told = {};
  try { told = event.data.json(); } catch { told = { text: event.data ? event.data.text() : '' }; }
  const link = typeof told.link === 'string' ? told.link : '/';
  const pages = self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  event.waitUntil(pages.then((open) => open.forEach((client) => client.postMessage('look'))));
  event.waitUntil(
    self.registration.showNotification(told.title || 'Lagebild', {
      body: told.text || '', tag: told.id || told.code, renotify: Boolean(told.id || told.code), requireInteraction: true,
      lang: told.language, icon: '/favicon.svg', badge: '/favicon.svg', vibrate: [400, 200, 400], data: { link },
    }),
  );
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const url = new URL(event.notification.data.link, self.location.origin);
  if (url.origin !== self.location.origin) return;
  event.waitUntil(
    self.clients.matchAll({ type: 'window', includeUncontrolled: true }).then((open) => {
      const there = open.find((client) => new URL(client.url).pathname === url.pathname);
      return there ? there.focus() : self.clients.openWindow(url.href);
    }),
  );
});

self.addEventListener('pushsubscriptionchange', () => undefined); /* every page that opens says where it is reached */
