/**
 * @file Reward functions, each on a table of cases; ToolRL's score against the values of its own code.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { composeAll, type Expected } from '../../src/conversation/practice/compose';
import type { Call } from '../../src/conversation/practice/tool';
import type { Message } from '../../src/conversation/types';
import { lastNumber } from '../../src/reward/functions/numeric-answer';
import { readReaction } from '../../src/reward/reaction';
import { recordedReaction } from '../../src/reward/expected-turns';
import { recordedCompletion, rewardInput } from '../../src/reward/recorded';
import { REWARD_FUNCTIONS, rewardFunction } from '../../src/reward/registry';
import type { Completion, RewardInput } from '../../src/reward/types';

const END = '<|im_end|>';

/** A completion whose messages are these texts, results between them. */
function completion(texts: readonly string[], results: readonly string[] = [], counts = {}): Completion {
  const answered = results.map((content): Message => ({ role: 'tool', content }));
  return {
    messages: [{ role: 'assistant', content: '' }, ...answered],
    reactions: texts.map((text) => readReaction(text, [END])),
    text: texts.join(''),
    tokens: NaN,
    thinkTokens: NaN,
    ended: true,
    ...counts,
  };
}

function input(done: Completion, more: Partial<RewardInput> = {}): RewardInput {
  const source = { file: 'test', record: 0, line: 1 };
  return { conversation: { id: 'c', messages: [], extra: {}, source }, completion: done, ...more };
}

function expected(decision: Expected['decision'], more: Partial<Expected> = {}): Expected {
  return { message: 0, intent: 'test', decision, calls: [], contested: false, written: decision, ...more };
}

function score(id: string, given: RewardInput, options: Record<string, number> = {}): number | undefined {
  const found = rewardFunction(id);
  if (!found) throw new Error(`There is no ${id}.`);
  const defaults = Object.fromEntries(found.options.map((option) => [option.key, option.default]));
  return found.score(given, { ...defaults, ...options });
}

const think = (rest: string, end = END) => `<think>\nSo.\n</think>\n\n${rest}${end}`;
const call = (name: string, args: object = {}) =>
  `<tool_call>\n${JSON.stringify({ name, arguments: args })}\n</tool_call>`;
const says = (answer: string) => completion([think(answer)]);
const calls = (...written: string[]) => completion([think(written.join('\n'))]);
const answers = (text: string): Pick<RewardInput, 'expected' | 'recorded'> => ({
  expected: expected('answer', { intent: 'recorded' }),
  recorded: [{ role: 'assistant', content: text }],
});

describe('the table', () => {
  it('has a sentence for each, defaults within their ranges, and ids of their own', () => {
    expect(new Set(REWARD_FUNCTIONS.map(({ id }) => id)).size).toBe(REWARD_FUNCTIONS.length);
    for (const { id, help, title, options } of REWARD_FUNCTIONS) {
      expect(help, id).toMatch(/^[A-Z][^.]+\.$/);
      expect(title).not.toBe('');
      for (const { key, min, max, default: standard, help: about } of options) {
        expect(standard, `${id}.${key}`).toBeGreaterThanOrEqual(min);
        expect(standard, `${id}.${key}`).toBeLessThanOrEqual(max);
        expect(about, `${id}.${key}`).toMatch(/\.$/);
      }
    }
  });

  it('has nothing to say of what is right where nothing says it', () => {
    const needing = REWARD_FUNCTIONS.filter(({ needsExpected }) => needsExpected).map(({ id }) => id);
    expect(needing).toEqual(['decision', 'toolrl', 'exact-answer', 'numeric-answer']);
    for (const id of needing) expect(score(id, input(says('Yes.')))).toBeUndefined();
    for (const id of ['decision', 'format', 'toolrl', 'faithful'])
      expect(score(id, input(completion([]), { expected: expected('call') })), id).toBeUndefined();
  });

  it('changes nothing that it is given, and gives the same again', () => {
    const given = input(calls(call('a', { x: 1 })), {
      expected: expected('call', { calls: [{ name: 'a', arguments: { x: 2 } }] }),
    });
    const before = JSON.stringify(given);
    for (const { id } of REWARD_FUNCTIONS) expect(score(id, given)).toBe(score(id, given));
    expect(JSON.stringify(given)).toBe(before);
  });
});

