import type { Part } from '../parts';
import Admin from './Admin.svelte';
import { manages } from './sections';

export const admin: Part = {
  pages: [{ id: 'admin', label: (words) => words.admin.title, component: Admin, needs: manages }],
};
