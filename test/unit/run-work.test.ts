/**
 * @file The work that a forecast counts is what a run asks of the engine: tokens that it reads, trains and writes, counted at the
 * engine's door while runs on policy of every kind go.
 */
import { describe, expect, test } from 'vitest';
import type { Engine, ManyOptions, StepOptions } from '../../src/model/engine';
import type { PlannedEngine } from '../../src/model/planned-engine';
import type { Batch } from '../../src/sequence/types';
import { DEFAULT_OBJECTIVE, ON_POLICY, type ObjectiveSettings } from '../../src/settings/objective';
import { promptReading, readingAt, stepWork, type RunPlanned } from '../../src/state/run-work';
import { idPrompts, RUN, runPolicy, tinyEngine, tokenTexts } from './policy-run';

const PROMPT = 9;
const NEW = 6;
const STEPS = 2;
/** Prompts of as many tokens, so that what is written decides nothing of what is computed. */
const PROMPTS = [1, 2, 3].map((first) =>
  Array.from({ length: PROMPT }, (_, i) => 1 + ((first * 7 + i) % 50)),
);

/** Counts tokens, padding included, on their way to an engine. */
function counting(engine: PlannedEngine) {
  const counted = { reading: 0, training: 0, updates: 0, writing: 0 };
  const sizeOf = ({ rows, length }: Batch) => rows * length;
  const counter: Partial<Engine> = {
    score(batch, ...rest) {
      counted.reading += sizeOf(batch);
      return engine.score(batch, ...rest);
    },
    step(batches: Batch[], adam, options?: StepOptions) {
      counted.training += batches.reduce((sum, batch) => sum + sizeOf(batch), 0);
      counted.updates++;
      return engine.step(batches, adam, options);
    },
    async *generateMany(requests, options: ManyOptions, which, signal) {
      for await (const part of engine.generateMany(requests, options, which, signal)) {
        counted.writing += part.tokens.length;
        yield part;
      }
    },
  };
  const counted_ = new Proxy(engine, {
    get: (target, key) => {
      const own: unknown = Reflect.get(counter, key);
      if (own) return own;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
  return { engine: counted_, counted };
}

/** One million parameters without attention: operations are tokens. */
const READ = 2e6;
const TRAINED = 6e6;

function plannedFor(objective: ObjectiveSettings): RunPlanned {
  return {
    settings: { ...RUN, steps: STEPS },
    ...{ objective, trains: 'full', recompute: false },
    shape: { parameters: 1e6, layers: 0, width: 0 },
    sample: { lengths: PROMPTS.map(() => PROMPT + NEW), turn: NEW, sequences: 3, heldOut: 0, limit: 512 },
  };
}

const CASES = ON_POLICY.flatMap((kind) => [
  { kind },
  { kind, updates: 3 },
  { kind, temperature: 0.7 },
  { kind, updates: 2, temperature: 1.3, kl: 0.1 },
  { kind, updates: 2, measureKl: false },
]);

describe('a run on policy', () => {
  test.each(CASES)('%j: reads, trains and writes as many tokens as were counted before', async (changes) => {
    const objective: ObjectiveSettings = {
      ...DEFAULT_OBJECTIVE,
      ...{ prompts: 2, groupSize: 4, maxNewTokens: NEW },
      ...changes,
    };
    const { engine, counted } = counting(await tinyEngine());
    // No two completions earn the same, so that no group is flat.
    let rewards = 0;
    const texts = tokenTexts(PROMPTS, () => Math.sin(++rewards));
    // Nor is any clipped: an update of which all are computes nothing.
    const run = { steps: STEPS, learningRate: 1e-7 };
    const { errors } = await runPolicy(engine, texts, idPrompts(3), run, objective);
    expect(errors).toEqual([]);
    const planned = plannedFor(objective);
    const work = stepWork(planned) ?? expect.fail('There is a sample.');
    expect(counted.updates).toBe(STEPS * objective.updates);
    expect(work.training * STEPS).toBeCloseTo(TRAINED * counted.training, 0);
    expect(work.writing * STEPS).toBe(counted.writing);
    // Prompts are read where the completions are written.
    const prompts = promptReading(planned);
    expect(prompts).toBe(objective.prompts * PROMPT * READ);
    expect((work.reading - prompts) * STEPS).toBeCloseTo(READ * counted.reading, 0);
    expect(readingAt(planned, 1)).toBeCloseTo(work.reading, 0);
    engine.dispose();
  });

  test('groups without variance are not trained, which no forecast knows: it counts at most too much', async () => {
    const objective: ObjectiveSettings = {
      ...DEFAULT_OBJECTIVE,
      ...{ kind: 'grpo', prompts: 2, groupSize: 4, maxNewTokens: NEW },
    };
    const { engine, counted } = counting(await tinyEngine());
    const texts = tokenTexts(PROMPTS, () => 1);
    await runPolicy(engine, texts, idPrompts(3), { steps: STEPS }, objective);
    expect(counted.training).toBe(0);
    expect(stepWork(plannedFor(objective))?.training).toBeGreaterThan(0);
    engine.dispose();
  });
});

test('layers that are computed twice are a forward pass more', () => {
  const once = stepWork(plannedFor(DEFAULT_OBJECTIVE))?.training ?? NaN;
  const twice = { ...plannedFor(DEFAULT_OBJECTIVE), recompute: true };
  expect((stepWork(twice)?.training ?? NaN) / once).toBeCloseTo(4 / 3, 10);
  // Without the gradients of frozen weights.
  expect((stepWork({ ...twice, trains: 'lora' })?.training ?? NaN) / once).toBeCloseTo(1, 10);
});
