/**
 * @file What every plan rests on: shapes, liveness and memory, gradients that are shared, blocks used again, lengths, cuts,
 * and products in vector instructions.
 */
import { describe, expect, test } from 'vitest';
import { addTo } from '../../src/ops/add';
import { matmul } from '../../src/ops/matmul';
import { rmsNorm } from '../../src/ops/rms-norm';
import { zero } from '../../src/ops/zero';
import { seededRandom } from '../../src/model/random';
import { Arena } from '../../src/plan/arena';
import { bucketLength } from '../../src/plan/buckets';
import { PlanBuilder, type Plan } from '../../src/plan/builder';
import { copy } from '../../src/plan/copy';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { CpuMemory, PlainBytes } from '../../src/plan/cpu-memory';
import { activationBytes, predictedBytes } from '../../src/plan/memory';
import { makePools } from '../../src/plan/parameters';
import { Schedule } from '../../src/plan/submits';
import { makeTensor, reshape, rowsOf, type LogicalBuffer, type Tensor } from '../../src/plan/tensor';
import { hasSimd } from '../../src/plan/simd-module';
import { makeDispatch, makeKernel, spread } from '../../src/plan/wgsl';

describe('tensors', () => {
  const x = makeTensor('x', [128, 3], 'input');

  test('ranges of rows begin where a binding may', () => {
    expect(rowsOf(x, 64, 10)).toEqual({ buffer: x.buffer, offset: 192, shape: [10, 3] });
    expect(() => rowsOf(x, 1, 10)).toThrow('from row 1');
    expect(() => rowsOf(x, 64, 65)).toThrow('no range of 65 rows');
  });

  test('shapes that cannot be', () => {
    expect(() => makeTensor('y', [2, 0], 'input')).toThrow('[2, 0]');
    expect(() => makeTensor('y', [2.5], 'input')).toThrow('[2.5]');
    expect(() => reshape(x, [100])).toThrow('does not fit');
    expect(reshape(x, [3, 128]).shape).toEqual([3, 128]);
  });

  test('operations name what does not fit', () => {
    const plan = new PlanBuilder();
    expect(() => matmul(plan, x, x)).toThrow('cannot multiply [128, 3] f32 “x” and [128, 3] f32 “x”.');
    expect(() => rmsNorm(plan, x, makeTensor('scale', [4], 'input'), 1e-5)).toThrow('RMSNorm cannot scale');
    expect(() => copy(x, makeTensor('y', [5], 'output'))).toThrow('cannot be copied');
  });
});

/** First and last operation of every activation. */
function lives({ operations }: Plan): Map<LogicalBuffer, [number, number]> {
  const found = new Map<LogicalBuffer, [number, number]>();
  operations.forEach(({ reads, writes }, i) => {
    for (const { buffer } of [...reads, ...writes]) {
      if (buffer.role !== 'activation') continue;
      found.set(buffer, [found.get(buffer)?.[0] ?? i, i]);
    }
  });
  return found;
}

