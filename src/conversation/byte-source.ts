/**
 * @file Bytes that are read in pieces, and places that bytes are written to: a file of the browser or of Node, or memory.
 */
import { LosslightError } from '../errors';

/** A file, or what stands for one. Reading has no position: any range, in any order, several at once. */
export interface ByteSource {
  /** The name that conversations and problems give. */
  readonly name: string;
  /** Length in bytes; it does not change. */
  readonly size: number;
  /** The bytes from `start` up to `end`, which is exclusive and at most `size`. The array belongs to the caller. */
  read(start: number, end: number): Promise<Uint8Array>;
  /** Frees what stands behind the source, such as a temporary file; nothing is read afterwards. */
  close?(): Promise<void>;
}

/** A place for bytes whose number is not known beforehand, such as those of a file that is being unpacked. */
export interface ByteSink {
  /** Appends. The chunk is not changed afterwards by the caller. */
  write(chunk: Uint8Array): Promise<void>;
  /** All that was written, as a source; nothing is written afterwards. */
  finish(): Promise<ByteSource>;
  /** Throws away what was written. */
  discard(): Promise<void>;
}

/** Makes a sink for the unpacked form of the file with this name. */
export type MakeSink = (name: string) => ByteSink | Promise<ByteSink>;

/** A file that was dropped or picked. Its bytes stay where they are. */
export function blobSource(blob: Blob, name: string): ByteSource {
  return {
    name,
    size: blob.size,
    read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  };
}

/** Bytes in memory, which must not change as long as they are read from. */
export function memorySource(bytes: Uint8Array, name: string): ByteSource {
  return { name, size: bytes.length, read: (start, end) => Promise.resolve(bytes.slice(start, end)) };
}

/**
 * A sink in memory.
 *
 * @param limit Most bytes; a write beyond it throws LosslightError `too-large`.
 */
export function memorySink(name: string, limit = Infinity): ByteSink {
  let chunks: Uint8Array[] = [];
  let length = 0;
  return {
    write(chunk) {
      length += chunk.length;
      if (length > limit) return Promise.reject(tooLarge(limit));
      chunks.push(chunk);
      return Promise.resolve();
    },
    finish() {
      const all = new Uint8Array(length);
      let at = 0;
      for (const chunk of chunks) {
        all.set(chunk, at);
        at += chunk.length;
      }
      chunks = [];
      return Promise.resolve(memorySource(all, name));
    },
    discard() {
      chunks = [];
      return Promise.resolve();
    },
  };
}

/** What a sink throws that is full. */
export function tooLarge(limit: number): LosslightError {
  const reason = `the file has more than the ${limit} bytes that fit into a tab, unpacked`;
  return new LosslightError('too-large', reason, 'Split it into smaller files.');
}

/** What every part of an import throws once its signal is aborted. */
export function cancelled(): LosslightError {
  return new LosslightError('cancelled', 'The import was cancelled.', 'Import the file again to go on.');
}

/** Throws LosslightError `cancelled` where the signal is aborted. */
export function stopIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled();
}

/**
 * The bytes of a range, or an error at once where the signal is aborted while they are on their way.
 *
 * @throws LosslightError `cancelled`, or `unreadable-file` where the source cannot be read any more.
 */
export async function readRange(
  source: ByteSource,
  start: number,
  end: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  stopIfCancelled(signal);
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(cancelled());
    signal?.addEventListener('abort', onAbort, { once: true });
  });
  try {
    const bytes = await (signal ? Promise.race([source.read(start, end), aborted]) : source.read(start, end));
    if (bytes.length === end - start) return bytes;
    throw new RangeError(`${bytes.length} bytes instead of ${end - start}`);
  } catch (cause) {
    if (cause instanceof LosslightError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LosslightError(
      'unreadable-file',
      `${source.name} cannot be read: ${why}`,
      'Check that the file is still there and unchanged, then import it again.',
      { cause },
    );
  } finally {
    if (onAbort) signal?.removeEventListener('abort', onAbort);
  }
}

/** Ranges of a source in ascending order, read in pieces that hold many of them. */
export class RangeReader {
  #bytes: Uint8Array = new Uint8Array();
  #start = 0;

  /** @param chunk Bytes a read, where a range is not longer. @param limit Offset at which reading stops. */
  constructor(
    readonly source: ByteSource,
    readonly chunk: number,
    readonly signal?: AbortSignal,
    readonly limit = source.size,
  ) {}

  /** A view of a range; good until the next one is asked for. Throws as `readRange` does. */
  async range(start: number, end: number): Promise<Uint8Array> {
    if (start < this.#start || end > this.#start + this.#bytes.length) {
      const to = Math.max(end, Math.min(start + this.chunk, this.limit));
      this.#bytes = await readRange(this.source, start, to, this.signal);
      this.#start = start;
    }
    return this.#bytes.subarray(start - this.#start, end - this.#start);
  }
}
