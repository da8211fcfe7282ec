/**
 * @file The settings of what both models write: which texts are numbers that make sense, and what they give.
 */
import { expect, test } from 'vitest';
import { generationOptions, generationProblem, initialDrafts } from '../../src/state/generation-options';

test('what the fields hold at first is in order, and takes the likeliest token', () => {
  expect(generationOptions(initialDrafts())).toEqual({
    ...{ maxNewTokens: 64, temperature: 0, topK: 0, topP: 1, minP: 0, seed: 1 },
  });
});

test.each([
  ['maxNewTokens', ['1', '4096'], ['0', '4097', '1.5', '', 'many']],
  ['temperature', ['0', '0.7', '5'], ['-1', '5.1', '']],
  ['topK', ['0', '1', '40'], ['-1', '2.5', 'x']],
  ['topP', ['0.01', '0.9', '1'], ['0', '1.01', '-1']],
  ['minP', ['0', '0.05', '1'], ['-0.1', '1.1']],
  ['seed', ['0', '4294967295'], ['-1', '4294967296', '0.5']],
] as const)('%s', (field, good, bad) => {
  for (const text of good) {
    expect(generationProblem(field, text), text).toBeUndefined();
    expect(generationOptions({ ...initialDrafts(), [field]: text })?.[field]).toBe(Number(text));
  }
  for (const text of bad) {
    expect(generationProblem(field, text), text).toMatch(/^[A-Z][^.]* must be /);
    expect(generationOptions({ ...initialDrafts(), [field]: text })).toBeUndefined();
  }
});
