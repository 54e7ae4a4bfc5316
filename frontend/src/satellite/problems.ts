/** What went wrong on the way to an image, in our words and with what to do. */
import { Failed } from '../api/request';
import type { Words } from '../text/de';

export interface Told {
  what: string;
  todo: string;
}

/** The interface names some failures otherwise than a job does. */
const KINDS: Record<string, string> = {
  'not-configured': 'NOT_CONFIGURED', 'out-of-units': 'OUT_OF_UNITS', 'quota-used-up': 'QUOTA', 'no-such-scene': 'NO_SCENE', 'bad-credentials': 'CREDENTIALS',
  unreachable: 'UNREACHABLE', throttled: 'THROTTLED', 'too-slow': 'SLOW', 'too-often': 'TOO_MANY', imagery: 'REFUSED',
};

/** A code that we have no words for brings the server's own. */
export function told(code: string, said: string | undefined, words: Words['satellite']['jobs']): Told {
  return words.errors[code] ?? { what: said || words.errors.INTERNAL!.what, todo: words.errors.INTERNAL!.todo };
}

export function toldOf(error: unknown, words: Words['satellite']['jobs']): Told {
  if (error instanceof Failed) return KINDS[error.kind] ? told(KINDS[error.kind]!, error.message, words) : { what: error.message, todo: words.errors.OTHER!.todo };
  return { what: error instanceof Error ? error.message : String(error), todo: words.errors.OTHER!.todo };
}
