/**
 * @file What a first visit loads before it can show anything: at most 170 kB of compressed JavaScript.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { DIST } from './server';

const LIMIT = 170_000;

test('the page’s first script and what it needs at once are under 170 kB with gzip', () => {
  const html = readFileSync(path.join(DIST, 'index.html'), 'utf8');
  const read = (file: string) => readFileSync(path.join(DIST, 'assets', file), 'utf8');
  const first = [...html.matchAll(/(?:src|href)="\.\/assets\/([^"]+\.js)"/g)].map(([, file = '']) => file);
  expect(first.length).toBeGreaterThan(0);
  const loaded = new Set(first);
  // Static imports alone: what is imported later does not hold the first view up.
  for (const file of loaded)
    for (const [, name = ''] of read(file).matchAll(/(?:from|import)\s*["'`]\.\/([\w.-]+\.js)["'`]/g))
      loaded.add(name);
  const bytes = [...loaded].reduce((sum, file) => sum + gzipSync(read(file), { level: 9 }).length, 0);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes, `${[...loaded].join(', ')} take ${bytes} bytes`).toBeLessThan(LIMIT);
});