describe('memory', () => {
  test('random plans: whoever lives at once has different blocks, all large enough', () => {
    for (let seed = 0; seed < 50; seed++) {
      const random = seededRandom(seed);
      const plan = new PlanBuilder();
      const made: Tensor[] = [makeTensor('x', [16], 'input')];
      const pick = () => made[Math.floor(random() ** 2 * made.length)] as Tensor;
      for (let i = 0; i < 40; i++) {
        const next = plan.activation(`a${i}`, [1 + Math.floor(random() * 100)]);
        plan.append({
          name: 'any',
          reads: [pick(), pick()],
          writes: [next],
          work: 1,
          wgsl: () => [],
          cpu: () => () => undefined,
        });
        made.unshift(next);
      }
      const finished = plan.finish();
      const { slotOf, slots, unshared } = finished.memory;
      const all = [...lives(finished)];
      for (const [a, [firstA, lastA]] of all) {
        expect(slots[slotOf.get(a) as number]).toBeGreaterThanOrEqual(4 * a.elements);
        for (const [b, [firstB, lastB]] of all) {
          if (a !== b && firstA <= lastB && firstB <= lastA) expect(slotOf.get(a)).not.toBe(slotOf.get(b));
        }
      }
      expect(activationBytes(finished.memory)).toBeLessThan(unshared);
    }
  });

  test('what is kept is counted by what it is for', () => {
    const plan = new PlanBuilder();
    const x = makeTensor('x', [10], 'input');
    const y = plan.activation('y', [10]);
    plan.append(copy(x, y));
    plan.output(y);
    const { memory } = plan.finish();
    expect(memory.kept).toEqual({ parameter: 0, gradient: 0, moment: 0, input: 40, output: 40 });
    expect(predictedBytes(memory)).toBe(120);
  });

  test('reading what nothing wrote is refused by name', () => {
    const plan = new PlanBuilder();
    const lost = plan.activation('lost', [4]);
    plan.append(copy(lost, makeTensor('y', [4], 'output')));
    expect(() => plan.finish()).toThrow('“copy lost” reads “lost”, which no operation before it writes.');
  });

  test('plans share blocks, which are given up with the last of them', () => {
    const log: string[] = [];
    const arena = new Arena<number>(
      (bytes) => (log.push(`+${bytes}`), bytes),
      (bytes) => void log.push(`-${bytes}`),
    );
    const a = arena.take([100, 50]);
    const b = arena.take([40, 90, 10]);
    expect(b.blocks).toEqual([50, 100, 10]);
    expect(arena.bytes).toBe(160);
    a.release();
    a.release();
    expect(log).toEqual(['+100', '+50', '+10']);
    b.release();
    expect(arena.bytes).toBe(0);
  });

  test('where one block cannot be had, none is taken', () => {
    const arena = new Arena<number>(
      (bytes) => {
        if (bytes < 50) throw new RangeError(`no ${bytes} bytes`);
        return bytes;
      },
      () => undefined,
    );
    const a = arena.take([100]);
    expect(() => arena.take([90, 60, 40])).toThrow('no 40 bytes');
    expect(arena.bytes).toBe(100);
    a.release();
    expect(arena.bytes).toBe(0);
  });

  test('bytes of the CPU: given back, joined, used again, zeroed, moved whole', () => {
    const bytes = new PlainBytes();
    const memory = new CpuMemory(bytes);
    const [a, b, c] = [memory.allocate(100), memory.allocate(64), memory.allocate(1)];
    expect([a, b, c]).toEqual([0, 128, 192]);
    new Uint8Array(bytes.buffer).fill(7, 0, 256);
    memory.free(a, 100);
    memory.free(b, 64);
    expect(memory.allocate(150)).toBe(0);
    expect([...new Uint8Array(bytes.buffer, 0, 200)].slice(0, 192).every((byte) => byte === 0)).toBe(true);
    const far = memory.allocate(5e6);
    expect(far).toBe(256);
    expect(new Uint8Array(bytes.buffer)[192]).toBe(7);
  });

  test('pools: matrices and vectors apart, every tensor where a binding may begin', () => {
    const shapes = new Map([
      ['a', [3, 5]],
      ['b', [7]],
      ['c', [10, 10]],
      ['d', [64]],
      ['e', [1, 1]],
    ]);
    const { parameters, pools } = makePools(shapes, 150);
    expect([...parameters.keys()]).toEqual([...shapes.keys()]);
    expect(pools.map(({ decays, parameters: all }) => [decays, ...all.shape])).toEqual([
      [true, 64],
      [false, 128],
      [true, 128],
      [true, 64],
    ]);
    for (const [name, { value, gradient }] of parameters) {
      expect(value.shape).toEqual(shapes.get(name));
      expect([value.offset % 64, gradient.offset]).toEqual([0, value.offset]);
    }
  });
});

