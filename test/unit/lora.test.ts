/**
 * @file LoRA on the CPU executor against PEFT: logits, gradients and fifty steps, on Llama and on GPT-2, whose matrices are
 * stored the other way round; what LoRA promises beyond; and bases that are packed.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/model/config';
import type { Adaptation, AdamWSettings, BaseFormat } from '../../src/model/engine';
import { DEFAULT_LORA, factorShapes, projectionEnds } from '../../src/model/lora';
import { PlannedEngine } from '../../src/model/planned-engine';
import { decodeTensor, parseSafetensors } from '../../src/model/safetensors';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import type { Batch } from '../../src/sequence/types';
import { batchOf, largestDifference, readGolden, relativeError, type GoldenLlama } from './plan-llama-golden';

const FOLDER = 'test/golden/peft';

interface GoldenAdapter {
  model: Pick<GoldenLlama, 'config' | 'weights'>;
  adaptation: Adaptation;
  adapter: Map<string, Float32Array>;
  cases: GoldenLlama['cases'];
  adamw: AdamWSettings;
  curve: { loss: number; gradientNorm: number }[];
  expected(name: string): Float32Array;
  merged: Map<string, Float32Array>;
}

const tensorsOf = (file: string): Map<string, Float32Array> =>
  new Map(
    [...parseSafetensors(readFileSync(`${FOLDER}/${file}`)).tensors].map(([name, tensor]) => [
      name,
      decodeTensor(tensor),
    ]),
  );

function readAdapter(name: string, base: string, adaptation: Adaptation): GoldenAdapter {
  const json = JSON.parse(readFileSync(`${FOLDER}/${name}/expected.json`).toString()) as GoldenAdapter;
  const expected = tensorsOf(`${name}/expected.safetensors`);
  const model =
    base === 'gpt2'
      ? {
          config: parseConfig(readFileSync(`${FOLDER}/gpt2/base/config.json`).toString()),
          weights: tensorsOf('gpt2/base/model.safetensors'),
        }
      : readGolden(base);
  return {
    ...json,
    model,
    adaptation,
    adapter: tensorsOf(`${name}/adapter/adapter_model.safetensors`),
    merged: tensorsOf(`${name}/merged.safetensors`),
    expected: (key) => {
      const values = expected.get(key);
      if (!values) throw new Error(`There is no golden “${key}”.`);
      return values;
    },
  };
}

const lora = (rank: number, alpha: number, more: object = {}): Adaptation => ({
  ...DEFAULT_LORA,
  rank,
  alpha,
  ...more,
});

const GOLDEN: Record<string, GoldenAdapter> = {
  'LoRA on a tied Llama': readAdapter('lora', 'tied', lora(4, 8)),
  'rsLoRA on some projections of an untied Llama': readAdapter(
    'rslora',
    'untied',
    lora(6, 9, { rsLora: true, targets: ['q_proj', 'v_proj', 'down_proj'] }),
  ),
  'LoRA on GPT-2': readAdapter('gpt2', 'gpt2', lora(3, 6)),
};

async function load(
  { model, adaptation, adapter }: Pick<GoldenAdapter, 'model' | 'adaptation' | 'adapter'>,
  base: BaseFormat = 'f32',
): Promise<PlannedEngine> {
  const executor = await CpuExecutor.create();
  const options = { adaptation, base };
  const engine = await PlannedEngine.load(executor, model.config, model.weights, undefined, options);
  await engine.write(adapter);
  return engine;
}

const batchIn = ({ cases }: GoldenAdapter, kind: string): Batch =>
  batchOf({ cases } as unknown as GoldenLlama, kind);

/** Values of real tokens: padding has no reference value, and none is needed. */
function real(batch: Batch, values: Float32Array): Float32Array {
  const width = values.length / batch.documents.length;
  return values.filter((_, i) => batch.documents[Math.floor(i / width)] !== 0);
}

