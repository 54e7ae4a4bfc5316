/** How a node below us stands with its reports, and which area its key means: pure, so that tests can hold it. */

/** The gravest first. `fresh`: reported, and the next one is not due yet. `late`: one is missing. `silent`: two are.
 *  `open`: nobody asks for reports, or the first one is not due yet. `stranger`: no partner at all. */
export const LOOKS = ['silent', 'late', 'open', 'fresh', 'stranger'] as const;
export type Look = (typeof LOOKS)[number];

/** A report dated further ahead of our clock says nothing about now, in ms. */
const AHEAD = 600_000;

/** `at` of the last report and when the next one is `due`, both in ms; `hours` is the rhythm that was asked for. */
export function lookOf(at: number | null, due: number | null, hours: number | null, now: number): Exclude<Look, 'stranger'> {
  if (due === null || hours === null) return 'open';
  if (due <= now) return due + hours * 3_600_000 <= now ? 'silent' : 'late';
  return at !== null && at <= now + AHEAD ? 'fresh' : 'open';
}

/** A key as the land writes it: a municipality with twelve digits, what is larger without the zeros behind. */
export function areaKey(ars: string | null | undefined): string | null {
  if (!ars || !/^\d{2,12}$/.test(ars) || !/[1-9]/.test(ars)) return null;
  const length = [2, 3, 5].find((each) => !/[1-9]/.test(ars.slice(each)));
  return length ? ars.slice(0, length) : ars.padEnd(12, '0');
}

/** Whose area this is: its own node's, else that of the smallest one around it that is a node's. */
export function ownerOf<T>(ars: string, nodes: Map<string, T>): T | undefined {
  return nodes.get(ars) ?? nodes.get(ars.slice(0, 5)) ?? nodes.get(ars.slice(0, 3)) ?? nodes.get(ars.slice(0, 2));
}

/** Signs on a grid of 24, each of another shape: the map and the lists draw the same. */
export const MARKS: Record<Look, { shape: string; sign: string; filled: boolean }> = {
  fresh: { shape: 'M12 2.5a9.500 9.500 0 1 0 0 19a9.500 9.500 0 0 0 0-19z', sign: 'M7.500 12.500l3.200 3.200L16.800 9', filled: true },
  late: { shape: 'M12 2.500a9.500 9.500 0 1 0 0 19a9.500 9.500 0 0 0 0-19z', sign: 'M12 6.500V12l4 2.500', filled: false },
  silent: { shape: 'M12 2L23 21.500H1z', sign: 'M12 9v6M12 18.200v.3', filled: true },
  open: { shape: 'M12 6a6 6 0 1 0 0 12a6 6 0 0 0 0-12z', sign: '', filled: false },
  stranger: { shape: 'M4 7h16v10H4z', sign: '', filled: false },
};
