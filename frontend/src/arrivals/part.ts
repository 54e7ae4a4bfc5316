import type { Part } from '../parts';

export const arrivals: Part = {};
