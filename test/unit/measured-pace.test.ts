/**
 * @file The trial of how fast a model reads and writes: it gives speeds, and leaves the tuned weights as they are.
 */
import { expect, test } from 'vitest';
import { measurePace } from '../../src/train/pace';
import { equalBits, tinyEngine } from './policy-run';

test('a model that reads and writes, with the same weights afterwards', async () => {
  const engine = await tinyEngine();
  const before = await engine.read();
  const { length, reading, writing } = await measurePace(engine);
  expect(length).toBe(Math.min(256, engine.contextLength));
  expect(reading).toBeGreaterThan(writing);
  expect(writing).toBeGreaterThan(1);
  expect(equalBits(before, await engine.read())).toBe(true);
  engine.dispose();
});
