/**
 * @file Export to TRL's dataset types: exact records, and the way back as an identity.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { notInOpenAI } from '../../src/conversation/export';
import { toTrl, toTrlJsonl, trlType } from '../../src/conversation/export-trl';
import { importText } from '../../src/conversation/import';
import type { Conversation, Message } from '../../src/conversation/types';
import { conversation, divided } from './import-arbitraries';
import { assistant, call, schema, user } from './import-cases';

const made = (parts: Partial<Conversation>): Conversation => ({
  id: '',
  messages: [user('U'), assistant('A')],
  extra: {},
  source: { file: '', record: 0, line: 1 },
  ...parts,
});
const U = { role: 'user', content: 'U' };
const A = { role: 'assistant', content: 'A' };
const B = { role: 'assistant', content: 'B' };

describe('records', () => {
  it.each<[type: string, parts: Partial<Conversation>, expected: unknown]>([
    ['messages', { extra: { id: 7 } }, { messages: [U, A], id: 7 }],
    ['prompt', { messages: [user('U')], completionFrom: 1 }, { prompt: [U] }],
    ['prompt-completion', { completionFrom: 1 }, { prompt: [U], completion: [A] }],
    ['kto', { completionFrom: 1, label: false }, { prompt: [U], completion: [A], label: false }],
    ['kto', { label: true }, { prompt: [U], completion: [A], label: true }],
    [
      'preference',
      { completionFrom: 1, preference: { chosen: [assistant('A')], rejected: [assistant('B')] } },
      { prompt: [U], chosen: [A], rejected: [B] },
    ],
    [
      'messages',
      { tools: [schema('f')], templateKwargs: { enable_thinking: false } },
      { messages: [U, A], tools: [schema('f')], chat_template_kwargs: { enable_thinking: false } },
    ],
    ['messages', { extra: { messages: 3, tools: 4 } }, { messages: [U, A], tools: 4 }],
  ])('%s', (type, parts, expected) => {
    expect(trlType(made(parts))).toBe(type);
    expect(toTrl(made(parts))).toEqual(expected);
  });

  it('writes another type where it is asked for', () => {
    const later = made({ messages: [user('U'), assistant('A'), user('V'), assistant('B')] });
    expect(toTrl(later, { type: 'prompt-completion' })).toEqual({
      prompt: [U, A, { role: 'user', content: 'V' }],
      completion: [B],
    });
    expect(toTrl(made({ completionFrom: 0, label: true }), { type: 'messages' })).toEqual({
      messages: [U, A],
    });
    expect(() => toTrl(later, { type: 'kto' })).toThrow('The conversation has no label, which KTO needs.');
    expect(() => toTrl(later, { type: 'preference' })).toThrow('no rejected completion');
  });

  it('writes thinking, calls, weights and details', () => {
    const messages = [
      user('U'),
      assistant('', { reasoning: 'R', toolCalls: [call('f', '{"x": 3.0,\n "y": [1,  2]}', { id: 'a' })] }),
      { role: 'tool', content: '7', toolCallId: 'a' },
      assistant('🙂b', {
        weight: 0.5,
        detail: [
          { start: 0, end: 2, weight: 0 },
          { start: 2, end: 3, weight: 2 },
        ],
      }),
    ] satisfies Message[];
    expect(toTrlJsonl([made({ messages })])).toBe(
      '{"messages":[{"role":"user","content":"U"},' +
        '{"role":"assistant","content":"","reasoning_content":"R","tool_calls":[{"id":"a","type":"function",' +
        '"function":{"name":"f","arguments":{"x": 3.0, "y": [1,  2]}}}]},' +
        '{"role":"tool","content":"7","tool_call_id":"a"},' +
        '{"role":"assistant","content":"🙂b","weight":0.5,"train_detail":[' +
        '{"begin_offset":0,"end_offset":0,"train":false},' +
        '{"begin_offset":1,"end_offset":1,"train":true,"weight":2}]}]}\n',
    );
    expect(toTrlJsonl([made({ messages })], { arguments: 'text' })).toContain(
      '"arguments":"{\\"x\\": 3.0,\\n \\"y\\": [1,  2]}"',
    );
  });

  it('writes arguments that were changed by hand, and no longer their text', () => {
    const changed = { ...call('f', '{"x": 1}'), arguments: { x: 2 } };
    expect(toTrlJsonl([made({ messages: [user('U'), assistant('', { toolCalls: [changed] })] })])).toContain(
      '"arguments":{"x":2}',
    );
  });

  it('names what an OpenAI record cannot hold', () => {
    expect(notInOpenAI(made({}))).toEqual([]);
    expect(
      notInOpenAI(made({ completionFrom: 1, label: true, preference: { chosen: [], rejected: [] } })),
    ).toEqual(['completionFrom', 'preference', 'label']);
  });
});

const essence = ({ id: _id, source: _source, ...rest }: Conversation) => rest;
/** Arguments as objects keep their text, except for line breaks between their parts. */
const joined = (text: string) => text.replace(/\s*[\r\n]\s*/g, ' ').trim();
const onOneLine = (messages: Message[]) =>
  messages.map((message) => ({
    ...message,
    ...(message.toolCalls && {
      toolCalls: message.toolCalls.map((each) => ({ ...each, rawArguments: joined(each.rawArguments) })),
    }),
  }));

describe('the way back', () => {
  it.each([
    ['messages', conversation],
    ['prompts, completions, labels and preferences', divided],
  ])(
    'is the identity: %s',
    (_, arbitrary) => {
      fc.assert(
        fc.property(fc.array(arbitrary, { minLength: 1, maxLength: 3 }), (conversations) => {
          const text = toTrlJsonl(conversations, { arguments: 'text' });
          // JSON has no way to tell line separators apart, and a record must be one line.
          expect(text.split('\n')).toHaveLength(conversations.length + 1);
          for (const format of [undefined, 'trl'] as const) {
            const result = importText(text, { name: 'x.jsonl', format });
            expect(result.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
            expect(result.conversations.map(essence)).toEqual(conversations.map(essence));
          }
          const objects = toTrlJsonl(conversations);
          expect(objects.split('\n')).toHaveLength(conversations.length + 1);
          const again = importText(objects, { name: 'x.jsonl' }).conversations;
          expect(again.map(essence)).toEqual(
            conversations.map((each) => ({
              ...essence(each),
              messages: onOneLine(each.messages),
              ...(each.preference && {
                preference: {
                  chosen: onOneLine(each.preference.chosen),
                  rejected: onOneLine(each.preference.rejected),
                },
              }),
            })),
          );
          expect(toTrlJsonl(again)).toBe(objects);
        }),
        { numRuns: 200 },
      );
      // About three seconds of a processor, which others may be using.
    },
    120_000,
  );
});
