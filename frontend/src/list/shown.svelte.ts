/** What passes the filter now: the list's rows and the counts. The map filters by the same functions. */
import { store, view, page } from '../state.svelte';
import { gaugeInside, order, orderWarnings, passes, warningInside, warningPasses } from './select';

export const counts = $state({ gauges: 0, allGauges: 0, warnings: 0, allWarnings: 0 });

/** Keys of the gauges to list, in order. */
export function gaugeKeys(): string[] {
  const now = store.clock.read();
  const inside = view.inView ? page.bounds : null;
  const shown = [...store.gauges.values()].filter((gauge) => passes(gauge, view, now) && (!inside || gaugeInside(gauge, inside)));
  return order(shown, view.sort, view.descending, view.quantity);
}

export function warningKeys(): string[] {
  const now = store.clock.read();
  const inside = view.inView ? page.bounds : null;
  return orderWarnings(
    [...store.warnings.values()].filter((warning) => warningPasses(warning, view, now) && (!inside || warningInside(warning, inside))),
  );
}

export function waters(): string[] {
  const names = new Set<string>();
  for (const { station } of store.gauges.values()) if (station.water) names.add(station.water);
  return [...names].sort(new Intl.Collator('de').compare);
}