describe.each(Object.keys(GOLDEN))('%s, against PEFT', (name) => {
  const golden = GOLDEN[name] as GoldenAdapter;

  test.each(['single', 'mixed'])('case %s: logits, base logits, loss, gradients', async (kind) => {
    const engine = await load(golden);
    const batch = batchIn(golden, kind);
    const near = async (which: 'base' | 'tuned', key: string) =>
      expect(
        largestDifference(real(batch, await engine.logits(batch, which)), real(batch, golden.expected(key))),
        key,
      ).toBeLessThan(1e-5);
    await near('tuned', `${kind}/logits`);
    await near('base', `${kind}/base`);
    const { loss, gradients } = await engine.lossAndGradients(batch);
    expect(loss).toBeCloseTo(golden.cases[kind]?.loss ?? NaN, 5);
    expect([...gradients.keys()].sort()).toEqual([...golden.adapter.keys()].sort());
    for (const [parameter, gradient] of gradients) {
      const error = relativeError(gradient, golden.expected(`${kind}/gradients/${parameter}`));
      expect(error, parameter).toBeLessThan(2e-5);
    }
  });

  test('fifty steps of AdamW at 1e-3 follow PEFT', async () => {
    const engine = await load(golden);
    const batches = ['single', 'mixed', 'padded'].map((kind) => batchIn(golden, kind));
    expect(golden.curve.length).toBe(50);
    for (const [step, point] of golden.curve.entries()) {
      const result = await engine.step([batches[step % batches.length] as Batch], golden.adamw);
      expect(Math.abs(result.loss - point.loss), `loss of step ${step}`).toBeLessThan(1e-4);
      expect(result.gradientNorm / point.gradientNorm, `norm of step ${step}`).toBeCloseTo(1, 3);
    }
    for (const [parameter, values] of await engine.read()) {
      expect(relativeError(values, golden.expected(`trained/${parameter}`)), parameter).toBeLessThan(1e-3);
    }
  });

  test('merged as PEFT merges, and the logits of the merged model are those of the adapted one', async () => {
    const engine = await load(golden);
    for (let step = 0; step < 50; step++) {
      const kind = ['single', 'mixed', 'padded'][step % 3] as string;
      await engine.step([batchIn(golden, kind)], golden.adamw);
    }
    const merged = new Map<string, Float32Array>();
    for await (const { name, values } of engine.merged()) merged.set(name, values);
    expect([...merged.keys()]).toEqual([...engine.parameters.keys()]);
    for (const [parameter, values] of golden.merged) {
      expect(relativeError(merged.get(parameter) as Float32Array, values), parameter).toBeLessThan(1e-4);
    }
    const executor = await CpuExecutor.create();
    const plain = await PlannedEngine.load(executor, golden.model.config, merged);
    const batch = batchIn(golden, 'mixed');
    const [a, b] = [await plain.logits(batch, 'base'), await engine.logits(batch, 'tuned')];
    expect(largestDifference(real(batch, a), real(batch, b))).toBeLessThan(1e-5);
  });
});

describe('what LoRA promises', () => {
  const golden = GOLDEN['LoRA on a tied Llama'] as GoldenAdapter;
  const batch = batchIn(golden, 'mixed');

  test('a new adapter changes nothing; on, off and reset come without loading', async () => {
    const executor = await CpuExecutor.create();
    const { config, weights } = golden.model;
    const engine = await PlannedEngine.load(executor, config, weights);
    expect(engine.adaptation).toEqual({ kind: 'full' });
    const before = await engine.logits(batch, 'base');
    await engine.step([batch], golden.adamw);
    await engine.adapt(golden.adaptation);
    expect(engine.adaptation).toEqual(golden.adaptation);
    expect(await engine.logits(batch, 'tuned')).toEqual(before);
    const fresh = await engine.read();
    await engine.step([batch], golden.adamw);
    expect(await engine.logits(batch, 'tuned')).not.toEqual(before);
    expect(await engine.logits(batch, 'base')).toEqual(before);
    await engine.reset();
    expect(await engine.read()).toEqual(fresh);
    expect(await engine.logits(batch, 'tuned')).toEqual(before);
    await engine.adapt({ kind: 'full' });
    expect(await engine.read()).toEqual(weights);
    const { loss } = await engine.step([batch], golden.adamw);
    expect((await engine.lossAndGradients(batch)).loss).toBeLessThan(loss);
  });

  test('B begins with zeros, A with uniform numbers within ±1/√in, from the seed and its own name', async () => {
    const begin = async (more: object) => {
      const executor = await CpuExecutor.create();
      const adaptation = lora(8, 16, more);
      const { config, weights } = golden.model;
      return (await PlannedEngine.load(executor, config, weights, undefined, { adaptation })).read();
    };
    const [first, again, other, some] = [
      await begin({ seed: 1 }),
      await begin({ seed: 1 }),
      await begin({ seed: 2 }),
      await begin({ seed: 1, targets: ['v_proj'] }),
    ];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(some.size).toBe(4);
    for (const [name, values] of some) expect(values).toEqual(first.get(name));
    for (const [name, values] of first) {
      if (name.includes('lora_B')) expect(values.every((value) => value === 0)).toBe(true);
      else {
        const bound = 1 / Math.sqrt(values.length / 8);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
        expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound);
        expect(Math.abs(mean)).toBeLessThan(bound / 5);
        expect(variance / (bound * bound)).toBeCloseTo(1 / 3, 1);
      }
    }
  });

  test('an F32 base has neither gradients nor moments nor a second copy', async () => {
    const executor = await CpuExecutor.create();
    const { config, weights } = golden.model;
    const numbers = [...weights.values()].reduce((sum, values) => sum + values.length, 0);
    const engine = await PlannedEngine.load(executor, config, weights);
    await engine.lossAndGradients(batch);
    const full = executor.bytes;
    await engine.adapt(lora(1, 1, { targets: ['q_proj'] }));
    await engine.lossAndGradients(batch);
    // A tuned copy, gradients and two moments of everything are gone.
    expect(full - executor.bytes).toBeGreaterThan(3.9 * 4 * numbers);
    const { kept } = engine.model.memoryOf(batch.rows, batch.length, 'train');
    // Values lie at multiples of 64.
    expect(kept.parameter).toBeLessThan(4 * (numbers + 64 * weights.size + 500));
    expect(kept.gradient).toBeLessThan(4 * 500);
    engine.dispose();
    expect(executor.bytes).toBe(0);
  });

  test('the same bits every time', async () => {
    const run = async () => {
      const engine = await load(golden, 'int4');
      const losses: number[] = [];
      for (let step = 0; step < 20; step++) losses.push((await engine.step([batch], golden.adamw)).loss);
      return { losses, factors: await engine.read() };
    };
    expect(await run()).toEqual(await run());
  });

  test.each<[string, object, RegExp]>([
    ['a rank of 0', { rank: 0 }, /rank of LoRA is 0/],
    ['half a rank', { rank: 1.5 }, /rank of LoRA is 1.5/],
    ['no alpha', { alpha: 0 }, /alpha is 0/],
    ['a projection that is not there', { targets: ['c_attn'] }, /no projection “c_attn”/],
    ['the embedding', { targets: ['embed_tokens'] }, /no projection “embed_tokens”/],
    ['part of a name', { targets: ['proj'] }, /no projection “proj”/],
    ['no projection', { targets: [] }, /no projections/],
  ])('%s is refused, and all stays as it was', async (_, change, message) => {
    const engine = await load(golden);
    const before = await engine.read();
    const refused = engine.adapt({ ...DEFAULT_LORA, ...change });
    await expect(refused).rejects.toThrow(expect.objectContaining({ code: 'bad-adapter' }) as Error);
    await expect(refused).rejects.toThrow(message);
    expect(await engine.read()).toEqual(before);
    expect(engine.adaptation).toEqual(golden.adaptation);
  });

  test('factors of another size are refused, and all stays as it was', async () => {
    const engine = await load(golden);
    const before = await engine.read();
    const [name = ''] = before.keys();
    await expect(engine.write(new Map([...before, [name, new Float32Array(3)]]))).rejects.toThrow(name);
    expect(await engine.read()).toEqual(before);
  });

  test('names of projections and shapes of factors', () => {
    const { config } = golden.model;
    expect(projectionEnds(config)).toEqual([
      ...['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
    ]);
    const shapes = factorShapes(config, { ...DEFAULT_LORA, targets: ['model.layers.1.mlp.down_proj'] });
    expect([...shapes]).toEqual([
      ['base_model.model.model.layers.1.mlp.down_proj.lora_A.weight', [8, 44]],
      ['base_model.model.model.layers.1.mlp.down_proj.lora_B.weight', [36, 8]],
    ]);
  });
});

