/**
 * @file The tool-decision report: cases of every kind are graded, counted, compared in pairs and written.
 */
import { describe, expect, test } from 'vitest';
import { composeAll, type Expected } from '../../src/conversation/practice/compose';
import type { ToolResult } from '../../src/conversation/practice/tool';
import type { Conversation } from '../../src/conversation/types';
import { decisionReport, gradeTurn, shareOf, type DecisionCase } from '../../src/reward/decision-report';
import { decisionCsv, decisionLines, decisionMarkdown, points } from '../../src/reward/decision-table';
import { expectedTurns, unreadExpected } from '../../src/reward/expected-turns';
import { readReaction } from '../../src/reward/reaction';

const END = '<|im_end|>';
const said = (text: string) => readReaction(`<think>\nHm.\n</think>\n\n${text}${END}`, [END]);
const called = (name: string, args: object) =>
  said(`<tool_call>\n{"name": "${name}", "arguments": ${JSON.stringify(args)}}\n</tool_call>`);

const CALL: Expected = {
  ...{ message: 0, intent: 'weather', decision: 'call', contested: false, written: 'call' },
  calls: [{ name: 'get_weather', arguments: { city: 'Oslo' } }],
};
const ANSWER: Expected = { ...CALL, decision: 'answer', calls: [], states: ['12'] };
const RESULT = [[{ sky: 'rainy', temp: 4 }]];
const ERROR = [{ error: 'unknown tool weather' }];
const right = called('get_weather', { city: 'Oslo' });

describe('a turn', () => {
  test.each([
    [
      'the right call, and what it gave',
      CALL,
      [right, said('It is rainy, 4 degrees.')],
      RESULT,
      { called: true, tools: true, arguments: true, faithful: true, answer: true, wellFormed: true },
    ],
    [
      'the right call, and something else',
      CALL,
      [right, said('It is sunny.')],
      RESULT,
      { tools: true, arguments: true, faithful: false, answer: false },
    ],
    [
      'wrong arguments, told faithfully',
      CALL,
      [called('get_weather', { city: 'Rome' }), said('It is rainy, 4 degrees.')],
      RESULT,
      { tools: true, arguments: false, faithful: true, answer: false },
    ],
    [
      'a wrong call, then the right one, and what that gave',
      CALL,
      [called('weather', { city: 'Oslo' }), right, said('It is rainy, 4 degrees.')],
      [ERROR, ...RESULT],
      { called: true, tools: false, faithful: true, answer: false },
    ],
    [
      'an error in the end, and something made up',
      CALL,
      [right, called('weather', { city: 'Oslo' }), said('It is rainy, 4 degrees.')],
      [...RESULT, ERROR],
      { called: true, tools: true, faithful: false, answer: false },
    ],
    [
      'another tool',
      CALL,
      [called('get_time', { city: 'Oslo' })],
      [],
      { called: true, tools: false, arguments: undefined, answer: false, faithful: undefined },
    ],
    [
      'a call that cannot be read',
      CALL,
      [said('<tool_call>\n{"name": "get_weather"\n</tool_call>')],
      [],
      { called: true, tools: false, wellFormed: false },
    ],
    [
      'no call where one is right',
      CALL,
      [said('It is rainy.')],
      [],
      { called: false, tools: undefined, answer: false },
    ],
    [
      'results that never came, since nothing runs the call',
      CALL,
      [right],
      undefined,
      { called: true, tools: true, arguments: true, answer: undefined },
    ],
    ['an answer that states it', ANSWER, [said('It is 12.')], [], { called: false, answer: true }],
    ['another answer', ANSWER, [said('It is 13.')], [], { called: false, answer: false }],
    [
      'a call where none is right',
      ANSWER,
      [right, said('It is 12.')],
      RESULT,
      { called: true, answer: false, tools: undefined },
    ],
    ['asking back', { ...ANSWER, decision: 'ask', states: [] }, [said('Which city?')], [], { answer: true }],
    ['not asking back', { ...ANSWER, decision: 'ask', states: [] }, [said('Oslo.')], [], { answer: false }],
  ] as const)('%s', (_, expected, reactions, results, grade) => {
    const found = gradeTurn(expected as Expected, reactions, results as ToolResult[][] | undefined);
    for (const [key, value] of Object.entries(grade))
      expect(found[key as keyof typeof found], key).toBe(value);
  });

  test('without a reaction is none', () => {
    expect(() => gradeTurn(CALL, [], [])).toThrow(RangeError);
  });
});

const base: DecisionCase = {
  key: '0.0',
  group: 0,
  contested: false,
  right: 'call',
  called: true,
  wellFormed: true,
};
const make = (group: number, more: Partial<DecisionCase>): DecisionCase => ({
  ...base,
  key: `${group}.0`,
  group,
  ...more,
});

