/**
 * @file How two conversations of a chat stand to each other: the same, or from where on not, and whether two answers had the same prompt.
 */
import { describe, expect, test } from 'vitest';
import type { WrittenMessage } from '../../src/state/chat-message';
import { answerOf, historiesOf } from '../../src/state/chat-histories';
import type { ChatNode } from '../../src/state/chat-tree';

const written = (change: Partial<WrittenMessage> = {}): WrittenMessage => ({
  ...{ by: 'Original', source: 'base', model: 'pocket', seed: 1, temperature: 0.7, topP: 0.95 },
  ...{ prompt: Int32Array.of(5, 6, 7), tokens: [], shown: [], ending: 'stop' },
  ...change,
});
const path = (...messages: [ChatNode['message']['role'], string, WrittenMessage?][]): ChatNode[] =>
  messages.map(([role, content, how], i) => ({
    ...{ id: i + 1, parent: i, message: { role, content } },
    ...(how && { written: how }),
  }));
const asked = (content: string, change: Partial<WrittenMessage> = {}) =>
  path(['user', 'Hi'], ['assistant', content, written(change)]);

describe('two conversations', () => {
  test('none, and the same', () => {
    expect(historiesOf([], [])).toBeUndefined();
    // Who wrote it means nothing.
    expect(historiesOf(asked('A'), asked('A', { source: 'tuned', seed: 3 }))).toEqual({
      shared: 2,
      same: true,
    });
  });

  test('one that has no answer yet', () => {
    expect(historiesOf(asked('A'), path(['user', 'Hi']))).toEqual({ shared: 1, same: false });
    expect(historiesOf(asked('A'), [])).toEqual({ shared: 0, same: false });
  });

  const answers = (change: Partial<WrittenMessage>) =>
    historiesOf(asked('A'), asked('B', { source: 'tuned', ...change }))?.answers;

  test('two answers to the same prompt, told by its tokens', () => {
    expect(answers({})).toEqual({ which: 'last', samePrompt: true, drawn: 'alike' });
    expect(answers({ prompt: Int32Array.of(5, 6, 8) })).toMatchObject({ samePrompt: false });
    expect(answers({ prompt: Int32Array.of(5, 6) })).toMatchObject({ samePrompt: false });
    expect(answers({ prompt: Int32Array.of(5, 6, 7, 8) })).toMatchObject({ samePrompt: false });
    // Ids of another model are other tokens.
    expect(answers({ model: 'other' })).toMatchObject({ samePrompt: false });
  });

  test('two answers that were drawn otherwise', () => {
    for (const change of [{ seed: 2 }, { temperature: 0 }, { topP: 1 }])
      expect(answers(change)).toEqual({ which: 'last', samePrompt: true, drawn: 'otherwise' });
    const likeliest = { temperature: 0, seed: 1 };
    expect(
      historiesOf(asked('A', likeliest), asked('B', { ...likeliest, seed: 2, topP: 1 }))?.answers,
    ).toMatchObject({ drawn: 'likeliest' });
  });

  const called = (said: string, call: string, answer: string, seed: number) =>
    path(
      ['user', said],
      ['assistant', call, written()],
      ['tool', '2'],
      ['assistant', answer, written({ seed, prompt: Int32Array.of(5, 6, 7, 8) })],
    );

  test('answers behind a call that both have are compared themselves', () => {
    const first = called('Hi', 'call', 'A', 1);
    expect(historiesOf(first, called('Hi', 'call', 'B', 2))).toEqual({
      ...{ shared: 3, same: false },
      answers: { which: 'last', samePrompt: true, drawn: 'otherwise' },
    });
    expect(historiesOf(first, called('Hi', 'call', 'B', 1))?.answers?.drawn).toBe('alike');
    expect(historiesOf(first, first.slice(0, 3))).toEqual({ shared: 3, same: false });
  });

  test('calls that differ are no answers: it is said of the first messages', () => {
    const first = called('Hi', 'call', 'A', 1);
    expect(historiesOf(first, called('Hi', 'other', 'A', 1))).toEqual({
      ...{ shared: 1, same: false },
      answers: { which: 'differ', samePrompt: true, drawn: 'alike' },
    });
    expect(historiesOf(first, asked('B'))?.answers?.which).toBe('differ');
    expect(historiesOf(first, called('Ho', 'call', 'A', 1))?.answers?.which).toBe('begin');
  });

  test('an answer begins behind what the person said last, calls among it', () => {
    const turns = path(
      ['user', 'Hi'],
      ['assistant', 'A', written()],
      ['user', 'Sum?'],
      ['assistant', '', written({ seed: 8 })],
      ['tool', '2'],
      ['assistant', 'Two.', written({ seed: 9 })],
    );
    expect(answerOf(turns)?.id).toBe(4);
    expect(answerOf(turns.slice(0, 3))).toBeUndefined();
    expect(answerOf(path(['assistant', 'A']))).toBeUndefined();
  });
});
