/**
 * @file `losslight diff`: where two policies weigh the tokens of one conversation differently.
 */
import type { Conversation } from '../conversation/types';
import type { SegmentDiff, WeightDiff } from '../mask/diff';
import { pad, shortest, visible, type Paint } from './paint';

/** One line of JSON: `source` (record number from 0), `differing` (tokens), `runs`, `segments`. */
export function diffJson(conversation: Conversation, { differing, runs, segments }: WeightDiff): string {
  return `${JSON.stringify({ source: conversation.source.record, differing, runs, segments })}\n`;
}

/** Each run of tokens with both weights; '' where the policies agree. */
export function diffText(
  conversation: Conversation,
  { differing, runs }: WeightDiff,
  pieces: readonly string[],
  paint: Paint,
): string {
  if (differing === 0) return '';
  const { record, line } = conversation.source;
  const title = `record ${record} (line ${line}): ${differing} of ${pieces.length} tokens differ`;
  const lines = runs.map(({ start, end, segment, message, a, b }) => {
    const tokens = end - start > 1 ? `tokens ${start}–${end - 1}` : `token ${start}`;
    const text = visible(pieces.slice(start, end).join(''));
    const quote = [...text].length > 60 ? `${[...text].slice(0, 59).join('')}…` : text;
    const where = `${pad(tokens, 16)} ${pad(message < 0 ? '' : `message ${message}`, 11)} ${pad(segment, 8)}`;
    return `  ${where}  A ${paint(pad(String(shortest(a)), 6), 34)} B ${paint(pad(String(shortest(b)), 6), 33)} “${quote}”`;
  });
  return `${[paint(title, 1), ...lines].join('\n')}\n\n`;
}

/** Sums over conversations, by segment. */
export function addSegments(sum: readonly SegmentDiff[], more: readonly SegmentDiff[]): SegmentDiff[] {
  const merged = sum.map((entry) => ({ ...entry }));
  for (const entry of more) {
    const own = merged.find(({ segment }) => segment === entry.segment);
    if (!own) {
      merged.push({ ...entry });
      continue;
    }
    own.tokens += entry.tokens;
    own.trainedA += entry.trainedA;
    own.trainedB += entry.trainedB;
    own.differing += entry.differing;
  }
  return merged;
}

export function summaryText(segments: readonly SegmentDiff[], paint: Paint): string {
  const row = (cells: readonly (string | number)[]) =>
    cells
      .map((cell, i) => (i === 0 ? pad(String(cell), 10) : pad(String(cell), 12, 'left')))
      .join('')
      .trimEnd();
  const lines = segments.map(({ segment, tokens, trainedA, trainedB, differing }) =>
    row([segment, tokens, trainedA, trainedB, differing]),
  );
  return `${[paint(row(['segment', 'tokens', 'trained A', 'trained B', 'differing']), 1), ...lines].join('\n')}\n`;
}
