/**
 * @file Kahneman–Tversky optimization (arXiv 2402.01306, equation 7), as TRL's `KTOTrainer` with loss `kto`. In two passes,
 * as DPO.
 */
import { LosslightError } from '../../errors';
import { cut } from '../../sequence/batch';
import type { TrainingSequence } from '../../sequence/types';
import type { ObjectiveSettings } from '../../settings/objective';
import { sigmoid } from './dpo';
import { scaled, type RecordedObjective } from './objective';
import { presentSums, type ReferenceSums } from './reference';

type Settings = Pick<ObjectiveSettings, 'preferenceBeta' | 'desirableWeight' | 'undesirableWeight'>;

/** A completion's log-ratio Δ = π − ref, summed over its tokens, and whether it was found good. */
export interface KtoScore {
  ratio: number;
  desirable: boolean;
}

export interface KtoLoss {
  /** Mean of λ_D·(1 − σ(β(Δ − z))) for the good and λ_U·(1 − σ(β(z − Δ))) for the bad. */
  loss: number;
  /** Of each completion, −∂loss/∂π: the weight of its tokens. z is held constant. */
  weights: number[];
  /** How often a completion's ratio lies on the right side of z; the mean of β·Δ of the good less that of the bad. */
  preferred: number;
  margin?: number;
}

/** @param z max(0, mean log-ratio of mismatched completions): how far the model is from the reference, in nats */
export function ktoLoss(scores: readonly KtoScore[], z: number, settings: Settings): KtoLoss {
  const { preferenceBeta: beta, desirableWeight, undesirableWeight } = settings;
  let loss = 0;
  let preferred = 0;
  const weights = scores.map(({ ratio, desirable }) => {
    const [sign, weight] = desirable ? [1, desirableWeight] : [-1, undesirableWeight];
    const value = sigmoid(sign * beta * (ratio - z));
    loss += (weight * (1 - value)) / scores.length;
    if (sign * (ratio - z) > 0) preferred += 1 / scores.length;
    return (sign * weight * beta * value * (1 - value)) / scores.length;
  });
  const mean = (good: boolean) => {
    const own = scores.filter(({ desirable }) => desirable === good);
    return own.length === 0
      ? undefined
      : (beta * own.reduce((sum, { ratio }) => sum + ratio, 0)) / own.length;
  };
  const [good, bad] = [mean(true), mean(false)];
  return { loss, weights, preferred, ...(good !== undefined && bad !== undefined && { margin: good - bad }) };
}

/**
 * The prompt of one sequence with the completion of another, which begins at its first weighted token. Positions go on; all
 * is one document.
 */
export function mismatched(prompt: TrainingSequence, completion: TrainingSequence): TrainingSequence {
  const end = completionStart(prompt);
  const start = completionStart(completion);
  const length = end + completion.ids.length - start;
  const joined = <T extends Int32Array | Float32Array | Uint8Array>(out: T, a: T, b: T): T => {
    out.set(a.subarray(0, end));
    out.set(b.subarray(start), end);
    return out;
  };
  return {
    ids: joined(new Int32Array(length), prompt.ids, completion.ids),
    weights: joined(new Float32Array(length), prompt.weights, completion.weights),
    kind: joined(new Uint8Array(length), prompt.kind, completion.kind),
    positions: Int32Array.from({ length }, (_, i) => i),
    document: new Int32Array(length).fill(1),
    origin: prompt.origin,
  };
}

function completionStart({ weights }: TrainingSequence): number {
  const first = weights.findIndex((weight, i) => i > 0 && weight !== 0);
  return first < 0 ? weights.length : first;
}

/**
 * Completions with `sample.desirable`. z comes from the completions of the same update, each with the prompt of the next one.
 *
 * @param contextLength mismatched completions are cut there
 * @throws LosslightError `no-labels` where there is none; `one-kind` where all are good, or all bad.
 */
export function kto(
  sequences: readonly TrainingSequence[],
  settings: Settings,
  reference: ReferenceSums,
  contextLength: number,
): RecordedObjective {
  const labelled = sequences.filter(({ sample }) => sample?.desirable !== undefined);
  const good = labelled.filter(({ sample }) => sample?.desirable).length;
  if (labelled.length === 0) {
    throw new LosslightError(
      'no-labels',
      'No completion is labelled good or bad, which KTO learns from.',
      'Bring records with “prompt”, “completion” and “label”, or with “chosen” and “rejected”.',
    );
  }
  if (good === 0 || good === labelled.length) {
    throw new LosslightError(
      'one-kind',
      `All ${labelled.length} completions are labelled ${good > 0 ? 'good' : 'bad'}: KTO has nothing to tell them from.`,
      good > 0
        ? 'Add completions with the label false, or choose SFT.'
        : 'Add completions with the label true.',
    );
  }
  const mixed = new WeakMap<TrainingSequence, WeakMap<TrainingSequence, TrainingSequence>>();
  /** Made once, so that the reference knows it again. */
  const mismatch = (prompt: TrainingSequence, completion: TrainingSequence) => {
    const own = mixed.get(prompt) ?? new WeakMap<TrainingSequence, TrainingSequence>();
    mixed.set(prompt, own);
    const found = own.get(completion) ?? cut(mismatched(prompt, completion), contextLength);
    own.set(completion, found);
    return found;
  };
  return {
    units: labelled.map((sequence) => [sequence]),
    metrics: { dropped: sequences.length - labelled.length },
    update: async (units, score) => {
      const chosen = units.flat();
      const others = chosen.map((sequence, i) => {
        // One alone is not mismatched with itself, whose ratio would cancel its own.
        const other =
          chosen.length > 1 ? chosen.at(i - 1) : labelled.find((candidate) => candidate !== sequence);
        return mismatch(sequence, other ?? sequence);
      });
      const all = [...chosen, ...others];
      const now = await presentSums(all, score);
      const then = await reference.of(all, score);
      const ratios = all.map((_, i) => (now[i] ?? NaN) - (then[i] ?? NaN));
      const mean = ratios.slice(chosen.length).reduce((sum, ratio) => sum + ratio, 0) / others.length;
      const scores = chosen.map(({ sample }, i) => ({
        ratio: ratios[i] ?? NaN,
        desirable: sample?.desirable === true,
      }));
      const { loss, weights, ...metrics } = ktoLoss(scores, Math.max(0, mean), settings);
      return {
        sequences: chosen.map((sequence, i) => scaled(sequence, weights[i] ?? 0)),
        norm: 1,
        loss,
        metrics,
      };
    },
  };
}
