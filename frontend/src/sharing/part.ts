/** What partners let us see stands on the map; what we let them see is a face of the partners' tab. */
import type { Part } from '../parts';
import { LAYER } from './layer';
import Legend from './Legend.svelte';

export const sharing: Part = { layers: [LAYER], legend: Legend };
