/**
 * @file Weights that were kept write and predict beside those that are trained, which stay as they are; on the CPU, against the
 * engine that was trained to them itself.
 */
import { describe, expect, test } from 'vitest';
import type { Adaptation, KeptWeights, Which } from '../../src/model/engine';
import { DEFAULT_LORA } from '../../src/model/lora';
import { PlannedEngine } from '../../src/model/planned-engine';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { batchOf, readGolden } from './plan-llama-golden';

const golden = readGolden('tied');
const batch = batchOf(golden, 'single');
const PROMPT = Int32Array.of(1, 2, 3);
const OPTIONS = { maxNewTokens: 12, temperature: 1, topP: 1, seed: 5, stopIds: [] };
const STEP = {
  ...{ learningRate: 0.05, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clipNorm: Infinity },
};

async function write(engine: PlannedEngine, which: Which | KeptWeights) {
  const tokens: { id: number; logProb: number }[] = [];
  for await (const { id, logProb } of engine.generate(PROMPT, OPTIONS, which)) tokens.push({ id, logProb });
  return tokens;
}

async function trained(adaptation: Adaptation) {
  const executor = await CpuExecutor.create();
  const engine = await PlannedEngine.load(executor, golden.config, golden.weights, undefined, { adaptation });
  for (let i = 0; i < 2; i++) await engine.step([batch], STEP);
  const kept: KeptWeights = { adaptation, values: await engine.read() };
  return { engine, executor, kept, tuned: await write(engine, 'tuned') };
}

const ADAPTATIONS: Adaptation[] = [{ kind: 'full' }, { ...DEFAULT_LORA, rank: 2 }];

describe.each(ADAPTATIONS)('$kind', (adaptation) => {
  test('write the same text as when they were the tuned ones, whatever is trained now', async () => {
    const { engine, kept, tuned } = await trained(adaptation);
    const base = await write(engine, 'base');
    expect(tuned).not.toEqual(base);
    await engine.reset();
    expect(await write(engine, kept)).toEqual(tuned);
    await engine.adapt(adaptation.kind === 'full' ? DEFAULT_LORA : { kind: 'full' });
    await engine.step([batch], STEP);
    const other = await write(engine, 'tuned');
    expect(await write(engine, kept)).toEqual(tuned);
    expect(await write(engine, 'tuned')).toEqual(other);
    expect(await write(engine, 'base')).toEqual(base);
  });

  test('predict what the tuned ones predicted', async () => {
    const { engine, kept } = await trained(adaptation);
    const expected = await engine.predictions(batch, 'tuned');
    await engine.reset();
    const base = await engine.predictions(batch, 'base');
    expect(await engine.predictions(batch, kept)).toEqual(expected);
    expect(expected.logProbs).not.toEqual(base.logProbs);
    expect(await engine.predictions(batch, 'tuned')).toEqual(base);
  });

  test('their memory is given back', async () => {
    const { engine, executor, kept } = await trained(adaptation);
    await engine.predictions(batch, 'base');
    const { bytes } = executor;
    await write(engine, kept);
    await engine.predictions(batch, kept);
    expect(executor.bytes).toBe(bytes);
    // Also where nobody reads on.
    for await (const _ of engine.generate(PROMPT, OPTIONS, kept)) break;
    expect(executor.bytes).toBe(bytes);
  });

  test('those of another model are refused by name', async () => {
    const { engine, executor, kept } = await trained(adaptation);
    const [name = ''] = kept.values.keys();
    const values = new Map([...kept.values, [name, new Float32Array(3)] as const]);
    const { bytes } = executor;
    await expect(write(engine, { adaptation, values })).rejects.toMatchObject({
      code: 'kept-misfit',
      message: expect.stringContaining(name) as unknown,
    });
    await expect(engine.predictions(batch, { adaptation, values: new Map() })).rejects.toMatchObject({
      code: 'kept-misfit',
    });
    expect(executor.bytes).toBe(bytes);
  });
});
