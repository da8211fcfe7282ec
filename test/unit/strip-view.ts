/**
 * @file Small conversations as the strip shows them, made by hand from tokens.
 */
import type { Conversation } from '../../src/conversation/types';
import type { MaskView } from '../../src/state/mask.svelte';
import { SEGMENT_KINDS, type SegmentKind } from '../../src/template/rendered';

export type Piece = [text: string, kind: SegmentKind, message: number, generated?: boolean];

/** Tokens from 100 on, one a piece; each is a span of its own. */
export function viewOf(pieces: Piece[], messages: Conversation['messages'] = []): MaskView {
  const ends = pieces.map((_, i) => pieces.slice(0, i + 1).reduce((sum, [text]) => sum + text.length, 0));
  const starts = ends.map((end, i) => end - (pieces[i]?.[0].length ?? 0));
  const spans = pieces.map(([, kind, message, generated = false], i) => ({
    start: starts[i] ?? 0,
    end: ends[i] ?? 0,
    message,
    kind,
    generated,
  }));
  return {
    conversation: 'c',
    rendered: { text: pieces.map(([text]) => text).join(''), spans, notes: [] },
    encoded: {
      ids: Int32Array.from(pieces, (_, i) => 100 + i),
      start: Int32Array.from(starts),
      end: Int32Array.from(ends),
      kind: Uint8Array.from(pieces, ([, kind]) => SEGMENT_KINDS.indexOf(kind)),
      message: Int32Array.from(pieces, ([, , message]) => message),
      generated: Uint8Array.from(pieces, ([, , , generated]) => Number(generated ?? false)),
    },
    source: { id: 'c', messages, extra: {}, source: { file: 'f', record: 0, line: 1 } },
    bytes: new Map(),
  };
}

/** A view of `text` whose tokens are so many bytes each; those that are no whole characters are spelt as bytes. */
export function cut(text: string, lengths: readonly number[]): MaskView {
  const all = new TextEncoder().encode(text);
  /** The place in the text of the character that each byte is of, and its end. */
  const places: { start: number; end: number; byte: number; of: number }[] = [];
  let at = 0;
  for (const character of text) {
    const of = new TextEncoder().encode(character).length;
    for (let byte = 0; byte < of; byte++) places.push({ start: at, end: at + character.length, byte, of });
    at += character.length;
  }
  const view = viewOf(lengths.map(() => ['', 'answer', 0]));
  const bytes = new Map<number, string>();
  let from = 0;
  lengths.forEach((length, i) => {
    const own = places.slice(from, from + length);
    view.encoded.start[i] = own[0]?.start ?? 0;
    view.encoded.end[i] = own.at(-1)?.end ?? 0;
    const split = (own[0]?.byte ?? 0) > 0 || (own.at(-1)?.byte ?? 0) + 1 < (own.at(-1)?.of ?? 1);
    if (split)
      bytes.set(
        i,
        own
          .map(({ start, end, of }, k) =>
            of === 1
              ? text.slice(start, end)
              : `\\x${(all[from + k] ?? 0).toString(16).toUpperCase().padStart(2, '0')}`,
          )
          .join(''),
      );
    from += length;
  });
  return { ...view, rendered: { ...view.rendered, text }, bytes };
}
