/**
 * @file How long dispatches are expected to take, and that no submit of a large model's step is expected to be long.
 */
import { afterEach, expect, test, vi } from 'vitest';
import { Pace } from '../../src/plan/pace';
import { Schedule } from '../../src/plan/submits';
import { makeTensor } from '../../src/plan/tensor';
import { makeKernel } from '../../src/plan/wgsl';

afterEach(() => vi.restoreAllMocks());

const kernel = (name: string) => makeKernel({ name, buffers: {}, uniforms: {}, body: `// ${name}` });
const tensors = (elements: number) => [makeTensor('x', [elements], 'input')];

test('arithmetic or memory, whichever takes longer, and cautiously at first', () => {
  const pace = new Pace(true);
  expect(pace.expect({ tensors: tensors(100) }, 2e6)).toBe(1);
  expect(pace.expect({ tensors: tensors(1e6) }, 1e6)).toBe(10);
  expect(new Pace(false).expect({ tensors: tensors(1e6) }, 1e6)).toBeLessThan(1);
  expect(pace.of(kernel('a'))).toBe(3);
});

test('a kernel that was timed is expected to take as long again, in any plan', () => {
  const pace = new Pace(true);
  pace.learn(kernel('a'), 10, 5);
  expect(pace.of(kernel('a'))).toBe(0.5);
  pace.learn(kernel('a'), 10, 15);
  expect(pace.of(kernel('a'))).toBe(1);
  // Finished at once is no measurement.
  pace.learn(kernel('a'), 10, 0);
  expect(pace.of(kernel('a'))).toBe(1);
  expect(pace.of(kernel('b'))).toBe(3);
});

test('a submit that waits in the queue has not begun', () => {
  const now = vi.spyOn(performance, 'now');
  const pace = new Pace(true);
  // Both are submitted at 100, and one more when both are done.
  now.mockReturnValue(130);
  expect(pace.finish(100)).toBe(30);
  now.mockReturnValue(170);
  expect(pace.finish(100)).toBe(40);
  now.mockReturnValue(205);
  expect(pace.finish(200)).toBe(5);
});

test('a step of 30 M parameters on a device three times as slow as thought: no submit over 100 ms', () => {
  const pace = new Pace(true);
  const [d, inner, vocabulary, tokens, layers] = [512, 1376, 8192, 128, 8];
  const products: [m: number, n: number, k: number][] = [
    ...Array.from({ length: layers }, () => [tokens, d, d] as [number, number, number]),
    ...Array.from({ length: layers }, () => [tokens, inner, d] as [number, number, number]),
    [tokens, vocabulary, d],
    [vocabulary, d, tokens],
  ];
  const dispatches = [
    ...products.map(([m, n, k]) => ({
      groups: [Math.ceil(n / 64), Math.ceil(m / 64), 1] as const,
      expected: pace.expect({ tensors: tensors(m * k + k * n + m * n) }, 2 * m * n * k),
    })),
    // The optimizer and the clearing of gradients are bound by memory.
    { groups: [65_535, 7, 1] as const, expected: pace.expect({ tensors: tensors(30e6 * 7) }, 16 * 30e6) },
    { groups: [65_535, 7, 1] as const, expected: pace.expect({ tensors: tensors(30e6) }, 30e6) },
  ];
  const schedule = new Schedule(
    dispatches.map(({ groups, expected }) => ({ groups, time: expected * pace.of(kernel('new')) })),
  );
  const real = ({ start, end }: { start: number; end: number }) =>
    schedule.pieces.slice(start, end).reduce((sum, piece) => {
      const { groups, expected } = dispatches[piece.dispatch] as (typeof dispatches)[0];
      return sum + (3 * expected * piece.groups[0] * piece.groups[1]) / (groups[0] * groups[1]);
    }, 0);
  expect(schedule.ranges.length).toBeGreaterThan(50);
  expect(Math.max(...schedule.ranges.map(real))).toBeLessThan(100);
  // Ten times as slow as even that: after two runs whoever is slow was found and cut.
  for (let run = 0; run < 3; run++) schedule.learn(schedule.ranges.map((range) => 10 * real(range)));
  expect(Math.max(...schedule.ranges.map((range) => 10 * real(range)))).toBeLessThan(100);
});
