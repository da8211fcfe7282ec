/**
 * @file What the engine promises beyond its golden values: packing and padding change nothing, the same bits come out
 * every time, nothing leaks, and what must not be computed is refused by name.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { OracleEngine } from '../../src/model/oracle';
import { absoluteWeight, toBatch, toTokens } from '../../src/sequence/batch';
import type { Batch, TrainingSequence } from '../../src/sequence/types';
import { embed } from '../../src/model/embedding';
import * as tf from '../../src/tensor/tf';
import { readBack } from '../../src/tensor/tfjs';
import { microBatches } from '../../src/train/micro-batches';
import {
  caseBatch,
  collect,
  goldenEngine,
  largestDifference,
  loadGolden,
  relativeError,
  testDevice,
  type Golden,
} from './support';

const SETTINGS = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  clipNorm: 1,
};

let golden: Golden;
let engine: OracleEngine;

beforeAll(async () => {
  golden = await loadGolden('tied');
  engine = await goldenEngine(golden);
});

function document(ids: number[], number = 1): TrainingSequence {
  return {
    ids: Int32Array.from(ids),
    weights: Float32Array.from(ids, (id) => (id % 3) - 0.5),
    kind: new Uint8Array(ids.length),
    positions: Int32Array.from(ids, (_, i) => i),
    document: new Int32Array(ids.length).fill(number),
    origin: { conversation: 'test' },
  };
}

function pack(parts: TrainingSequence[]): TrainingSequence {
  const join = <K extends 'ids' | 'positions' | 'document'>(key: K) =>
    Int32Array.from(parts.flatMap((part) => [...part[key]]));
  return {
    ids: join('ids'),
    weights: Float32Array.from(parts.flatMap((part) => [...part.weights])),
    kind: Uint8Array.from(parts.flatMap((part) => [...part.kind])),
    positions: join('positions'),
    document: join('document'),
    origin: { conversation: 'test' },
  };
}

const first = document([5, 17, 3, 60, 8, 8, 21]);
const second = document([40, 2, 5, 5, 33, 12, 9, 1, 0, 7], 2);

async function expectSameGradients(
  a: Map<string, Float32Array>,
  b: Map<string, Float32Array>,
): Promise<void> {
  for (const [name, gradient] of a) {
    expect(relativeError(gradient, b.get(name) ?? new Float32Array()), name).toBeLessThan(1e-5);
  }
}

describe('packing and padding', () => {
  test('packed equals separate: log-probabilities of every token, loss and gradients', async () => {
    const packed = toBatch([pack([first, second])]);
    const separate = toBatch([first, second]);
    expect(packed.norm).toBe(separate.norm);

    const [together] = toTokens(await engine.score(packed, 'base'), packed, [pack([first, second])]);
    const apart = toTokens(await engine.score(separate, 'base'), separate, [first, second]);
    const joined = Float32Array.from(apart.flatMap((row) => [...row]));
    expect(largestDifference(together ?? new Float32Array(), joined)).toBeLessThan(1e-5);
    // Tokens without a weight have their log-probability too.
    expect(joined.filter((value) => value === 0)).toHaveLength(2);

    const a = await engine.lossAndGradients(packed);
    const b = await engine.lossAndGradients(separate);
    expect(a.loss).toBeCloseTo(b.loss, 5);
    await expectSameGradients(a.gradients, b.gradients);
  });

  test('the second document does not see the first', async () => {
    const other = toBatch([pack([document([50, 51, 52, 53, 54, 55, 56]), second])]);
    const batch = toBatch([pack([first, second])]);
    const from = first.ids.length * engine.vocabularySize;
    const a = (await engine.logits(batch, 'base')).subarray(from);
    const b = (await engine.logits(other, 'base')).subarray(from);
    expect(largestDifference(a, b)).toBeLessThan(1e-5);
  });

  test('padded equals unpadded', async () => {
    const alone = await engine.score(toBatch([first]), 'base');
    const padded = await engine.score(
      toBatch([first, document(Array.from({ length: 40 }, (_, i) => i))]),
      'base',
    );
    expect(largestDifference(alone, padded.subarray(0, alone.length))).toBeLessThan(1e-5);
  });

  test('a token does not see those after it', async () => {
    const ids = [...first.ids];
    const a = await engine.logits(toBatch([document([...ids, 1])]), 'base');
    const b = await engine.logits(toBatch([document([...ids, 2])]), 'base');
    const before = ids.length * engine.vocabularySize;
    expect(a.subarray(0, before)).toEqual(b.subarray(0, before));
    expect(largestDifference(a.subarray(before), b.subarray(before))).toBeGreaterThan(1e-3);
  });
});

describe('gradients', () => {
  test('agree with finite differences along each parameter’s own gradient', async () => {
    const batch = toBatch([first, second]);
    const { gradients } = await engine.lossAndGradients(batch);
    // Moving a parameter along its gradient g by h changes the loss by h·|g|². Central differences, error of order h².
    for (const name of [
      'model.embed_tokens.weight',
      'model.layers.1.self_attn.k_proj.weight',
      'model.norm.weight',
      'model.layers.0.mlp.gate_proj.weight',
    ]) {
      const gradient = gradients.get(name) as Float32Array;
      const square = gradient.reduce((sum, g) => sum + g * g, 0);
      const h = 1e-2 / Math.sqrt(square);
      const losses: number[] = [];
      for (const sign of [1, -1]) {
        const moved = new Map(golden.file.tensors);
        const before = moved.get(name);
        if (!before) throw new Error(name);
        const values = new Float32Array(before.bytes.slice().buffer).map(
          (value, i) => value + sign * h * (gradient[i] ?? NaN),
        );
        moved.set(name, { ...before, bytes: new Uint8Array(values.buffer) });
        const shifted = await goldenEngine({ ...golden, file: { metadata: new Map(), tensors: moved } });
        losses.push((await shifted.lossAndGradients(batch)).loss);
        shifted.dispose();
      }
      const slope = ((losses[0] ?? NaN) - (losses[1] ?? NaN)) / (2 * h);
      expect(slope / square, name).toBeCloseTo(1, 2);
    }
  });

  test('the embedding gradient is the sum over equal ids, bit-identical in five runs', async () => {
    const target = await testDevice();
    const count = 600;
    const ids = Int32Array.from({ length: count }, (_, i) => (i * i) % 7);
    const table = tf.randomNormal([20, 33], 0, 1, 'float32', 1);
    const dy = tf.randomNormal([count, 33], 0, 1, 'float32', 2);
    const upstream = await readBack(target, dy);
    const runs: Float32Array[] = [];
    for (let run = 0; run < 5; run++) {
      const gradient = tf.tidy(() => tf.grad((x: tf.Tensor) => embed(x, ids).mul(dy).sum())(table));
      runs.push(await readBack(target, gradient));
      gradient.dispose();
    }
    for (const run of runs) expect(run).toEqual(runs[0]);
    const expected = new Float64Array(20 * 33);
    ids.forEach((id, n) => {
      for (let d = 0; d < 33; d++) expected[id * 33 + d]! += upstream[n * 33 + d] ?? NaN;
    });
    expect(largestDifference(runs[0] as Float32Array, Float32Array.from(expected))).toBeLessThan(1e-4);
    tf.dispose([table, dy]);
  });

  test('products with a long inner dimension are bit-identical too', async () => {
    const target = await testDevice();
    const a = tf.randomNormal([20, 2500], 0, 1, 'float32', 3) as tf.Tensor2D;
    const b = tf.randomNormal([2500, 24], 0, 1, 'float32', 4) as tf.Tensor2D;
    const runs: Float32Array[] = [];
    for (let run = 0; run < 5; run++) {
      const product = tf.matMul(a, b);
      runs.push(await readBack(target, product));
      product.dispose();
    }
    for (const run of runs) expect(run).toEqual(runs[0]);
    tf.dispose([a, b]);
  });
});

describe('training', () => {
  const batches = () => ['single', 'mixed'].map((name) => caseBatch(golden, name));

  test('twice five steps give the same bits', async () => {
    const runs: { losses: number[]; parameters: Map<string, Float32Array> }[] = [];
    for (let run = 0; run < 2; run++) {
      await engine.reset();
      const losses: number[] = [];
      for (let step = 0; step < 5; step++) {
        losses.push((await engine.step([batches()[step % 2] as Batch], SETTINGS)).loss);
      }
      runs.push({ losses, parameters: await engine.read() });
    }
    expect(runs[1]).toEqual(runs[0]);
    await engine.reset();
  });

  test('four sequences at once equal four accumulated one by one', async () => {
    const sequences = [first, second, document([9, 9, 8, 7]), document([1, 30, 29, 28, 5])];
    const norm = absoluteWeight(sequences);
    const results = [];
    for (const parts of [
      [toBatch(sequences)],
      sequences.map((sequence) => toBatch([sequence], norm)),
      microBatches(sequences, 16),
    ]) {
      const { loss, gradientNorm } = await engine.step(parts, SETTINGS);
      results.push({ loss, gradientNorm, parameters: await engine.read() });
      await engine.reset();
    }
    for (const result of results.slice(1)) {
      expect(result.loss).toBeCloseTo(results[0]?.loss ?? NaN, 5);
      expect(result.gradientNorm / (results[0]?.gradientNorm ?? NaN)).toBeCloseTo(1, 5);
      // AdamW's first step has the size of the learning rate whatever the gradient's, so compare moved parameters.
      for (const [name, values] of result.parameters) {
        expect(
          largestDifference(values, results[0]?.parameters.get(name) as Float32Array),
          name,
        ).toBeLessThan(1e-4);
      }
    }
  });

  test('raises the log-probability of trained tokens; base stays; reset restores', async () => {
    const sequence = { ...first, weights: new Float32Array(first.ids.length).fill(1) };
    const batch = toBatch([sequence]);
    const total = (values: Float32Array) =>
      values.reduce((sum, value, i) => sum + value * (batch.weights[i] ?? 0), 0);
    const original = await engine.score(batch, 'base');
    for (let step = 0; step < 5; step++) await engine.step([batch], { ...SETTINGS, learningRate: 1e-2 });
    expect(total(await engine.score(batch, 'tuned'))).toBeGreaterThan(total(original) + 1);
    expect(await engine.score(batch, 'base')).toEqual(original);
    await engine.reset();
    expect(await engine.score(batch, 'tuned')).toEqual(original);
    // The optimizer forgot too: the same first step again.
    const again = await engine.step([batch], SETTINGS);
    const before = await engine.read();
    await engine.reset();
    expect(await engine.step([batch], SETTINGS)).toEqual(again);
    expect(await engine.read()).toEqual(before);
    await engine.reset();
  });

  test('leaves no tensor behind', async () => {
    const [batch] = batches();
    const options = { maxNewTokens: 4, temperature: 1, topP: 0.9, seed: 1, stopIds: [] };
    const round = async () => {
      await engine.step([batch as Batch, batch as Batch], SETTINGS);
      await engine.score(batch as Batch, 'tuned');
      await engine.lossAndGradients(batch as Batch);
      await collect(engine.generate(first.ids, options, 'tuned'));
      for await (const _ of engine.generate(first.ids, options, 'base')) break;
      await engine.step([{ ...(batch as Batch), norm: 0 }], SETTINGS).catch(() => undefined);
    };
    await round();
    const { numTensors, numBytes } = tf.memory();
    await round();
    await round();
    expect(tf.memory()).toMatchObject({ numTensors, numBytes });

    const other = await goldenEngine(golden);
    await other.step([batch as Batch], SETTINGS);
    other.dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
    await engine.reset();
  });

  test('an overflow stops by name and leaves the parameters as they were', async () => {
    const [batch] = batches();
    const before = await engine.read();
    const huge = { ...(batch as Batch), weights: (batch as Batch).weights.map((weight) => weight * 3e38) };
    await expect(engine.step([huge], SETTINGS)).rejects.toMatchObject({
      code: expect.stringMatching(/^non-finite-/) as string,
    });
    expect(await engine.read()).toEqual(before);
  });

  test('a step and a reset asked for at once happen one after the other', async () => {
    const [batch] = batches();
    const before = await engine.read();
    await Promise.all([
      engine.step([batch as Batch], SETTINGS),
      engine.reset(),
      engine.score(batch as Batch, 'tuned'),
    ]);
    expect(await engine.read()).toEqual(before);
  });
});

describe('generation', () => {
  const options = { maxNewTokens: 12, temperature: 1, topP: 1, seed: 3, stopIds: [] as number[] };
  const prompt = first.ids;

  test('the cache gives what a full pass gives, over a border of padded lengths', async () => {
    const tokens = await collect(engine.generate(prompt, { ...options, temperature: 0 }, 'base'));
    expect(prompt.length + tokens.length).toBeGreaterThan(16);
    const whole = document([...prompt, ...tokens.map(({ id }) => id)]);
    const batch = toBatch([whole]);
    const [logProbs] = toTokens(await engine.score(batch, 'base'), batch, [whole]);
    tokens.forEach(({ logProb }, i) => expect(logProb).toBeCloseTo(logProbs?.[prompt.length + i] ?? NaN, 4));
  });

  test('the seed decides', async () => {
    const ids = async (seed: number) =>
      (await collect(engine.generate(prompt, { ...options, seed }, 'base'))).map(({ id }) => id);
    expect(await ids(3)).toEqual(await ids(3));
    expect(await ids(3)).not.toEqual(await ids(4));
  });

  test('ends at a stop id, at the context’s end and at the signal', async () => {
    const free = await collect(engine.generate(prompt, options, 'base'));
    const stop = free[4]?.id ?? NaN;
    const stopped = await collect(engine.generate(prompt, { ...options, stopIds: [stop] }, 'base'));
    expect(stopped).toEqual(free.slice(0, free.findIndex(({ id }) => id === stop) + 1));

    const long = new Int32Array(engine.contextLength - 2).fill(3);
    expect(await collect(engine.generate(long, options, 'base'))).toHaveLength(2);

    const controller = new AbortController();
    const seen: number[] = [];
    for await (const { id } of engine.generate(prompt, options, 'base', controller.signal)) {
      seen.push(id);
      if (seen.length === 2) controller.abort();
    }
    expect(seen).toHaveLength(2);
  });

  test('a text comes from one model, though training goes on', async () => {
    const batch = toBatch([first]);
    const calm = await collect(engine.generate(prompt, options, 'tuned'));
    const disturbed = [];
    for await (const token of engine.generate(prompt, options, 'tuned')) {
      disturbed.push(token);
      if (disturbed.length === 2) await engine.step([batch], { ...SETTINGS, learningRate: 0.1 });
    }
    expect(disturbed).toEqual(calm);
    await engine.reset();
  });
});

describe('what is refused', () => {
  const good = () => toBatch([first]);
  const code = (name: string) =>
    expect.objectContaining({ code: name, remedy: expect.stringMatching(/./) as string }) as Error;

  test.each<[string, string, Partial<Batch>]>([
    ['a norm of zero', 'zero-norm', { norm: 0 }],
    ['a norm that is no number', 'zero-norm', { norm: NaN }],
    ['an infinite weight', 'non-finite-weight', { weights: new Float32Array(7).fill(Infinity) }],
    ['a weight that is no number', 'non-finite-weight', { weights: new Float32Array(7).fill(NaN) }],
    ['an id beyond the vocabulary', 'bad-batch', { ids: new Int32Array(7).fill(61) }],
    ['a negative id', 'bad-batch', { ids: new Int32Array(7).fill(-1) }],
    ['a target beyond the vocabulary', 'bad-batch', { targets: new Int32Array(7).fill(61) }],
    ['a position beyond the context', 'too-long', { positions: new Int32Array(7).fill(64) }],
    ['a negative position', 'bad-batch', { positions: new Int32Array(7).fill(-1) }],
    ['an array that is too short', 'bad-batch', { documents: new Int32Array(6) }],
    ['no rows', 'bad-batch', { rows: 0 }],
  ])('%s', async (_, name, wrong) => {
    const before = await engine.read();
    await expect(engine.step([{ ...good(), ...wrong }], SETTINGS)).rejects.toThrow(code(name));
    await expect(engine.lossAndGradients({ ...good(), ...wrong })).rejects.toThrow(code(name));
    expect(await engine.read()).toEqual(before);
  });

  test('norms that differ, no batch, wrong settings', async () => {
    await expect(engine.step([good(), { ...good(), norm: 1 }], SETTINGS)).rejects.toThrow(code('bad-batch'));
    await expect(engine.step([], SETTINGS)).rejects.toThrow(code('bad-batch'));
    await expect(engine.step([good()], { ...SETTINGS, learningRate: NaN })).rejects.toThrow(
      code('bad-settings'),
    );
    await expect(engine.step([good()], { ...SETTINGS, beta2: 1 })).rejects.toThrow(code('bad-settings'));
  });

  test('prompts', async () => {
    const options = { maxNewTokens: 1, temperature: 0, topP: 1, seed: 0, stopIds: [] };
    const generate = (prompt: Int32Array) => collect(engine.generate(prompt, options, 'base'));
    await expect(generate(new Int32Array())).rejects.toThrow(code('bad-batch'));
    await expect(generate(Int32Array.of(61))).rejects.toThrow(code('bad-batch'));
    await expect(generate(new Int32Array(64))).rejects.toThrow(code('too-long'));
  });

  test('weights that are not finite', async () => {
    const tensors = new Map(golden.file.tensors);
    const norm = tensors.get('model.norm.weight');
    if (!norm) throw new Error('no norm');
    const bytes = norm.bytes.slice();
    bytes.set([0, 0, 0xc0, 0x7f], 8);
    tensors.set(norm.name, { ...norm, bytes });
    const { numTensors } = tf.memory();
    await expect(goldenEngine({ ...golden, file: { metadata: new Map(), tensors } })).rejects.toThrow(
      code('bad-model'),
    );
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  test('an engine that was disposed', async () => {
    const other = await goldenEngine(golden);
    other.dispose();
    await expect(other.score(good(), 'base')).rejects.toThrow(code('disposed'));
    await expect(other.step([good()], SETTINGS)).rejects.toThrow(code('disposed'));
  });
});
