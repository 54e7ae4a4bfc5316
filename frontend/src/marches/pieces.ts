/** Pieces of a march file as they are scanned or pasted: which are there, which are missing. As islands/pieces.py. */

const PIECE = /^LBM:(\d{1,2})\/(\d{1,2}):([0-9a-f]{8}):([0-9a-f]{8}):([A-Za-z0-9._-]+)/;

export interface Heap {
  /** By number, the whole piece. */
  pieces: Map<number, string>;
  of: number;
  missing: number[];
}

export interface Found {
  /** Of the line of which most is there; null if there is no good piece. */
  heap: Heap | null;
  damaged: boolean;
}

export function collected(text: string): Found {
  const heaps = new Map<string, Heap>();
  let damaged = false;
  for (const each of text.replace(/\s+/g, '').split(/(?=LBM:)/)) {
    const match = PIECE.exec(each);
    if (!match) {
      damaged ||= each.startsWith('LBM:');
      continue;
    }
    const [whole, number, of, line, sum, part] = [match[0], Number(match[1]), Number(match[2]), match[3], match[4], match[5]];
    if (number < 1 || number > of || crc32(`${number}/${of}:${line}:${part}`) !== sum) {
      damaged = true;
      continue;
    }
    const heap = heaps.get(`${line}/${of}`) ?? { pieces: new Map<number, string>(), of, missing: [] };
    heap.pieces.set(number, whole);
    heaps.set(`${line}/${of}`, heap);
  }
  const best = [...heaps.values()].sort((a, b) => b.pieces.size / b.of - a.pieces.size / a.of)[0] ?? null;
  if (best) best.missing = Array.from({ length: best.of }, (_, at) => at + 1).filter((number) => !best.pieces.has(number));
  return { heap: best, damaged };
}

/** Numbers of the first few, as people say them. */
export function named(missing: readonly number[], most = 8): string {
  return missing.slice(0, most).join(', ') + (missing.length > most ? ' …' : '');
}

/** CRC-32 of ASCII, as zlib writes it: eight hex digits. */
export function crc32(text: string): string {
  let sum = 0xffffffff;
  for (let at = 0; at < text.length; at++) {
    sum ^= text.charCodeAt(at);
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ((sum ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}
