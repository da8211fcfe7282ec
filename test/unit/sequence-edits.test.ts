/**
 * @file Hand edits of the whole conversation in the sequences that it is divided into.
 */
import { expect, test } from 'vitest';
import { editMessage, editTokens, type Edit } from '../../src/mask/edits';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import type { Strategy } from '../../src/sequence/strategy';
import { conversationOf, fixture, inspector, inspectorWith } from './mask-support';

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

test('an edit of a message whose thinking the whole text leaves out is one of all of it where it thinks', () => {
  const first = editMessage(whole, 1, 2);
  expect(divided('whole', [first])).toEqual({ weights: [{ 1: [2], 3: [1] }], notes: [] });
  // In the first sequence of growing prefixes, message 1 still thinks.
  expect(divided('prefixes', [first])).toEqual({ weights: [{ 1: [2] }, { 1: [2], 3: [1] }], notes: [] });
  expect(divided('fork', [first])).toEqual({ weights: [{ 1: [2] }, { 3: [1] }], notes: [] });
  expect(divided('last', [first]).notes[0]?.text).toContain(
    'has no effect: no sequence of this strategy trains its message',
  );
});

test('an edit of tokens is one of the same tokens where the text before them is another', () => {
  const texts = ({ encoded, rendered }: Pick<typeof view, 'encoded' | 'rendered'>) =>
    Array.from(encoded.start, (from, i) => rendered.text.slice(from, encoded.end[i]));
  const hello = texts(view).findIndex((text, i) => view.encoded.message[i] === 1 && text.startsWith('H'));
  const end = texts(view).findIndex((text, i) => i > hello && text === '<|im_end|>');
  const edits = [editTokens(whole, hello, hello, -0.5), editTokens(whole, end, end, 0.25)];
  const { sequences, notes } = inspector.divide(conversation, DEFAULT_POLICY, { strategy: 'fork', edits });
  expect(notes.filter(({ edit }) => edit)).toEqual([]);
  const told = sequences.map((one) =>
    texts(one).flatMap((text, i) => {
      const weight = one.sequence.weights[i] ?? NaN;
      return weight === 0 ? [] : [[text, weight]];
    }),
  );
  // The thinking, which the whole text leaves out, is as the policy says, and so is the other message.
  const others = told[0]?.filter(([, weight]) => weight === 1).map(([text]) => text);
  expect(others?.join('')).toBe(
    `<think>\nA greeting.\n</think>\n\n${texts(view)
      .slice(hello + 1, end)
      .join('')}`,
  );
  expect(told[0]?.filter(([, weight]) => weight !== 1)).toEqual([
    [texts(view)[hello], -0.5],
    ['<|im_end|>', 0.25],
  ]);
  expect(new Set(told[1]?.map(([, weight]) => weight))).toEqual(new Set([1]));
});

test('an edit whose text a sequence does not have is told', () => {
  // White space around earlier answers is taken off.
  const trims = inspectorWith(
    '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content if loop.last else m.content | trim }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}',
  );
  const spaced = conversationOf(
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: '  Hello! ' },
    { role: 'user', content: 'Bye' },
    { role: 'assistant', content: 'Bye!' },
  );
  const { rendered, encoded } = trims.inspect(spaced);
  const at = Array.from(encoded.start).findIndex((from) => rendered.text.startsWith('!', from));
  const edits = [editTokens({ text: rendered.text, encoded }, at, at, 2)];
  const { notes } = trims.divide(spaced, DEFAULT_POLICY, { strategy: 'prefixes', edits });
  expect(notes.filter(({ edit }) => edit)).toEqual([
    {
      severity: 'warning',
      message: 1,
      edit: 'partial',
      text: 'The edit of “!” holds in 1 of the 2 sequences that train its message: in the others its text is another.',
    },
  ]);
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
