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
import { recordedObjective } from '../../src/train/objectives/recorded';
import { ReferenceSums } from '../../src/train/objectives/reference';
import { learningRateAt } from '../../src/train/schedule';
import { scorerOf } from '../../src/train/scorer';
import type { Schedule } from '../../src/worker/protocol';
import { readGolden, relativeError } from './plan-llama-golden';
import { plainSequence } from './objective-support';

interface Golden {
  sequences: { ids: number[]; start: number; group: number; reward: number; desirable: boolean }[];
  pairs: [number, number][];
  kept: number[];
  settings: Partial<ObjectiveSettings>;
  cases: Record<
    string,
    { loss: number; weights: number[][]; factors?: number[]; metrics?: Record<string, number> }
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

function sequencesFor(kind: ObjectiveKind): TrainingSequence[] {
  if (kind !== 'dpo') return golden.sequences.map((_, i) => sequenceOf(i));
  return golden.pairs.flatMap((pair, p) =>
    pair.map((i, side): TrainingSequence => {
      const preference = side === 0 ? 'chosen' : 'rejected';
      return { ...sequenceOf(i), sample: { group: `p${p}`, preference } };
    }),
  );
}

test.each(['dpo', 'kto', 'rwr', 'awr', 'raft'] as const)('%s', async (kind) => {
  const engine = await openEngine();
  const settings = { ...DEFAULT_OBJECTIVE, ...golden.settings, kind };
  const objective = recordedObjective(
    sequencesFor(kind),
    settings,
    new ReferenceSums(),
    engine.contextLength,
  );
  const score = scorerOf(engine);
  const { sequences, norm, loss, metrics } = await objective.update(objective.units, score);
  const expected = golden.cases[kind];
  if (!expected) throw new Error(`There is no golden “${kind}”.`);

  // DPO's come in pairs here, and as all chosen, then all rejected, there.
  const own =
    kind === 'dpo'
      ? [...sequences.filter((_, i) => i % 2 === 0), ...sequences.filter((_, i) => i % 2 === 1)]
      : sequences;
  own.forEach(({ weights }, s) => {
    const theirs = expected.weights[s] ?? [];
    weights.forEach((weight, i) =>
      expect(weight / norm, `${s}, token ${i}`).toBeCloseTo(theirs[i] ?? NaN, 5),
    );
  });
  expect(own).toHaveLength(expected.weights.length);

  const { loss: plain, gradients } = await engine.lossAndGradients(toBatch(sequences, norm));
  expect(loss ?? plain).toBeCloseTo(expected.loss, 5);
  expect(await lossOf(objective, score)).toBeCloseTo(expected.loss, 5);
  const names = [...tensors.keys()].filter((name) => name.startsWith(`${kind}/`));
  expect(names).toHaveLength(3);
  for (const name of names) {
    const tensor = tensors.get(name);
    const theirs = tensor ? decodeTensor(tensor) : new Float32Array();
    const ours = gradients.get(name.slice(kind.length + 1)) ?? new Float32Array();
    expect(relativeError(ours, theirs), name).toBeLessThan(1e-4);
  }
  const margins = expected.metrics?.['rewards/margins'];
  if (margins !== undefined) expect(metrics?.margin).toBeCloseTo(margins, 4);
  const accuracy = expected.metrics?.['rewards/accuracies'];
  if (accuracy !== undefined) expect(metrics?.preferred).toBeCloseTo(accuracy, 6);
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
