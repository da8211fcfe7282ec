/**
 * @file The build's plugin for the service worker: of a build that failed it says nothing, so that the reason is what one reads.
 */
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build, type Plugin } from 'vite';
import { expect, test } from 'vitest';
import { serviceWorker } from '../../tools/service-worker.mjs';

test('a build that fails tells its own reason, not that its folder is missing', async () => {
  const failing: Plugin = {
    name: 'failing',
    resolveId: (id) => (id === 'virtual:entry' ? '\0entry' : undefined),
    load(id) {
      if (id === '\0entry') throw new Error('This is why.');
    },
  };
  const outDir = path.join(tmpdir(), 'losslight-never-built');
  const options = {
    configFile: false as const,
    logLevel: 'silent' as const,
    plugins: [failing, serviceWorker()],
    build: { outDir, rolldownOptions: { input: 'virtual:entry' } },
  };
  const error = await build(options).then(
    () => undefined,
    (reason: unknown) => String(reason),
  );
  expect(error).toMatch(/This is why/);
  expect(error).not.toMatch(/ENOENT/);
});
