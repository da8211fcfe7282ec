/**
 * @file The page's own files, kept for use without a network: which ones, how they are checked before they are kept, and
 * how requests are answered from them. What the service worker does, without its events.
 *
 * A file is kept only where its digest is the one that the build wrote down, so that no half-loaded file, error page or
 * sign-in page of a network is ever kept.
 */

/** What the build wrote down of itself. */
export interface Precache {
  /** Names the cache: another build is another version. */
  readonly version: string;
  /** Path below the page's folder, '' for the page itself, and the SHA-256 of the file in hexadecimal. */
  readonly files: readonly (readonly [path: string, digest: string])[];
}

export interface OfflineTools {
  caches: CacheStorage;
  fetch: (url: string, options: RequestInit) => Promise<Response>;
  subtle: Pick<SubtleCrypto, 'digest'>;
}

const PREFIX = 'losslight ';
/** Where a kept response tells its digest, so that another version can take it over. */
const DIGEST = 'x-losslight-digest';
/** Files that are loaded at once. */
const AT_ONCE = 4;

/** Some hosts send no type, or a wrong one, and a browser refuses scripts without theirs. */
const TYPES: Readonly<Record<string, string>> = {
  '': 'text/html; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
  png: 'image/png',
  webmanifest: 'application/manifest+json',
};
/** Headers of the host that hold for kept files too. */
const KEPT_HEADERS = ['content-security-policy', 'x-content-type-options', 'referrer-policy'];
/** Cross-origin isolation, whatever the host sends: with it threads may share memory. Everything is of one origin. */
const ISOLATION: Readonly<Record<string, string>> = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};

export class OfflineCache {
  readonly #name: string;
  readonly #digests: ReadonlyMap<string, string>;

  /** @param base address of the page's folder, with a slash at its end */
  constructor(
    precache: Precache,
    private readonly base: string,
    private readonly tools: OfflineTools,
  ) {
    this.#name = PREFIX + precache.version;
    this.#digests = new Map(precache.files);
  }

  /**
   * Keeps all files; those that an earlier version has, or an attempt that was broken off, are not loaded again.
   *
   * @throws TypeError naming a file that could not be loaded as it was built; what is kept by then stays for the next attempt.
   */
  async install(): Promise<void> {
    const cache = await this.tools.caches.open(this.#name);
    const waiting = [...this.#digests];
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [path, digest] = next;
        if (digestOf(await cache.match(this.#url(path))) === digest) continue;
        const known = await this.#earlier(path, digest);
        await cache.put(this.#url(path), known ?? (await this.#load(path, digest)));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  /**
   * Removes the files of old versions. Those of the one before stay: it may be open in another tab, which has not loaded
   * all of its parts yet.
   */
  async removeOld(): Promise<void> {
    const names = await this.#names();
    const earlier = names.filter((name) => name !== this.#name);
    await Promise.all(earlier.slice(0, -1).map((name) => this.tools.caches.delete(name)));
  }

  /** The file that a request asks for, as its path; undefined where that is none of the page's own. */
  pathOf({ method, url }: Pick<Request, 'method' | 'url'>): string | undefined {
    if (method !== 'GET') return undefined;
    const { href } = withoutParameters(url);
    if (!href.startsWith(this.base)) return undefined;
    const path = decodeURIComponent(href.slice(this.base.length));
    const file = path === 'index.html' ? '' : path;
    if (this.#digests.has(file)) return file;
    // A part of the version before, in a tab that still shows it.
    return /^assets\/[^/]+$/.test(file) ? file : undefined;
  }

  /** The kept file; undefined where it is not kept, or no longer. A range that was asked for is cut out of it. */
  async answer(path: string, range: string | null): Promise<Response | undefined> {
    const url = this.#url(path);
    const current = await this.tools.caches.open(this.#name);
    let found = await current.match(url);
    if (!found && !this.#digests.has(path)) {
      for (const name of await this.#names()) found ??= await (await this.tools.caches.open(name)).match(url);
    }
    return found && range !== null ? cutOut(found, range) : found;
  }

  /** A response of the network with the headers that isolate the page. */
  isolated(response: Response): Response {
    if (response.type === 'opaqueredirect' || response.status === 0) return response;
    const headers = new Headers(response.headers);
    for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
    const { status, statusText } = response;
    return new Response(response.body, { status, statusText, headers });
  }

  #url(path: string): string {
    return this.base + path.split('/').map(encodeURIComponent).join('/');
  }

  /** Names of our caches, the oldest first. */
  async #names(): Promise<string[]> {
    return (await this.tools.caches.keys()).filter((name) => name.startsWith(PREFIX));
  }

  async #earlier(path: string, digest: string): Promise<Response | undefined> {
    for (const name of await this.#names()) {
      if (name === this.#name) continue;
      const found = await (await this.tools.caches.open(name)).match(this.#url(path));
      if (found && digestOf(found) === digest) return found;
    }
    return undefined;
  }

  async #load(path: string, digest: string): Promise<Response> {
    const url = this.#url(path);
    // First what the browser may have from this visit; past it where that is of another build.
    for (const cache of ['default', 'reload'] as const) {
      const response = await this.tools.fetch(url, { cache, credentials: 'same-origin' });
      if (!response.ok) throw new TypeError(`${url} could not be kept: status ${response.status}.`);
      const body = await response.arrayBuffer();
      const found = hexadecimal(await this.tools.subtle.digest('SHA-256', body));
      if (found === digest) return new Response(body, { headers: headersFor(path, digest, body, response) });
    }
    throw new TypeError(`${url} is not the file that was built, so that nothing is kept for use offline.`);
  }
}

function headersFor(path: string, digest: string, body: ArrayBuffer, { headers }: Response): Headers {
  const kept = new Headers(ISOLATION);
  for (const name of KEPT_HEADERS) {
    const value = headers.get(name);
    if (value !== null) kept.set(name, value);
  }
  const ending = /(?:^|\.)([^./]*)$/.exec(path)?.[1] ?? '';
  kept.set('content-type', TYPES[ending] ?? 'application/octet-stream');
  kept.set('content-length', String(body.byteLength));
  kept.set('etag', `"${digest}"`);
  kept.set('accept-ranges', 'bytes');
  kept.set(DIGEST, digest);
  return kept;
}

/** RFC 9110, 14.2: one range of bytes; anything else gives the whole file, as a server may. */
async function cutOut(whole: Response, range: string): Promise<Response> {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range.trim()) ?? [];
  if (from === undefined) return whole;
  const blob = await whole.blob();
  const start = Number(from);
  const end = Math.min(blob.size, to ? Number(to) + 1 : blob.size);
  const headers = new Headers(whole.headers);
  if (start >= end) {
    headers.set('content-range', `bytes */${blob.size}`);
    return new Response(null, { status: 416, headers });
  }
  headers.set('content-range', `bytes ${start}-${end - 1}/${blob.size}`);
  headers.set('content-length', String(end - start));
  return new Response(blob.slice(start, end), { status: 206, headers });
}

function digestOf(response: Response | undefined): string | null | undefined {
  return response?.headers.get(DIGEST);
}

function hexadecimal(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function withoutParameters(url: string): URL {
  const address = new URL(url);
  address.search = '';
  address.hash = '';
  return address;
}
