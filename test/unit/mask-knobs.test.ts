/**
 * @file Every knob of a policy beyond the four switches: the exact tokens that it trains on the shipped tokenizer.
 */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/conversation/types';
import { DEFAULT_POLICY, tokenWeights, type MaskPolicy } from '../../src/mask/policy';
import { conversationOf, fixture, inspector, inspectorWith, trained, weighed } from './mask-support';

const policy = (change: Partial<MaskPolicy>): MaskPolicy => ({ ...DEFAULT_POLICY, ...change });
const user = (content: string, more: Partial<Message> = {}): Message => ({ role: 'user', content, ...more });
const says = (content: string, more: Partial<Message> = {}): Message => ({
  role: 'assistant',
  content,
  ...more,
});
const END = '<|im_end|>';
const HEADER = '<|im_start|>|assistant|\n';

const two = fixture('two turns: earlier thinking is stripped');
const tool = fixture('think, call, result, answer');

describe('turns', () => {
  const BYE = {
    '3 think': '<think>|\n|A| |f|are|well|.|\n|</think>|\n|\n',
    '3 answer': 'B|y|e|!',
    '3 end': END,
  };
  it.each([
    ['all', { '1 answer': 'Hello|!', '1 end': END, ...BYE }],
    ['last-turn', BYE],
    ['last-message', BYE],
    ['final-message', BYE],
  ] as const)('%s', (turns, wanted) => expect(trained(two, policy({ turns }))).toEqual(wanted));

  it('tells a turn of several messages from its last message', () => {
    expect(Object.keys(trained(tool, policy({ turns: 'last-turn' })))).toEqual([
      ...['2 think', '2 call', '2 end', '4 think', '4 answer', '4 end'],
    ]);
    expect(Object.keys(trained(tool, policy({ turns: 'last-message' })))).toEqual([
      '4 think',
      '4 answer',
      '4 end',
    ]);
  });

  it('has no last turn where the user spoke last, but a last message', () => {
    const unfinished = fixture('unfinished: the user spoke last');
    expect(trained(unfinished, policy({ turns: 'last-turn' }))).toEqual({});
    expect(trained(unfinished, policy({ turns: 'final-message' }))).toEqual({});
    expect(trained(unfinished, policy({ turns: 'last-message' }))).toEqual({
      '1 answer': 'Hello|!',
      '1 end': END,
    });
  });
});

describe('endOfTurn', () => {
  const ends = (change: Partial<MaskPolicy>) =>
    Object.keys(trained(tool, policy(change))).filter((key) => key.endsWith('end'));
  it('trains each, the last or none', () => {
    expect(ends({})).toEqual(['2 end', '4 end']);
    expect(ends({ endOfTurn: 'each' })).toEqual(['2 end', '4 end']);
    expect(ends({ endOfTurn: 'last' })).toEqual(['4 end']);
    expect(ends({ endOfTurn: 'none' })).toEqual([]);
  });
});

