/** Which satellite image stands on the map: one alone, or those before and after side by side. The address names it. */
import { select, view } from '../state.svelte';
import { credit, imageOf, type Job, type Raster } from './job';
import { jobs } from './jobs';

const SWIPE = '-swipe';

/** `opacity` 0.1 to 1; `at` where the divider stands, 0 left to 1 right; `outlines` whether what was found is drawn
 *  above; `opener` gets the focus back. */
export const looks = $state({ opacity: 1, at: 0.5, outlines: true });
let opener: HTMLElement | null = null;

export interface OnMap {
  job: Job;
  image: Raster;
  /** The one to the left of the divider, if there is one. */
  before?: Raster;
}

export function onMap(): OnMap | null {
  const wanted = view.image;
  if (!wanted || !view.layers.includes('satellite')) return null;
  for (const job of jobs()) {
    if (wanted === job.id + SWIPE) {
      const [before, image] = [imageOf(job, 'BEFORE'), imageOf(job, 'AFTER')];
      return image && before ? { job, image, before } : null;
    }
    const image = job.body.rasters?.find(({ id }) => id === wanted);
    if (image) return { job, image };
  }
  return null;
}

export const isOnMap = (raster: Raster): boolean => view.image === raster.id && view.layers.includes('satellite');
export const comparing = (job: Job): boolean => view.image === job.id + SWIPE && view.layers.includes('satellite');

function put(id: string): void {
  opener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  view.image = id;
  if (!view.layers.includes('satellite')) view.layers = [...view.layers, 'satellite'];
  if (view.page !== 'map') view.page = 'map';
  // On a phone the panel would lie above what is to be seen; the image's title leads back to it.
  if (matchMedia('(max-width: 899px)').matches) select(null);
}

export function showImage(raster: Raster): void {
  looks.opacity = raster.role === 'MASK' ? 0.8 : 1;
  put(raster.id);
}

export function compare(job: Job): void {
  looks.at = 0.5;
  put(job.id + SWIPE);
}

/** Takes the image away; whoever showed it has the focus again. */
export function hide(): void {
  view.image = null;
  const to = opener;
  opener = null;
  if (to?.isConnected) to.focus({ preventScroll: true });
}

export function credits(): string[] {
  const now = onMap();
  return now ? [credit([...(now.before ? [now.before] : []), now.image])] : [];
}
