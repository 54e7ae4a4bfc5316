import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { shell } from './shell';

// The server to develop against: `lagebild up --port 8000`, then `npm run dev`.
const server = process.env.LAGEBILD_SERVER ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [svelte(), shell()],
  base: '/',
  build: {
    outDir: '../service/static',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    sourcemap: false,
  },
  worker: { format: 'es' },
  server: {
    proxy: {
      '/api': { target: server, ws: true },
      '/tiles': { target: server },
      '/sign-in': { target: server },
    },
  },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
});
