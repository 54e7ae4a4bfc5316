import type { Part } from '../parts';

export const resources: Part = {};
