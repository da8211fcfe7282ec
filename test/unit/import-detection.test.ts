/**
 * @file Which format a record is, where two of them are near each other; what asking for a format does; wrapped lists.
 */
import { describe, expect, it } from 'vitest';
import { FORMATS, importText } from '../../src/conversation/import';
import { assistant, user } from './import-cases';

const U = { role: 'user', content: 'U' };
const A = { role: 'assistant', content: 'A' };
const human = { from: 'human', value: 'U' };
const gpt = { from: 'gpt', value: 'A' };
const TAGGED = '<tool_call>{"name": "f", "arguments": {}}</tool_call>';

describe('detection', () => {
  it.each<[name: string, input: unknown, format: string]>([
    ['messages', { messages: [U, A] }, 'OpenAI JSON'],
    ['Alpaca fields beside messages', { instruction: 'U', output: 'A', messages: [U, A] }, 'OpenAI JSON'],
    [
      'a prompt and a completion beside messages',
      { prompt: 'U', completion: 'A', messages: [U, A] },
      'OpenAI JSON',
    ],
    [
      'chosen and rejected beside messages',
      { chosen: [U, A], rejected: [U, U], messages: [U, A] },
      'TRL (JSON)',
    ],
    ['a label beside messages', { label: true, messages: [U, A] }, 'OpenAI JSON'],
    ['roles and content under `conversations`', { conversations: [U, A] }, 'OpenAI JSON'],
    ['from and value under `messages`', { messages: [human, gpt] }, 'ShareGPT (JSON)'],
    [
      'from with OpenAI names',
      [
        { from: 'user', value: 'U' },
        { from: 'assistant', value: 'A' },
      ],
      'ShareGPT (JSON)',
    ],
    ['a tag in a gpt turn', [human, { from: 'gpt', value: TAGGED }], 'Hermes (JSON)'],
    ['a tag in a human turn', [{ from: 'human', value: TAGGED }, gpt], 'ShareGPT (JSON)'],
    ['a tag in an OpenAI message', [U, { role: 'assistant', content: TAGGED }], 'OpenAI JSON'],
    [
      'another tag in an OpenAI message',
      [U, { role: 'assistant', content: '<TOOLCALL>[]' }],
      'When2Call (JSON)',
    ],
    [
      'chosen and rejected turns',
      { conversations: [human], chosen: gpt, rejected: human },
      'ShareGPT (JSON)',
    ],
    ['a chosen_response', { messages: [U], chosen_response: A }, 'When2Call (JSON)'],
    ['train on a message', { messages: [U, { ...A, train: false }] }, 'Axolotl (JSON)'],
    ['train on a turn', { conversations: [human, { ...gpt, train: true }] }, 'Axolotl (JSON)'],
    ['train that is null', { messages: [U, { ...A, train: null }] }, 'OpenAI JSON'],
    ['chat_template_kwargs', { messages: [U, A], chat_template_kwargs: {} }, 'TRL (JSON)'],
    ['prompt and completion', { prompt: 'U', completion: 'A' }, 'TRL (JSON)'],
    ['a prompt with an instruction', { prompt: 'U', instruction: 'U', output: 'A' }, 'TRL (JSON)'],
    ['an instruction with a completion', { instruction: 'U', output: 'A', completion: 'A' }, 'Alpaca (JSON)'],
    ['an instruction without output', { instruction: 'U', response: 'A' }, 'unknown JSON'],
    ['query and answers', { query: 'U', answers: '[]' }, 'xLAM (JSON)'],
    ['query without answers', { query: 'U', answer: 'A' }, 'unknown JSON'],
    ['thread roles', [U, { role: 'assistant_answer', content: 'A' }], 'thread roles (JSON)'],
    [
      'thread roles with train',
      [U, { role: 'assistant_answer', content: 'A', train: true }],
      'thread roles (JSON)',
    ],
    ['a text that is Harmony', { text: '<|start|>user<|message|>U<|end|>' }, 'Harmony (JSON)'],
    ['a text that is not', { text: 'U' }, 'unknown JSON'],
    ['segments', { segments: [{ text: 'a', label: true }] }, 'Axolotl (JSON)'],
  ])('%s', (_, input, format) => {
    expect(importText(JSON.stringify(input)).format).toBe(format);
  });

  it.each<[name: string, text: string, format: string]>([
    ['speakers', 'User: U\nAssistant: A', 'plain transcript'],
    ['speakers in small letters', 'user: U\nassistant: A', 'thread roles (transcript)'],
    [
      'thread roles that quote speakers',
      'user: U\nassistant_answer\n    x\nUser: a\nAssistant: b',
      'thread roles (transcript)',
    ],
    [
      'Harmony that quotes speakers',
      '<|start|>user<|message|>User: a\nAssistant: b<|end|>',
      'Harmony (text)',
    ],
    ['a table with cells that quote speakers', 'prompt,answer\n"User: a\nAssistant: b",c', 'Alpaca (CSV)'],
    ['a sentence with commas', 'User, prompt, answer: three words', 'unknown'],
    ['one known word', 'prompt\nU', 'unknown'],
  ])('text: %s', (_, text, format) => {
    expect(importText(text).format).toBe(format);
  });

  it('asks for each record of a file, and reads what nobody claims as most of them are', () => {
    const records = [
      { conversations: [human, gpt] },
      { conversations: [human, gpt] },
      { messages: [U, A] },
      { conversations: [] },
    ];
    const result = importText(records.map((record) => JSON.stringify(record)).join('\n'));
    expect(result.format).toBe('ShareGPT (JSONL), OpenAI JSONL');
    expect(result.conversations.map(({ messages }) => messages)).toEqual(
      [0, 1, 2].map(() => [user('U'), assistant('A')]),
    );
    expect(result.problems.map(({ record, reason }) => [record, reason])).toEqual([
      [3, 'the list of messages is empty'],
    ]);
  });

  it('says what is the same in every record once a file', () => {
    const text = '{"prompt": "U", "completion": "A"}\n'.repeat(3);
    expect(importText(text).problems.map(({ line, field }) => [line, field])).toEqual([
      [1, 'prompt'],
      [1, 'completion'],
    ]);
  });
});

