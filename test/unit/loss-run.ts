/**
 * @file Running the loss of rows of logits in any of its forms, on any executor: what tests of it share.
 */
import { batchLoss, isPlain } from '../../src/model/batch-loss';
import type { TokenLoss } from '../../src/model/engine';
import { seededRandom } from '../../src/model/random';
import { rowLoss, type LossForm } from '../../src/ops/loss';
import { LOSS_SETTINGS, policySettings, shapedSettings, TERMS } from '../../src/ops/token-loss';
import { PlanBuilder } from '../../src/plan/builder';
import { copy } from '../../src/plan/copy';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import type { Executor } from '../../src/plan/executor';
import { makeTensor } from '../../src/plan/tensor';
import type { Batch, PolicyTerms } from '../../src/sequence/types';
import { randomNumbers } from './ops-run';

export interface LossCase {
  /** [N, V] */
  logits: Float32Array | Float64Array;
  targets: Int32Array;
  weights: Float32Array;
  policy: PolicyTerms;
}

/** Numbers of all kinds for so many rows: weights of 0 and targets at both ends, ratios inside and outside of a clip. */
export function lossCase(rows: number, vocabulary: number, seed: number): LossCase {
  const random = seededRandom(seed);
  const logits = randomNumbers(rows * vocabulary, seed, 4);
  const targets = Int32Array.from({ length: rows }, (_, n) =>
    n === 0 ? 0 : n === 1 ? vocabulary - 1 : Math.floor(random() * vocabulary),
  );
  const scores = targets.map((target, n) => n * vocabulary + target);
  const logProbs = Float32Array.from(scores, (at, n) => {
    const line = logits.subarray(n * vocabulary, (n + 1) * vocabulary);
    return (logits[at] ?? 0) - Math.log(line.reduce((sum, x) => sum + Math.exp(x), 0));
  });
  return {
    logits,
    targets,
    weights: Float32Array.from({ length: rows }, (_, n) => (n % 5 === 3 ? 0 : random())),
    policy: {
      advantages: randomNumbers(rows, seed + 1, 2),
      oldLogProbs: logProbs.map((value) => value + random() - 0.5),
      referenceLogProbs: logProbs.map((value) => value + 2 * random() - 1),
    },
  };
}

/** ∂logits, log-probabilities, entropies and, where the loss is shaped, means of log-probabilities. */
export async function runLoss(executor: Executor, one: LossCase, loss: TokenLoss) {
  const rows = one.targets.length;
  const vocabulary = one.logits.length / rows;
  const input = (name: string, shape: number[], dtype: 'f32' | 'i32' = 'f32') =>
    makeTensor(name, shape, 'input', dtype);
  const output = (name: string) => makeTensor(name, [rows], 'output');
  const given = input('logits', [rows, vocabulary]);
  const [targets, weights] = [input('targets', [rows], 'i32'), input('weights', [rows])];
  const settings = input('settings', [LOSS_SETTINGS]);
  const terms = input('terms', [rows, TERMS]);
  const [logProbs, entropy, means] = [output('log-probabilities'), output('entropy'), output('means')];
  const form: LossForm | undefined = isPlain(loss)
    ? undefined
    : loss.kind === 'policy'
      ? { kind: 'policy', settings, terms }
      : { kind: 'shaped', settings, means };

  const plan = new PlanBuilder();
  const logits = plan.activation('logits', [rows, vocabulary]);
  plan.append(copy(given, logits));
  plan.append(rowLoss(logits, targets, weights, { logProbs, entropy }, true, form));
  const gradient = plan.output(logits, 'gradient');
  const finished = plan.finish();
  const prepared = await executor.prepare(finished);
  executor.write(given, one.logits as Float32Array);
  executor.write(targets, one.targets);
  executor.write(weights, one.weights);
  if (form) {
    const values = loss.kind === 'policy' ? policySettings(loss) : shapedSettings(loss, vocabulary);
    executor.write(settings, values);
  }
  if (form?.kind === 'policy') {
    const { advantages, oldLogProbs, referenceLogProbs } = one.policy;
    const sideBySide = Array.from(advantages, (a, n) => [
      a,
      oldLogProbs[n] ?? NaN,
      referenceLogProbs[n] ?? NaN,
    ]);
    executor.write(terms, Float32Array.from(sideBySide.flat()));
  }
  await prepared.run();
  const read = async (tensor: typeof logProbs) =>
    executor instanceof CpuExecutor
      ? (executor.readExactly(tensor) as Float32Array | Float64Array)
      : executor.read(tensor);
  const result = {
    gradient: await read(gradient),
    logProbs: await read(logProbs),
    entropy: await read(entropy),
    ...(form?.kind === 'shaped' && { means: await read(means) }),
  };
  prepared.dispose();
  executor.release(finished.buffers.filter(({ role }) => role !== 'activation'));
  return result;
}

/** Σ weights · loss of a case. */
export function lossOfCase(
  one: LossCase,
  loss: TokenLoss,
  { logProbs, means }: { logProbs: ArrayLike<number>; means?: ArrayLike<number> },
): number {
  const { weights, policy, targets } = one;
  const batch = { rows: 1, length: targets.length, weights, policy, norm: 1 };
  return batchLoss(batch as Batch, logProbs, loss, means);
}