describe('gradients', () => {
  test('a shared gradient is copied before another owner’s share of it is changed', async () => {
    // y = x + b, z = x again: when z's part is added to ∂x, the branch that made b still has to read ∂y.
    const plan = new PlanBuilder();
    const leaf = (name: string) => {
      const value = makeTensor(name, [4], 'input');
      const gradient = makeTensor(`∂${name}`, [4], 'gradient');
      plan.append(zero(gradient));
      plan.trainable(value, gradient);
      return { value, gradient };
    };
    const through = (x: Tensor, factor: 1 | 2) => {
      const y = plan.activation('y', [4]);
      plan.append(copy(x, y));
      if (factor === 2) plan.append(addTo(y, x));
      plan.record([x], [y], () => {
        const [dy, target] = [plan.gradientOf(y), plan.gradientTarget(x)];
        if (!dy || !target) return;
        if (!target.accumulate) plan.append(zero(target.tensor));
        for (let i = 0; i < factor; i++) plan.append(addTo(target.tensor, dy));
      });
      return y;
    };
    const [p, q] = [leaf('p'), leaf('q')];
    const b = through(q.value, 1);
    const x = through(p.value, 1);
    const z = through(x, 2);
    const y = plan.activation('sum', [4]);
    plan.append(copy(x, y));
    plan.append(addTo(y, b));
    plan.record([x, b], [y], () => {
      expect(plan.passGradient(y, [x, b])).toEqual([]);
    });
    const slope = plan.activation('slope', [4]);
    const given = makeTensor('given', [4], 'input');
    for (const seeded of [y, z]) {
      const own = seeded === y ? slope : plan.activation('slope of z', [4]);
      plan.append(copy(given, own));
      plan.seedGradient(seeded, own);
    }
    plan.backward();
    const executor = await CpuExecutor.create();
    const prepared = await executor.prepare(plan.finish());
    executor.write(given, Float32Array.of(1, 2, 3, 4));
    await prepared.run();
    expect(await executor.read(q.gradient)).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(await executor.read(p.gradient)).toEqual(Float32Array.of(3, 6, 9, 12));
  });

  test('nothing is appended for what is not trained', () => {
    const build = (trains: boolean) => {
      const plan = new PlanBuilder();
      const [a, b] = [makeTensor('a', [4, 4], 'input'), makeTensor('b', [4, 4], 'parameter')];
      if (trains) plan.trainable(b, makeTensor('∂b', [4, 4], 'gradient'));
      const c = matmul(plan, a, b);
      expect(plan.needsGradient(c)).toBe(trains);
      plan.seedGradient(c, makeTensor('∂c', [4, 4], 'input'));
      plan.backward();
      return plan.finish().operations.length;
    };
    expect([build(false), build(true)]).toEqual([1, 2]);
  });
});

