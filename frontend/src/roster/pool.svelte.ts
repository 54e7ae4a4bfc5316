/** Which skill the map's cells of helpers show, and the cells. */
import { send } from '../api/request';
import type { Cells } from './types';

export const pool = $state<{ skill: string; cells: Cells | null }>({ skill: '', cells: null });
let at = -Infinity;
let asking = false;

/** Asks again when what is held is older than `most` ms. */
export async function freshen(most = 60_000): Promise<void> {
  if (asking || performance.now() - at < most) return;
  asking = true;
  at = performance.now();
  try {
    pool.cells = await send<Cells>('GET', `/api/helpers/cells${pool.skill ? `?skill=${encodeURIComponent(pool.skill)}` : ''}`);
  } catch {
    pool.cells = null;
  } finally {
    asking = false;
  }
}

export async function show(skill: string): Promise<void> {
  pool.skill = skill;
  await freshen(0);
}
