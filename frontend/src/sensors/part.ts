import type { Part } from '../parts';
import About from './About.svelte';
import Sensors from './Sensors.svelte';

export const sensors: Part = {
  about: About,
  pages: [{ id: 'sensors', label: (words) => words.sensors.title, component: Sensors, needs: (session) => session.signed_in && session.rights.includes('STEER') }],
};
