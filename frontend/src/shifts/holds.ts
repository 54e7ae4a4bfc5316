/** Qualifications as they are typed: `GF, AGT 31.12.2026`, the day until which one counts behind it. */
import type { Holds } from './types';

const DAY = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/;

export function written(holds: Holds[] | undefined): string {
  return (holds ?? []).map(({ code, valid_until: end }) => (end ? `${code} ${day(new Date(end))}` : code)).join(', ');
}

/** What is no day stays in the code, and the server refuses it by name. `before` keeps levels that are not typed. */
export function parsed(text: string, before: Holds[] = []): Holds[] {
  return text.split(/[,;]/).map((part) => part.trim()).filter(Boolean).map((part) => {
    const [code = '', ...rest] = part.split(/\s+/);
    const found = DAY.exec(rest.join(''));
    const known = before.find((one) => one.code === code);
    const level = known?.level ? { level: known.level } : {};
    if (!rest.length) return { code, ...level };
    if (!found) return { code: part };
    // The whole day counts.
    const end = new Date(Number(found[3]), Number(found[2]) - 1, Number(found[1]), 23, 59, 59);
    return Number.isNaN(end.getTime()) || end.getDate() !== Number(found[1]) ? { code: part } : { code, ...level, valid_until: end.toISOString() };
  });
}

function day(at: Date): string {
  return `${String(at.getDate()).padStart(2, '0')}.${String(at.getMonth() + 1).padStart(2, '0')}.${at.getFullYear()}`;
}
