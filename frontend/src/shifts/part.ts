import type { Part } from '../parts';

export const shifts: Part = {};
