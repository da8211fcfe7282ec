/**
 * @file What the service worker keeps and answers, on a simulated network and cache: nothing broken is kept, an update
 * loads only what changed, a broken-off attempt goes on where it ended.
 */
import { createHash, webcrypto } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { OfflineCache, type Precache } from '../../src/offline-cache';

const BASE = 'https://school.example/class/';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

type Files = Record<string, string>;
const precache = (version: string, files: Files): Precache => ({
  version,
  files: Object.entries(files).map(([path, text]) => [path, sha256(text)]),
});

/** Caches by name, in the order in which they were made, as browsers keep them. */
function makeCaches() {
  const stores = new Map<string, Map<string, Response>>();
  const open = async (name: string) => {
    const store = stores.get(name) ?? new Map<string, Response>();
    stores.set(name, store);
    return {
      match: async (url: string) => store.get(url)?.clone(),
      put: async (url: string, response: Response) => void store.set(url, response),
    };
  };
  const caches = {
    open,
    keys: async () => [...stores.keys()],
    delete: async (name: string) => stores.delete(name),
  };
  return { stores, caches: caches as unknown as CacheStorage };
}

function setUp(served: Files, status = 200) {
  const { stores, caches } = makeCaches();
  const asked: string[] = [];
  const fetch = async (url: string) => {
    const path = decodeURIComponent(url.slice(BASE.length));
    asked.push(path);
    const body = served[path];
    if (body === undefined) return new Response('', { status: 404 });
    return new Response(body, {
      status,
      headers: {
        'content-type': 'text/plain',
        'content-encoding': 'br',
        'content-security-policy': "default-src 'none'",
      },
    });
  };
  const tools = { caches, fetch, subtle: webcrypto.subtle as unknown as SubtleCrypto };
  const open = (list: Precache) => new OfflineCache(list, BASE, tools);
  const kept = () =>
    [...stores.values()].flatMap((store) => [...store.keys()].map((url) => url.slice(BASE.length)));
  return { open, asked, kept, stores };
}

const PAGE: Files = { '': '<p>Page</p>', 'assets/a-1.js': 'one()', 'lessons/ä b.json': '{}' };

describe('install', () => {
  test('keeps every file, with the type of its name, the host’s policy and isolation', async () => {
    const { open, kept } = setUp(PAGE);
    const cache = open(precache('v1', PAGE));
    await cache.install();
    expect(kept().sort()).toEqual(['', 'assets/a-1.js', 'lessons/%C3%A4%20b.json']);
    const answer = await cache.answer('', null);
    expect(await answer?.text()).toBe('<p>Page</p>');
    expect(Object.fromEntries(answer?.headers ?? [])).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-length': '11',
      'content-security-policy': "default-src 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    });
    // The body is unpacked.
    expect(answer?.headers.has('content-encoding')).toBe(false);
    expect((await cache.answer('assets/a-1.js', null))?.headers.get('content-type')).toContain('javascript');
  });

  test.each([
    [
      'another text',
      { ...PAGE, 'assets/a-1.js': '<p>Sign in</p>' },
      200,
      /a-1\.js is not the file that was built/,
    ],
    ['cut off', { ...PAGE, 'assets/a-1.js': 'one(' }, 200, /is not the file/],
    ['nothing', { '': '<p>Page</p>' }, 200, /status 404/],
    ['an error', PAGE, 503, /status 503/],
    ['a part', PAGE, 206, undefined],
  ])('a server that sends %s is not believed', async (_, served, status, message) => {
    const { open, kept } = setUp(served, status);
    const attempt = open(precache('v1', PAGE)).install();
    if (message) {
      await expect(attempt).rejects.toThrow(message);
      expect(kept()).not.toContain('assets/a-1.js');
    } else {
      // Whatever the status says, the digest is that of the whole file.
      await attempt;
      expect(kept()).toHaveLength(3);
    }
  });

  test('an attempt that was broken off goes on where it ended', async () => {
    const served: Files = { ...PAGE };
    delete served['assets/a-1.js'];
    const { open, asked, kept } = setUp(served);
    await expect(open(precache('v1', PAGE)).install()).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(kept()).toHaveLength(2);
    served['assets/a-1.js'] = 'one()';
    asked.length = 0;
    await open(precache('v1', PAGE)).install();
    expect(asked).toEqual(['assets/a-1.js']);
  });

  test('a new version loads what changed, and the one before it stays for tabs that show it', async () => {
    const served: Files = { ...PAGE };
    const { open, asked, stores } = setUp(served);
    const versions = [PAGE, { ...PAGE, '': 'Two' }, { '': 'Three', 'assets/b-2.js': 'two()' }];
    for (const [i, files] of versions.entries()) {
      Object.assign(served, files);
      asked.length = 0;
      const cache = open(precache(`v${i + 1}`, files));
      await cache.install();
      await cache.removeOld();
      if (i === 1) expect(asked).toEqual(['']);
    }
    expect([...stores.keys()]).toEqual(['losslight v2', 'losslight v3']);
    const last = open(precache('v3', versions[2] ?? {}));
    expect(await (await last.answer('', null))?.text()).toBe('Three');
    expect(last.pathOf({ method: 'GET', url: `${BASE}assets/a-1.js` })).toBe('assets/a-1.js');
    expect(await (await last.answer('assets/a-1.js', null))?.text()).toBe('one()');
  });
});

describe('requests', () => {
  const cache = setUp(PAGE).open(precache('v1', PAGE));
  test.each([
    [BASE, ''],
    [`${BASE}?lesson=thread#s=1`, ''],
    [`${BASE}index.html?x`, ''],
    [`${BASE}lessons/%C3%A4%20b.json`, 'lessons/ä b.json'],
    [`${BASE}other.json`, undefined],
    ['https://school.example/', undefined],
    ['https://other.example/class/', undefined],
  ])('%s is the file %j', (url, path) => {
    expect(cache.pathOf({ method: 'GET', url })).toBe(path);
    expect(cache.pathOf({ method: 'POST', url })).toBeUndefined();
  });

  test.each([
    ['bytes=2-', 206, 'e()', 'bytes 2-4/5'],
    ['bytes=0-1', 206, 'on', 'bytes 0-1/5'],
    ['bytes=3-99', 206, '()', 'bytes 3-4/5'],
    ['bytes=5-', 416, '', 'bytes */5'],
    ['bytes=-2', 200, 'one()', null],
    ['bytes=0-1,3-4', 200, 'one()', null],
  ])('the range %s', async (range, status, text, content) => {
    const own = setUp(PAGE).open(precache('v1', PAGE));
    await own.install();
    const answer = await own.answer('assets/a-1.js', range);
    expect([answer?.status, await answer?.text(), answer?.headers.get('content-range')]).toEqual([
      status,
      text,
      content,
    ]);
  });
});
