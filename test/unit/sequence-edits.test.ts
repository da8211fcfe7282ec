/**
 * @file Hand edits of the whole conversation in the sequences that it is divided into.
 */
import { expect, test } from 'vitest';
import { editMessage, editTokens, type Edit } from '../../src/mask/edits';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import type { Strategy } from '../../src/sequence/strategy';
import { fixture, inspector } from './mask-support';

// The template strips the thinking of message 1 once message 2 is there.
const conversation = fixture('two turns: earlier thinking is stripped');
const view = inspector.inspect(conversation);
const whole = { text: view.rendered.text, encoded: view.encoded, spans: view.rendered.spans };

function divided(strategy: Strategy, edits: Edit[]) {
  const { sequences, notes } = inspector.divide(conversation, DEFAULT_POLICY, { strategy, edits });
  const weights = sequences.map(({ sequence, encoded }) => {
    const found: Record<number, number[]> = {};
    sequence.weights.forEach((weight, i) => {
      const message = encoded.message[i] ?? -1;
      if (weight !== 0) found[message] = [...new Set([...(found[message] ?? []), weight])];
    });
    return found;
  });
  return { weights, notes: notes.filter(({ edit }) => edit) };
}

test('an edit holds where the text through it is the same', () => {
  const last = editMessage(whole, 3, 0.5);
  expect(divided('whole', [last])).toEqual({ weights: [{ 1: [1], 3: [0.5] }], notes: [] });
  expect(divided('last', [last])).toEqual({ weights: [{ 3: [0.5] }], notes: [] });
  expect(divided('fork', [last])).toEqual({ weights: [{ 1: [1] }, { 3: [0.5] }], notes: [] });
});

test('an edit whose text a sequence does not have is told', () => {
  const first = editMessage(whole, 1, 2);
  expect(divided('whole', [first])).toEqual({ weights: [{ 1: [2], 3: [1] }], notes: [] });
  // In the first sequence of growing prefixes, message 1 still thinks.
  expect(divided('prefixes', [first])).toEqual({
    weights: [{ 1: [1] }, { 1: [2], 3: [1] }],
    notes: [
      {
        severity: 'warning',
        message: 1,
        edit: 'partial',
        text: 'The edit of “Hello!<|im_end|>” holds in 1 of the 2 sequences that train its message: in the others the text before it is another.',
      },
    ],
  });
  const fork = divided('fork', [first]);
  expect(fork.weights).toEqual([{ 1: [1] }, { 3: [1] }]);
  expect(fork.notes[0]?.text).toContain('holds in 0 of the 1 sequences');
  expect(divided('last', [first]).notes[0]?.text).toContain(
    'has no effect: no sequence of this strategy trains its message',
  );
});

test('an edit trains what the policy does not, in the sequence that its message belongs to', () => {
  const user = editMessage(whole, 2, 3);
  expect(divided('fork', [user]).weights).toEqual([{ 1: [1] }, { 2: [3], 3: [1] }]);
  expect(divided('prefixes-last', [user]).weights).toEqual([{ 1: [1] }, { 2: [3], 3: [1] }]);
});

test('an edit of another text is dropped once, and takes nothing with it', () => {
  const stale = { ...editTokens(whole, 3, 3, 9), digest: 'ffffffffffffffff' };
  const { weights, notes } = divided('prefixes-last', [stale, editMessage(whole, 3, 0.5)]);
  expect(weights).toEqual([{ 1: [1] }, { 3: [0.5] }]);
  expect(notes).toMatchObject([{ edit: 'dropped', severity: 'warning' }]);
});

test('training takes the edits of each conversation', () => {
  const book = { [conversation.id]: [editMessage(whole, 3, 0.5)] };
  const { sequences } = inspector.sequences([conversation], DEFAULT_POLICY, 512, book, { strategy: 'fork' });
  expect(sequences.map(({ weights }) => Math.max(...weights))).toEqual([1, 0.5]);
});
