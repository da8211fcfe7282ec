/**
 * @file What a model wrote in the chat, in segments.
 */
import { describe, expect, test } from 'vitest';
import { chatSegments } from '../../src/ui/chat-segments';

const shape = (shown: string[], ended = true) =>
  chatSegments(shown, ended).map(({ kind, from, to }) => [kind, shown.slice(from, to).join('')]);

describe('segments of a message', () => {
  test('thinking, answer, the end of the turn with the answer', () => {
    expect(shape(['<think>', '\n', 'Hm', '\n', '</think>', '\n', '\n', 'Yes', '.', '<|im_end|>'])).toEqual([
      ['think', '<think>\nHm\n</think>\n\n'],
      ['answer', 'Yes.<|im_end|>'],
    ]);
  });

  test('two calls, the line between them with the first', () => {
    expect(
      shape(['<tool_call>', '{}', '</tool_call>', '\n', '<tool_call>', '{}', '</tool_call>', '<e>']),
    ).toEqual([['call', '<tool_call>{}</tool_call>\n<tool_call>{}</tool_call><e>']]);
  });

  test('white space within an answer is the answer’s', () => {
    expect(shape(['I', ' ', 'see', '\n', 'it'], false)).toEqual([['answer', 'I see\nit']]);
  });

  test('thinking that was never closed, and nothing at all', () => {
    expect(shape(['<think>', 'Hm'], false)).toEqual([['think', '<think>Hm']]);
    expect(shape([], false)).toEqual([]);
  });
});
