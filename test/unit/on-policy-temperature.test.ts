/**
 * @file Completions drawn at another temperature than 1: log-probabilities, losses and gradients are those of TRL, which divides
 * logits by the temperature in all of them.
 */
import { describe, expect, test } from 'vitest';
import type { AdamWSettings } from '../../src/model/engine';
import { toBatch } from '../../src/sequence/batch';
import type { TrainingSequence } from '../../src/sequence/types';
import { policyBatch } from '../../src/train/policy-samples';
import { updatePolicy } from '../../src/train/policy-update';
import { scorerOf, type Scorer } from '../../src/train/scorer';
import { goldenGradients, goldenObjective, goldenTurns, readOnPolicy } from './on-policy-golden';
import { relativeError } from './plan-llama-golden';
import { equalBits, idPrompts, runPolicy, tinyEngine, tokenTexts } from './policy-run';

const golden = readOnPolicy('temperature');
const { temperature = 1 } = golden;

const ofCompletion = ({ ids }: TrainingSequence, row: number, values: readonly number[][]) => {
  const all = new Float32Array(ids.length);
  all.set(values[row] ?? [], golden.rows[row]?.prompt.length ?? 0);
  return all;
};

describe('at a temperature of 0.7', () => {
  test('log-probabilities are those of TRL’s trainer', async () => {
    const engine = await tinyEngine();
    const sequences = golden.rows.map(({ prompt, parts }) => {
      const ids = Int32Array.from([...prompt, ...parts.flat()]);
      return {
        ids,
        weights: new Float32Array(ids.length).fill(1),
        kind: new Uint8Array(ids.length),
        positions: ids.map((_, i) => i),
        document: new Int32Array(ids.length).fill(1),
        origin: { conversation: '' },
      };
    });
    const found = await scorerOf(engine)(sequences, 'tuned', temperature);
    golden.now.forEach((expected, row) => {
      const own = found[row]?.slice(golden.rows[row]?.prompt.length);
      expected.forEach((value, i) => expect(own?.[i]).toBeCloseTo(value, 4));
    });
    engine.dispose();
  });

  test('there are three cases, and log-probabilities of every completion', () => {
    expect(Object.keys(golden.cases)).toEqual(['grpo-kl', 'gspo-kl', 'rloo-kl']);
    expect(golden.now.map(({ length }) => length)).toEqual(
      golden.rows.map(({ parts }) => parts.flat().length),
    );
  });

  test.each(Object.entries(golden.cases))('%s: loss, clip, KL and gradients', async (name, its) => {
    const engine = await tinyEngine();
    const objective = { ...goldenObjective(its), temperature };
    const asked: (number | undefined)[] = [];
    // Old and reference are not those of the model as it is: they are given.
    const given: Scorer = async (sequences, which, at) => {
      asked.push(at);
      return sequences.map((one, row) =>
        ofCompletion(one, row, which === 'base' ? golden.reference : golden.old),
      );
    };
    // What generation tells must not matter: it is of temperature 1.
    const turns = goldenTurns({ ...golden, old: golden.old.map((row) => row.map(() => -99)) });
    const batch = await policyBatch(turns, objective, given, 64);
    expect(asked).toEqual([temperature, temperature]);

    let gradients = new Map<string, Float32Array>();
    engine.step = async (batches, _, options) => {
      expect(options?.temperature).toBe(temperature);
      let loss = 0;
      const logProbs: Float32Array[] = [];
      gradients = new Map();
      for (const part of batches) {
        const found = await engine.lossAndGradients(part, options);
        loss += found.loss;
        logProbs.push(await engine.score(part, 'tuned', temperature));
        for (const [key, values] of found.gradients) {
          const sum = gradients.get(key);
          gradients.set(key, sum ? values.map((value, i) => value + (sum[i] ?? 0)) : values);
        }
      }
      return { loss, gradientNorm: 0, logProbs };
    };
    const adam = {} as AdamWSettings;
    const update = await updatePolicy(engine, batch, objective, adam, scorerOf(engine), false);
    expect(update.loss).toBeCloseTo(its.loss, 5);
    expect(update.clipFraction).toBeCloseTo(its.clip, 5);
    if (its.kl !== null) expect(update.kl).toBeCloseTo(its.kl, 4);
    const expected = goldenGradients(name, 'temperature');
    expect([...expected.keys()].sort()).toEqual([...gradients.keys()].sort());
    expect(expected.size).toBe(20);
    for (const [key, values] of expected)
      expect(relativeError(gradients.get(key) ?? new Float32Array(), values), key).toBeLessThan(1e-4);
    engine.dispose();
  });
});

test('a first update of a run has a ratio of 1 at any temperature: nothing is clipped', async () => {
  const engine = await tinyEngine();
  const { reports } = await runPolicy(
    engine,
    tokenTexts([[5, 6, 7]], ([id = 0]) => (id < 20 ? 1 : 0)),
    idPrompts(1),
    { steps: 3 },
    {
      kind: 'grpo',
      prompts: 1,
      groupSize: 8,
      maxNewTokens: 2,
      temperature: 1.5,
      clipLow: 0.01,
      clipHigh: 0.01,
    },
  );
  expect(reports.map(({ metrics }) => metrics?.clipFraction)).toEqual([0, 0, 0]);
  engine.dispose();
});

test('a temperature of 1 is the plain computation, bit for bit, and one that makes no sense is refused', async () => {
  const engine = await tinyEngine();
  const sequence = {
    ids: Int32Array.from([3, 4, 5]),
    weights: new Float32Array(3).fill(1),
    kind: new Uint8Array(3),
    positions: Int32Array.from([0, 1, 2]),
    document: new Int32Array(3).fill(1),
    origin: { conversation: '' },
  };
  const batch = toBatch([sequence], 3);
  const plain = await engine.lossAndGradients(batch);
  const at1 = await engine.lossAndGradients(batch, { temperature: 1 });
  expect(equalBits(plain.gradients, at1.gradients)).toBe(true);
  for (const wrong of [0, -1, NaN, Infinity]) {
    await expect(engine.score(batch, 'tuned', wrong)).rejects.toMatchObject({ code: 'bad-settings' });
    await expect(engine.lossAndGradients(batch, { temperature: wrong })).rejects.toMatchObject({
      code: 'bad-settings',
    });
  }
  engine.dispose();
});
