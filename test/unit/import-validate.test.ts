/**
 * @file Checks on a conversation in our own shape.
 */
import { expect, it, test } from 'vitest';
import type { Conversation, Message, ToolCall } from '../../src/conversation/types';
import { validate } from '../../src/conversation/validate';
import { withoutLine } from '../../src/conversation/recap-line';
import { withoutRecaps } from '../../src/conversation/without-recaps';

const user: Message = { role: 'user', content: 'U' };
const answer: Message = { role: 'assistant', content: 'A' };
const call = (id?: string): ToolCall => ({
  ...(id !== undefined && { id }),
  name: 'f',
  arguments: {},
  rawArguments: '{}',
});
const calling = (...ids: (string | undefined)[]): Message => ({
  role: 'assistant',
  content: '',
  toolCalls: ids.map(call),
});
const result = (toolCallId?: string): Message => ({
  role: 'tool',
  content: '1',
  ...(toolCallId !== undefined && { toolCallId }),
});

it.each<[name: string, messages: Message[], findings: string[]]>([
  ['a plain turn', [user, answer], []],
  ['a system message first', [{ role: 'system', content: 'S' }, user, answer], []],
  [
    'calls with and without ids, answered',
    [user, calling('a'), result('a'), calling(undefined), result(), answer],
    [],
  ],
  [
    'ids on one side only match by order',
    [user, calling(undefined, undefined), result('x'), result('y'), answer],
    [],
  ],
  ['results without ids answer calls with ids', [user, calling('a', 'b'), result(), result(), answer], []],
  ['no messages', [], ['error -1 the conversation has no messages']],
  [
    'a late system message',
    [user, answer, { role: 'system', content: 'S' }, user, answer],
    ['warning 2 a system message stands after the first place, which many templates refuse or leave out'],
  ],
  [
    'the assistant first',
    [answer, user, answer],
    ['warning 0 the assistant speaks before any user message, which many templates refuse'],
  ],
  [
    'two answers in a row',
    [user, answer, answer],
    ['warning 2 two assistant messages follow each other, each with its own end of turn'],
  ],
  [
    'one of two calls unanswered',
    [user, calling('a', 'b'), result('b'), answer],
    ['warning 1.0 the result of the call of `f` (id "a") is missing; none was made up'],
  ],
  [
    'a user turn instead of a result',
    [user, calling(undefined), user, answer],
    ['warning 1.0 the result of the call of `f` is missing; none was made up'],
  ],
  [
    'one result too many',
    [user, calling('a'), result('a'), result('a'), answer],
    ['warning 3 the tool result "a" answers no call before it'],
  ],
  [
    'an id given twice',
    [user, calling('a', 'a'), result('a'), result('a'), answer],
    ['warning 1 two calls of the message have the id "a"'],
  ],
  [
    'an id-less result takes a call that a later id names',
    [user, calling('a', 'b'), result(), result('a'), answer],
    [
      'warning 3 the tool result "a" answers no call before it',
      'warning 1.1 the result of the call of `f` (id "b") is missing; none was made up',
    ],
  ],
  [
    'a result at the end',
    [user, calling('a'), result('a')],
    ['warning 2 the conversation ends with a tool message, which no answer follows'],
  ],
  [
    'thinking in a user message',
    [{ ...user, reasoning: 'R' }, answer],
    ['error 0 a user message cannot have thinking or calls'],
  ],
  [
    'a weight that is not finite',
    [user, { ...answer, weight: NaN }],
    ['error 1 the weight NaN is not finite'],
  ],
  [
    'ranges that do not fit the content, beside one that does',
    [
      user,
      {
        ...answer,
        detail: [
          { start: 0, end: 1, weight: -0.5 },
          { start: 0, end: 2, weight: 1 },
          { start: 1, end: 1, weight: 1 },
          { start: 0, end: 1, weight: Infinity },
        ],
      },
    ],
    [
      'error 1 the range 0–2 of weight 1 does not fit the content',
      'error 1 the range 1–1 of weight 1 does not fit the content',
      'error 1 the range 0–1 of weight Infinity does not fit the content',
    ],
  ],
  [
    'arguments that are no object',
    [
      user,
      { ...calling('a'), toolCalls: [{ ...call('a'), arguments: [] as unknown as ToolCall['arguments'] }] },
    ],
    ['error 1.0 the arguments of `f` are not an object'],
  ],
])('%s', (_, messages, findings) => {
  const found = validate({ messages }).map(
    (f) => `${f.severity} ${f.message}${f.call === undefined ? '' : `.${f.call}`} ${f.reason}`,
  );
  expect(found).toEqual(findings);
});

const LINE = (line: string) =>
  `warning 1 the answer begins with how long it was thought about, “${line}”, which the page of a chat shows and no model writes; it would be trained`;

