import type { Part } from '../parts';

export const requests: Part = {};
