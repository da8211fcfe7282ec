/**
 * @file How the page is built and served, and the four test projects, by what they need to run.
 */
import { readFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { BROWSER_ARGS, findBrowser } from './tools/browser.mjs';
import { contentSecurityPolicy, ISOLATION_HEADERS, SECURITY_HEADERS } from './tools/csp.mjs';
import { firstLoad } from './tools/first-load.mjs';
import { pageLanguage } from './tools/language.mjs';
import { serviceWorker } from './tools/service-worker.mjs';

const browser = () => ({
  enabled: true,
  headless: true,
  screenshotFailures: false,
  // Five panels at once; a page as narrow as a phone's shows one step at a time.
  viewport: { width: 1280, height: 900 },
  provider: playwright({ launchOptions: { executablePath: findBrowser(), args: BROWSER_ARGS } }),
  instances: [{ browser: 'chromium' as const }],
});

/** Those that ship, as JSON: the whole one first. */
function shippedExperiments(): string {
  const files = ['sft-or-rl.json', 'quick.json'];
  const read = (file: string) => readFileSync(new URL(`experiments/${file}`, import.meta.url), 'utf8');
  return JSON.stringify(files.map((file) => ({ file, text: read(file) })));
}

export default defineConfig({
  // Relative addresses: dist/ works from any folder of any static host.
  base: './',
  // A missing file is a 404, as on a static host, and not the page again.
  appType: 'mpa',
  plugins: [
    svelte({ configFile: false }),
    pageLanguage(),
    firstLoad({
      start: 'src/main.ts',
      page: 'src/page.ts',
      parts: {
        mask: ['src/ui/MaskConversation.svelte'],
        lesson: ['src/state/lesson-runtime.ts', 'src/ui/LessonCard.svelte'],
      },
    }),
    contentSecurityPolicy(),
    serviceWorker(),
  ],
  worker: { format: 'es' },
  // What the page's runner of experiments offers: the files of experiments/, as they are.
  define: { 'import.meta.env.LOSSLIGHT_EXPERIMENTS': JSON.stringify(shippedExperiments()) },
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
    // A second, which is the default, is short on a machine that does several things.
    expect: { poll: { timeout: 10_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          environment: 'node',
          testTimeout: 60_000,
          // Vitest leaves a core free; these tests have nobody else to leave it to.
          maxWorkers: '100%',
        },
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
          // Each of those keeps a core busy with a page's training.
          maxConcurrency: 2,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
