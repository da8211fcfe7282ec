/**
 * @file TRL's dataset types, each with the exact conversation that must result.
 */
import { describe, expect, it } from 'vitest';
import { notInOpenAI, toOpenAIJsonl } from '../../src/conversation/export';
import { importText } from '../../src/conversation/import';
import type { Conversation } from '../../src/conversation/types';
import { assistant, call, schema, system, testCases, user } from './import-cases';

const U = { role: 'user', content: 'U' };
const A = { role: 'assistant', content: 'A' };
const B = { role: 'assistant', content: 'B' };
const TEXT = (key: string) => `warning 1 ${key}: ${key} is plain text, which TRL joins as it is`;
const NO_ANSWER = ['warning 1 : the conversation has no assistant message'];

describe('messages', () => {
  testCases('TRL (JSON)', [
    {
      name: 'with chat_template_kwargs and tools',
      input: {
        messages: [U, A],
        tools: [{ type: 'function', function: { name: 'f' } }],
        chat_template_kwargs: { enable_thinking: false },
      },
      expected: {
        messages: [user('U'), assistant('A')],
        tools: [schema('f')],
        templateKwargs: { enable_thinking: false },
      },
    },
    {
      name: 'tools as a JSON string, other fields kept',
      input: {
        messages: [U, A],
        tools: '[{"name": "f", "parameters": {}}]',
        chat_template_kwargs: {},
        id: 3,
      },
      expected: {
        messages: [user('U'), assistant('A')],
        tools: [schema('f', { parameters: {} })],
        templateKwargs: {},
        extra: { id: 3 },
      },
    },
    {
      name: 'chat_template_kwargs that are no object',
      input: { messages: [U, A], chat_template_kwargs: [1] },
      problems: ['error 1 chat_template_kwargs: chat_template_kwargs is a list, not an object'],
    },
  ]);
});

describe('prompt and completion', () => {
  testCases('TRL (JSON)', [
    {
      name: 'lists of messages',
      input: { prompt: [{ role: 'system', content: 'S' }, U], completion: [A] },
      expected: { messages: [system('S'), user('U'), assistant('A')], completionFrom: 2 },
    },
    {
      name: 'a completion of several messages with a call',
      input: {
        prompt: [U],
        completion: [
          {
            role: 'assistant',
            tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: { x: 1 } } }],
          },
          { role: 'tool', tool_call_id: 'a', content: '7' },
          A,
        ],
      },
      expected: {
        messages: [
          user('U'),
          assistant('', { toolCalls: [call('f', '{"x":1}', { id: 'a' })] }),
          { role: 'tool', content: '7', toolCallId: 'a' },
          assistant('A'),
        ],
        completionFrom: 1,
      },
    },
    {
      name: 'texts, with one remark for each field',
      input: { prompt: 'U', completion: '<think>R</think>A' },
      expected: { messages: [user('U'), assistant('A', { reasoning: 'R' })], completionFrom: 1 },
      problems: [TEXT('prompt'), TEXT('completion')],
    },
    {
      name: 'a text and a list',
      input: { prompt: 'U', completion: [A] },
      expected: { messages: [user('U'), assistant('A')], completionFrom: 1 },
      problems: [TEXT('prompt')],
    },
    {
      name: 'one message instead of a list',
      input: { prompt: [U], completion: A },
      expected: { messages: [user('U'), assistant('A')], completionFrom: 1 },
    },
    {
      name: 'a prompt alone',
      input: { prompt: [U], answer: '42' },
      expected: { messages: [user('U')], completionFrom: 1, extra: { answer: '42' } },
      problems: ['warning 1 answer: the field `answer` is kept, but TRL does not read it', ...NO_ANSWER],
    },
    {
      name: 'null-filled columns of the other types',
      input: { messages: null, prompt: [U], completion: [A], chosen: null, rejected: null, label: null },
      expected: {
        messages: [user('U'), assistant('A')],
        completionFrom: 1,
        extra: { messages: null, chosen: null, rejected: null, label: null },
      },
    },
    {
      name: 'a system text that TRL ignores',
      input: { system: 'S', prompt: [U], completion: [A] },
      expected: { messages: [user('U'), assistant('A')], completionFrom: 1, extra: { system: 'S' } },
      problems: ['warning 1 system: the field `system` is kept, but TRL does not read it'],
    },
    {
      name: 'an empty prompt',
      input: { prompt: [], completion: [A] },
      expected: { messages: [assistant('A')], completionFrom: 0 },
      problems: ['warning 1 completion[0]: the assistant speaks before any user message'],
    },
    {
      name: 'a completion without a prompt',
      input: { completion: 'A' },
      problems: ['error 1 completion: the record has a completion but no prompt'],
    },
    {
      name: 'a prompt that is a number',
      input: '{\n"prompt": 3,\n"completion": "A"}',
      problems: [
        'error 2 prompt: prompt is a number, neither messages nor text',
        'warning 3 completion: completion is plain text',
      ],
    },
    {
      name: 'stepwise supervision',
      input: { prompt: 'U', completions: ['A', 'B'], labels: [true, false] },
      problems: ['error 1 completions: labels for the steps of a completion'],
    },
  ]);
});

