/** The service worker that lets this page open without a line; only browsers that have been a Meldekopf have it. */

export type Shell = 'ready' | 'coming' | 'impossible';

/** `impossible` where the browser has none, or the page was not opened over https. */
export async function keepShell(told: (state: Shell) => void): Promise<void> {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return told('impossible');
  told('coming');
  try {
    await navigator.serviceWorker.register('/sw.js', { scope: '/', updateViaCache: 'none' });
    await navigator.serviceWorker.ready;
    told('ready');
  } catch {
    // Without a line it cannot be looked for anew; the one that is there works on.
    told((await navigator.serviceWorker.getRegistration('/'))?.active ? 'ready' : 'impossible');
  }
}
