/**
 * @file What a first visit loads before it can show anything, and what its first mask waits for besides: how much it is, how few
 * files, and what the browser hears of from the HTML itself.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { DIST } from './server';

const LIMIT = 175_000;
/** Of the text worker's script, which the first mask waits for, too. */
const WORKER_LIMIT = 75_000;

const html = readFileSync(path.join(DIST, 'index.html'), 'utf8');
const assets = readdirSync(path.join(DIST, 'assets'));
const read = (file: string) => readFileSync(path.join(DIST, 'assets', file), 'utf8');
const packed = (file: string) => gzipSync(read(file), { level: 9 }).length;

/** The one file of the build that begins with that name. */
function asset(name: string, ending: 'js' | 'css'): string {
  const found = assets.filter((file) => new RegExp(`^${name}-[\\w-]{8}\\.${ending}$`).test(file));
  expect(found, `${name}-….${ending}`).toHaveLength(1);
  return found[0] ?? '';
}

/** Files that a script imports before it runs, itself included. */
function statically(file: string): Set<string> {
  const loaded = new Set([file]);
  for (const one of loaded)
    for (const [, name = ''] of read(one).matchAll(/(?:from|import)\s*["'`]\.\/([\w.-]+\.js)["'`]/g))
      loaded.add(name);
  return loaded;
}

test('the page’s first script and what it needs at once are under 175 kB with gzip', () => {
  const first = [...html.matchAll(/(?:src|href)="\.\/assets\/([^"]+\.js)"/g)].map(([, file = '']) => file);
  expect(first.length).toBeGreaterThan(0);
  // Static imports alone: what is imported later does not hold the first view up.
  const loaded = new Set(first.flatMap((file) => [...statically(file)]));
  const bytes = [...loaded].reduce((sum, file) => sum + packed(file), 0);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes, `${[...loaded].join(', ')} take ${bytes} bytes`).toBeLessThan(LIMIT);
});

test('the HTML itself names every file that the first view needs, and they are there', () => {
  const links = (rel: string) =>
    [...html.matchAll(new RegExp(`<link rel="${rel}"[^>]* href="\\./([^"]+)"`, 'g'))].map(
      ([, file = '']) => file,
    );
  const inAssets = (files: string[]) => files.map((file) => `assets/${file}`).sort();
  expect(links('modulepreload').sort()).toEqual(inAssets([...statically(asset('page', 'js'))]));
  expect(links('stylesheet')).toEqual(inAssets([asset('page', 'css')]));
  expect(links('preload')).toEqual(['models/pocket/tokenizer.json', 'models/pocket/tokenizer_config.json']);
  for (const file of [...links('modulepreload'), ...links('preload')])
    expect(existsSync(path.join(DIST, file)), file).toBe(true);
});

test('no script but the small one that starts makes an error as it is read: V8 would read it all again for its line', () => {
  const made = /new class(?: \w+)? extends Error\b/;
  const makers = assets.filter((file) => file.endsWith('.js') && made.test(read(file)));
  // Svelte makes one, for effects that are stale.
  expect(makers).toEqual([asset('start', 'js')]);
});

test.each(['mask', 'lesson'])('a %s comes as one script and one style sheet beside the page’s', (name) => {
  asset(name, 'css');
  const first = statically(asset('page', 'js'));
  const others = [...statically(asset(name, 'js'))].filter((file) => !first.has(file));
  expect(others.filter((file) => !/^(?:mask|lesson)-/.test(file))).toEqual([]);
});

test('the text worker’s script is what a mask needs: the rest is imported later', () => {
  const host = asset('text-host', 'js');
  expect([...statically(host)]).not.toContain(asset('text-rest', 'js'));
  const bytes = [...statically(host)].reduce((sum, file) => sum + packed(file), 0);
  expect(bytes, `${bytes} bytes`).toBeLessThan(WORKER_LIMIT);
});
