/** Writes /sw.js: the service worker of the Meldekopf, told of which files this version of the page consists. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Plugin, Rolldown } from 'vite';

const SOURCE = new URL('./src/arrivals/worker.js', import.meta.url);

export function shell(): Plugin {
  return {
    name: 'lagebild-shell',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const assets = Object.keys(bundle).filter((name) => name.startsWith('assets/')).sort();
        const files = ['/', '/favicon.svg', ...assets.map((name) => `/${name}`)];
        const source = readFileSync(SOURCE, 'utf8');
        const version = createHash('sha256').update(source + files.join() + pageOf(bundle['index.html'])).digest('hex').slice(0, 12);
        this.emitFile({ type: 'asset', fileName: 'sw.js', source: source.replace('__FILES__', JSON.stringify(files)).replace('__VERSION__', version) });
      },
    },
  };
}

function pageOf(file: Rolldown.OutputAsset | Rolldown.OutputChunk | undefined): string {
  return file?.type === 'asset' ? String(file.source) : '';
}
