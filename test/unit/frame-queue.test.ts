/**
 * @file Drawing in frames: how often what is asked for is done, and how much of it in one frame.
 */
import { expect, test } from 'vitest';
import { FrameQueue, type FrameClock } from '../../src/ui/frame-queue';

/** Frames every 16 ms, and work that takes as long as it says. */
class Frames implements FrameClock {
  time = 1000;
  #waiting = new Map<number, () => void>();
  #ids = 0;
  request(callback: () => void): number {
    this.#waiting.set(++this.#ids, callback);
    return this.#ids;
  }
  cancel(id: number): void {
    this.#waiting.delete(id);
  }
  now(): number {
    return this.time;
  }
  get wanted(): number {
    return this.#waiting.size;
  }
  frame(): void {
    this.time = 16 * Math.ceil((this.time + 1) / 16);
    const callbacks = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const callback of callbacks) callback();
  }
}

test('what is asked for a hundred times is done once, as it was asked for last', () => {
  const clock = new Frames();
  const queue = new FrameQueue({ clock });
  const owner = {};
  const done: number[] = [];
  for (let i = 0; i < 100; i++) queue.ask(owner, () => done.push(i));
  expect(done).toEqual([]);
  clock.frame();
  expect(done).toEqual([99]);
  expect(clock.wanted).toBe(0);
});

test('a frame begins no more work than its budget, and everybody gets a turn', () => {
  const clock = new Frames();
  const queue = new FrameQueue({ clock, budget: 8, rest: 0 });
  const owners = Array.from({ length: 10 }, (_, i) => ({ i }));
  const frames: number[][] = [];
  let present: number[] = [];
  const askAll = () => {
    for (const owner of owners)
      queue.ask(owner, () => {
        present.push(owner.i);
        clock.time += 5;
      });
  };
  askAll();
  for (let i = 0; i < 10; i++) {
    present = [];
    clock.frame();
    frames.push(present);
    // Asked again all the time, as by the steps of a run.
    askAll();
  }
  expect(frames.every((drawn) => drawn.length === 2)).toBe(true);
  expect(frames.slice(0, 5).flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(frames.slice(5).flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('one owner rests between two drawings, and the last thing asked for is still done', () => {
  const clock = new Frames();
  const queue = new FrameQueue({ clock, rest: 100 });
  const owner = {};
  const done: { asked: number; at: number }[] = [];
  for (let i = 0; i < 60; i++) {
    queue.ask(owner, () => done.push({ asked: i, at: clock.time }));
    clock.frame();
  }
  for (let i = 0; i < 10; i++) clock.frame();
  expect(done.length).toBeLessThanOrEqual(11);
  for (const [i, { at }] of done.entries())
    if (i > 0) expect(at - (done[i - 1]?.at ?? 0)).toBeGreaterThanOrEqual(100);
  expect(done.at(-1)?.asked).toBe(59);
});

test('who leaves is not drawn, and an error in one drawing does not stop the others', () => {
  const clock = new Frames();
  const queue = new FrameQueue({ clock });
  const [gone, broken, other] = [{}, {}, {}];
  const done: string[] = [];
  queue.ask(gone, () => done.push('gone'));
  queue.drop(gone);
  expect(clock.wanted).toBe(0);
  queue.ask(broken, () => {
    throw new Error('no canvas');
  });
  queue.ask(other, () => done.push('other'));
  expect(() => clock.frame()).toThrow('no canvas');
  clock.frame();
  expect(done).toEqual(['other']);
});