describe('lengths and cuts', () => {
  test('buckets are few, never shorter, never much longer', () => {
    const lengths = Array.from({ length: 4096 }, (_, i) => i + 1);
    const buckets = lengths.map(bucketLength);
    lengths.forEach((length, i) => {
      expect(buckets[i]).toBeGreaterThanOrEqual(length);
      expect(buckets[i]).toBeLessThan(Math.max(length + 16, 1.125 * length + 1));
      expect(bucketLength(buckets[i] as number)).toBe(buckets[i]);
    });
    expect(new Set(buckets).size).toBe(16 + 8 * 4);
    expect(() => bucketLength(0)).toThrow('0 tokens');
  });

  test('a run is cut where it takes too long, also within a dispatch, and better after its times are known', () => {
    const groups: [number, number, number] = [10, 4, 1];
    const dispatches = [5, 20, 20, 200, 1, 1].map((time) => ({ groups, time }));
    const schedule = new Schedule(dispatches);
    const times = () =>
      schedule.ranges.map(({ start, end }) => schedule.pieces.slice(start, end).map((p) => p.dispatch));
    expect(times()).toEqual([[0, 1], [2], [3], [3], [3], [3], [3], [4, 5]]);
    const covered = (number: number) => {
      const cells = new Set<string>();
      for (const { dispatch, origin, groups: part } of schedule.pieces) {
        if (dispatch !== number) continue;
        for (let x = 0; x < part[0]; x++) {
          for (let y = 0; y < part[1]; y++) cells.add(`${origin[0] + x},${origin[1] + y}`);
        }
      }
      return cells.size;
    };
    expect([0, 3, 5].map(covered)).toEqual([40, 40, 40]);
    // Ten times as fast: the pieces stay as they are, the submits become fewer.
    expect(schedule.learn([2.5, 2, 4, 4, 4, 4, 4, 0.2])).toBe(false);
    expect(times()).toEqual([[0, 1, 2, 3, 3, 3, 3, 3, 4, 5]]);
    // A hundred times as slow: first whoever is slow must be found, then it is cut.
    expect(schedule.learn([2000])).toBe(false);
    expect(schedule.ranges.length).toBe(9);
    expect(schedule.learn(schedule.ranges.map(() => 100))).toBe(true);
    expect([0, 3, 5].map(covered)).toEqual([40, 40, 40]);
    for (let round = 0; round < 5; round++) {
      schedule.learn(
        schedule.ranges.map(({ start, end }) =>
          schedule.pieces.slice(start, end).reduce((sum, { groups: [x, y] }) => sum + 3 * x * y, 0),
        ),
      );
    }
    for (const { start, end } of schedule.ranges) {
      const pieces = schedule.pieces.slice(start, end);
      const time = pieces.reduce((sum, { groups: [x, y] }) => sum + 3 * x * y, 0);
      expect(time).toBeLessThanOrEqual(50);
    }
    // A single workgroup cannot be cut.
    const one = new Schedule([{ groups: [1, 1, 1], time: 1 }]);
    expect(one.learn([500])).toBe(false);
    expect(new Schedule([]).ranges).toEqual([]);
  });

  test('more workgroups than one dimension has', () => {
    expect(spread(3)).toEqual([3, 1, 1]);
    const [x, y] = spread(200_000);
    expect(Math.max(x, y)).toBeLessThanOrEqual(65_535);
    expect(x * y).toBeGreaterThanOrEqual(200_000);
    expect(() => spread(2 ** 40)).toThrow('more than a device');
  });

  test('a kernel must be given everything that it binds', () => {
    const kernel = makeKernel({
      name: 'k',
      buffers: { a: 'read array<f32>' },
      uniforms: { size: 'u32' },
      body: '',
    });
    const a = makeTensor('a', [4], 'input');
    expect(() => makeDispatch(kernel, {}, { size: 4 }, [1, 1, 1])).toThrow('k was not given a');
    expect(() => makeDispatch(kernel, { a }, {}, [1, 1, 1])).toThrow('k was not given size');
  });
});

describe('the CPU executor', () => {
  test('this machine has vector instructions, so the tests of products mean them', () => {
    expect(hasSimd()).toBe(true);
  });

  test('vector products in sizes beyond every block', async () => {
    const [fast, slow] = [
      await CpuExecutor.create({ simd: true }),
      await CpuExecutor.create({ simd: false }),
    ];
    const [m, n, k] = [261, 19, 1031];
    for (const transposed of [false, true]) {
      const a = makeTensor('a', transposed ? [k, m] : [m, k], 'input');
      const b = makeTensor('b', transposed ? [n, k] : [k, n], 'input');
      const plan = new PlanBuilder();
      const c = plan.output(matmul(plan, a, b, { transposeA: transposed, transposeB: transposed }));
      const results = [];
      for (const executor of [fast, slow]) {
        const prepared = await executor.prepare(plan.finish());
        const random = seededRandom(1);
        executor.write(
          a,
          Float32Array.from({ length: m * k }, () => random() - 0.5),
        );
        executor.write(
          b,
          Float32Array.from({ length: k * n }, () => random() - 0.5),
        );
        await prepared.run();
        results.push(await executor.read(c));
      }
      const [x, y] = results as [Float32Array, Float32Array];
      x.forEach((value, i) => expect(Math.abs(value - (y[i] ?? NaN))).toBeLessThan(2e-5));
    }
  });

  test('what does not fit or is not kept is refused', async () => {
    const executor = await CpuExecutor.create();
    const plan = new PlanBuilder();
    const x = makeTensor('x', [4], 'input');
    const y = plan.activation('y', [4]);
    expect(() => executor.write(x, new Float32Array(3))).toThrow('3 values cannot be written to “x”');
    expect(() => executor.write(y, new Float32Array(4))).toThrow('“y”');
    await expect(executor.read(y)).rejects.toThrow('not kept');
    await expect(CpuExecutor.create({ simd: true, bits: 64 })).rejects.toThrow('64 bits');
    plan.append(copy(x, y));
    const prepared = await executor.prepare(plan.finish());
    prepared.dispose();
    await expect(prepared.run()).rejects.toThrow('disposed');
  });
});
