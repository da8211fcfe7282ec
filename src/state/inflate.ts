/**
 * @file Unpacks deflated bytes (raw, RFC 1951) up to a limit that holds while it unpacks: a small file can hold gigabytes of zeros.
 */

/** Bytes that are handed over at once: browsers unpack a whole piece, up to a thousandfold, before anybody can stop them. */
const PIECE = 16_384;

/**
 * The bytes in chunks; undefined where there are more than `limit`, and the rest was not unpacked.
 *
 * @throws TypeError where the bytes are damaged or cut off.
 */
export async function inflateLimited(packed: Blob, limit: number): Promise<Uint8Array[] | undefined> {
  const reader = inPieces(packed).pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return chunks;
    size += value.length;
    if (size > limit) break;
    chunks.push(value);
  }
  await reader.cancel().catch(() => {});
  return undefined;
}

/** Chunks as one text. @throws TypeError where they are not UTF-8. */
export function textOf(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode();
}

function inPieces(packed: Blob): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      if (at >= packed.size) return controller.close();
      const piece = packed.slice(at, (at += PIECE));
      controller.enqueue(new Uint8Array(await piece.arrayBuffer()));
    },
  });
}
