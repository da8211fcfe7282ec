/**
 * @file Log-probabilities of completions under the model as loaded: asked for once for each sequence of a run.
 */
import type { TrainingSequence } from '../../sequence/types';
import { weightedSum, type Scorer } from '../scorer';

/** Summed log-probabilities of completions under the reference. */
export class ReferenceSums {
  readonly #known = new WeakMap<TrainingSequence, number>();

  /** What is known of these, by their index: as computed together, which other batches need not give to the last bit. */
  save(sequences: readonly TrainingSequence[]): [number, number][] {
    return sequences.flatMap((sequence, i): [number, number][] => {
      const known = this.#known.get(sequence);
      return known === undefined ? [] : [[i, known]];
    });
  }

  restore(sequences: readonly TrainingSequence[], known: readonly (readonly [number, number])[]): void {
    for (const [i, sum] of known) {
      const sequence = sequences[i];
      if (sequence) this.#known.set(sequence, sum);
    }
  }

  /** One sum a sequence, in their order; only those not known yet are computed. */
  async of(sequences: readonly TrainingSequence[], score: Scorer): Promise<number[]> {
    const unknown = [...new Set(sequences)].filter((sequence) => !this.#known.has(sequence));
    const scores = unknown.length > 0 ? await score(unknown, 'base') : [];
    unknown.forEach((sequence, i) =>
      this.#known.set(sequence, weightedSum(sequence, scores[i] ?? new Float32Array())),
    );
    return sequences.map((sequence) => this.#known.get(sequence) ?? NaN);
  }
}

/** Summed log-probabilities under the model as it is now. */
export async function presentSums(sequences: readonly TrainingSequence[], score: Scorer): Promise<number[]> {
  const scores = await score(sequences, 'tuned');
  return sequences.map((sequence, i) => weightedSum(sequence, scores[i] ?? new Float32Array()));
}