describe.each<BaseFormat>(['f16', 'int8', 'int4'])('a base in %s', (base) => {
  const golden = GOLDEN['LoRA on a tied Llama'] as GoldenAdapter;
  const batch = batchIn(golden, 'mixed');
  const limits = { f32: 0, f16: 2e-3, int8: 3e-2, int4: 0.4 };
  let engine: PlannedEngine;

  beforeAll(async () => {
    engine = await load(golden, base);
  });

  test('is near the model it was made of, and is what its own merged weights compute', async () => {
    const near = real(batch, await engine.logits(batch, 'tuned'));
    const error = relativeError(near, real(batch, golden.expected('mixed/logits')));
    expect(error).toBeGreaterThan(1e-5);
    expect(error).toBeLessThan(limits[base]);

    const merged = new Map<string, Float32Array>();
    for await (const { name, values } of engine.merged()) merged.set(name, values);
    const plain = await PlannedEngine.load(await CpuExecutor.create(), golden.model.config, merged);
    expect(largestDifference(near, real(batch, await plain.logits(batch, 'base')))).toBeLessThan(1e-5);

    // Its own weights as floats give the same gradients of the factors: what is packed loses nothing more on the way.
    const floats = new Map<string, Float32Array>();
    await engine.write(new Map([...(await engine.read())].map(([name, v]) => [name, v.map(() => 0)])));
    for await (const { name, values } of engine.merged()) floats.set(name, values);
    await engine.write(golden.adapter);
    const twin = await load({ ...golden, model: { ...golden.model, weights: floats } });
    const [a, b] = [await engine.lossAndGradients(batch), await twin.lossAndGradients(batch)];
    expect(a.loss).toBeCloseTo(b.loss, 5);
    for (const [name, gradient] of a.gradients) {
      expect(relativeError(gradient, b.gradients.get(name) as Float32Array), name).toBeLessThan(1e-5);
    }
  });

  test('takes the bytes that its format says', () => {
    const { format } = engine.model.state.loaded;
    expect(format).toBe(base);
    const { kept } = engine.model.memoryOf(1, 16, 'score');
    const bytes = { f32: 4, f16: 2, int8: 1.1, int4: 0.75 }[base];
    const matrices = [...golden.model.weights.values()].reduce((sum, values) => sum + values.length, 0);
    // Rows of 36 and 44 columns are filled up to 40 and 48.
    expect(kept.parameter).toBeLessThan(1.2 * bytes * matrices + 4e4);
  });

  test('cannot be trained itself', async () => {
    await expect(engine.adapt({ kind: 'full' })).rejects.toThrow(
      expect.objectContaining({ code: 'packed-base' }) as Error,
    );
    expect(engine.adaptation.kind).toBe('lora');
  });
});
