/**
 * @file The practice generator: seeded, consistent with its tools, and wide in surface.
 */
import { describe, expect, it } from 'vitest';
import { toOpenAI } from '../../src/conversation/export';
import { evaluateExpression } from '../../src/conversation/practice/arithmetic';
import { INTENTS, type Expected, composeAll, composePractice } from '../../src/conversation/practice/compose';
import { Random, hashText } from '../../src/conversation/practice/prng';
import { TOOLS, argumentProblem, findTool, runTool, unitsLike } from '../../src/conversation/practice/tools';
import { cityName, isHeldOut, itemName, personName } from '../../src/conversation/practice/words';
import type { Conversation, Json, Message } from '../../src/conversation/types';

const RECORDS = composeAll(1500, { seed: 5 });
const expectedOf = (record: Conversation): Expected[] => record.extra.expected as unknown as Expected[];
/** Every user turn of every record, with the assistant's first message after it. */
const TURNS = RECORDS.flatMap((record) =>
  expectedOf(record).map((expected) => ({
    record,
    expected,
    user: record.messages[expected.message] as Message,
    reaction: record.messages[expected.message + 1] as Message,
  })),
);

describe('seeding', () => {
  it('gives the same records for the same seed, whatever the count', () => {
    expect(composeAll(40, { seed: 5 })).toEqual(RECORDS.slice(0, 40));
    expect(composePractice(1234, { seed: 5 })).toEqual(RECORDS[1234]);
  });

  it('gives other records for another seed', () => {
    const texts = new Set(RECORDS.map((record) => JSON.stringify(record.messages)));
    const other = composeAll(300, { seed: 6 }).filter((record) => texts.has(JSON.stringify(record.messages)));
    expect(other.length).toBeLessThan(60);
  });

  it('pins the stream: these draws never change', () => {
    const random = new Random(7);
    expect([random.int(0, 99), random.int(0, 99), random.int(0, 99)]).toEqual([1, 6, 97]);
    expect(random.shuffle([1, 2, 3, 4, 5]).sort()).toEqual([1, 2, 3, 4, 5]);
    expect(() => random.pick([])).toThrow(RangeError);
    expect(() => random.weighted([1], () => 0)).toThrow(RangeError);
    expect(hashText('a')).not.toBe(hashText('b'));
  });
});

