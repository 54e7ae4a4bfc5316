import type { Part } from '../parts';
import Wall from './Wall.svelte';

export const views: Part = {
  pages: [{ id: 'wall', label: (words) => words.views.wallPage, component: Wall, hidden: true, bare: true }],
};
