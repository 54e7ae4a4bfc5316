/** Whether the service that calls people is alive: asked every so often while somebody is signed in. */
import { page } from '../state.svelte';

const EVERY = 10_000;
/** Engines without which nobody is called. */
const NEEDED = ['alarms', 'alarms auditor', 'live'];

export const health = $state({ stalled: false });

async function look(): Promise<void> {
  if (!page.session.signed_in || document.hidden) return;
  try {
    const answer = await fetch('/healthz');
    const { engines = {} } = (await answer.json()) as { engines?: Record<string, { stalled: boolean }> };
    health.stalled = NEEDED.some((name) => engines[name]?.stalled);
  } catch {
    // The strip says already that the server is not reached; what is not known is not claimed.
  }
}

/** Starts asking; what it gives back ends it. */
export function watchHealth(): () => void {
  void look();
  const timer = setInterval(() => void look(), EVERY);
  return () => clearInterval(timer);
}