describe('records', () => {
  it('call only listed tools, with arguments that fit the schema', () => {
    let calls = 0;
    for (const record of RECORDS) {
      const listed = new Set((record.tools ?? []).map((tool) => tool.function.name));
      for (const call of record.messages.flatMap((message) => message.toolCalls ?? [])) {
        const tool = findTool(call.name);
        expect(listed).toContain(call.name);
        expect(tool && argumentProblem(tool, call.arguments)).toBeUndefined();
        expect(JSON.parse(call.rawArguments)).toEqual(call.arguments);
        calls++;
      }
    }
    expect(calls).toBeGreaterThan(700);
  });

  it('show the right decision, but for contested turns, which show both', () => {
    const contested: boolean[] = [];
    for (const { expected, user, reaction } of TURNS) {
      expect(user.role).toBe('user');
      expect(reaction.role).toBe('assistant');
      const called = (reaction.toolCalls ?? []).map(({ name, arguments: args }) => ({
        name,
        arguments: args,
      }));
      expect(called.length > 0).toBe(expected.written === 'call');
      expect(expected.calls.length > 0).toBe(expected.decision === 'call');
      if (expected.contested) contested.push(expected.written === 'call');
      else {
        expect(expected.written).toBe(expected.decision);
        expect(called).toEqual(expected.calls);
      }
    }
    const share = contested.filter(Boolean).length / contested.length;
    expect(contested.length).toBeGreaterThan(150);
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.6);
  });

  it('answer every call with the simulator’s result, then answer the user', () => {
    for (const record of RECORDS) {
      record.messages.forEach((message, i) => {
        if (!message.toolCalls) return;
        message.toolCalls.forEach((call, k) => {
          const result = record.messages[i + 1 + k];
          expect(result?.role).toBe('tool');
          expect(JSON.parse(result?.content ?? '')).toEqual(
            runTool(call.name, call.arguments, record.extra.world as number),
          );
        });
        const after = record.messages[i + 1 + message.toolCalls.length];
        expect(after?.role).toBe('assistant');
        expect(after?.content).not.toBe('');
      });
    }
  });

  it('leave no placeholder and no undefined value in a text', () => {
    for (const { content, reasoning = '' } of RECORDS.flatMap((record) => record.messages)) {
      expect(content + reasoning).not.toMatch(/\{[a-z]+\}|undefined|NaN/);
    }
  });

  it('state a fact before it is recalled, and never one that was declined', () => {
    const recalls = TURNS.filter(({ expected }) => ['recall-fact', 'system-fact'].includes(expected.intent));
    expect(recalls.length).toBeGreaterThan(50);
    for (const { record, expected, reaction } of recalls) {
      const value = /is (.+)\.$/.exec(reaction.content)?.[1];
      expect(value).toBeDefined();
      const before = record.messages.slice(0, expected.message).map((message) => message.content);
      expect(before.join('\n')).toContain(value);
    }
  });

  it('cover every intent, every decision, tools and no tools, one to three turns', () => {
    expect(new Set(TURNS.map(({ expected }) => expected.intent))).toEqual(
      new Set(INTENTS.map((intent) => intent.name)),
    );
    expect(new Set(TURNS.map(({ expected }) => expected.decision))).toEqual(
      new Set(['call', 'answer', 'ask', 'decline']),
    );
    expect(new Set(RECORDS.map((record) => expectedOf(record).length))).toEqual(new Set([1, 2, 3]));
    const withTools = RECORDS.filter((record) => record.tools).length / RECORDS.length;
    expect(withTools).toBeGreaterThan(0.6);
    expect(withTools).toBeLessThan(0.7);
  });

  it('are wide in surface: users seldom say the same thing twice', () => {
    const distinct = new Set(TURNS.map(({ user }) => user.content)).size;
    expect(distinct / TURNS.length).toBeGreaterThan(0.75);
    expect(new Set(RECORDS.map((record) => JSON.stringify(record.messages))).size).toBeGreaterThan(1350);
  });

  it('respect the options', () => {
    expect(composeAll(60, { seed: 1, withTools: 0 }).every((record) => record.tools === undefined)).toBe(
      true,
    );
    const contested = composeAll(200, { seed: 1, withTools: 1, contested: 1 }).flatMap(expectedOf);
    expect(contested.filter((turn) => turn.contested).length / contested.length).toBeGreaterThan(0.7);
    const none = composeAll(200, { seed: 1, withTools: 1, contested: 0 }).flatMap(expectedOf);
    expect(none.some((turn) => turn.contested)).toBe(false);
  });

  it('keep held-out entities and phrasings apart', () => {
    const names = (entities: 'seen' | 'unseen') =>
      composeAll(400, { seed: 3, entities }).flatMap((record) =>
        record.messages.flatMap((m) =>
          (m.toolCalls ?? []).flatMap((c) => c.arguments.name ?? c.arguments.city ?? []),
        ),
      );
    const [seen, unseen] = [names('seen'), names('unseen')];
    expect(seen.length).toBeGreaterThan(50);
    expect(unseen.length).toBeGreaterThan(50);
    expect(seen.some((name) => isHeldOut(String(name)))).toBe(false);
    expect(unseen.every((name) => isHeldOut(String(name)))).toBe(true);
    const questions = (phrasings: 'seen' | 'unseen') =>
      new Set(
        composeAll(400, { seed: 3, phrasings }).flatMap((r) =>
          expectedOf(r)
            .filter((e) => e.intent === 'greet')
            .map((e) =>
              r.messages[e.message]?.content
                .replace(/^(Hey, |OK\. |Quick question: |So, )/, '')
                .replace(/[.!?]$/, ''),
            ),
        ),
      );
    expect([...questions('unseen')]).toEqual(['Hello there']);
    expect(questions('seen').has('Hello there')).toBe(false);
  });

  it('become OpenAI records and plain JSON without loss', () => {
    for (const record of RECORDS.slice(0, 200)) {
      const out = toOpenAI(record, { arguments: 'object' });
      expect(JSON.parse(JSON.stringify(out))).toEqual(out);
      const messages = out.messages as { [key: string]: Json }[];
      expect(messages.map((message) => message.reasoning_content)).toEqual(
        record.messages.map((m) => m.reasoning),
      );
      expect(out.expected).toEqual(record.extra.expected);
    }
  });
});

