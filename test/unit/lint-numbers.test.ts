/**
 * @file Numbers in findings are written as the page writes them: with a comma between thousands.
 */
import { expect, test } from 'vitest';
import { amount, plural } from '../../src/strings/en/numbers';

test.each([
  [0, '0 tokens'],
  [1, '1 token'],
  [999, '999 tokens'],
  [1234, '1,234 tokens'],
  [1_048_576, '1,048,576 tokens'],
])('%i tokens', (tokens, text) => {
  expect(plural(tokens, 'token')).toBe(text);
});

test('what is no whole number keeps its places', () => {
  expect(amount(2.5)).toBe('2.5');
  expect(amount(12_000)).toBe('12,000');
});
