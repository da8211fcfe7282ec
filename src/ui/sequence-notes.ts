/**
 * @file How a training sequence is told apart in its strip: what is trained again, and where it differs from inference.
 */
import { sequences as words } from '$strings/sequences';
import type { Side, ShownSequence } from '../state/sequences.svelte';
import type { StripNotes } from './strip-token';

/** The token of each difference, marked; undefined where there is none. */
export function differenceMarks({ differences, sequence }: ShownSequence): StripNotes | undefined {
  if (!differences.length) return undefined;
  const codes = new Uint8Array(sequence.ids.length);
  for (const { token } of differences) if (token < codes.length) codes[token] = 1;
  return { codes, marks: [{ look: 'differs', words: words.strip.unlikeTag }] };
}

/** How often each message has been trained up to and with a sequence, and in all of them. */
export function repetitions(side: Side): ReadonlyMap<number, { time: number; of: number }>[] {
  const total = new Map<number, number>();
  for (const { sequence } of side.sequences)
    for (const message of sequence.origin.trained ?? []) total.set(message, (total.get(message) ?? 0) + 1);
  const seen = new Map<number, number>();
  return side.sequences.map(({ sequence }) => {
    const own = new Map<number, { time: number; of: number }>();
    for (const message of sequence.origin.trained ?? []) {
      const time = (seen.get(message) ?? 0) + 1;
      seen.set(message, time);
      own.set(message, { time, of: total.get(message) ?? 1 });
    }
    return own;
  });
}
