/**
 * @file Objectives on recorded data against TRL's DPO and KTO and against PyTorch's reading of RWR, AWR and RAFT: losses,
 * the weight of each token, and gradients of a tiny Llama's parameters. Schedules against those of transformers.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PlannedEngine } from '../../src/model/planned-engine';
import { decodeTensor, parseSafetensors } from '../../src/model/safetensors';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { toBatch } from '../../src/sequence/batch';
import type { TrainingSequence } from '../../src/sequence/types';
import { DEFAULT_OBJECTIVE, type ObjectiveKind, type ObjectiveSettings } from '../../src/settings/objective';
import { lossOf } from '../../src/train/held-out';
import { ktoLoss, type KtoScore } from '../../src/train/objectives/kto';
import { recordedObjective } from '../../src/train/objectives/recorded';
import { ReferenceSums } from '../../src/train/objectives/reference';
import { learningRateAt } from '../../src/train/schedule';
import { scorerOf } from '../../src/train/scorer';
import type { Schedule } from '../../src/worker/protocol';
import { expectProbes, readProbes } from './gradient-probes';
import { readGolden, relativeError } from './plan-llama-golden';
import { plainSequence } from './objective-support';

interface Golden {
  sequences: { ids: number[]; start: number; group: number; reward: number; desirable: boolean }[];
  pairs: Record<'dpo' | 'dpo-mixed', [number, number][]>;
  kept: number[];
  settings: Partial<ObjectiveSettings>;
  cases: Record<
    string,
    {
      loss: number;
      weights: number[][];
      factors?: number[];
      metrics?: Record<string, number>;
      /** KTO's log-ratios, of each completion. */
      ratios?: number[];
    }
  >;
  schedules: {
    schedule: Schedule;
    steps: number;
    warmupSteps: number;
    finalShare: number;
    first: number;
    factors: number[];
  }[];
}

const FOLDER = 'test/golden/objectives';
const golden = JSON.parse(readFileSync(`${FOLDER}/expected.json`).toString()) as Golden;
const probes = readProbes('objectives');
/** Settings of schedules that golden values were written for. */
const SCHEDULES = 23;
const { tensors } = parseSafetensors(readFileSync(`${FOLDER}/gradients.safetensors`));

/** The golden Llama, loaded as it is and tuned by what tools/golden/objectives.py adds. */
async function openEngine(): Promise<PlannedEngine> {
  const { config, weights } = readGolden('untied');
  const engine = await PlannedEngine.load(await CpuExecutor.create(), config, weights);
  const tuned = [...(await engine.read())].map(
    ([name, values]) => [name, values.map((value, i) => value + Math.sin(i + 1) / 50)] as const,
  );
  await engine.write(new Map(tuned));
  return engine;
}

const sequenceOf = (i: number): TrainingSequence => {
  const { ids, start, group, reward, desirable } = golden.sequences[i] as Golden['sequences'][number];
  return { ...plainSequence(ids, start, `c${i}`), sample: { group: `g${group}`, reward, desirable } };
};

function sequencesFor(name: Name): TrainingSequence[] {
  if (name !== 'dpo' && name !== 'dpo-mixed') return golden.sequences.map((_, i) => sequenceOf(i));
  return golden.pairs[name].flatMap((pair, p) =>
    pair.map((i, side): TrainingSequence => {
      const preference = side === 0 ? 'chosen' : 'rejected';
      return { ...sequenceOf(i), sample: { group: `p${p}`, preference } };
    }),
  );
}

const NAMES = ['dpo', 'dpo-mixed', 'kto', 'rwr', 'awr', 'raft'] as const;
type Name = (typeof NAMES)[number];

test('these are all cases, with probes of every gradient of each', () => {
  expect(Object.keys(golden.cases)).toEqual(NAMES);
  expect([...probes.keys()]).toEqual(NAMES);
  for (const [name, own] of probes) expect(Object.keys(own), name).toHaveLength(21);
  expect(golden.schedules).toHaveLength(SCHEDULES);
});