describe('decision', () => {
  const own = { right: 2, falseCall: -3, missedCall: -4 };
  it.each([
    ['call', calls(call('a')), 1, 2],
    ['call', calls('<tool_call>{"broken'), 1, 2],
    ['call', says('Hello.'), -1, -4],
    ['answer', says('Hello.'), 1, 2],
    ['answer', calls(call('a')), -1, -3],
    ['ask', says('Which city?'), 1, 2],
    ['decline', calls(call('a')), -1, -3],
    ['answer', completion([think('Hello.'), think(call('a'))]), 1, 2],
  ] as const)('%s, case %#', (decision, done, usual, other) => {
    expect(score('decision', input(done, { expected: expected(decision) }))).toBe(usual);
    expect(score('decision', input(done, { expected: expected(decision) }), own)).toBe(other);
  });
});

describe('format', () => {
  it.each([
    [[think('Hello.')], 1, 1],
    [[think(call('a')), think('Done.')], 1, 1],
    [[`Hello.${END}`], 0, 1],
    [[`${call('a')}${END}`, `Done.${END}`], 0, 1],
    [[think('Hello.', '')], 0, 0],
    [[think(`Hello. ${call('a')}`)], 0, 0],
    [[think('<tool_call>{"name"}</tool_call>')], 0, 0],
    [[think(call('a')), think('')], 0, 0],
    [[`So.</think>Hello.${END}`], 0, 0],
  ])('%j', (texts, strict, loose) => {
    expect(score('format', input(completion(texts)))).toBe(strict);
    expect(score('format', input(completion(texts)), { thinking: 0 })).toBe(loose);
    expect(score('format', input(completion(texts)), { kept: 5, broken: -2 })).toBe(strict ? 5 : -2);
  });
});

describe('toolrl', () => {
  interface Row {
    right: { name: string; parameters: Call['arguments'] }[];
    written: { name: string; parameters: Call['arguments'] }[] | string;
    score: number;
  }
  const rows = JSON.parse(
    readFileSync(new URL('../golden/reward/toolrl.json', import.meta.url), 'utf8'),
  ) as Row[];

  it('is what its own code gives, case by case', () => {
    expect(rows.length).toBeGreaterThan(80);
    for (const { right, written, score: golden } of rows) {
      const texts =
        typeof written === 'string'
          ? written
          : written.map(({ name, parameters }) => call(name, parameters)).join('\n');
      const wanted = right.map(({ name, parameters }) => ({ name, arguments: parameters }));
      const given = input(completion([think(texts)]), {
        expected: expected(wanted.length > 0 ? 'call' : 'answer', { calls: wanted }),
      });
      expect(score('toolrl', given), JSON.stringify({ right, written })).toBeCloseTo(golden, 12);
      expect(score('toolrl', given, { most: 1 })).toBeCloseTo(golden / 3, 12);
    }
  });
});

describe('exact-answer', () => {
  const states = (...texts: string[]) => ({ expected: expected('answer', { states: texts }) });
  it.each([
    [says('It is 12 degrees in Oslo.'), states('12', 'Oslo'), 1],
    [says('It is 312 degrees in Oslo.'), states('12', 'Oslo'), 0],
    [says('It is 12 degrees.'), states('12', 'Oslo'), 0],
    [says('paris'), answers('Paris.'), 1],
    [says('  Paris,\n France! '), answers('paris, france'), 1],
    [says('Paris, of course.'), answers('Paris.'), 0],
    [calls(call('a')), answers('Paris.'), 0],
    [says('Which city?'), { ...answers('Where?'), expected: expected('ask') }, 0],
    [says('Paris.'), { ...answers('Paris.'), expected: expected('answer', { written: 'call' }) }, 0],
    [completion([think(call('a')), think('Paris.')]), answers('Paris.'), 1],
  ])('case %#', (done, more, wanted) => {
    expect(score('exact-answer', input(done, more))).toBe(wanted);
  });
});

