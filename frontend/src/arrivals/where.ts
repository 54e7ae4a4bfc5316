/** Where an order leads, by name. */
import type { Desk, Instruction } from './types';

export function whereTo(order: Instruction, desk: Desk | null): string {
  const found = [
    ['sites', order.site], ['sectors', order.sector], ['places', order.facility],
  ].flatMap(([list, id]) => (id ? (desk?.[list as 'sites'].find((each) => each.id === id)?.name ?? []) : []));
  return found.join(', ');
}
