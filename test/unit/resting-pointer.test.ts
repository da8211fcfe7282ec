/**
 * @file A token is looked at when it is pointed at; what is scrolled by under a pointer that rests only once it stays there.
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RestingPointer } from '../../src/ui/resting-pointer';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const at = (clientX: number, clientY: number) => ({ clientX, clientY });

test('what is pointed at is looked at at once, and in its order', () => {
  const pointer = new RestingPointer();
  const seen: number[] = [];
  pointer.over(at(10, 10), () => seen.push(1));
  pointer.moved(at(10, 10));
  pointer.over(at(11, 10), () => seen.push(2));
  pointer.moved(at(11, 10));
  expect(seen).toEqual([1, 2]);
});

test('of what is scrolled by, only the last is looked at, when it stays', () => {
  const pointer = new RestingPointer();
  const seen: number[] = [];
  pointer.moved(at(10, 10));
  for (let token = 0; token < 20; token++) {
    pointer.over(at(10, 10), () => seen.push(token));
    vi.advanceTimersByTime(30);
  }
  expect(seen).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(seen).toEqual([19]);
});

test('a move to another token, or away, ends the wait', () => {
  const pointer = new RestingPointer();
  const seen: string[] = [];
  pointer.moved(at(10, 10));
  pointer.over(at(10, 10), () => seen.push('passing'));
  pointer.over(at(10, 12), () => seen.push('pointed'));
  pointer.moved(at(10, 12));
  pointer.over(at(10, 12), () => seen.push('left'));
  pointer.stop();
  vi.advanceTimersByTime(1000);
  expect(seen).toEqual(['pointed']);
});

test('while something is scrolled nothing stays, however large it is', () => {
  const pointer = new RestingPointer();
  const seen: number[] = [];
  pointer.moved(at(10, 10));
  pointer.over(at(10, 10), () => seen.push(1));
  for (let frame = 0; frame < 20; frame++) {
    vi.advanceTimersByTime(60);
    pointer.scrolled();
  }
  expect(seen).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(seen).toEqual([1]);
  // What was looked at is not looked at again.
  pointer.scrolled();
  vi.advanceTimersByTime(1000);
  expect(seen).toEqual([1]);
});
