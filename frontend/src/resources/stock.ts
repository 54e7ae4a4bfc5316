/** What there is of a material, and how long it lasts. */
import type { StockBody } from './types';

export interface Standing {
  free: number;
  low: boolean;
  /** ms until it is used up; Infinity where nothing is consumed. */
  lasts: number;
}

/** Consumption goes on since it was counted. */
export function standing(body: StockBody, now: number): Standing {
  const counted = Date.parse(body.counted_at ?? '');
  const hours = body.consumption && Number.isFinite(counted) ? Math.max(0, now - counted) / 3_600_000 : 0;
  const free = Math.max(0, body.quantity - (body.reserved ?? 0) - hours * (body.consumption ?? 0));
  return {
    free,
    low: body.minimum !== undefined && free < body.minimum,
    lasts: body.consumption ? (free / body.consumption) * 3_600_000 : Infinity,
  };
}