describe('what the model does not generate', () => {
  const one = fixture('answer only');
  const answer = { '2 answer': 'Hello|!', '2 end': END };

  it('trailingNewline weighs the line break after an assistant’s end of turn, and no other', () => {
    expect(trained(one, policy({ trailingNewline: 1 }))).toEqual({ ...answer, '2 scaffold': '\n' });
    expect(trained(two, policy({ trailingNewline: 0.5, turns: 'last-message' }))).toMatchObject({
      '3 scaffold': '\n×0.5',
    });
    expect(trained(two, policy({ trailingNewline: 1, turns: 'last-message' }))).not.toHaveProperty(
      '1 scaffold',
    );
  });

  it('header weighs what the generation prompt supplies', () => {
    expect(trained(one, policy({ header: 0.25 }))).toEqual({
      ...answer,
      '2 header': '<|im_start|>×0.25|assistant×0.25|\n×0.25',
    });
  });

  it('prompt weighs everything else, and the special knobs go before it', () => {
    const { weights } = weighed(one, policy({ prompt: 1 }));
    expect(new Set(weights)).toEqual(new Set([1]));
    expect(trained(one, policy({ prompt: 2, header: 0, trailingNewline: 0, roles: { user: 3 } }))).toEqual({
      '0 header': '<|im_start|>×2|system×2|\n×2',
      '0 system': 'Be×2| ×2|kind×2|.×2',
      '0 scaffold': '<|im_end|>×2|\n×2',
      '1 header': '<|im_start|>×2|user×2|\n×2',
      '1 user': 'Hi×3',
      '1 scaffold': '<|im_end|>×2|\n×2',
      ...answer,
    });
  });

  it('roles train the content of others, without their headers', () => {
    expect(trained(one, policy({ roles: { user: 1 } }))).toEqual({ ...answer, '1 user': 'Hi' });
    const all = trained(tool, policy({ roles: { system: 1, tool: 1 } }));
    expect(Object.keys(all).filter((key) => /system|tools|user|result|header|scaffold/.test(key))).toEqual([
      '0 system',
      '0 tools',
      '3 result',
    ]);
  });
});

describe('thinking', () => {
  it('emptyThink masks a think block without a word', () => {
    const empty = fixture('empty think');
    expect(trained(empty, policy({ emptyThink: 'train' }))).toHaveProperty('1 think');
    expect(trained(empty, policy({ emptyThink: 'mask' }))).toEqual({ '1 answer': 'Hello|!', '1 end': END });
    expect(trained(fixture('think and answer'), policy({ emptyThink: 'mask' }))).toHaveProperty('1 think');
  });

  it('emptyThink masks one that the template wrote by itself, through the line breaks after it', () => {
    const template = (inspector.template.source as string).replace(
      '{%- if message.content -%}{{- message.content -}}{%- endif -%}\n    {%- for',
      "{%- if message.reasoning_content is not string -%}{{- '<think>\\n\\n</think>\\n\\n' -}}{%- endif -%}" +
        '{%- if message.content -%}{{- message.content -}}{%- endif -%}\n    {%- for',
    );
    const prefilled = inspectorWith(template);
    const conversation = conversationOf(user('Hi'), says('\nHello!'));
    expect(weighed(conversation, DEFAULT_POLICY, prefilled).text).toContain('</think>\n\n\nHello!');
    expect(trained(conversation, policy({ emptyThink: 'mask' }), prefilled)).toEqual({
      '1 answer': '\n|Hello|!',
      '1 end': END,
    });
  });

  it('earlierThink masks thinking before the last user message, where a template keeps it', () => {
    const keeping = inspectorWith(
      inspector.template.source.replace(' and loop.index0 > state.last_query', ''),
    );
    expect(Object.keys(trained(two, DEFAULT_POLICY, keeping))).toContain('1 think');
    expect(Object.keys(trained(two, policy({ earlierThink: 'mask' }), keeping))).toEqual([
      '1 answer',
      '1 end',
      '3 think',
      '3 answer',
      '3 end',
    ]);
  });
});

