/**
 * @file Advantages, token weights, losses and gradients of objectives on policy are those of TRL.
 */
import { describe, expect, test } from 'vitest';
import { PlannedEngine } from '../../src/model/planned-engine';
import type { AdamWSettings, Engine, StepOptions } from '../../src/model/engine';
import { policyTokenAt } from '../../src/model/batch-loss';
import { policyTokenLoss } from '../../src/ops/token-loss';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { toTokens } from '../../src/sequence/batch';
import type { Batch, TrainingSequence } from '../../src/sequence/types';
import { ON_POLICY, type Reduction } from '../../src/settings/objective';
import { groupAdvantages, leaveOneOutAdvantages } from '../../src/train/objectives/advantages';
import { reduce } from '../../src/train/objectives/reductions';
import { policyBatch } from '../../src/train/policy-samples';
import { updatePolicy } from '../../src/train/policy-update';
import { scorerOf } from '../../src/train/scorer';
import { expectProbes, readProbes } from './gradient-probes';
import { golden, goldenGradients, goldenObjective, goldenTurns } from './on-policy-golden';
import { readGolden, relativeError } from './plan-llama-golden';

const ADAM = {} as AdamWSettings;
/** Cases whose gradients are kept whole; of the others there are probes of every gradient. */
const WHOLE = ['grpo-kl', 'gspo-kl', 'reinforce-kl', 'rloo-kl'];
const PARAMETERS = 20;
const probes = readProbes('on-policy');

/** An engine that tells what a step would be made of, and leaves the weights as they are. */
async function watchedEngine() {
  const { config, weights } = readGolden('tied');
  const engine = await PlannedEngine.load(await CpuExecutor.create({ threads: 1 }), config, weights);
  const seen: { batches: Batch[]; options?: StepOptions | undefined; gradients: Map<string, Float32Array> } =
    {
      batches: [],
      gradients: new Map(),
    };
  engine.step = async (batches, _, options) => {
    Object.assign(seen, { batches, options, gradients: new Map() });
    let loss = 0;
    const logProbs: Float32Array[] = [];
    for (const batch of batches) {
      const part = await engine.lossAndGradients(batch, options);
      loss += part.loss;
      logProbs.push(await engine.score(batch, 'tuned'));
      for (const [name, values] of part.gradients) {
        const sum = seen.gradients.get(name) ?? new Float32Array(values.length);
        seen.gradients.set(
          name,
          sum.map((value, i) => value + (values[i] ?? 0)),
        );
      }
    }
    return { loss, gradientNorm: 0, logProbs };
  };
  return { engine, seen };
}

/** dloss / dlog-probability of every target of a batch, as the engine was asked for it. */
function slopesOf(
  { weights, norm, policy }: Batch,
  logProbs: Float32Array,
  options?: StepOptions,
): Float32Array {
  const { loss } = options ?? {};
  return weights.map((weight, i) => {
    if (weight === 0) return 0;
    if (loss?.kind !== 'policy') return -weight / norm;
    return (weight / norm) * policyTokenLoss(loss, policyTokenAt(policy, i), logProbs[i] ?? NaN).slope;
  });
}

/** To 1e-4 of their own size, and to rounding where that is 0. */
const near = (found: ArrayLike<number>, expected: ArrayLike<number>) => {
  expect(found.length).toBe(expected.length);
  const difference = Math.hypot(...Array.from(found, (value, i) => value - (expected[i] ?? NaN)));
  expect(difference).toBeLessThan(1e-4 * Math.hypot(...Array.from(expected)) + 1e-7);
};

