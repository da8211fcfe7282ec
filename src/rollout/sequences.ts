/**
 * @file A turn that was written as training sequences: the tokens that the model really saw, with a weight on those that it
 * wrote itself.
 */
import { isPrefix } from '../sequence/on-prompt';
import type { TrainingSequence } from '../sequence/types';
import type { WrittenRound } from './types';

/** A round with what the engine knew of each token when it wrote it. */
export interface SampledRound extends WrittenRound {
  /** Log-probability of each written token, under the model itself. */
  logProbs: Float32Array;
}

/** A sequence with the log-probability of each token that is trained, and 0 at the others. */
export interface SampledSequence {
  sequence: TrainingSequence;
  logProbs: Float32Array;
}

/**
 * One sequence where each round goes on from the tokens of the round before, which is the rule; a sequence more for each round
 * whose prompt rewrites what was there. Weights are 1 on written tokens, the end of the turn among them, and 0 on prompts,
 * headers and results.
 *
 * @param kinds of each round's prompt and written tokens, see `ReadTurn`
 * @throws RangeError where kinds and rounds are not of one length.
 */
export function turnSequences(
  rounds: readonly SampledRound[],
  kinds: readonly Uint8Array[],
  conversation: string,
): SampledSequence[] {
  const made: SampledSequence[] = [];
  rounds.forEach(({ prompt, ids, logProbs }, i) => {
    const kind = kinds[i];
    const length = prompt.length + ids.length;
    if (kind?.length !== length || logProbs.length !== ids.length) {
      throw new RangeError(`Round ${i} of ${conversation} has ${length} tokens and ${kind?.length} kinds.`);
    }
    const sequence: TrainingSequence = {
      ids: joined(prompt, ids),
      weights: new Float32Array(length).fill(1, prompt.length),
      kind,
      positions: Int32Array.from({ length }, (_, at) => at),
      document: new Int32Array(length).fill(1),
      origin: { conversation },
    };
    const known = new Float32Array(length);
    known.set(logProbs, prompt.length);
    const open = made.at(-1);
    if (open && isPrefix(open.sequence.ids, prompt)) {
      sequence.weights.set(open.sequence.weights);
      known.set(open.logProbs);
      made.pop();
    }
    made.push({ sequence, logProbs: known });
  });
  return made;
}

function joined(a: Int32Array, b: Int32Array): Int32Array {
  const all = new Int32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