describe('numeric-answer', () => {
  it.each([
    ['1 + 2 is 3.', 'It is 3', {}, 1],
    ['It is 3,000.', '3000', {}, 1],
    ['It is −4.5 degrees.', '-4.5', {}, 1],
    ['It is 4.5 degrees.', '-4.5', {}, 0],
    ['3 apples, 2 pears', '3', {}, 0],
    ['about 99', '100', { tolerance: 0.01 }, 1],
    ['about 98', '100', { tolerance: 0.01 }, 0],
    ['no number', '7', { wrong: -1 }, -1],
    ['7', 'seven', {}, 0],
    ['0', '0.0', {}, 1],
  ])('%j for %j', (answer, right, options, wanted) => {
    expect(score('numeric-answer', input(says(answer), answers(right)), options)).toBe(wanted);
  });

  it('reads numbers as people write them', () => {
    const cases = {
      'pages 3-5': 5,
      'x-7': 7,
      'is -7': -7,
      '1,234,567.5': 1234567.5,
      '2e3': 2000,
      none: undefined,
    };
    for (const [text, number] of Object.entries(cases)) expect(lastNumber(text), text).toBe(number);
  });
});

describe('faithful', () => {
  it.each([
    [['{"sky": "rainy", "temp": 4}'], 'It is rainy, 4 degrees.', 1],
    [['{"sky": "rainy", "temp": 4}'], 'It is rainy.', 0],
    [['{"sky": "rainy"}', '{"temp": 14}'], 'Rainy? It is rainy and 14.', 1],
    [['{"error": "no such city"}'], 'It did not work.', 1],
    [['{"error": "no such city"}'], 'It is rainy.', 0],
    [['42'], 'It is 42.', 1],
    [['sunny'], 'It is sunny.', 1],
    [['sunny'], 'It is dark.', 0],
    [[], 'It is dark.', 0],
  ])('%j: %s', (results, answer, wanted) => {
    expect(score('faithful', input(completion([think(call('a')), think(answer)], results)))).toBe(wanted);
  });

  it('needs an answer after the results', () => {
    const done = completion([think(call('a')), think(call('a'))], ['42']);
    expect(score('faithful', input(done), { unfaithful: -1 })).toBe(-1);
  });
});

describe('length and thinking budget', () => {
  it.each([
    [60, 1],
    [80, 1],
    [40, 1],
    [110, 0.5],
    [10, 0.5],
    [140, 0],
    [1000, 0],
    [NaN, undefined],
  ])('%d tokens of 60 ± 20', (tokens, wanted) => {
    const given = score('length', input(completion(['x'], [], { tokens })));
    if (wanted === undefined) expect(given).toBeUndefined();
    else expect(given).toBeCloseTo(wanted, 12);
  });

  it.each([
    [0, 0],
    [40, 0],
    [50, -0.25],
    [80, -1],
    [500, -1],
    [NaN, undefined],
  ])('%d tokens of thinking', (thinkTokens, wanted) => {
    expect(score('think-budget', input(completion(['x'], [], { thinkTokens })))).toBe(wanted);
  });
});

describe('repetition', () => {
  it.each([
    ['one two', 0],
    ['one two three', 0],
    ['one two three one two three', -0.25],
    ['No no NO no no', -2 / 3],
    ['', 0],
  ])('%j', (text, wanted) => {
    expect(score('repetition', input(completion([text])))).toBeCloseTo(wanted, 12);
  });
  it('takes other lengths of sequences', () => {
    expect(score('repetition', input(completion(['a b a b'])), { words: 1 })).toBe(-0.5);
    expect(score('repetition', input(completion(['a b a b'])), { words: 4 })).toBe(0);
  });
});

describe('practice records', () => {
  it('reward what they show, where that is right', () => {
    let turns = 0;
    for (const conversation of composeAll(150, { seed: 5, contestedShown: 'right' })) {
      for (const { message } of conversation.extra['expected'] as unknown as Expected[]) {
        const done = recordedCompletion(recordedReaction(conversation, message));
        const given = rewardInput(conversation, message, done);
        const place = `${conversation.id}, message ${message}`;
        expect(score('decision', given), place).toBe(1);
        expect(score('format', given), place).toBe(1);
        expect(score('toolrl', given), place).toBe(given.expected?.calls.length ? 3 : 0);
        expect(score('numeric-answer', given, { wrong: -1 }), place).toBeGreaterThanOrEqual(0);
        expect(score('exact-answer', given, { wrong: -1 }), place).toBeGreaterThanOrEqual(0);
        expect(score('faithful', given, { unfaithful: -1 }), place).toBeGreaterThanOrEqual(0);
        turns++;
      }
    }
    expect(turns).toBeGreaterThan(150);
  });
});
