/**
 * @file A model's folder behind an address: its files come as streams, by one request each where that is possible.
 */
import { LosslightError } from '../errors';
import { loadCancelled, orAborted, type ByteFile, type ByteReader, type ModelFolder } from './byte-file';

/**
 * @param url of the folder, with or without a slash at its end
 */
export function httpFolder(url: string): ModelFolder {
  const base = url.endsWith('/') ? url : `${url}/`;
  return { name: base, file: (name, signal) => openHttp(base + name, name, signal) };
}

/** Begins to fetch a file; undefined where the server has none. */
async function openHttp(
  url: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<ByteFile | undefined> {
  const first = await request(url, 0, signal);
  // Some static hosts answer a missing file with their start page.
  const missing = first.status === 404 || /^text\/html\b/.test(first.headers.get('content-type') ?? '');
  if (missing) {
    await first.body?.cancel();
    return undefined;
  }
  checkStatus(url, first);
  const version = versionOf(first);
  let unused: Response | undefined = first;
  return {
    name,
    async open(start, signal) {
      const response = start === 0 && unused ? unused : await request(url, start, signal);
      if (response === unused) unused = undefined;
      checkStatus(url, response);
      if (versionOf(response) !== version) {
        await response.body?.cancel();
        throw failed(url, 'the file changed on the server while it was read.');
      }
      const partial = response.status === 206;
      const reader = new StreamReader(url, response, sizeOf(url, response, start), signal);
      // A server that knows no ranges sends the file from its beginning.
      if (!partial) await reader.skip(start);
      return reader;
    },
  };
}

/** Reads a response's body; no more than one chunk of it waits in memory. */
class StreamReader implements ByteReader {
  readonly #body: ReadableStreamDefaultReader<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();

  constructor(
    readonly url: string,
    response: Response,
    readonly size: number | undefined,
    readonly signal: AbortSignal | undefined,
  ) {
    if (!response.body) throw failed(url, 'the server sent nothing.');
    this.#body = response.body.getReader();
  }

  async read(into: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < into.length && (await this.#fill())) {
      const part = this.#chunk.subarray(0, into.length - filled);
      into.set(part, filled);
      filled += part.length;
      this.#chunk = this.#chunk.subarray(part.length);
    }
    return filled;
  }

  async skip(count: number): Promise<void> {
    for (let left = count; left > 0 && (await this.#fill());) {
      const part = Math.min(left, this.#chunk.length);
      this.#chunk = this.#chunk.subarray(part);
      left -= part;
    }
  }

  close(): void {
    // A body that has failed already has nothing to say.
    this.#body.cancel().catch(() => undefined);
  }

  /** False at the end. */
  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      try {
        const { done, value } = await orAborted(this.#body.read(), this.signal);
        if (done) return false;
        this.#chunk = value;
      } catch (cause) {
        this.close();
        throw asFailure(this.url, cause, this.signal);
      }
    }
    return true;
  }
}

async function request(url: string, start: number, signal: AbortSignal | undefined): Promise<Response> {
  const headers: HeadersInit = start > 0 ? { Range: `bytes=${start}-` } : {};
  try {
    return await fetch(url, { headers, signal });
  } catch (cause) {
    throw asFailure(url, cause, signal);
  }
}

function checkStatus(url: string, response: Response): void {
  if (response.ok) return;
  void response.body?.cancel();
  throw failed(url, `the server answered ${response.status} ${response.statusText}.`);
}

/** Tells one state of a file from another; undefined where the server does not say. */
function versionOf({ headers }: Response): string | undefined {
  return headers.get('etag')?.replace(/^W\//, '') ?? headers.get('last-modified') ?? undefined;
}

/** Bytes of the whole file. A compressed body's Content-Length is not its size. */
function sizeOf(url: string, { headers, status }: Response, start: number): number | undefined {
  if (status === 206) {
    const range = headers.get('content-range') ?? '';
    const [, from, size] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
    if (Number(from) !== start) throw failed(url, `the server sent the range “${range}” for byte ${start}.`);
    return size === '*' ? undefined : Number(size);
  }
  const length = headers.get('content-length');
  const encoding = headers.get('content-encoding') ?? 'identity';
  return length !== null && encoding === 'identity' ? Number(length) : undefined;
}

function asFailure(url: string, cause: unknown, signal: AbortSignal | undefined): LosslightError {
  if (cause instanceof LosslightError) return cause;
  if (signal?.aborted) return loadCancelled();
  return failed(url, cause instanceof Error ? cause.message : String(cause), cause);
}

function failed(url: string, reason: string, cause?: unknown): LosslightError {
  const remedy =
    'Check the connection and that the address leads to a model folder, then load the model again.';
  return new LosslightError('download-failed', `${url} could not be fetched: ${reason}`, remedy, { cause });
}
