/**
 * @file Two tabs never write the results of one experiment at the same time.
 */
import { afterEach, expect, test, vi } from 'vitest';
import { exclusively } from '../../src/worker/experiment-lock';

afterEach(() => vi.unstubAllGlobals());

/** Locks of a browser, as far as they are asked for at once or not at all. */
function locks() {
  const held = new Set<string>();
  return {
    async request<T>(name: string, _: object, use: (lock: object | null) => Promise<T>): Promise<T> {
      if (held.has(name)) return use(null);
      held.add(name);
      try {
        return await use({ name });
      } finally {
        held.delete(name);
      }
    },
  };
}

test('a second tab is refused by name until the first has ended, and another experiment is not', async () => {
  vi.stubGlobal('navigator', { locks: locks() });
  let end: (value: string) => void = () => undefined;
  const first = exclusively('a-1', 'A', () => new Promise<string>((resolve) => (end = resolve)));
  const second = () => exclusively('a-1', 'A', () => Promise.resolve('second'));
  await expect(second()).rejects.toMatchObject({ code: 'busy', message: '“A” is running in another tab.' });
  expect(await exclusively('b-1', 'B', () => Promise.resolve('other'))).toBe('other');
  end('first');
  expect(await first).toBe('first');
  expect(await second()).toBe('second');
});

test('without locks the work is done', async () => {
  vi.stubGlobal('navigator', {});
  expect(await exclusively('a-1', 'A', () => Promise.resolve(1))).toBe(1);
});
