/** The jobs of the live picture: read inside a component or `$derived` these follow every change. */
import { things } from '../live/things.svelte';
import { ordered, type Job } from './job';

export const jobs = (): Job[] => ordered(things('imagery_job') as unknown as Job[]);

/** The job that found this extent, if it is still kept. */
export const jobOf = (extent: string): Job | undefined => jobs().find(({ body }) => body.extent === extent);
