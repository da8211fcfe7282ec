/**
 * @file Unpacks gzip piece by piece, files of several members too, as `cat`, log writers and bgzip make them. Browsers'
 * DecompressionStream takes one member and refuses what follows, and does not say where a member ends: so each place that
 * looks like a member's header is tried as the end of the one before, whose check sum and length tell whether it is.
 */
import { LosslightError } from '../errors';
import { readRange, stopIfCancelled, type ByteSource } from './byte-source';

/** Bytes a read. */
const CHUNK = 1 << 20;
/** Bytes of the shortest header (RFC 1952, 2.3), and of the shortest member. */
const HEADER = 10;
const SHORTEST = 20;
/** Packed bytes look like a header about once in 200 GB; a file that does it more often than this is made to. */
const MOST_FALSE = 32;

export interface GunzipOptions {
  /** Called with the packed bytes read so far, and all of them. */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** Packed bytes from `start` to where the member ends, as far as that is known. */
interface Member {
  start: number;
  /** Where the next header seems to be; the file's size where none was seen. */
  end: number;
}

/**
 * The unpacked bytes of all members, in order.
 *
 * @throws LosslightError `bad-gzip`, `cancelled` or `unreadable-file`.
 */
export async function* gunzip(source: ByteSource, options: GunzipOptions = {}): AsyncGenerator<Uint8Array> {
  const refused = new Set<number>();
  for (let start = 0; start < source.size;) {
    const member: Member = { start, end: source.size };
    let given = 0;
    for (let whole = false; !whole;) {
      let skip = given;
      try {
        for await (const piece of inflate(source, member, refused, options)) {
          const fresh = piece.subarray(Math.min(skip, piece.length));
          skip -= piece.length - fresh.length;
          given += fresh.length;
          if (fresh.length) yield fresh;
        }
        whole = true;
      } catch (cause) {
        if (cause instanceof LosslightError) throw cause;
        if (member.end >= source.size || refused.size >= MOST_FALSE) throw broken(cause);
        // It was no header: the member goes on behind it, and is unpacked again up to where it was.
        refused.add(member.end);
        member.end = source.size;
      }
    }
    start = member.end;
  }
}

/** One member; sets its `end`. Throws where it does not end there. */
async function* inflate(
  source: ByteSource,
  member: Member,
  refused: ReadonlySet<number>,
  { onProgress, signal }: GunzipOptions,
): AsyncGenerator<Uint8Array> {
  let at = member.start;
  const packed = new ReadableStream<BufferSource>({
    async pull(controller) {
      const to = Math.min(at + CHUNK, source.size);
      // A header may begin in this piece and end in the next.
      const bytes = await readRange(source, at, Math.min(to + HEADER, source.size), signal);
      const next = headerIn(bytes, at, Math.max(at, member.start + SHORTEST), to, refused);
      const end = next < 0 ? to : next;
      if (end > at) controller.enqueue(Uint8Array.from(bytes.subarray(0, end - at)));
      at = end;
      onProgress?.(at, source.size);
      if (next < 0 && at < source.size) return;
      member.end = at;
      controller.close();
    },
  });
  const reader = packed.pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (;;) {
      stopIfCancelled(signal);
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Only after an error or an early end is there anything to cancel, and nobody waits for what comes of it.
    reader.cancel().catch(() => undefined);
  }
}

/** Offset in the file of what looks like a header, from `from` to before `to`; -1 where nothing does. */
function headerIn(
  bytes: Uint8Array,
  offset: number,
  from: number,
  to: number,
  refused: ReadonlySet<number>,
): number {
  for (let i = bytes.indexOf(0x1f, from - offset); i >= 0; i = bytes.indexOf(0x1f, i + 1)) {
    if (offset + i >= to || i + HEADER > bytes.length) return -1;
    if (isHeader(bytes, i) && !refused.has(offset + i)) return offset + i;
  }
  return -1;
}

/** The method is deflate, no reserved flag is set, and the last two bytes are those that packers write. */
function isHeader(bytes: Uint8Array, at: number): boolean {
  const byte = (i: number) => bytes[at + i] ?? 0;
  if (byte(1) !== 0x8b || byte(2) !== 8 || byte(3) & 0xe0) return false;
  const [speed, system] = [byte(8), byte(9)];
  return (speed === 0 || speed === 2 || speed === 4) && (system <= 13 || system === 255);
}

function broken(cause: unknown): LosslightError {
  return new LosslightError(
    'bad-gzip',
    'the gzip data is broken or cut off',
    'Pack the file again in one piece, or bring it unpacked.',
    { cause },
  );
}
