/**
 * @file How the page is built and served, and the four test projects, by what they need to run.
 */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { BROWSER_ARGS, findBrowser } from './tools/browser.mjs';
import { contentSecurityPolicy, ISOLATION_HEADERS, SECURITY_HEADERS } from './tools/csp.mjs';
import { serviceWorker } from './tools/service-worker.mjs';

const browser = () => ({
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider: playwright({ launchOptions: { executablePath: findBrowser(), args: BROWSER_ARGS } }),
  instances: [{ browser: 'chromium' as const }],
});

export default defineConfig({
  // Relative addresses: dist/ works from any folder of any static host.
  base: './',
  // A missing file is a 404, as on a static host, and not the page again.
  appType: 'mpa',
  plugins: [svelte({ configFile: false }), contentSecurityPolicy(), serviceWorker()],
  worker: { format: 'es' },
  // Found only once the worker is asked for, they would reload the page (or a GPU test) in the middle.
  optimizeDeps: {
    include: [
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-core/dist/register_all_gradients',
      '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops',
      '@tensorflow/tfjs-backend-webgpu',
      '@huggingface/jinja',
      '@huggingface/tokenizers',
      'axe-core',
      'uplot',
    ],
  },
  // Browsers with WebGPU preload modules themselves. Assets stay files: a data: address is not in the policy's
  // connect-src, worker-src or font-src.
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // How long each plugin took is no warning for who starts the page.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  // Vitest's own pages are embedded in one another.
  server: { headers: process.env['VITEST'] ? {} : ISOLATION_HEADERS },
  preview: { host: '127.0.0.1', port: 4173, headers: SECURITY_HEADERS },
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], environment: 'node', testTimeout: 30_000 },
      },
      {
        extends: true,
        test: {
          name: 'gpu',
          include: ['test/gpu/**/*.test.ts'],
          browser: browser(),
          fileParallelism: false,
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: { name: 'ui', include: ['test/ui/**/*.test.ts'], browser: browser(), testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          environment: 'node',
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
