/* Push on one's own page: switched on by a press, and told to the server anew whenever the page opens. */
'use strict';
const box = document.getElementById('push');
const path = location.pathname;

if ('serviceWorker' in navigator) {
  navigator.serviceWorker.register('/phone-worker.js', { scope: '/me/', updateViaCache: 'none' }).then(begin, () => undefined);
}

async function begin(there) {
  if (!box || !there.pushManager || !('Notification' in window)) return;
  const button = box.querySelector('button');
  const said = box.querySelector('[role=status]');
  box.hidden = false;
  button.onclick = async () => {
    try {
      if ((await Notification.requestPermission()) !== 'granted') throw new Error('denied');
      await whenActive(there);
      await tell(await there.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(box.dataset.key) }));
      location.replace(path + location.search);
    } catch {
      said.textContent = box.dataset.denied;
    }
  };
  const held = await there.pushManager.getSubscription();
  if (!held) return;
  button.hidden = true;
  said.textContent = box.dataset.on;
  await tell(held);
}

/* What this device was called before goes, if the browser has changed it. */
async function tell(subscription) {
  const now = JSON.stringify(subscription);
  const before = localStorage.getItem('lagebild-push');
  const body = JSON.stringify({ subscription: JSON.parse(now), instead: before && before !== now ? JSON.parse(before) : null });
  const answer = await fetch(`${path}/push`, { method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
  if (!answer.ok) throw new Error(answer.status);
  localStorage.setItem('lagebild-push', now);
}

function whenActive(there) {
  const worker = there.active || there.waiting || there.installing;
  return worker.state === 'activated' ? undefined
    : new Promise((done) => worker.addEventListener('statechange', () => { if (worker.state === 'activated') done(); }));
}

const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0));
