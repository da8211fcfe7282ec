/**
 * @file Axolotl's per-message training fields and segments, each with the exact conversation that must result.
 */
import { describe } from 'vitest';
import { assistant, call, testCases, user } from './import-cases';

const U = { role: 'user', content: 'U' };
const one = (message: object) => ({ messages: [U, { role: 'assistant', ...message }] });
const range = (begin_offset: number, end_offset: number, train: unknown) => ({
  begin_offset,
  end_offset,
  train,
});

describe('train and train_detail', () => {
  testCases('Axolotl (JSON)', [
    {
      name: 'train becomes the weight',
      input: {
        messages: [
          { ...U, train: false },
          { role: 'assistant', content: 'A', train: true },
        ],
        split: 'x',
      },
      expected: {
        messages: [{ ...user('U'), weight: 0 }, assistant('A', { weight: 1 })],
        extra: { split: 'x' },
      },
    },
    {
      name: 'turns with from and value',
      input: {
        conversations: [
          { from: 'human', value: 'U' },
          { from: 'gpt', value: 'AB', train_detail: [range(0, 0, true)] },
        ],
      },
      expected: { messages: [user('U'), assistant('AB', { detail: [{ start: 0, end: 1, weight: 1 }] })] },
    },
    {
      name: 'ranges with their last character',
      input: one({ content: 'hello world', train_detail: [range(0, 4, false), range(5, 10, true)] }),
      expected: {
        messages: [
          user('U'),
          assistant('hello world', {
            detail: [
              { start: 0, end: 5, weight: 0 },
              { start: 5, end: 11, weight: 1 },
            ],
          }),
        ],
      },
    },
    {
      name: 'offsets in code points, where 🙂 is one',
      input: one({ content: '🙂é🙂b', train_detail: [range(0, 0, true), range(2, 3, false)] }),
      expected: {
        messages: [
          user('U'),
          assistant('🙂é🙂b', {
            detail: [
              { start: 0, end: 2, weight: 1 },
              { start: 3, end: 6, weight: 0 },
            ],
          }),
        ],
      },
    },
    {
      name: 'thinking that stays in a content whose characters are counted',
      input: one({ content: '<think>R</think>A', train_detail: [range(16, 16, true)] }),
      expected: {
        messages: [
          user('U'),
          assistant('<think>R</think>A', { detail: [{ start: 16, end: 17, weight: 1 }] }),
        ],
      },
      problems: ['warning 1 messages[1].content: the thinking inside the content was left there'],
    },
    {
      name: 'a weight beside train',
      input: one({
        content: 'AB',
        train: true,
        weight: 0.5,
        train_detail: [{ ...range(0, 1, true), weight: 0.25 }],
      }),
      expected: {
        messages: [user('U'), assistant('AB', { weight: 0.5, detail: [{ start: 0, end: 2, weight: 0.25 }] })],
      },
    },
    {
      name: 'calls and an empty list of ranges',
      input: one({
        content: null,
        train: true,
        train_detail: [],
        tool_calls: [{ function: { name: 'f', arguments: '{}' } }],
      }),
      expected: {
        messages: [user('U'), assistant('', { weight: 1, detail: [], toolCalls: [call('f', '{}')] })],
      },
    },
    {
      name: 'everything that can be wrong, each at its field',
      input: {
        messages: [
          { ...U, train: 'yes' },
          { role: 'assistant', content: 'A', train: false, weight: 1 },
          { role: 'assistant', content: 'A', train_detail: {} },
          {
            role: 'assistant',
            content: 'AB',
            train_detail: [range(1, 0, true), range(0, 2, true), range(-1, 0, true)],
          },
          { role: 'assistant', content: 'AB', train_detail: [range(0, 1, true), range(1, 1, false)] },
          {
            role: 'assistant',
            content: 'AB',
            train_detail: [range(0, 0.5, true), { ...range(0, 0, true), weight: 0 }, range(0, 0, 1)],
          },
        ],
      },
      problems: [
        'error 1 messages[0].train: train is a string, not true or false',
        'error 1 messages[1].train: the message has a weight that disagrees with train',
        'error 1 messages[2].train_detail: train_detail is an object, not a list',
        'error 1 messages[3].train_detail[0]: the range ends at 0, before it begins',
        'error 1 messages[3].train_detail[1]: the range ends at 2, and the content has 2 characters',
        'error 1 messages[3].train_detail[2].begin_offset: begin_offset is not a whole number from 0',
        'error 1 messages[4].train_detail: two ranges of train_detail overlap',
        'error 1 messages[5].train_detail[0].end_offset: end_offset is not a whole number from 0',
        "error 1 messages[5].train_detail[1]: the range's weight disagrees with train, or is no number",
        'error 1 messages[5].train_detail[2]: the range does not say whether it is trained',
      ],
    },
  ]);
});

describe('segments', () => {
  const REMARKS = [
    'warning 1 segments: segments have no roles, so all of them are one assistant message',
    'warning 1 segments: the assistant speaks before any user message',
  ];
  testCases('Axolotl (JSON)', [
    {
      name: 'one message with their labels as its detail',
      input: {
        segments: [
          { label: false, text: '<s>Hi\n' },
          { label: true, text: 'A</s>' },
          { label: true, text: '' },
        ],
        id: 1,
      },
      expected: {
        messages: [
          assistant('<s>Hi\nA</s>', {
            detail: [
              { start: 0, end: 6, weight: 0 },
              { start: 6, end: 11, weight: 1 },
            ],
          }),
        ],
        extra: { id: 1 },
      },
      problems: REMARKS,
    },
    {
      name: 'a think tag that is part of their text',
      input: { segments: [{ label: true, text: '<think>R</think>A' }] },
      expected: {
        messages: [assistant('<think>R</think>A', { detail: [{ start: 0, end: 17, weight: 1 }] })],
      },
      problems: REMARKS,
    },
    {
      name: 'without label, without text',
      input: '{"segments": [{"text": "a"},\n{"label": true},\n{"label": 1, "text": ""}, 3]}',
      problems: [
        'error 1 segments[0]: the segment does not say whether it is trained',
        'error 2 segments[1]: the segment has no text',
        'error 3 segments[2]: the segment does not say whether it is trained',
        'error 3 segments[3]: the segment has no text',
      ],
    },
  ]);
  testCases('unknown JSON', [
    {
      name: 'an empty list is nothing that is known',
      input: { segments: [] },
      problems: ['error 1 : the record has no list of messages, only `segments`'],
    },
  ]);
});
