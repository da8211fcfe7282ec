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
