/** What was just done, said at the foot of the page, with its undo for thirty seconds. */

const SHOWN = 8_000;
const UNDO = 30_000;

export interface Offer {
  text: string;
  undo?: () => unknown;
}

export const offers = $state<{ now: Offer | null; failed: string }>({ now: null, failed: '' });
let timer: ReturnType<typeof setTimeout> | undefined;

/** Says it and offers the undo, if there is one, in place of what was offered before. */
export function done(text: string, undo?: () => unknown): void {
  clearTimeout(timer);
  offers.failed = '';
  offers.now = { text, undo };
  timer = setTimeout(() => (offers.now = null), undo ? UNDO : SHOWN);
}

export async function takeBack(): Promise<void> {
  const undo = offers.now?.undo;
  offers.now = null;
  try {
    await undo?.();
  } catch (error) {
    offers.failed = error instanceof Error ? error.message : String(error);
  }
}