describe('as in TRL', () => {
  test('there are eleven cases, with probes of every gradient of each', () => {
    expect(Object.keys(golden.cases)).toHaveLength(11);
    expect([...probes.keys()]).toEqual(Object.keys(golden.cases));
    for (const [name, own] of probes) expect(Object.keys(own), name).toHaveLength(PARAMETERS);
  });

  test.each(Object.keys(golden.cases))(
    '%s: advantages, loss, slopes, clip, KL and gradients',
    async (name) => {
      const { engine, seen } = await watchedEngine();
      const its = golden.cases[name];
      if (!its) throw new Error(name);
      const objective = goldenObjective(its);
      const turns = goldenTurns();
      // The reference is not the model as loaded here: it is given.
      const score = scorerOf(engine);
      const known = async (sequences: readonly TrainingSequence[], which: 'base' | 'tuned') =>
        which === 'tuned'
          ? score(sequences, which)
          : sequences.map((sequence, row) => referenceOf(sequence, row));
      const batch = await policyBatch(turns, objective, known, 64);
      near(
        batch.advantages.values.map((value) => value ?? NaN),
        its.advantages,
      );
      const update = await updatePolicy(engine as Engine, batch, objective, ADAM, known, false);
      expect(update.loss).toBeCloseTo(its.loss, 5);
      expect(update.clipFraction).toBeCloseTo(its.clip, 5);
      if (its.kl !== null) expect(update.kl).toBeCloseTo(its.kl, 5);

      const { result } = update.stepped ?? {};
      const slopes = new Map<number, Float32Array>();
      batch.parts.forEach((part, i) => {
        const own = seen.batches[i];
        const logProbs = result?.logProbs[i];
        if (!own || !logProbs) throw new Error('The engine was not asked.');
        const values = toTokens(
          slopesOf(own, logProbs, seen.options),
          own,
          part.map(({ sequence }) => sequence),
        );
        part.forEach(({ completion }, row) => slopes.set(completion, values[row] ?? new Float32Array()));
      });
      golden.rows.forEach(({ prompt }, row) =>
        near(slopes.get(row)?.slice(prompt.length) ?? [], its.slopes[row] ?? []),
      );
      expectProbes(seen.gradients, probes.get(name));
      const whole = goldenGradients(name);
      expect(whole.size).toBe(WHOLE.includes(name) ? PARAMETERS : 0);
      for (const [key, values] of whole) {
        const found = seen.gradients.get(key) ?? new Float32Array();
        expect(relativeError(found, values), key).toBeLessThan(1e-4);
      }
      engine.dispose();
    },
  );

  test('every objective on policy is among them', () => {
    const kinds = Object.values(golden.cases).map((its) => goldenObjective(its).kind);
    expect([...new Set(kinds)].sort()).toEqual([...ON_POLICY].sort());
  });

  test('a reward that is missing is in no mean, and its sample has no advantage', () => {
    const { rewards, group, batch, none, rloo } = golden.missing;
    const samples = rewards.map((reward, i) => ({ group: Math.floor(i / 4), reward: reward ?? NaN }));
    for (const [scale, expected] of Object.entries({ group, batch, none })) {
      const found = groupAdvantages(samples, scale as 'group');
      near(
        found.values.map((value) => value ?? 0),
        expected,
      );
      expect(found).toMatchObject({ dropped: 4, flatGroups: 2 });
      expect(found.values.map((value) => value === undefined)).toEqual(
        rewards.map((reward) => reward === null),
      );
    }
    near(
      leaveOneOutAdvantages(samples).values.map((value) => value ?? 0),
      rloo,
    );
  });

  test.each(['grpo', 'bnpo', 'dapo', 'dr_grpo'] as const)(
    '%s over two micro-batches',
    (reduction: Reduction) => {
      const { counts, parts, longest, weights } = golden.reductions;
      const sequences = counts.map((tokens, completion) => ({
        completion,
        tokens,
        part: parts[completion] ?? 0,
      }));
      const reduced = reduce(reduction, sequences, counts.length, longest);
      near(
        reduced.weights.map((weight) => weight / reduced.norm),
        weights[reduction],
      );
    },
  );
});

/** The golden reference of a completion's sequence. */
function referenceOf({ ids }: TrainingSequence, row: number): Float32Array {
  const prompt = golden.rows[row]?.prompt.length ?? 0;
  const values = new Float32Array(ids.length);
  values.set(golden.reference[row] ?? [], prompt);
  return values;
}