it.each<[content: string, line: string | undefined]>([
  ['Thought for 5 seconds\n\nIt is Friday.', 'Thought for 5 seconds'],
  ['\nThought for 5s\nIt is Friday.', 'Thought for 5s'],
  ['Thought for 1m 20s\r\nIt is Friday.', 'Thought for 1m 20s'],
  ['Thought for a few seconds\nIt is Friday.', 'Thought for a few seconds'],
  ['Thought for a second', 'Thought for a second'],
  ['Thought for a moment\n\nIt is Friday.', 'Thought for a moment'],
  ['Thought for 1m20s\nIt is Friday.', 'Thought for 1m20s'],
  ['Thought for 1h 2m 3s\nIt is Friday.', 'Thought for 1h 2m 3s'],
  ['Thought for a couple of seconds\nIt is Friday.', 'Thought for a couple of seconds'],
  ['Thought for less than a second\nIt is Friday.', 'Thought for less than a second'],
  ['Thought for a moment, then spoke.\nIt is Friday.', undefined],
  ['Reasoned for 1 minute and 3 seconds.\nIt is Friday.', 'Reasoned for 1 minute and 3 seconds'],
  ['Thought for 5 seconds.\nIt is Friday.', 'Thought for 5 seconds'],
  // With a full stop these may as well be the answer's first sentence.
  ['Thought for a while.\nThen she left.', undefined],
  ['Thought for a few moments .\nThen she left.', undefined],
  ['Thought for the day: be kind.', undefined],
  ['Thought for 5 seconds before I answered.', undefined],
  ['Thoughtful.\nThought for 5 seconds\n', undefined],
  ['I thought for 5 seconds\nIt is Friday.', undefined],
])('the line of a chat’s page before an answer: %j', (content, line) => {
  const told = (messages: Message[]) =>
    validate({ messages }).map(({ severity, message, reason }) => `${severity} ${message} ${reason}`);
  expect(told([user, { role: 'assistant', content }])).toEqual(line === undefined ? [] : [LINE(line)]);
  // Of a person it is what the person wrote.
  expect(told([{ role: 'user', content }, answer])).toEqual([]);
  // It is not trained.
  expect(told([user, { role: 'assistant', content, weight: 0 }])).toEqual([]);
});

test('the line goes from every answer that has more to say, and what belongs to the rest stays there', () => {
  const conversation: Conversation = {
    id: 'a',
    messages: [
      user,
      {
        role: 'assistant',
        content: 'Thought for 5s\n\nIt is Friday.',
        detail: [{ start: 22, end: 28, weight: 1 }],
      },
      user,
      { role: 'assistant', content: 'Thought for a second' },
      user,
      { role: 'assistant', content: 'Thought for 2s\nFriday.', weight: 0 },
      user,
      { role: 'assistant', content: 'Reasoned for 1m20s\nIt is.' },
    ],
    completionFrom: 7,
    preference: {
      chosen: [{ role: 'assistant', content: 'Reasoned for 1m20s\nIt is.' }],
      rejected: [
        {
          role: 'assistant',
          content: 'Thought for a moment\nNo.',
          detail: [{ start: 21, end: 23, weight: 1 }],
        },
      ],
    },
    extra: {},
    source: { file: 'a.jsonl', record: 0, line: 1 },
  };
  const { conversation: mended, answers } = withoutRecaps(conversation);
  expect(answers).toBe(3);
  expect(mended.messages.map(({ content }) => content)).toEqual([
    user.content,
    'It is Friday.',
    user.content,
    'Thought for a second',
    user.content,
    'Thought for 2s\nFriday.',
    user.content,
    'It is.',
  ]);
  expect(mended.messages[1]?.detail).toEqual([{ start: 6, end: 12, weight: 1 }]);
  expect(mended.preference).toEqual({
    chosen: [{ role: 'assistant', content: 'It is.' }],
    rejected: [{ role: 'assistant', content: 'No.', detail: [{ start: 0, end: 2, weight: 1 }] }],
  });
  expect(conversation.messages[1]?.content).toContain('Thought');
  const { preference: _, ...plain } = conversation;
  const none = { ...plain, messages: [user, answer] };
  expect(withoutRecaps(none)).toEqual({ conversation: none, answers: 0 });
});

it.each([
  ['Thought for 5s\n\n    code()\n    more()', '    code()\n    more()'],
  ['Thought for 5s\r\n \t\r\n  - one\r\n  - two', '  - one\r\n  - two'],
  ['\n Thought for a while \n\tcode()', '\tcode()'],
  // Nothing would be left.
  ['Thought for 5s\n\n   ', 'Thought for 5s\n\n   '],
])('the first line below keeps its indent: %j', (content, left) => {
  expect(withoutLine({ role: 'assistant', content }).content).toBe(left);
});