test.each(NAMES)('%s', async (name) => {
  const kind: ObjectiveKind = name === 'dpo-mixed' ? 'dpo' : name;
  const engine = await openEngine();
  const settings = { ...DEFAULT_OBJECTIVE, ...golden.settings, kind };
  const objective = recordedObjective(
    sequencesFor(name),
    settings,
    new ReferenceSums(),
    engine.contextLength,
  );
  const score = scorerOf(engine);
  const { sequences, norm, loss, metrics } = await objective.update(objective.units, score);
  const expected = golden.cases[name];
  if (!expected) throw new Error(`There is no golden “${name}”.`);

  // DPO's come in pairs here, and as all chosen, then all rejected, there.
  const own =
    kind === 'dpo'
      ? [...sequences.filter((_, i) => i % 2 === 0), ...sequences.filter((_, i) => i % 2 === 1)]
      : sequences;
  own.forEach(({ weights }, s) => {
    const theirs = expected.weights[s] ?? [];
    const ours = weights.map((weight) => weight / norm);
    expect(relativeError(ours, Float32Array.from(theirs)), `sequence ${s}`).toBeLessThan(1e-4);
  });
  expect(own).toHaveLength(expected.weights.length);

  const { loss: plain, gradients } = await engine.lossAndGradients(toBatch(sequences, norm));
  expect(loss ?? plain).toBeCloseTo(expected.loss, 5);
  expect(await lossOf(objective, score)).toBeCloseTo(expected.loss, 5);
  expectProbes(gradients, probes.get(name));
  const whole = [...tensors].filter(([key]) => key.startsWith(`${name}/`));
  expect(whole).toHaveLength(3);
  for (const [key, tensor] of whole) {
    const ours = gradients.get(key.slice(name.length + 1)) ?? new Float32Array();
    expect(relativeError(ours, decodeTensor(tensor)), key).toBeLessThan(1e-4);
  }
  if (kind !== 'dpo' && kind !== 'kto') return;
  const { 'rewards/margins': margin = NaN, 'rewards/accuracies': accuracy } = expected.metrics ?? {};
  expect(metrics?.margin).toBeCloseTo(margin, 4);
  expect(metrics?.preferred).toBeCloseTo(accuracy ?? expected.metrics?.['preferred'] ?? NaN, 6);
});

test('cases of preferences have accuracies that differ, and none is an even chance', () => {
  const { dpo, 'dpo-mixed': mixed, kto } = golden.cases;
  expect(dpo?.metrics?.['rewards/accuracies']).toBe(0);
  expect(mixed?.metrics?.['rewards/accuracies']).toBeCloseTo(2 / 3, 6);
  expect(kto?.metrics?.['preferred']).toBeCloseTo(1 / 3, 6);
});

test('KTO goes from log-ratios and z of TRL to its loss, its weights and its accuracy', () => {
  const { loss, weights, ratios = [], metrics } = golden.cases['kto'] ?? { loss: NaN, weights: [] };
  const { kl: z = NaN, preferred = NaN } = metrics ?? {};
  expect(ratios).toHaveLength(6);
  const settings = { ...DEFAULT_OBJECTIVE, ...golden.settings };
  const lossAt = (scores: readonly KtoScore[], at: number) => ktoLoss(scores, at, settings);
  const scores = ratios.map((ratio, i) => ({ ratio, desirable: golden.sequences[i]?.desirable === true }));
  const found = lossAt(scores, z);
  expect(found.loss).toBeCloseTo(loss, 6);
  expect(found.preferred).toBeCloseTo(preferred, 6);
  const ofTokens = Float32Array.from(weights, (own) => own.at(-1) ?? NaN);
  expect(relativeError(Float32Array.from(found.weights), ofTokens)).toBeLessThan(1e-5);
  // Any other z would not do.
  expect(z).toBeGreaterThan(0.3);
  expect(Math.abs(lossAt(scores, 0).loss - loss)).toBeGreaterThan(1e-3);
  // A good completion has to be above z, not above 0.
  const good = [{ ratio: z / 2, desirable: true }];
  expect([lossAt(good, 0).preferred, lossAt(good, z).preferred]).toEqual([1, 0]);
});

describe('schedules of transformers', () => {
  test.each(golden.schedules)('$schedule, $steps steps, warm-up $warmupSteps, final $finalShare', (row) => {
    const { schedule, steps, warmupSteps, finalShare, first } = row;
    const settings = { learningRate: 1, warmupSteps, schedule, finalShare, decayShare: 0.3 };
    row.factors.forEach((factor, i) => {
      const step = first + i;
      expect(learningRateAt(step, steps, settings), `step ${step}`).toBeCloseTo(factor, 12);
    });
  });
});