describe('preference', () => {
  const both = (prompt: ReturnType<typeof user>[]) => ({
    messages: [...prompt, assistant('A')],
    completionFrom: prompt.length,
    preference: { chosen: [assistant('A')], rejected: [assistant('B')] },
  });
  testCases('TRL (JSON)', [
    {
      name: 'with a prompt of messages',
      input: { prompt: [U], chosen: [A], rejected: [B], score: 0.5 },
      expected: { ...both([user('U')]), extra: { score: 0.5 } },
    },
    {
      name: 'with texts',
      input: { prompt: 'U', chosen: 'A', rejected: 'B' },
      expected: both([user('U')]),
      problems: [TEXT('chosen'), TEXT('rejected'), TEXT('prompt')],
    },
    {
      name: 'with an implicit prompt: the messages that both begin with',
      input: {
        chosen: [{ role: 'system', content: 'S' }, U, A],
        rejected: [{ role: 'system', content: 'S' }, U, B],
      },
      expected: both([system('S'), user('U')]),
    },
    {
      name: 'where one completion is the beginning of the other',
      input: { chosen: [U, A], rejected: [U, A, U, B] },
      expected: {
        messages: [user('U'), assistant('A')],
        completionFrom: 1,
        preference: { chosen: [assistant('A')], rejected: [assistant('A'), user('U'), assistant('B')] },
      },
    },
    {
      name: 'with the prompt as text besides the lists that repeat it (UltraFeedback)',
      input: { prompt: 'U', prompt_id: 'x', chosen: [U, A], rejected: [U, B], messages: [U, A] },
      expected: { ...both([user('U')]), extra: { prompt_id: 'x', messages: [U, A] } },
      problems: [TEXT('prompt')],
    },
    {
      name: 'texts without a prompt',
      input: { chosen: 'A', rejected: 'B' },
      expected: both([]),
      problems: [
        TEXT('chosen'),
        TEXT('rejected'),
        'warning 1 chosen: the record has no prompt, so its texts were read as answers to nothing',
        'warning 1 chosen: the assistant speaks before any user message',
        'warning 1 rejected: the assistant speaks before any user message',
      ],
    },
    {
      name: 'two completions that are the same',
      input: { prompt: [U], chosen: [A], rejected: [A] },
      expected: {
        messages: [user('U'), assistant('A')],
        completionFrom: 1,
        preference: { chosen: [assistant('A')], rejected: [assistant('A')] },
      },
      problems: ['warning 1 rejected: the chosen and the rejected completion are the same'],
    },
    {
      name: 'a rejected completion that is empty',
      input: { prompt: [U], chosen: [A], rejected: [] },
      problems: ['error 1 rejected: one of the two completions holds no message'],
    },
    {
      name: 'a finding in the rejected completion, at its own line',
      input:
        '{"prompt": [{"role": "user", "content": "U"}],\n"chosen": [{"role": "assistant", "content": "A"}],\n"rejected": [{"role": "assistant", "content": ""}]}',
      expected: {
        messages: [user('U'), assistant('A')],
        completionFrom: 1,
        preference: { chosen: [assistant('A')], rejected: [assistant('')] },
      },
      problems: ['warning 3 rejected[0]: the assistant message is empty'],
    },
    {
      name: 'an unknown role in the rejected completion',
      input: { prompt: [U], chosen: [A], rejected: [{ role: 'x', content: '' }] },
      problems: [
        'error 1 rejected[0].role: the role "x" is unknown',
        'error 1 rejected: one of the two completions holds no message',
      ],
    },
  ]);
  testCases('unknown JSON', [
    {
      name: 'one side alone is no preference',
      input: { chosen: [U, A] },
      problems: ['error 1 : the record has no list of messages, only `chosen`'],
    },
  ]);
});

