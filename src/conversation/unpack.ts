/**
 * @file Files that are packed by gzip or written in UTF-16 become UTF-8 bytes in a sink, piece by piece.
 */
import { readRange, tooLarge, type ByteSink, type ByteSource, type MakeSink } from './byte-source';
import { gunzip } from './gunzip';

/** Bytes a read while unpacking. */
const CHUNK = 1 << 20;

export interface UnpackOptions {
  /** Called with the packed bytes read so far, and all of them. */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
  /** Most bytes to write; a small gzip file may unpack to a thousand times its size. */
  limit?: number;
}

/** Whether a file begins as gzip files do. */
export async function isPacked(source: ByteSource, signal?: AbortSignal): Promise<boolean> {
  const [first, second] = await readRange(source, 0, Math.min(2, source.size), signal);
  return first === 0x1f && second === 0x8b;
}

/** The encoding that a byte order mark names, where it is UTF-16. */
export async function utf16Mark(
  source: ByteSource,
  signal?: AbortSignal,
): Promise<'utf-16le' | 'utf-16be' | undefined> {
  const [first = 0, second = 0] = await readRange(source, 0, Math.min(2, source.size), signal);
  const mark = (first << 8) | second;
  return mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : undefined;
}

/**
 * Unpacks gzip, all members of it.
 *
 * @throws LosslightError `bad-gzip`, `too-large`, `cancelled`, `unreadable-file`, or what the sink throws. The sink is
 * discarded then.
 */
export function unpackTo(
  source: ByteSource,
  sink: ByteSink,
  options: UnpackOptions = {},
): Promise<ByteSource> {
  return pump(sink, gunzip(source, options), options.limit);
}

/**
 * Writes UTF-16 text as UTF-8; half of a surrogate pair becomes U+FFFD.
 *
 * @throws LosslightError as `unpackTo` does.
 */
export function transcodeTo(
  source: ByteSource,
  encoding: 'utf-16le' | 'utf-16be',
  sink: ByteSink,
  options: UnpackOptions = {},
): Promise<ByteSource> {
  return pump(sink, transcoded(source, encoding, options), options.limit);
}

/**
 * A source as UTF-8: itself, or its unpacked and transcoded copy.
 *
 * @throws LosslightError as `unpackTo` does.
 */
export async function openText(
  source: ByteSource,
  makeSink: MakeSink,
  options: UnpackOptions = {},
): Promise<ByteSource> {
  const { signal } = options;
  let text = source;
  if (await isPacked(source, signal)) text = await unpackTo(source, await makeSink(source.name), options);
  const owned = text !== source;
  try {
    const encoding = await utf16Mark(text, signal);
    if (!encoding) return text;
    const transcoded = await transcodeTo(text, encoding, await makeSink(source.name), options);
    if (owned) await text.close?.();
    return transcoded;
  } catch (error) {
    if (owned) await text.close?.();
    throw error;
  }
}

async function pump(
  sink: ByteSink,
  chunks: AsyncIterable<Uint8Array>,
  limit = Infinity,
): Promise<ByteSource> {
  let length = 0;
  try {
    for await (const chunk of chunks) {
      length += chunk.length;
      if (length > limit) throw tooLarge(limit);
      await sink.write(chunk);
    }
    return await sink.finish();
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

async function* transcoded(
  source: ByteSource,
  encoding: 'utf-16le' | 'utf-16be',
  options: UnpackOptions,
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  const encoder = new TextEncoder();
  for await (const chunk of chunksOf(source, options))
    yield encoder.encode(decoder.decode(chunk, { stream: true }));
  yield encoder.encode(decoder.decode());
}

async function* chunksOf(
  source: ByteSource,
  { onProgress, signal }: UnpackOptions,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.size;) {
    const end = Math.min(at + CHUNK, source.size);
    yield await readRange(source, at, end, signal);
    at = end;
    onProgress?.(at, source.size);
  }
}
