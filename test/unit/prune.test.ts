/**
 * @file What is left of a plan when operations without an effect are taken out.
 */
import { expect, test } from 'vitest';
import { linear } from '../../src/ops/matmul';
import { storeInCache } from '../../src/ops/cached-attention';
import { PlanBuilder } from '../../src/plan/builder';
import { prune } from '../../src/plan/prune';
import { makeTensor } from '../../src/plan/tensor';

test('what fills a cache stays with all that goes into it; what comes after it goes', () => {
  const builder = new PlanBuilder();
  const input = (name: string, shape: number[], dtype: 'f32' | 'i32' = 'f32') =>
    makeTensor(name, shape, 'input', dtype);
  const [x, first, second] = [input('x', [3, 4]), input('first', [4, 4]), input('second', [4, 4])];
  const y = linear(builder, x, first, 'kept');
  storeInCache(builder, {
    ...{ k: y, v: y, keys: input('keys', [1, 8, 4]), values: input('values', [1, 8, 4]) },
    ...{ slots: input('slots', [3], 'i32'), positions: input('positions', [3], 'i32') },
  });
  const z = linear(builder, y, second, 'dropped');
  linear(builder, z, second, 'dropped too');
  const plan = builder.finish();
  expect(plan.operations).toHaveLength(4);
  const pruned = prune(plan);
  expect(pruned.operations.map(({ name }) => name)).toEqual(['matmul kept', 'keys and values of keys']);
  expect(pruned.buffers).not.toContain(second.buffer);
  expect(pruned.memory.slots.length).toBeLessThanOrEqual(plan.memory.slots.length);
  builder.output(z, 'seen');
  expect(prune(builder.finish()).operations).toHaveLength(4);
});