describe('label', () => {
  testCases('TRL (JSON)', [
    {
      name: 'true',
      input: { prompt: [U], completion: [A], label: true },
      expected: { messages: [user('U'), assistant('A')], completionFrom: 1, label: true },
    },
    {
      name: 'false, with texts',
      input: { prompt: 'U', completion: 'A', label: false },
      expected: { messages: [user('U'), assistant('A')], completionFrom: 1, label: false },
      problems: [TEXT('prompt'), TEXT('completion')],
    },
    {
      name: 'a number',
      input: { prompt: [U], completion: [A], label: 1 },
      problems: ['error 1 label: the label is a number, not true or false'],
    },
    {
      name: 'without a completion',
      input: { prompt: [U], label: true },
      problems: ['error 1 label: the record has a label but no completion'],
    },
    {
      name: 'of messages with the arguments of a template',
      input: { messages: [U, A], label: false, chat_template_kwargs: { a: 1 } },
      expected: {
        messages: [user('U'), assistant('A')],
        completionFrom: 1,
        label: false,
        templateKwargs: { a: 1 },
      },
    },
  ]);
});

describe('a label on messages is about what the assistant wrote last', () => {
  const TURNS = [U, A, { role: 'user', content: 'V' }, { role: 'assistant', content: 'B' }];
  const READ = [user('U'), assistant('A'), user('V'), assistant('B')];
  testCases('OpenAI JSON', [
    {
      name: 'true',
      input: { messages: TURNS, label: true },
      expected: { messages: READ, completionFrom: 3, label: true },
    },
    {
      name: 'false, and other fields are kept',
      input: { messages: [U, A], label: false, id: 7 },
      expected: { messages: [user('U'), assistant('A')], completionFrom: 1, label: false, extra: { id: 7 } },
    },
    {
      name: 'without any user',
      input: { messages: [{ role: 'system', content: 'S' }, A], label: true },
      expected: {
        messages: [{ role: 'system', content: 'S' }, assistant('A')],
        completionFrom: 1,
        label: true,
      },
      problems: ['warning 1 messages[1]: the assistant speaks before any user message'],
    },
    {
      name: 'without an answer at the end',
      input: { messages: [U, A, U], label: true },
      expected: { messages: [user('U'), assistant('A'), user('U')], extra: { label: true } },
      problems: [
        'warning 1 label: the record has a label but does not end with an answer of the assistant',
        'warning 1 messages[2]: the conversation ends with a user message, which no answer follows',
      ],
    },
    {
      name: 'of another kind is some other label',
      input: { messages: [U, A], label: 'weather' },
      expected: { messages: [user('U'), assistant('A')], extra: { label: 'weather' } },
    },
  ]);
  testCases('ShareGPT (JSON)', [
    {
      name: 'in ShareGPT',
      input: {
        conversations: [
          { from: 'human', value: 'U' },
          { from: 'gpt', value: 'A' },
        ],
        label: false,
      },
      expected: { messages: [user('U'), assistant('A')], completionFrom: 1, label: false },
    },
  ]);
  testCases('thread roles (JSON)', [
    {
      name: 'with thinking apart',
      input: {
        messages: [U, { role: 'assistant_think', content: 'T' }, { role: 'assistant_answer', content: 'A' }],
        label: true,
      },
      expected: { messages: [user('U'), assistant('A', { reasoning: 'T' })], completionFrom: 1, label: true },
    },
  ]);

  it('comes back from an OpenAI export', () => {
    const text = JSON.stringify({ messages: TURNS, label: false });
    const [read] = importText(text).conversations;
    expect(notInOpenAI(read as Conversation)).toEqual([]);
    const [again] = importText(toOpenAIJsonl([read as Conversation])).conversations;
    expect(again).toMatchObject({ messages: READ, completionFrom: 3, label: false });
  });
});
