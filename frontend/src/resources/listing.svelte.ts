/** How the list of resources stands: grouped and sorted by what. */
import type { Sort } from './filter';

export const listing = $state({ by: 'status' as 'status' | 'organisation', sort: 'callsign' as Sort, open: false });
