/**
 * @file Threads of the CPU executor: the same bits whatever their number, step after step; products of every form cut in
 * pieces; memory that grows meanwhile; and programs that end although helpers wait.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'vite';
import { afterAll, describe, expect, test } from 'vitest';
import { makeConfig } from '../../src/model/config';
import { parameterShapes } from '../../src/model/parameter-names';
import { planDecoder } from '../../src/model/decoder-plan';
import { planWeights } from '../../src/model/plan-weights';
import { sortSegments } from '../../src/ops/embedding';
import { documentRanges } from '../../src/ops/attention';
import { adamW, SETTINGS, updateSettings } from '../../src/ops/adamw';
import { addTo } from '../../src/ops/add';
import { product } from '../../src/ops/matmul';
import { zero } from '../../src/ops/zero';
import { PlanBuilder } from '../../src/plan/builder';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { CpuKernels } from '../../src/plan/cpu-kernels';
import { CpuMemory, WasmBytes } from '../../src/plan/cpu-memory';
import { makePools } from '../../src/plan/parameters';
import { productStrands } from '../../src/plan/strands';
import { makeTensor, sizeOf } from '../../src/plan/tensor';
import { randomNumbers } from './ops-run';

/** So many threads, whatever the machine has: threads that share a core are slow, not wrong. */
async function withThreads(threads: number): Promise<{ executor: CpuExecutor; dispose: () => void }> {
  const executor = await CpuExecutor.create({ simd: true, threads });
  return { executor, dispose: () => executor.dispose() };
}

const disposals: (() => void)[] = [];
afterAll(() => disposals.forEach((dispose) => dispose()));

const CONFIG = makeConfig({
  vocabularySize: 600,
  hiddenSize: 96,
  intermediateSize: 250,
  layers: 2,
  heads: 6,
  keyValueHeads: 2,
  contextLength: 256,
  tied: true,
});
const ROWS = 3;
const LENGTH = 128;
const STEPS = 20;

/** Parameters after so many AdamW steps on one batch, and the log-probabilities of every step. */
async function trained(threads: number): Promise<{ threads: number; bits: Int32Array }> {
  const { executor, dispose } = await withThreads(threads);
  const pools = makePools(parameterShapes(CONFIG));
  const tokens = ROWS * LENGTH;
  const step = planDecoder(CONFIG, planWeights(CONFIG, pools.parameters), tokens, { trains: true });
  let seed = 1;
  for (const [name, { value }] of pools.parameters) {
    const size = sizeOf(value.shape);
    executor.write(
      value,
      name.includes('norm') ? new Float32Array(size).fill(1) : randomNumbers(size, seed++, 0.1),
    );
  }
  const { inputs } = step;
  const ids = Int32Array.from({ length: tokens }, (_, i) => (i * i * 31 + i) % CONFIG.vocabularySize);
  const documents = Int32Array.from({ length: tokens }, (_, i) =>
    i % LENGTH < 70 ? 1 : i % LENGTH < 120 ? 2 : 0,
  );
  const { first, last } = documentRanges(documents, ROWS, LENGTH);
  const segments = sortSegments(ids);
  executor.write(inputs.ids, ids);
  executor.write(inputs.first, first);
  executor.write(inputs.last, last);
  executor.write(inputs.segments.order, segments.order);
  executor.write(inputs.segments.starts, segments.starts);
  executor.write(inputs.segments.rows, segments.rows);
  executor.write(
    inputs.targets,
    ids.map((_, i) => ids[(i + 1) % tokens] as number),
  );
  executor.write(inputs.weights, new Float32Array(tokens).fill(1 / tokens));
  for (const { cos, sin } of inputs.rotations) {
    executor.write(cos, new Float32Array(sizeOf(cos.shape)).fill(0.8));
    executor.write(sin, new Float32Array(sizeOf(sin.shape)).fill(0.6));
  }
  const settings = makeTensor('settings', [SETTINGS], 'input');
  const norm = makeTensor('norm', [4], 'output');
  const clear = new PlanBuilder();
  for (const { gradient } of pools.pools) clear.append(zero(gradient));
  const update = new PlanBuilder();
  adamW(update, pools.pools, settings, norm);
  const plans = [];
  for (const plan of [clear.finish(), step.plan, update.finish()]) plans.push(await executor.prepare(plan));
  const all: Float32Array[] = [];
  const fixed = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clipNorm: 1 };
  for (let t = 1; t <= STEPS; t++) {
    executor.write(settings, updateSettings({ ...fixed, learningRate: 1e-3 }, t));
    for (const plan of plans) await plan.run();
    all.push(await executor.read(step.logProbs), await executor.read(norm));
  }
  for (const { value } of pools.parameters.values()) all.push(await executor.read(value));
  const used = executor.threads;
  dispose();
  const floats = Float32Array.from(all.flatMap((values) => [...values]));
  return { threads: used, bits: new Int32Array(floats.buffer) };
}

