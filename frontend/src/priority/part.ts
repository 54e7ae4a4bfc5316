import type { Part } from '../parts';

export const priority: Part = {};
