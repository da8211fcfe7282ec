/**
 * @file The trial of how fast a model reads and writes: it gives speeds, and leaves the tuned weights as they are.
 */
import { expect, test, vi } from 'vitest';
import { measurePace } from '../../src/train/pace';
import { equalBits, tinyEngine } from './policy-run';

test('a model that reads and writes, with the same weights afterwards', async () => {
  const engine = await tinyEngine();
  const before = await engine.read();
  const { length, reading, writing } = (await measurePace(engine)) ?? expect.fail('nothing was measured');
  expect(length).toBe(Math.min(256, engine.contextLength));
  expect(reading).toBeGreaterThan(0);
  expect(writing).toBeGreaterThan(0);
  expect(equalBits(before, await engine.read())).toBe(true);
  engine.dispose();
});

test('one that nobody waits for any more measures nothing, and begins nothing new', async () => {
  const engine = await tinyEngine();
  const controller = new AbortController();
  const written = vi.spyOn(engine, 'generateMany');
  const score = engine.score.bind(engine);
  vi.spyOn(engine, 'score').mockImplementation((...asked) => {
    controller.abort();
    return score(...asked);
  });
  expect(await measurePace(engine, controller.signal)).toBeNull();
  expect(written).not.toHaveBeenCalled();
  engine.dispose();
});