describe('fields of messages', () => {
  it('weight multiplies, unless fields are ignored', () => {
    const conversation = conversationOf(
      user('Hi'),
      says('Hello!', { weight: 0.5 }),
      user('Bye'),
      says('Bye!'),
    );
    expect(trained(conversation, DEFAULT_POLICY)).toMatchObject({
      '1 answer': 'Hello×0.5|!×0.5',
      '1 end': '<|im_end|>×0.5',
      '3 end': END,
    });
    expect(trained(conversation, policy({ messageFields: 'ignore' }))['1 answer']).toBe('Hello|!');
  });

  it('another role trains only where every role may', () => {
    const conversation = conversationOf(user('Hi', { weight: 1 }), says('Hello!'));
    expect(trained(conversation, DEFAULT_POLICY)).not.toHaveProperty('0 user');
    expect(trained(conversation, policy({ messageFields: 'every-role' }))['0 user']).toBe('Hi');
    const none = conversationOf(user('Hi', { weight: 0 }), says('Hello!'));
    expect(trained(none, policy({ messageFields: 'every-role' }))).not.toHaveProperty('0 user');
  });

  it('detail weighs ranges of the content; what is in no range is not trained', () => {
    const detail = [
      { start: 1, end: 3, weight: 1 },
      { start: 4, end: 5, weight: 0.5 },
    ];
    const conversation = conversationOf(user('Hi'), says('12345', { detail, reasoning: 'A greeting.' }));
    expect(trained(conversation, DEFAULT_POLICY)).toMatchObject({
      '1 answer': '2|3|5×0.5',
      '1 end': END,
    });
    expect(trained(conversation, DEFAULT_POLICY)).toHaveProperty('1 think');
    expect(trained(conversation, policy({ messageFields: 'ignore' }))['1 answer']).toBe('1|2|3|4|5');
    expect(() => tokenWeights(inspector.inspect(conversation).encoded, DEFAULT_POLICY, conversation)).toThrow(
      /ranges of trained characters cannot be followed without the rendered text/,
    );
  });

  it('detail follows content that the template trims, and refuses ranges beyond it', () => {
    const trimming = inspectorWith(
      inspector.template.source.replaceAll('{{- message.content -}}', '{{- message.content | trim -}}'),
    );
    const content = '  12345 ';
    const conversation = conversationOf(
      user('Hi'),
      says(content, { detail: [{ start: 3, end: 4, weight: 1 }] }),
    );
    expect(trained(conversation, DEFAULT_POLICY, trimming)).toEqual({ '1 answer': '2', '1 end': END });
    const beyond = conversationOf(user('Hi'), says('123', { detail: [{ start: 2, end: 4, weight: 1 }] }));
    expect(() => weighed(beyond, DEFAULT_POLICY)).toThrow(
      /messages\[1\] .*2 to 4 is no range of its 3 characters/,
    );
  });
});

