/**
 * @file The loss of rows of logits, which become their own gradient where something is trained: one operation in three
 * forms. The plain one costs w · −ℓ; what the others add is in token-loss.ts, and its numbers are a tensor, so that
 * another clip or another share of smoothing runs through the same plan.
 *
 * Shapes: logits [N, V], targets and weights w [N], results [N].
 * ℓ = log p[target], p = softmax(logits), entropy = −Σ p log p. Backward: ∂logits = c · p − d at the target − s everywhere.
 * Plain: c = d = w, s = 0. Shaped: c = w·f, d = c·(1 − ε), s = c·ε / V. Policy: c = d = −w · dloss / dℓ, s = 0.
 */
import type { FloatArray, Operation } from '../plan/operation';
import { strandsOf } from '../plan/strands';
import { expectShape, rowsOf, type Tensor } from '../plan/tensor';
import { makeDispatch, rowGroups } from '../plan/wgsl';
import { lossKernel } from './loss-wgsl';
import { LOSS_SETTINGS, policyTokenLoss, TERMS } from './token-loss';

/** What a loss takes beside weights, and where it puts more than ℓ and the entropy. */
export type LossForm =
  | {
      kind: 'shaped';
      /** [LOSS_SETTINGS], see `shapedSettings`. */
      settings: Tensor;
      /** Receives the mean of log p over the vocabulary, [N]. */
      means: Tensor;
    }
  | {
      kind: 'policy';
      /** [LOSS_SETTINGS], see `policySettings`. */
      settings: Tensor;
      /** [N, TERMS]: advantage, old and reference log-probability of each token. */
      terms: Tensor;
    };

export interface LossOutputs {
  logProbs: Tensor;
  entropy: Tensor;
}

/** The same form for `count` rows from `start`. */
export function formOfRows(form: LossForm | undefined, start: number, count: number): LossForm | undefined {
  if (form?.kind === 'shaped') return { ...form, means: rowsOf(form.means, start, count) };
  if (form?.kind === 'policy') return { ...form, terms: rowsOf(form.terms, start, count) };
  return undefined;
}

/** @throws RangeError where a tensor of the form does not fit so many rows. */
export function checkForm(form: LossForm | undefined, rows: number): void {
  if (!form) return;
  expectShape('The loss', form.settings, [LOSS_SETTINGS]);
  if (form.kind === 'shaped') expectShape('The loss', form.means, [rows]);
  else expectShape('The loss', form.terms, [rows, TERMS]);
}

/** The loss as an operation; where `trains`, the logits become their gradient. Without a form it is the plain one. */
export function rowLoss(
  logits: Tensor,
  targets: Tensor,
  weights: Tensor,
  { logProbs, entropy }: LossOutputs,
  trains: boolean,
  form?: LossForm,
): Operation {
  const [rows = 0, vocabulary = 0] = logits.shape;
  const reads = [targets, weights, ...(form ? [form.settings] : [])];
  if (form?.kind === 'policy') reads.push(form.terms);
  const writes = [logProbs, entropy, ...(form?.kind === 'shaped' ? [form.means] : [])];
  const extra: Record<string, Tensor> =
    form?.kind === 'shaped'
      ? { settings: form.settings, means: form.means }
      : form
        ? { settings: form.settings, terms: form.terms }
        : {};
  return {
    name: 'loss',
    reads: trains ? reads : [logits, ...reads],
    writes: trains ? [logits, ...writes] : writes,
    work: 20 * rows * vocabulary,
    wgsl: ({ lanes }) => [
      makeDispatch(
        lossKernel(lanes, trains, form?.kind),
        { logits, targets, weights, logProbs, entropy, ...extra },
        { rows, vocabulary },
        rowGroups(lanes, rows),
      ),
    ],
    cpu: (context) => {
      const { kernels } = context;
      if (kernels) {
        const [at, goal, factor] = [context.place(logits), context.place(targets), context.place(weights)];
        const [score, surprise] = [context.place(logProbs), context.place(entropy)];
        const [settings, more] = Object.values(extra).map((tensor) => context.place(tensor));
        const width = form?.kind === 'policy' ? TERMS : 1;
        const strands = strandsOf(rows, 20 * vocabulary, (start, count) => {
          const rest = [
            ...[4 * (at + start * vocabulary), 4 * (goal + start), 4 * (factor + start)],
            ...[4 * (score + start), 4 * (surprise + start), count, vocabulary, trains ? 1 : 0],
          ];
          if (!form) return ['loss', ...rest];
          const kernel = form.kind === 'shaped' ? 'shapedLoss' : 'policyLoss';
          return [kernel, ...rest, 4 * (settings ?? 0), 4 * ((more ?? 0) + width * start)];
        });
        return () => kernels.run(strands);
      }
      const [values, goals, factors] = [
        context.floats(logits),
        context.ints(targets),
        context.floats(weights),
      ];
      const [scores, entropies] = [context.floats(logProbs), context.floats(entropy)];
      const [settings, more] = Object.values(extra).map((tensor) => context.floats(tensor));
      const slopesOf = form && settings && more ? slopes(form.kind, settings, more) : plainSlopes;
      return () => {
        for (let row = 0; row < rows; row++) {
          const line = values.subarray(row * vocabulary, (row + 1) * vocabulary);
          const goal = goals[row] as number;
          let top = -Infinity;
          for (let i = 0; i < vocabulary; i++) if ((line[i] as number) > top) top = line[i] as number;
          const chosen = (line[goal] as number) - top;
          let sum = 0;
          let weighted = 0;
          let all = 0;
          for (let i = 0; i < vocabulary; i++) {
            const shifted = (line[i] as number) - top;
            const e = Math.exp(shifted);
            sum += e;
            weighted += e * shifted;
            all += shifted;
            if (trains) line[i] = e;
          }
          const logSum = Math.log(sum);
          scores[row] = chosen - logSum;
          entropies[row] = logSum - weighted / sum;
          if (form?.kind === 'shaped' && more) more[row] = all / vocabulary - logSum;
          if (!trains) continue;
          // As stored, so that whoever computes the loss from it meets the same borders.
          const { c, d, s } = slopesOf(factors[row] as number, scores[row] as number, row);
          const factor = c / sum;
          for (let i = 0; i < vocabulary; i++) line[i] = (line[i] as number) * factor - s;
          (line[goal] as number) -= d;
        }
      };
    },
  };
}

/** Of a row: c, d and s as the file's comment has them. */
type Slopes = (weight: number, logProb: number, row: number) => { c: number; d: number; s: number };

const plainSlopes: Slopes = (weight) => ({ c: weight, d: weight, s: 0 });

function slopes(kind: LossForm['kind'], settings: FloatArray, terms: FloatArray): Slopes {
  const at = (i: number) => settings[i] as number;
  if (kind === 'shaped') {
    return (weight, logProb) => {
      const c = at(1) > 0 ? weight * Math.exp(logProb) : weight;
      return { c, d: c * at(2), s: c * at(3) };
    };
  }
  return (weight, logProb, row) => {
    if (weight === 0) return { c: 0, d: 0, s: 0 };
    const [advantage = 0, oldLogProb = 0, referenceLogProb = 0] = terms.subarray(
      TERMS * row,
      TERMS * row + TERMS,
    );
    const loss = { clipLow: 1 - at(0), clipHigh: at(1) - 1, kl: at(2) };
    const { slope } = policyTokenLoss(loss, { advantage, oldLogProb, referenceLogProb }, logProb);
    return { c: -weight * slope, d: -weight * slope, s: 0 };
  };
}
