/**
 * @file Direct preference optimization (arXiv 2305.18290), as TRL's `DPOTrainer` with loss `sigmoid`.
 *
 * In two passes: scores give the loss and, in closed form, its derivative by each token's log-probability; a step of
 * weighted cross-entropy with those derivatives as weights then has DPO's own gradient.
 */
import { LosslightError } from '../../errors';
import type { TrainingSequence } from '../../sequence/types';
import { isSamePair } from '../../sequence/usable-samples';
import type { ObjectiveSettings } from '../../settings/objective';
import { scaled, type RecordedObjective, type Unit } from './objective';
import { presentSums, type ReferenceSums } from './reference';

/** Summed log-probabilities of a pair's completions, under the model and under the reference. */
export interface PairScores {
  chosen: number;
  rejected: number;
  referenceChosen: number;
  referenceRejected: number;
}

export interface DpoLoss {
  /** Mean over pairs of −log σ(β·[(π_c − ref_c) − (π_r − ref_r)]). */
  loss: number;
  /** Of each pair, −∂loss/∂π_c = ∂loss/∂π_r: the weight of its chosen tokens, and minus that of its rejected ones. */
  weights: number[];
  /** How often the chosen one has the higher implicit reward β·(π − ref), and by how much on average. */
  preferred: number;
  margin: number;
}

export function dpoLoss(pairs: readonly PairScores[], beta: number): DpoLoss {
  const margins = pairs.map(
    ({ chosen, rejected, referenceChosen, referenceRejected }) =>
      beta * (chosen - referenceChosen - (rejected - referenceRejected)),
  );
  const mean = (of: (margin: number) => number) =>
    margins.reduce((sum, margin) => sum + of(margin), 0) / margins.length;
  return {
    loss: mean((margin) => logOnePlusExp(-margin)),
    weights: margins.map((margin) => (beta * sigmoid(-margin)) / margins.length),
    preferred: mean((margin) => (margin > 0 ? 1 : 0)),
    margin: mean((margin) => margin),
  };
}

/** 1 / (1 + e^−x). */
export function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

/** log(1 + e^x) without overflow. */
function logOnePlusExp(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/**
 * Pairs are sequences with the same `sample.group`, one chosen and one rejected. What is no pair is left out, and so are
 * pairs of the same tokens, which prefer nothing; both are counted.
 *
 * @throws LosslightError `no-pairs` where none is left.
 */
export function dpo(
  sequences: readonly TrainingSequence[],
  { preferenceBeta }: Pick<ObjectiveSettings, 'preferenceBeta'>,
  reference: ReferenceSums,
): RecordedObjective {
  const { pairs, dropped, same } = pairsOf(sequences);
  if (pairs.length === 0) {
    throw new LosslightError(
      'no-pairs',
      same > 0
        ? 'In every pair the chosen and the rejected completion are the same.'
        : 'No record has a chosen and a rejected completion, which DPO compares.',
      'Bring records with “prompt”, “chosen” and “rejected”.',
    );
  }
  return {
    units: pairs,
    metrics: { dropped, flatGroups: same },
    update: async (units, score) => {
      const all = units.flat();
      const sums = await presentSums(all, score);
      const references = await reference.of(all, score);
      const scores = units.map((_, i) => ({
        chosen: sums[2 * i] ?? NaN,
        rejected: sums[2 * i + 1] ?? NaN,
        referenceChosen: references[2 * i] ?? NaN,
        referenceRejected: references[2 * i + 1] ?? NaN,
      }));
      const { loss, weights, preferred, margin } = dpoLoss(scores, preferenceBeta);
      return {
        sequences: all.map((sequence, i) =>
          scaled(sequence, (i % 2 === 0 ? 1 : -1) * (weights[i >> 1] ?? 0)),
        ),
        norm: 1,
        loss,
        metrics: { preferred, margin },
      };
    },
  };
}

/** Units of two, the chosen one first. */
function pairsOf(sequences: readonly TrainingSequence[]): { pairs: Unit[]; dropped: number; same: number } {
  const sides = new Map<string, { chosen?: TrainingSequence; rejected?: TrainingSequence }>();
  let dropped = 0;
  for (const sequence of sequences) {
    const { sample } = sequence;
    if (!sample?.preference) {
      dropped++;
      continue;
    }
    sides.set(sample.group, { ...sides.get(sample.group), [sample.preference]: sequence });
  }
  const whole = [...sides.values()].flatMap(({ chosen, rejected }) =>
    chosen && rejected ? [[chosen, rejected] as const] : [],
  );
  dropped += sides.size - whole.length;
  const pairs = whole.filter(([chosen, rejected]) => !isSamePair(chosen, rejected));
  return { pairs, dropped, same: whole.length - pairs.length };
}
