/** Our words for what the makers write; what we do not know stays as it is. */
import type { Words } from '../text/de';
import type { ExtentBody } from './extents';

type Own = Words['satellite'];

export const typeName = (body: ExtentBody, words: Own): string => words.types[body.type] ?? body.type;

/** `GRA_MONIT01` as "Schadenskartierung, Folgeaufnahme 1"; of our own the satellite. */
export function productName(body: ExtentBody, words: Own): string {
  if (body.maker === 'OWN') return words.jobs.platform(body.product?.slice(0, 3) ?? body.sensor ?? '');
  const [type = '', round = ''] = (body.product ?? '').split('_');
  const monitoring = /^MONIT(\d+)$/.exec(round);
  return [words.products[type] ?? type, monitoring && words.monitoring(Number(monitoring[1])), body.activation].filter(Boolean).join(', ');
}

/** When an awaited product is promised for. */
export function expected({ note }: ExtentBody): string | null {
  const found = /^expected (\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC$/.exec(note ?? '');
  return found ? `${found[1]}T${found[2]}:00Z` : null;
}
