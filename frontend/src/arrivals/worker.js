/* Lets the Meldekopf's page open without a line. Built into /sw.js with the names of this version's files.
 *
 * It answers for the page itself (`/`) and its files (`/assets/…`) and for nothing else: no data, no other address. The
 * page comes from the server whenever that answers in time, so that an old one never stays; its files have their
 * content in their name and never change. */
const FILES = __FILES__;
const CACHE = 'lagebild-shell-__VERSION__';
const PATIENCE = 4_000;

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches.open(CACHE).then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: file === '/' ? 'reload' : 'default' })))).then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith('lagebild-shell-') && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate' && url.pathname === '/') event.respondWith(page(request));
  else if (url.pathname.startsWith('/assets/')) event.respondWith(kept(request));
});

async function page(request) {
  const server = fetch(request).then((answer) => (answer.status < 500 ? answer : undefined), () => undefined);
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const answer = await Promise.race([server, patience]);
  return answer ?? (await (await caches.open(CACHE)).match('/')) ?? (await server) ?? Response.error();
}

async function kept(request) {
  return (await (await caches.open(CACHE)).match(request)) ?? fetch(request);
}