describe('the report', () => {
  const cases = [
    make(0, { tools: true, arguments: true, answer: true }),
    make(1, { tools: true, arguments: false, answer: false }),
    make(2, { tools: false, answer: false }),
    make(3, { called: false, answer: false }),
    make(4, { right: 'answer', called: false, contested: true, sampled: false }),
    make(5, { right: 'ask', called: true, contested: true, sampled: true, wellFormed: false }),
  ];

  test.each([
    ['accuracy', 4, 6],
    ['falseCalls', 1, 2],
    ['missedCalls', 1, 4],
    ['wrongTool', 1, 3],
    ['wrongArguments', 1, 2],
    ['format', 5, 6],
    ['answers', 1, 4],
    ['sampled', 1, 2],
    ['faithful', 0, 0],
  ] as const)('%s is %d of %d', (key, hits, all) => {
    expect(shareOf(key, cases)).toEqual({ hits, cases: all });
  });

  test('divides contested turns from the others, and leaves out figures without cases', () => {
    const report = decisionReport(cases);
    expect(report.contested?.accuracy).toMatchObject({ hits: 1, cases: 2 });
    expect(report.settled?.accuracy).toMatchObject({ hits: 3, cases: 4 });
    expect(report.settled?.falseCalls).toBeUndefined();
    expect(report.all?.faithful).toBeUndefined();
    expect(Object.keys(decisionReport(cases.slice(0, 4)))).toEqual(['all']);
  });

  test('pairs the turns that both have', () => {
    const before = [make(0, { called: false }), make(1, {}), make(2, { called: false }), make(9, {})];
    const { difference } = decisionReport(cases.slice(0, 4), before).all?.accuracy ?? {};
    // Of 0, 1 and 2: two became right; 3 has no twin.
    expect(difference).toMatchObject({ cases: 3 });
    expect(difference?.difference).toBeCloseTo(2 / 3, 12);
  });

  test('is written for a terminal, in Markdown and in CSV', () => {
    const report = decisionReport(cases, cases);
    expect(decisionLines(report.all ?? {})[0]).toMatch(
      /^ {2}Decision right +66\.7% \[.*\] {2}4 of 6: 0\.0 \[.*\] on 6 turns of both$/,
    );
    const named = [{ name: '=a|b', report }];
    expect(decisionMarkdown(named)).toContain('| =a\\|b |');
    const csv = decisionCsv(named).split('\r\n');
    expect(csv[0]).toBe(
      'turns,figure,model,share,low,high,hits,cases,difference,difference_low,difference_high',
    );
    expect(csv[1]).toMatch(/^all,accuracy,'=a\|b,0\.66+\d*,/);
    expect(points(-0.0001)).toBe('0.0');
    expect(points(-0.05)).toBe('−5.0');
  });
});

describe('what is right', () => {
  const [practice] = composeAll(1, { seed: 3 }) as [Conversation];

  test('is what a practice record says', () => {
    expect(expectedTurns(practice)).toEqual(practice.extra['expected']);
  });

  test('is what is recorded elsewhere', () => {
    const own: Conversation = {
      ...practice,
      extra: {},
      messages: [
        { role: 'user', content: 'Weather?' },
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ name: 'f', arguments: { a: 1 }, rawArguments: '{"a":1}' }],
        },
        { role: 'tool', content: '4' },
        { role: 'assistant', content: '4.' },
        { role: 'user', content: 'Thanks.' },
        { role: 'assistant', content: 'Bye.' },
        { role: 'user', content: 'Still there?' },
      ],
    };
    expect(expectedTurns(own)).toMatchObject([
      { message: 0, decision: 'call', calls: [{ name: 'f', arguments: { a: 1 } }] },
      { message: 4, decision: 'answer', calls: [] },
    ]);
  });

  test.each([
    [[{ message: 99, decision: 'call', calls: [], contested: false }]],
    [[{ message: 0, decision: 'maybe', calls: [], contested: false }]],
    [[{ message: 0, decision: 'call', calls: ['f'], contested: false }]],
    ['call'],
    [[null]],
  ])('is not what somebody’s field of that name says otherwise: %j', (expected) => {
    const messages = [
      { role: 'user' as const, content: 'Hi' },
      { role: 'assistant' as const, content: 'Hi.' },
    ];
    const own: Conversation = { ...practice, messages, extra: { expected } };
    expect(expectedTurns(own)).toMatchObject([{ message: 0, decision: 'answer' }]);
    // What is meant as ours and cannot be read is told; another field of that name is not.
    const ours = typeof expected[0] === 'object' && expected[0] !== null;
    expect(unreadExpected(own).map(({ field }) => field)).toEqual(ours ? ['expected[0]'] : []);
  });
});