describe('asking for a format', () => {
  it.each(FORMATS.map(({ id }) => id))('%s: never throws, and says what it does not find', (format) => {
    for (const text of ['{"x": 1}', 'x', '[1]', '{', '[[]]']) {
      const { problems, conversations } = importText(text, { format });
      expect(conversations).toEqual([]);
      expect(problems.length).toBeGreaterThan(0);
    }
  });

  it('reads messages as OpenAI although they have Axolotl fields, and says what it leaves out', () => {
    const { problems, format } = importText(JSON.stringify([U, { ...A, train: true }]), { format: 'openai' });
    expect(format).toBe('OpenAI JSON');
    expect(problems.map(({ reason }) => reason)).toEqual([
      'the field `train` is not used and will not be exported',
    ]);
  });

  it('reads a table as the format asked for', () => {
    const { format, conversations } = importText('instruction,output\nU,A', {
      name: 'x.csv',
      format: 'alpaca',
    });
    expect(format).toBe('Alpaca (CSV)');
    expect(conversations[0]?.messages).toEqual([user('U'), assistant('A')]);
  });
});

describe('a list of records inside a document', () => {
  const records = [{ messages: [U, A] }, { messages: [U, A] }];
  const loaded = (document: unknown) => {
    const { conversations, problems, records: count } = importText(JSON.stringify(document));
    return [
      conversations.length,
      count,
      ...problems.map(({ record, field, reason }) => `${record} ${field}: ${reason}`),
    ];
  };

  it.each<[name: string, document: unknown, expected: unknown[]]>([
    ['under `data`', { data: records }, [2, 2]],
    ['under `conversations`', { conversations: records }, [2, 2]],
    [
      'of bare lists of messages',
      {
        train: [
          [U, A],
          [U, A],
        ],
      },
      [2, 2],
    ],
    ['of one record', { rows: [{ prompt: [U], completion: [A] }] }, [1, 1]],
    [
      'beside other fields, which are told',
      { version: 1, data: records, info: {} },
      [2, 2, '0 : beside the list `data` the document has `version`, `info`, which is no part of a record'],
    ],
    [
      'with a bad record',
      { data: [{ messages: [U, A] }, { messages: [{ role: 'x' }] }] },
      [1, 2, '1 messages[0].role: the role "x" is unknown'],
    ],
    ['no list, but one conversation', { conversations: [U, A] }, [1, 1]],
    ['no list, but messages and another list', { messages: [U, A], data: [{ a: 1 }] }, [1, 1]],
    ['no list, but a record that has one', { instruction: 'U', output: 'A', data: [{ a: 1 }] }, [1, 1]],
    [
      'two lists, which one is unclear',
      { data: records, test: records },
      [0, 1, '0 : the record has no list of messages, only `data`, `test`'],
    ],
    [
      'messages without roles are no records',
      { messages: [{ content: 'U' }] },
      [0, 1, '0 messages[0]: the message has no role'],
    ],
  ])('%s', (_, document, expected) => {
    expect(loaded(document)).toEqual(expected);
  });

  it('keeps lines and notes with their records', () => {
    const text = `{"data": [\n{"messages": [{"role": "user", "content": "U"}, {"role": "assistant", "content": "A"}], "n": 1, "n": 2},\n{"messages": [{"role": "user", "content": "U"}, {"role": "assistant", "content": "A"}], "n": 1, "n": 2}]}`;
    const { conversations, problems } = importText(text);
    expect(conversations.map(({ source }) => [source.record, source.line])).toEqual([
      [0, 2],
      [1, 3],
    ]);
    expect(problems.map(({ record, line, field }) => [record, line, field])).toEqual([
      [0, 2, 'n'],
      [1, 3, 'n'],
    ]);
  });
});
