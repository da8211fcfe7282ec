/**
 * @file The screen stays awake while a run goes, and only then; where that is refused, nothing is said.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WakeLock, type WakeLockSource } from '../../src/ui/wake-lock';
import { CHAT, importText, openPage } from './setup';

/** Grants locks, and counts those that are held. */
function fakeSource() {
  const locks: { released: boolean; release: () => Promise<undefined> }[] = [];
  const request = vi.fn(async () => {
    const lock = {
      released: false,
      release: async () => {
        lock.released = true;
        return undefined;
      },
    };
    locks.push(lock);
    return lock;
  });
  return {
    source: { request } satisfies WakeLockSource,
    request,
    held: () => locks.filter(({ released }) => !released).length,
    takeAway: () => locks.forEach((lock) => (lock.released = true)),
  };
}

afterEach(() => vi.restoreAllMocks());

const becomeVisible = () => document.dispatchEvent(new Event('visibilitychange'));

describe('the lock', () => {
  test('is held once, let go, and asked for again when the page is seen again', async () => {
    const fake = fakeSource();
    const lock = new WakeLock(fake.source);
    lock.hold(true);
    lock.hold(true);
    await expect.poll(fake.held).toBe(1);
    expect(fake.request).toHaveBeenCalledTimes(1);
    // As the system does where another tab is shown.
    fake.takeAway();
    becomeVisible();
    await expect.poll(fake.held).toBe(1);
    lock.hold(false);
    await expect.poll(fake.held).toBe(0);
    becomeVisible();
    await Promise.resolve();
    expect(fake.held()).toBe(0);
    lock.hold(true);
    await expect.poll(fake.held).toBe(1);
    lock.dispose();
    await expect.poll(fake.held).toBe(0);
    becomeVisible();
    expect(fake.request).toHaveBeenCalledTimes(3);
  });

  test('that comes after it is no longer wanted is given back', async () => {
    const fake = fakeSource();
    const lock = new WakeLock(fake.source);
    lock.hold(true);
    lock.hold(false);
    await expect.poll(() => fake.request.mock.calls.length).toBe(1);
    await expect.poll(fake.held).toBe(0);
  });

  test('may be refused or unknown', async () => {
    const refused = vi.fn(() => Promise.reject(new DOMException('Low battery', 'NotAllowedError')));
    const lock = new WakeLock({ request: refused });
    lock.hold(true);
    await expect.poll(() => refused.mock.calls.length).toBe(1);
    lock.hold(false);
    new WakeLock(undefined).hold(true);
  });
});

test('a run holds it from its start to its pause, and again until its end', async () => {
  const fake = fakeSource();
  vi.spyOn(navigator, 'wakeLock', 'get').mockReturnValue(fake.source as unknown as typeof navigator.wakeLock);
  const { session, engine } = await openPage();
  await importText(session, CHAT);
  expect(fake.held()).toBe(0);
  await session.startTraining();
  await expect.poll(fake.held).toBe(1);
  await session.train.pause();
  await expect.poll(fake.held).toBe(0);
  await session.resumeTraining();
  await expect.poll(fake.held).toBe(1);
  for (let i = 0; i < 30; i++) engine.advance();
  await expect.poll(() => session.train.status).toBe('finished');
  await expect.poll(fake.held).toBe(0);
  await expect.poll(() => document.title).toMatch(/^Done 30\/30 · loss/);
});
