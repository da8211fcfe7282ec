/**
 * @file Grading: what practice records write themselves is graded as right, and what is changed in it as wrong.
 */
import { describe, expect, it } from 'vitest';
import { composeAll, SPLITS, type Expected } from '../../src/conversation/practice/compose';
import type { ToolResult } from '../../src/conversation/practice/tool';
import type { Message } from '../../src/conversation/types';
import { gradeReaction, isFaithful } from '../../src/reward/practice-grade';
import { readReaction } from '../../src/reward/reaction';

const END = '<|im_end|>';

/** As the shipped template writes it. */
function written({ reasoning = '', content, toolCalls = [] }: Message): string {
  const calls = toolCalls.map(
    ({ name, rawArguments }) =>
      `<tool_call>\n{"name": "${name}", "arguments": ${rawArguments}}\n</tool_call>`,
  );
  return `<think>\n${reasoning}\n</think>\n\n${content}${calls.join('\n')}${END}`;
}

describe('practice records', () => {
  it.each(SPLITS)('are graded as right, %s', (split) => {
    let calls = 0;
    let answers = 0;
    let limits = 0;
    let results = 0;
    for (const { id, messages, extra } of composeAll(400, { seed: 77, split })) {
      for (const expected of extra['expected'] as unknown as Expected[]) {
        const first = messages[expected.message + 1] as Message;
        const reaction = readReaction(written(first), [END]);
        expect(reaction.wellFormed, `${id}: ${written(first)}`).toBe(true);
        const { decision, falseCall, missedCall, exact, answered, limit } = gradeReaction(expected, reaction);
        const place = `${id}, message ${expected.message}: ${written(first)}`;
        expect(decision, place).toBe((expected.written === 'call') === (expected.decision === 'call'));
        expect([falseCall, missedCall].filter(Boolean)).toHaveLength(decision ? 0 : 1);
        if (expected.written === expected.decision) {
          expect([exact, answered, limit], place).not.toContain(false);
          calls += Number(exact === true);
          answers += Number(answered === true);
          limits += Number(limit === true);
        }
        const given: ToolResult[] = [];
        let at = expected.message + 2;
        for (; messages[at]?.role === 'tool'; at++)
          given.push(JSON.parse(messages[at]?.content ?? '') as ToolResult);
        if (given.length === 0) continue;
        results++;
        const answer = messages[at]?.content ?? '';
        expect(isFaithful(answer, given), `${place} ${JSON.stringify(given)} ${answer}`).toBe(true);
        const other = given.map((result) => ({ ...result, extra: 'Zanzibar' }));
        if (given.every((result) => !('error' in result))) expect(isFaithful(answer, other)).toBe(false);
      }
    }
    for (const count of [calls, answers, limits, results]) expect(count).toBeGreaterThan(20);
  });
});

describe('a grade', () => {
  const expected: Expected = {
    message: 0,
    intent: 'weather',
    decision: 'call',
    calls: [{ name: 'get_weather', arguments: { city: 'Oslo', day: 'today' } }],
    contested: false,
    written: 'call',
  };
  const call = (json: string) => `<think>\nI look.\n</think>\n\n<tool_call>\n${json}\n</tool_call>${END}`;
  const grade = (text: string, what: Partial<Expected> = {}) =>
    gradeReaction({ ...expected, ...what }, readReaction(text, [END]));

  it('does not mind the order of arguments, and minds every value', () => {
    const right = '{"name": "get_weather", "arguments": {"day": "today", "city": "Oslo"}}';
    expect(grade(call(right))).toEqual({ decision: true, missedCall: false, exact: true });
    for (const wrong of [
      right.replace('Oslo', 'Bergen'),
      right.replace('get_weather', 'weather'),
      right.replace('"day": "today", ', ''),
      right.replace('"Oslo"', '"Oslo", "unit": "C"'),
    ]) {
      expect(grade(call(wrong)).exact, wrong).toBe(false);
    }
    expect(grade(`${call(right).replace(END, '')}\n${call(right).slice(24)}`).exact).toBe(false);
  });

  it('counts a broken call as a call that is not right', () => {
    expect(grade(call('{"name": "get_weather", "arguments": {"city": "Oslo"'))).toEqual({
      decision: true,
      missedCall: false,
      exact: false,
    });
  });

  it('tells false calls from missed ones', () => {
    const answer = `<think>\n\n</think>\n\nIt is 12.${END}`;
    expect(grade(answer)).toEqual({ decision: false, missedCall: true });
    const direct = { decision: 'answer' as const, calls: [], states: ['12'] };
    expect(grade(answer, direct)).toEqual({ decision: true, falseCall: false, answered: true });
    expect(grade(answer.replace('12', '312'), direct).answered).toBe(false);
    expect(grade(call('{"name": "get_weather", "arguments": {}}'), direct)).toEqual({
      decision: false,
      falseCall: true,
      answered: false,
    });
  });

  it('hears asking back and declining', () => {
    const say = (text: string) => `<think>\n\n</think>\n\n${text}${END}`;
    expect(grade(say('Which city?'), { decision: 'ask', calls: [] }).limit).toBe(true);
    expect(grade(say('Fine.'), { decision: 'ask', calls: [] }).limit).toBe(false);
    expect(grade(say('I cannot do that.'), { decision: 'decline', calls: [] }).limit).toBe(true);
    expect(grade(say('It is done.'), { decision: 'decline', calls: [] }).limit).toBe(false);
  });
});

describe('a reaction', () => {
  it.each([
    ['no thinking', `It is 12.${END}`],
    ['thinking that is never closed', `<think>\nI look.\n\nIt is 12.${END}`],
    ['no end of turn', '<think>\n\n</think>\n\nIt is 12.'],
    ['nothing said', `<think>\n\n</think>\n\n${END}`],
    ['a second think block', `<think>\n\n</think>\n\n<think>\n</think>It is 12.${END}`],
    [
      'a call and words',
      `<think>\n\n</think>\n\nWait.<tool_call>\n{"name": "a", "arguments": {}}\n</tool_call>${END}`,
    ],
    ['a call that is not closed', `<think>\n\n</think>\n\n<tool_call>\n{"name": "a", "arguments": {}}${END}`],
    [
      'a call with more fields',
      `<think>\n\n</think>\n\n<tool_call>\n{"name": "a", "arguments": {}, "id": 1}\n</tool_call>${END}`,
    ],
    ['a call without arguments', `<think>\n\n</think>\n\n<tool_call>\n{"name": "a"}\n</tool_call>${END}`],
    [
      'arguments as text',
      `<think>\n\n</think>\n\n<tool_call>\n{"name": "a", "arguments": "{}"}\n</tool_call>${END}`,
    ],
    ['a special token inside', `<think>\n\n</think>\n\nIt is <|im_start|> 12.${END}`],
  ])('is not well formed with %s', (_, text) => {
    expect(readReaction(text, [END]).wellFormed).toBe(false);
  });

  it('keeps the text of arguments', () => {
    const text = `<think>\n\n</think>\n\n<tool_call>\n{"name": "a", "arguments": {"x": 3.0, "y": "}"}}\n</tool_call>${END}`;
    expect(readReaction(text, [END]).calls).toEqual([
      { name: 'a', arguments: { x: 3, y: '}' }, rawArguments: '{"x": 3.0, "y": "}"}' },
    ]);
  });
});
