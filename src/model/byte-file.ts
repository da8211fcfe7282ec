/**
 * @file Files of a model as bytes that are read forwards, wherever they lie: in the browser, in Node, behind an address.
 */
import { LosslightError } from '../errors';

/** Bytes a read of a file that can be read anywhere: the most that is in memory besides what was asked for. */
const CHUNK = 4 * 2 ** 20;

/** A file that can be read anywhere: of the browser, of Node, or in memory. Byte sources of an import are such files. */
export interface RangeFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** The bytes from `start` up to `end`, exclusive. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** A file that is opened to be read from some byte on. */
export interface ByteFile {
  /** For messages. */
  readonly name: string;
  open(start: number, signal?: AbortSignal): Promise<ByteReader>;
}

/** Reads forwards. */
export interface ByteReader {
  /** Bytes of the whole file; undefined where only its end tells. */
  readonly size: number | undefined;
  /** Fills `into` with the next bytes, and says how many there were: fewer only where the file ends. */
  read(into: Uint8Array): Promise<number>;
  /** Passes over bytes, as many as there are. */
  skip(count: number): Promise<void>;
  /** Nothing is read afterwards. */
  close(): void;
}

/** A folder whose files are asked for by name. */
export interface ModelFolder {
  /** For messages: the folder's name, or its address. */
  readonly name: string;
  /** A file; undefined where the folder has none of that name. */
  file(name: string, signal?: AbortSignal): Promise<ByteFile | undefined>;
}

/** What loading throws once its signal is aborted. */
export function loadCancelled(): LosslightError {
  return new LosslightError('cancelled', 'Loading the model was cancelled.', 'Load it again to go on.');
}

/** @throws LosslightError `cancelled` where the signal is aborted. */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw loadCancelled();
}

/** What `work` gives, or LosslightError `cancelled` as soon as the signal is aborted. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  stopIfAborted(signal);
  if (!signal) return work;
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(loadCancelled());
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** A file that can be read anywhere, read forwards in pieces. Errors are LosslightError `unreadable-file`. */
export function rangeFile(file: RangeFile): ByteFile {
  return {
    name: file.name,
    open: (start, signal) => Promise.resolve(new RangeFileReader(file, start, signal)),
  };
}

/** A file that was dropped or picked; its bytes stay where they are. */
export function blobFile(blob: Blob, name: string): ByteFile {
  return rangeFile({
    name,
    size: blob.size,
    read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  });
}

/** A folder of files that were dropped or picked. */
export function blobFolder(name: string, files: readonly { name: string; blob: Blob }[]): ModelFolder {
  const found = new Map(files.map((file) => [file.name, file.blob]));
  return {
    name,
    file: (wanted) => {
      const blob = found.get(wanted);
      return Promise.resolve(blob && blobFile(blob, wanted));
    },
  };
}

/**
 * A whole file as UTF-8 text.
 *
 * @param most bytes that are read
 * @throws LosslightError `bad-model` where it is longer or no text.
 */
export async function readText(file: ByteFile, most: number, signal?: AbortSignal): Promise<string> {
  const fail = (reason: string, cause?: unknown) =>
    new LosslightError(
      'bad-model',
      `${file.name} ${reason}`,
      'Take the file from the model’s folder again.',
      {
        cause,
      },
    );
  const reader = await file.open(0, signal);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (let had = 1; had > 0 && length <= most;) {
      const chunk = new Uint8Array(Math.min(2 ** 16, most + 1 - length) || 1);
      had = await reader.read(chunk);
      chunks.push(chunk.subarray(0, had));
      length += had;
    }
  } finally {
    reader.close();
  }
  if (length > most) throw fail(`has more than ${most} bytes, too many for such a file.`);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw fail('is not UTF-8 text.', cause);
  }
}

class RangeFileReader implements ByteReader {
  readonly size: number;
  #at: number;

  constructor(
    readonly file: RangeFile,
    start: number,
    readonly signal: AbortSignal | undefined,
  ) {
    this.size = file.size;
    this.#at = Math.min(start, file.size);
  }

  async read(into: Uint8Array): Promise<number> {
    const start = this.#at;
    const end = Math.min(start + into.length, this.size);
    while (this.#at < end) {
      const to = Math.min(end, this.#at + CHUNK);
      into.set(await this.#range(this.#at, to), this.#at - start);
      this.#at = to;
    }
    return end - start;
  }

  skip(count: number): Promise<void> {
    this.#at = Math.min(this.#at + count, this.size);
    return Promise.resolve();
  }

  close(): void {
    this.#at = this.size;
  }

  async #range(start: number, end: number): Promise<Uint8Array> {
    try {
      const bytes = await orAborted(this.file.read(start, end), this.signal);
      if (bytes.length === end - start) return bytes;
      throw new RangeError(`${bytes.length} bytes instead of ${end - start}`);
    } catch (cause) {
      if (cause instanceof LosslightError) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new LosslightError(
        'unreadable-file',
        `${this.file.name} cannot be read: ${why}`,
        'Check that the file is still there and unchanged, then load it again.',
        { cause },
      );
    }
  }
}
