/**
 * @file `losslight masks`: one training sequence as a JSON line or as a table.
 */
import type { Conversation } from '../conversation/types';
import { trainedCount } from '../mask/policy';
import { SEGMENT_KINDS, type SegmentKind } from '../template/rendered';
import type { Encoded } from '../tokenizer/encoded';
import { codesOf, pad, shortest, visible, type Paint } from './paint';

/** A conversation as one sequence of T tokens, each with its weight. */
export interface WeighedSequence {
  conversation: Conversation;
  text: string;
  encoded: Encoded;
  /** The tokens as text, or as bytes where they are no whole characters. */
  pieces: string[];
  weights: Float32Array;
}

/**
 * One line of JSON: `source` (record number from 0), `ids`, `tokens`, `start` and `end` (UTF-16 offsets into `text`),
 * `segments`, `messages` (−1: none), `weights`, `text`.
 */
export function sequenceJson({ conversation, text, encoded, pieces, weights }: WeighedSequence): string {
  const line = {
    source: conversation.source.record,
    ids: Array.from(encoded.ids),
    tokens: pieces,
    start: Array.from(encoded.start),
    end: Array.from(encoded.end),
    segments: segmentsOf(encoded),
    messages: Array.from(encoded.message),
    weights: Array.from(weights, shortest),
    text,
  };
  return `${JSON.stringify(line)}\n`;
}

/** A table, one token a line. Trained tokens begin with `▌`, and are bold and underlined where there are colours. */
export function sequenceTable(sequence: WeighedSequence, paint: Paint): string {
  const { conversation, encoded, pieces, weights } = sequence;
  const { record, line } = conversation.source;
  const shown = pieces.map(visible);
  const width = Math.min(24, Math.max(5, ...shown.map((piece) => [...piece].length)));
  const title = `record ${record} (line ${line}): ${trainedCount(weights)} of ${weights.length} tokens are trained`;
  const head = `  ${pad('weight', 8, 'left')} ${pad('id', 7, 'left')}  ${pad('token', width)}  ${pad('segment', 8)}  message`;
  const rows = segmentsOf(encoded).map((segment, i) => {
    const weight = weights[i] ?? 0;
    const trained = weight !== 0;
    const message = encoded.message[i] ?? -1;
    const token = shown[i] ?? '';
    const painted = paint(token, ...codesOf(segment, trained)) + pad('', width - [...token].length);
    return (
      `${trained ? '▌' : ' '} ${pad(String(shortest(weight)), 8, 'left')} ${pad(String(encoded.ids[i]), 7, 'left')}  ` +
      `${painted}  ${pad(segment, 8)}  ${message < 0 ? '' : message}`.trimEnd()
    );
  });
  return `${[paint(title, 1), paint(head, 2), ...rows].join('\n')}\n\n`;
}

export function segmentsOf(encoded: Encoded): SegmentKind[] {
  return Array.from(encoded.kind, (kind) => SEGMENT_KINDS[kind] ?? 'scaffold');
}