describe('rules', () => {
  const weather = (rules: MaskPolicy['rules']) => trained(tool, policy({ rules }));

  it('set the weight of what a regular expression matches in what the model generates', () => {
    expect(weather([{ pattern: 'degrees', weight: 2 }])['4 answer']).toBe('3| |degrees×2|.');
    expect(weather([{ pattern: 'NEED.*IT', flags: 'i', weight: 0 }])['2 think']).toBe(
      '<think>|\n|I| |.|\n|</think>|\n|\n',
    );
  });

  it('look only into the segments named, context included', () => {
    const rules = [{ pattern: '[0-9]', kinds: ['result'], weight: 1 }] as const;
    expect(weather(rules)).toMatchObject({ '3 result': '3', '4 answer': '3| |degrees|.' });
  });

  it('later rules win; the choice of turns and the message’s weight still apply', () => {
    const rules = [
      { pattern: '.', weight: 5 },
      { pattern: 'Hello', weight: 3 },
    ];
    const conversation = conversationOf(
      user('Hi'),
      says('Hello!', { weight: 0.5 }),
      user('Bye'),
      says('Hello!'),
    );
    expect(trained(conversation, policy({ rules }))).toMatchObject({
      '1 answer': 'Hello×1.5|!×2.5',
      '3 answer': 'Hello×3|!×5',
    });
    expect(trained(conversation, policy({ rules, turns: 'last-message' }))).not.toHaveProperty('1 answer');
  });

  it('refuses what is no regular expression, and rules without the text', () => {
    expect(() => weather([{ pattern: '(', weight: 0 }])).toThrow(/rule \/\(\/ is not a regular expression/);
    const { encoded } = inspector.inspect(tool);
    expect(() => tokenWeights(encoded, policy({ rules: [{ pattern: 'x', weight: 0 }] }), tool)).toThrow(
      /without the rendered text/,
    );
  });
});

describe('a token across a border', () => {
  // “Hello” is one token, so a rule on a part of it draws a border through it.
  const conversation = conversationOf(user('Hi'), says('Hello!'));
  const weightOf = (border: MaskPolicy['border'], pattern: string) =>
    trained(conversation, policy({ border, rules: [{ pattern, weight: 3 }] }))['1 answer'];

  it.each([
    [undefined, 'He', 'Hello×3|!'],
    ['strict', 'He', 'Hello×3|!'],
    ['first', 'He', 'Hello×3|!'],
    ['first', 'llo', 'Hello|!'],
    ['masked', 'He', '!'],
    ['masked', 'Hello', 'Hello×3|!'],
    ['majority', 'He', 'Hello|!'],
    ['majority', 'Hel', 'Hello×3|!'],
  ] as const)('%s, rule /%s/: %s', (border, pattern, wanted) => {
    expect(weightOf(border, pattern)).toBe(wanted);
  });

  it('majority takes the earlier weight where two are even', () => {
    const even = conversationOf(user('Hi'), says('name'));
    const rules = [{ pattern: 'na', weight: 3 }];
    expect(weighed(even, DEFAULT_POLICY).pieces).toContain('name');
    expect(trained(even, policy({ border: 'majority', rules }))['1 answer']).toBe('name×3');
  });

  it('strict keeps a token out that ends in context; first does not', () => {
    const text = 'ab';
    const spans = [
      { start: 0, end: 1, message: 0, kind: 'answer' as const, generated: true },
      { start: 1, end: 2, message: 0, kind: 'scaffold' as const, generated: false },
    ];
    const encoded = {
      ids: Int32Array.of(7),
      start: Int32Array.of(0),
      end: Int32Array.of(2),
      kind: Uint8Array.of(6),
      message: Int32Array.of(0),
      generated: Uint8Array.of(0),
    };
    const across = (change: Partial<MaskPolicy>) => [
      ...tokenWeights(encoded, policy(change), { messages: [says('a')] }, { text, spans }),
    ];
    expect(across({})).toEqual([0]);
    expect(across({ border: 'first' })).toEqual([1]);
    expect(across({ border: 'masked' })).toEqual([0]);
    expect(across({ border: 'majority' })).toEqual([1]);
    expect(across({ prompt: 0.5 })).toEqual([0.5]);
  });
});

describe('with and without the text', () => {
  const knobs: Partial<MaskPolicy>[] = [
    {},
    { turns: 'last-turn', endOfTurn: 'last' },
    { header: 0.5, trailingNewline: 2, emptyThink: 'mask' },
    { prompt: -1, roles: { tool: 3 }, earlierThink: 'mask' },
    { think: { train: false, weight: 1 }, messageFields: 'every-role' },
  ];
  it.each(knobs)('%j weighs the same', (change) => {
    for (const name of ['think, call, result, answer', 'empty think', 'odd Unicode', 'an empty turn']) {
      const conversation = fixture(name);
      const { encoded, weights } = weighed(conversation, policy(change));
      expect([...tokenWeights(encoded, policy(change), conversation)]).toEqual([...weights]);
    }
  });

  it.each([{ header: NaN }, { trailingNewline: Infinity }, { prompt: 1e39 }, { roles: { user: NaN } }])(
    'refuses %j',
    (change) => {
      expect(() => weighed(two, policy(change))).toThrow(/must be a finite number/);
    },
  );
});

it('refuses weights whose product is not finite in 32 bits', () => {
  const conversation = conversationOf(user('Hi'), says('Hello!', { weight: 1e20 }));
  const answer = { train: true, weight: 1e20 };
  expect(() => weighed(conversation, policy({ answer }))).toThrow(
    /weight of token \d+ must be a finite number/,
  );
});

it('names the header of an assistant as one', () => {
  expect(trained(fixture('no system'), policy({ header: 1 }))['1 header']).toBe(HEADER);
});