describe('entities', () => {
  it('number hundreds to thousands, an eighth of them held out', () => {
    const random = new Random(1);
    for (const [draw, least] of [
      [personName, 1500],
      [cityName, 350],
      [itemName, 500],
    ] as const) {
      const seen = new Set(Array.from({ length: 6000 }, () => draw(random, 'seen')));
      const unseen = new Set(Array.from({ length: 3000 }, () => draw(random, 'unseen')));
      expect(seen.size).toBeGreaterThan(least);
      expect(unseen.size).toBeGreaterThan(least / 12);
      expect([...unseen].filter((entity) => seen.has(entity))).toEqual([]);
    }
  });
});

describe('simulators', () => {
  it('give the same result for the same world, and other worlds other results', () => {
    const results = (world: number) =>
      TOOLS.map((tool) => {
        const args: { [key: string]: Json } = {};
        for (const [name, { type }] of Object.entries(tool.parameters))
          args[name] = type === 'string' ? 'km' : 5;
        if (tool.name === 'get_weather') args.day = 'today';
        return runTool(tool.name, args, world);
      });
    expect(results(1)).toEqual(results(1));
    expect(results(1)).not.toEqual(results(2));
  });

  it.each([
    ['calculate', { expression: '12*(3+4)' }, { result: 84 }],
    ['calculate', { expression: '1/0' }, { error: 'division by zero' }],
    ['calculate', { expression: '2 +' }, { error: 'unexpected end' }],
    ['convert_units', { value: 3, from: 'km', to: 'm' }, { value: 3000 }],
    ['convert_units', { value: 3, from: 'km', to: 'kg' }, { error: 'units do not match' }],
    ['convert_units', { value: 3, from: 'parsecs', to: 'kg' }, { error: 'units do not match' }],
    ['set_timer', { minutes: 5 }, { started: true, minutes: 5 }],
    ['set_timer', { minutes: 0 }, { error: 'minutes must be above 0' }],
    ['set_timer', { minutes: 1.5 }, { error: 'The argument “minutes” must be of type integer.' }],
    ['get_weather', {}, { error: 'The argument “city” is missing.' }],
    ['get_weather', { city: 3 }, { error: 'The argument “city” must be of type string.' }],
    [
      'get_weather',
      { city: 'Oslo', day: 'never' },
      { error: 'The argument “day” must be one of today, tomorrow.' },
    ],
    ['get_weather', { city: 'Oslo', week: 1 }, { error: 'The tool has no argument “week”.' }],
    ['fly', {}, { error: 'unknown tool fly' }],
  ])('%s %o', (name, args, result) => {
    expect(runTool(name, args, 1)).toEqual(result);
  });

  it('convert back and forth', () => {
    for (const from of ['km', 'miles', 'kg', 'cups']) {
      for (const to of unitsLike(from)) {
        const there = runTool('convert_units', { value: 250, from, to }, 1).value as number;
        const back = runTool('convert_units', { value: there, from: to, to: from }, 1).value as number;
        expect(Math.abs(back - 250)).toBeLessThan(250 * 0.02);
      }
    }
  });

  it.each([
    ['1+2*3', 7],
    ['(1+2)*3', 9],
    ['-4 - -2', -2],
    ['8/4/2', 1],
    ['7-2-1', 4],
    ['1.5*2', 3],
  ])('%s is %d', (expression, value) => {
    expect(evaluateExpression(expression)).toBe(value);
  });

  it.each(['', '1 2', '(1', 'a', '1+*2', '1..2'])('refuses “%s”', (expression) => {
    expect(() => evaluateExpression(expression)).toThrow(SyntaxError);
  });
});
