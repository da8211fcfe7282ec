/**
 * @file Messages edited by hand: what counts or quotes them follows, and arguments that are none are refused with their
 * place.
 */
import { describe, expect, test } from 'vitest';
import {
  emptyMessage,
  readArgumentsText,
  withMessage,
  withMessageAt,
  withMessageMoved,
  withoutMessage,
  withRole,
} from '../../src/conversation/edit-message';
import { composePractice } from '../../src/conversation/practice/compose';
import type { Conversation, Message } from '../../src/conversation/types';

const texts = ({ messages }: Conversation) => messages.map(({ content }) => content);

function conversation(more: Partial<Conversation> = {}): Conversation {
  const messages: Message[] = [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello!' },
    { role: 'user', content: 'More' },
    { role: 'assistant', content: 'No.' },
  ];
  return { id: 'a', messages, extra: {}, source: { file: 'a', record: 0, line: 1 }, ...more };
}

describe('messages', () => {
  test('are changed, added, deleted and moved, and the conversation before stays as it was', () => {
    const before = conversation();
    const copy = structuredClone(before);
    expect(texts(withMessage(before, 2, { role: 'assistant', content: 'Hey' }))[2]).toBe('Hey');
    expect(texts(withMessageAt(before, 5, { role: 'user', content: 'End' })).at(-1)).toBe('End');
    expect(texts(withoutMessage(before, 0))).toEqual(['Hi', 'Hello!', 'More', 'No.']);
    expect(texts(withMessageMoved(before, 1, -1)).slice(0, 2)).toEqual(['Hi', 'Be kind.']);
    expect(withMessageMoved(before, 0, -1)).toBe(before);
    expect(before).toEqual(copy);
  });

  test('another role takes what it has no place for away', () => {
    const call = { name: 'f', arguments: {}, rawArguments: '{}' };
    const assistant: Message = {
      role: 'assistant',
      content: 'x',
      reasoning: 'y',
      toolCalls: [call],
      weight: 0.5,
    };
    expect(withRole(assistant, 'user')).toEqual({ role: 'user', content: 'x', weight: 0.5 });
    expect(withRole(assistant, 'assistant')).toEqual(assistant);
    const result: Message = { role: 'tool', content: '1', toolCallId: 'c1', name: 'f' };
    expect(withRole(result, 'user')).toEqual({ role: 'user', content: '1' });
    expect(withRole(result, 'tool')).toEqual(result);
  });

  test('a new one is what would follow', () => {
    expect(emptyMessage(undefined).role).toBe('user');
    expect(emptyMessage({ role: 'user', content: '' }).role).toBe('assistant');
    expect(emptyMessage({ role: 'assistant', content: '' }).role).toBe('user');
    const call = { id: 'c1', name: 'f', arguments: {}, rawArguments: '{}' };
    expect(emptyMessage({ role: 'assistant', content: '', toolCalls: [call] })).toEqual({
      role: 'tool',
      content: '',
      name: 'f',
      toolCallId: 'c1',
    });
  });
});

describe('what counts messages follows', () => {
  test('where the completion begins', () => {
    const own = conversation({ completionFrom: 2 });
    expect(withoutMessage(own, 0).completionFrom).toBe(1);
    expect(withoutMessage(own, 2).completionFrom).toBe(2);
    expect(withoutMessage(own, 4).completionFrom).toBe(2);
    expect(withMessageAt(own, 0, { role: 'user', content: '' }).completionFrom).toBe(3);
    expect(withMessageAt(own, 2, { role: 'user', content: '' }).completionFrom).toBe(2);
    expect(withMessageMoved(own, 1, 1).completionFrom).toBe(2);
    const alone = conversation({ completionFrom: 4 });
    expect(withoutMessage(alone, 4).completionFrom).toBe(4);
  });

  test('the chosen completion, which is quoted', () => {
    const rejected: Message[] = [{ role: 'assistant', content: 'Go away.' }];
    const own = conversation({ completionFrom: 4, preference: { chosen: [], rejected } });
    const edited = withMessage(own, 4, { role: 'assistant', content: 'Yes.' });
    expect(edited.preference).toEqual({ chosen: [{ role: 'assistant', content: 'Yes.' }], rejected });
  });

  test('weights of characters: in front stay, behind move, what is typed inside or right behind belongs to them', () => {
    const detail = [
      { start: 0, end: 5, weight: 1 },
      { start: 6, end: 11, weight: 0.5 },
    ];
    const messages: Message[] = [{ role: 'assistant', content: 'Hello world', detail }];
    const own = conversation({ messages });
    const ranges = (content: string) =>
      withMessage(own, 0, { role: 'assistant', content, detail }).messages[0]?.detail?.map(
        ({ start, end, weight }) => [content.slice(start, end), weight],
      );
    expect(ranges('Hello big world')).toEqual([
      ['Hello', 1],
      ['world', 0.5],
    ]);
    expect(ranges('Hello wonderful world')).toEqual([
      ['Hello', 1],
      ['wonderful world', 0.5],
    ]);
    expect(ranges('Hello worlds')).toEqual([
      ['Hello', 1],
      ['worlds', 0.5],
    ]);
    expect(ranges('Hello')).toEqual([['Hello', 1]]);
    expect(ranges('')).toBeUndefined();
  });

  test('what practice data says is right for each message of the user', () => {
    const record = composePractice(3, { seed: 5, turns: 3 });
    const about = ({ extra, messages }: Conversation) =>
      (extra['expected'] as { message: number }[]).map(({ message }) => messages[message]?.content);
    const asked = about(record);
    const users = record.messages.filter(({ role }) => role === 'user').map(({ content }) => content);
    expect(asked).toEqual(users);
    const shifted = withMessageAt(record, 0, { role: 'system', content: 'New.' });
    expect(about(shifted)).toEqual(users);
    const first = record.messages.findIndex(({ role }) => role === 'user');
    expect(about(withoutMessage(record, first))).toEqual(users.slice(1));
    const said = withMessage(record, first, { role: 'assistant', content: 'x' });
    expect(about(said)).toEqual(users.slice(1));
    // Neither the same object nor its list was changed.
    expect(about(record)).toEqual(users);
  });
});

describe('arguments as JSON text', () => {
  test('an object is read, its text kept for the call', () => {
    expect(readArgumentsText('{"city": "Oslo", "days": [1, 2]}')).toEqual({
      ok: true,
      arguments: { city: 'Oslo', days: [1, 2] },
    });
    expect(readArgumentsText(' {} ')).toEqual({ ok: true, arguments: {} });
  });

  test.each([
    ['', 'There are no arguments.'],
    ['{"a": }', 'line 1, column 7'],
    ['{"a": 1,\n "b"}', 'line 2, column'],
    ['{} x', 'line 1, column'],
    ['[1]', 'not an object'],
    ['"text"', 'not an object'],
  ])('%j is refused with its place and a remedy', (text, reason) => {
    const read = readArgumentsText(text);
    expect(read.ok).toBe(false);
    if (read.ok) return;
    expect(read.reason).toContain(reason);
    expect(read.remedy).toContain('{"city": "Oslo"}');
  });

  test('legal JSON that does not survive is told', () => {
    const read = readArgumentsText('{"a": 1, "a": 2}');
    expect(read.ok && read.warning).toMatch(/line 1, column/);
  });
});
