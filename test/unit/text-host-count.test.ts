/**
 * @file Where the numbers of messages begin: the text worker's entry says it once, and no part of what it answers does.
 */
import { afterEach, expect, test, vi } from 'vitest';
import type { Inspector } from '../../src/sequence/inspector';
import { countMessagesFrom, messageNumber } from '../../src/strings/en/numbers';
import { checkHandlers } from '../../src/worker/text-checks';

afterEach(() => {
  countMessagesFrom(0);
  vi.unstubAllGlobals();
});

test('what answers checks leaves the numbers of its thread alone', () => {
  checkHandlers((): Inspector => expect.fail('Nothing is asked.'));
  expect(messageNumber(0)).toBe('0');
});

test('the worker counts from one as soon as it is there', async () => {
  vi.stubGlobal('self', { postMessage() {}, addEventListener() {} });
  await import('../../src/worker/text-host');
  expect(messageNumber(0)).toBe('1');
});