describe('threads', () => {
  test('20 steps give the same bits on one thread, two and three, and again', async () => {
    const alone = await trained(1);
    expect(alone.threads).toBe(1);
    // A run that learns nothing would be the same too.
    const [before, after] = [0, STEPS - 1].map((step) => {
      const place = step * (ROWS * LENGTH + 4);
      const values = new Float32Array(alone.bits.buffer, 4 * place, ROWS * LENGTH);
      return values.reduce((sum, value) => sum + value, 0);
    });
    expect(after).toBeGreaterThan(before as number);
    for (const threads of [2, 2, 3]) {
      const again = await trained(threads);
      expect(again.threads).toBe(threads);
      expect(again.bits.every((bits, i) => bits === alone.bits[i])).toBe(true);
    }
  });

  test('products of every form, cut by rows and by columns', async () => {
    const one = await withThreads(1);
    const four = await withThreads(4);
    disposals.push(one.dispose, four.dispose);
    for (const [m, n, k] of [
      [7, 400, 700],
      [401, 9, 300],
      [130, 131, 132],
      [64, 64, 600],
    ] as const) {
      for (const [transposeA, transposeB] of [
        [false, false],
        [false, true],
        [true, false],
        [true, true],
      ] as const) {
        const results = [];
        for (const { executor } of [one, four]) {
          const a = makeTensor('a', transposeA ? [k, m] : [m, k], 'input');
          const b = makeTensor('b', transposeB ? [n, k] : [k, n], 'input');
          const c = makeTensor('c', [m, n], 'output');
          const plan = new PlanBuilder();
          plan.append(product(a, b, c, { transposeA, transposeB }));
          plan.append(product(a, b, c, { transposeA, transposeB, accumulate: true }));
          const prepared = await executor.prepare(plan.finish());
          executor.write(a, randomNumbers(m * k, 5));
          executor.write(b, randomNumbers(n * k, 6));
          await prepared.run();
          results.push(await executor.read(c));
          prepared.dispose();
          executor.release([a, b, c].map(({ buffer }) => buffer));
        }
        expect(results[1]).toEqual(results[0]);
      }
    }
  });

  test('pieces cover the whole and begin at whole tiles', () => {
    const shared = { a: 10, aRow: 50, aColumn: 1, b: 20, bRow: 1, bColumn: 50, c: 30, accumulate: true };
    const strands = productStrands({ ...shared, m: 1001, n: 100, k: 500, cRow: 100 }, 4);
    expect(strands).toHaveLength(8);
    const rows = strands.map(([call]) => call?.[1] as number);
    expect(rows.reduce((sum, count) => sum + count, 0)).toBe(1001);
    expect(rows.slice(0, -1).every((count) => count % 8 === 0)).toBe(true);
    expect(productStrands({ ...shared, m: 8, n: 8, k: 8, cRow: 8 }, 4)).toHaveLength(1);
    expect(productStrands({ ...shared, m: 1001, n: 100, k: 500, cRow: 100 }, 1)).toHaveLength(1);
  });

  test('memory may grow between runs', async () => {
    const { executor, dispose } = await withThreads(2);
    disposals.push(dispose);
    const size = 3_000_000;
    for (let round = 0; round < 3; round++) {
      const [from, to] = [makeTensor('from', [size], 'input'), makeTensor('to', [size], 'output')];
      const plan = new PlanBuilder();
      plan.append(addTo(to, from));
      const prepared = await executor.prepare(plan.finish());
      executor.write(from, new Float32Array(size).fill(round + 1));
      await prepared.run();
      await prepared.run();
      const found = await executor.read(to);
      expect(found.every((value) => value === 2 * (round + 1))).toBe(true);
    }
    expect(executor.memoryBytes).toBeGreaterThan(6 * 4 * size);
  });

  test('a kernel that fails is an error, and the next run works', async () => {
    const bytes = new WasmBytes(true);
    const kernels = await CpuKernels.create(bytes.memory, new CpuMemory(bytes), 2);
    disposals.push(() => kernels.dispose());
    expect(kernels.threads).toBe(2);
    const beyond = 2 ** 31;
    const wrong = Array.from({ length: 16 }, () => [['clear', beyond, 100] as const]);
    expect(() => kernels.run(wrong)).toThrow();
    const place = 2 ** 19;
    const view = new Float32Array(bytes.buffer, place, 64).fill(1);
    kernels.run(Array.from({ length: 16 }, (_, i) => [['clear', place + 16 * i, 4] as const]));
    expect(view.every((value) => value === 0)).toBe(true);
  });

  test('a program with helpers that nobody ended, ends', { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'losslight-threads-'));
    try {
      const entry = path.join(folder, 'entry.ts');
      const source = path.resolve(import.meta.dirname, '../../src/plan/cpu-executor.ts');
      await writeFile(
        entry,
        `import { CpuExecutor } from ${JSON.stringify(source)};
const executor = await CpuExecutor.create({ simd: true, threads: 3 });
console.log('threads', executor.threads);`,
      );
      await build({
        configFile: false,
        logLevel: 'silent',
        root: folder,
        build: { ssr: entry, outDir: folder, emptyOutDir: false, target: 'node20', minify: true },
      });
      const { stdout } = await promisify(execFile)(process.execPath, [path.join(folder, 'entry.mjs')], {
        timeout: 30_000,
      });
      expect(stdout.trim()).toBe('threads 3');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
