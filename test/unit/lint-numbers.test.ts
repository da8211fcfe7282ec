/**
 * @file Numbers in findings are written as the page writes them: with a comma between thousands.
 */
import { expect, test } from 'vitest';
import { counted, grouped } from '../../src/lint/context';

test.each([
  [0, '0 tokens'],
  [1, '1 token'],
  [999, '999 tokens'],
  [1234, '1,234 tokens'],
  [1_048_576, '1,048,576 tokens'],
])('%i tokens', (tokens, text) => {
  expect(counted(tokens, 'token')).toBe(text);
});

test('what is no whole number keeps its places', () => {
  expect(grouped(2.5)).toBe('2.5');
  expect(grouped(12_000)).toBe('12,000');
});
