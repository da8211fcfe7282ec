/**
 * @file What the CPU executor holds when plans of many sizes come and go: no copy of its memory from before it grew, and no
 * hole at its end.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { PlanBuilder } from '../../src/plan/builder';
import { copy } from '../../src/plan/copy';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { CpuMemory, PlainBytes } from '../../src/plan/cpu-memory';
import { makeTensor } from '../../src/plan/tensor';

/** Collects all garbage, also what this turn has looked at. */
async function collect(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setTimeout(resolve));
    gc();
  }
}

function copies(size: number) {
  const from = makeTensor(`from ${size}`, [size], 'input');
  const to = makeTensor(`to ${size}`, [size], 'output');
  const plan = new PlanBuilder();
  plan.append(copy(from, to));
  return { from, to, plan: plan.finish() };
}

test('a plan that waits keeps no memory from before it grew, and still runs', async () => {
  const executor = await CpuExecutor.create({ simd: false });
  const small = copies(1000);
  const waiting = await executor.prepare(small.plan);
  executor.write(small.from, new Float32Array(1000).fill(3));
  await waiting.run();
  const before = new WeakRef(executor.bytesOfMemory.buffer);
  await executor.prepare(copies(1_000_000).plan);
  expect(executor.memoryBytes).toBeGreaterThan(8e6);
  await collect();
  expect(before.deref() === undefined).toBe(true);
  await waiting.run();
  expect((await executor.read(small.to)).every((value) => value === 3)).toBe(true);
  executor.dispose();
});

test('blocks that grow take what is free at the end, so that memory ends where the largest does', () => {
  const memory = new CpuMemory(new PlainBytes());
  const kept = memory.allocate(64);
  let [start, size] = [memory.allocate(64 * 1000), 64 * 1000];
  expect(start).toBe(64);
  for (; size < 64 * 50_000; size *= 2) {
    memory.free(start, size);
    start = memory.allocate(2 * size);
    expect(start).toBe(64);
    new Uint8Array(memory.bytes.buffer, start, 2 * size).fill(1);
  }
  memory.free(start, size);
  expect(memory.bytes.buffer.byteLength).toBeLessThan(64 + size + 2 ** 20 + 65536);
  expect(kept).toBe(0);
  // What is beyond the end is no part of it.
  expect([...new Uint8Array(memory.bytes.buffer, memory.allocate(128), 128)]).toEqual(Array(128).fill(0));
});
