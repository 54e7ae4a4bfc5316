/** Crew strength: leaders/sub-leaders/crew//total, as geodata/model/strength.py writes it. */

export interface Strength {
  leaders: number;
  subleaders: number;
  crew: number;
}

export const NONE: Strength = { leaders: 0, subleaders: 0, crew: 0 };

/** What is wrong with what was typed: its form, a total that is not the sum, or that it can be read in two ways. */
export class BadStrength extends Error {
  constructor(readonly reason: 'form' | 'total' | 'ambiguous') {
    super(reason);
  }
}

export function total({ leaders, subleaders, crew }: Strength): number {
  return leaders + subleaders + crew;
}

export function canonical(strength: Strength): string {
  return `${strength.leaders}/${strength.subleaders}/${strength.crew}//${total(strength)}`;
}

export function plus(a: Strength, b: Strength, sign: 1 | -1 = 1): Strength {
  return { leaders: a.leaders + sign * b.leaders, subleaders: a.subleaders + sign * b.subleaders, crew: a.crew + sign * b.crew };
}

const FORM = /^(\d{1,4})\/(\d{1,4})(?:\/(\d{1,5}))?(?:\/(\d{1,5}))?(?:(?:\/\/|=)(\d{1,6}))?$/;

/** `1/0/5//6`, `1/0/5/6`, `1/0/5=6`, `1/0/5`, and short `1/5` or `1/5//6`: sub-leaders and crew. Spaces do not count.
 *  The sum is checked where there is one. Raises BadStrength. */
export function parse(text: string): Strength {
  const found = FORM.exec(text.replace(/\s+/g, ''));
  if (!found || (found[4] !== undefined && found[5] !== undefined)) throw new BadStrength('form');
  const [first, second] = [Number(found[1]), Number(found[2])];
  const third = found[3] === undefined ? null : Number(found[3]);
  const sum = found[4] ?? found[5];
  if (third && sum === undefined && first + second === third) throw new BadStrength('ambiguous');
  const strength = third === null ? { leaders: 0, subleaders: first, crew: second } : { leaders: first, subleaders: second, crew: third };
  if (sum !== undefined && Number(sum) !== total(strength)) throw new BadStrength('total');
  return strength;
}

/** Of what the server keeps; null where nothing or nonsense is kept. */
export function kept(text: string | undefined): Strength | null {
  if (!text) return null;
  try {
    return parse(text);
  } catch {
    return null;
  }
}
