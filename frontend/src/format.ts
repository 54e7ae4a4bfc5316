/** Times, ages and values as people in a crisis room read them. Local time is always that of NRW. */
import { text } from './text/index.svelte';

const ZONE = 'Europe/Berlin';
const MONTHS = ['JAN', 'FEB', 'MÄR', 'APR', 'MAI', 'JUN', 'JUL', 'AUG', 'SEP', 'OKT', 'NOV', 'DEZ'];
const MONTHS_EN = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

const fields = new Intl.DateTimeFormat('en-GB', {
  timeZone: ZONE, year: '2-digit', month: 'numeric', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
});

function parts(at: number): Record<string, string> {
  return Object.fromEntries(fields.formatToParts(at).map(({ type, value }) => [type, value]));
}

/** Tactical time group: day, time, month, year, as in 211947NOV26. */
export function timeGroup(at: number, language: 'de' | 'en' = 'de'): string {
  const { day, hour, minute, month, year } = parts(at);
  return `${day}${hour}${minute}${(language === 'de' ? MONTHS : MONTHS_EN)[Number(month) - 1]}${year}`;
}

/** 21.11., 19:47 */
export function moment(at: number | string | undefined): string {
  const value = typeof at === 'string' ? Date.parse(at) : at;
  if (value === undefined || !Number.isFinite(value)) return '–';
  const { day, month, hour, minute } = parts(value);
  return `${day}.${(month ?? '').padStart(2, '0')}. ${hour}:${minute}`;
}

export function clockTime(at: number, seconds = false): string {
  const { hour, minute, second } = parts(at);
  return seconds ? `${hour}:${minute}:${second}` : `${hour}:${minute}`;
}

/** "vor 4 min"; what lies ahead of the clock by less than a minute is "gerade eben". */
export function age(at: number | string | undefined, now: number): string {
  const value = typeof at === 'string' ? Date.parse(at) : at;
  if (value === undefined || !Number.isFinite(value)) return text().age.never;
  return text().age.ago(span(now - value));
}

/** A length of time in its largest fitting unit: 12 s, 4 min, 3 h, 2 d. */
export function span(milliseconds: number): string {
  const words = text().age;
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} ${words.s}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 90) return `${minutes} ${words.min}`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} ${words.h}` : `${Math.floor(hours / 24)} ${words.d}`;
}

/** An address of ours to follow, or null: what a source calls its page may be anything. */
export function outgoing(address: string | undefined): string | null {
  return address && /^https?:\/\//i.test(address) ? address : null;
}

const formats = new Map<string, Intl.NumberFormat>();

export function number(value: number, digits = 0): string {
  const locale = text().locale;
  const key = `${locale}${digits}`;
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })));
  return format.format(value);
}

/** As many digits as the quantity deserves: centimetres whole, small discharges with two. */
export function amount(value: number, unit: string): string {
  if (unit === 'cm') return number(Math.round(value));
  const size = Math.abs(value);
  return number(value, size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

export function signed(value: number, unit: string): string {
  const rounded = Math.abs(value) < 0.005 ? 0 : value;
  return `${rounded > 0 ? '+' : rounded < 0 ? '−' : '±'}${amount(Math.abs(rounded), unit)}`;
}
