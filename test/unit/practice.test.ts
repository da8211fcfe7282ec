/**
 * @file Practice conversations: seeded, sound in every record and split, with both behaviours where a decision is
 * contested.
 */
import { describe, expect, it } from 'vitest';
import { toOpenAI } from '../../src/conversation/export';
import { recordProblems, statesText } from '../../src/conversation/practice/check-record';
import {
  INTENTS,
  SPLITS,
  type Expected,
  composeAll,
  composePractice,
  makePractice,
} from '../../src/conversation/practice/compose';
import { Random, hashText } from '../../src/conversation/practice/prng';
import { madeToolOf } from '../../src/conversation/practice/made-tools';
import { HELD_OUT_TOOLS, TOOLS } from '../../src/conversation/practice/tools';
import { listingsOf } from '../../src/conversation/practice/world';
import type { Conversation, Json, Message } from '../../src/conversation/types';

const RECORDS = composeAll(3000, { seed: 5 });
const expectedOf = (record: Conversation): Expected[] => record.extra.expected as unknown as Expected[];
/** Every user turn of the records, with the assistant's first message after it. */
const turnsOf = (records: readonly Conversation[]) =>
  records.flatMap((record) =>
    expectedOf(record).map((expected) => ({
      record,
      expected,
      user: record.messages[expected.message] as Message,
      reaction: record.messages[expected.message + 1] as Message,
    })),
  );
const TURNS = turnsOf(RECORDS);
const ownNames = (record: Conversation) => listingsOf(record.tools ?? []).map(({ tool }) => tool.name);
/** Own names of the tools that a record calls. */
const calledTools = (record: Conversation) => {
  const names = new Set(record.messages.flatMap(({ toolCalls = [] }) => toolCalls.map(({ name }) => name)));
  return listingsOf(record.tools ?? [])
    .filter(({ name }) => names.has(name))
    .map(({ tool }) => tool);
};

describe('seeding', () => {
  it('gives the same records for the same seed, whatever the count', () => {
    expect(composeAll(40, { seed: 5 })).toEqual(RECORDS.slice(0, 40));
    expect(composePractice(1234, { seed: 5 })).toEqual(RECORDS[1234]);
  });

  it('gives other records for another seed and for another split', () => {
    const texts = new Set(RECORDS.map((record) => JSON.stringify(record.messages)));
    for (const options of [{ seed: 6 }, { seed: 5, split: 'held-out-entities' as const }]) {
      const same = composeAll(300, options).filter((record) => texts.has(JSON.stringify(record.messages)));
      expect(same.length).toBeLessThan(20);
    }
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
  it.each(SPLITS)('of the split %s stand up to doing their work again', (split) => {
    const records = split === 'train' ? RECORDS : composeAll(1500, { seed: 8, split });
    expect(
      records.flatMap((record) => recordProblems(record).map((problem) => `${record.id}: ${problem}`)),
    ).toEqual([]);
  });

  it('that are spoilt are found out', () => {
    const called = RECORDS.find((record) => record.messages.some((message) => message.role === 'tool'));
    const stated = RECORDS.find((record) =>
      expectedOf(record).some((e) => e.states?.length && e.written === 'answer' && e.decision === 'answer'),
    );
    const spoil = (record: Conversation | undefined, change: (copy: Conversation) => void): string[] => {
      const copy = structuredClone(record);
      if (!copy) throw new Error('No record to spoil.');
      change(copy);
      return recordProblems(copy);
    };
    const tool = (copy: Conversation) => copy.messages.find((m) => m.role === 'tool') as Message;
    const call = (copy: Conversation) => copy.messages.find((m) => m.toolCalls)?.toolCalls?.[0];
    expect(spoil(called, (copy) => (tool(copy).content = '{"x": 1}')).join()).toMatch(/call 1 gives/);
    expect(spoil(called, (copy) => ((call(copy) ?? { name: '' }).name = 'fly')).join()).toMatch(
      /not the right ones/,
    );
    expect(spoil(called, (copy) => (copy.tools = [])).join()).toMatch(/is not listed/);
    expect(spoil(called, (copy) => copy.messages.push({ role: 'user', content: 'x' })).join()).toMatch(
      /“expected”/,
    );
    expect(
      spoil(stated, (copy) => {
        for (const message of copy.messages) if (message.role === 'assistant') message.content = 'No.';
      }).join(),
    ).toMatch(/does not state/);
    expect(spoil(called, (copy) => (tool(copy).content += '{city}')).join()).toMatch(/not filled in/);
  });

  it('show the right decision, but for contested turns, which show both equally often', () => {
    const share = (turns: typeof TURNS) =>
      turns.filter(({ expected }) => expected.written === 'call').length / turns.length;
    const contested = TURNS.filter(({ expected }) => expected.contested);
    for (const right of ['call', 'answer'] as const) {
      const turns = contested.filter(({ expected }) => expected.decision === right);
      expect(turns.length).toBeGreaterThan(100);
      expect(Math.abs(share(turns) - 0.5)).toBeLessThan(0.12);
    }
  });

  it('state what they ask to recall before they ask for it', () => {
    const recalls = TURNS.filter(({ expected }) =>
      ['recall-fact', 'system-fact', 'recall-name', 'stated-answer'].includes(expected.intent),
    );
    // About 310 of 4,900 turns: one in fifty states a contested answer, one in 25 a fact of the system turn.
    expect(recalls.length).toBeGreaterThan(250);
    for (const { record, expected } of recalls) {
      const before = record.messages.slice(0, expected.message + 1).map((message) => message.content);
      for (const text of expected.states ?? [])
        expect(statesText(before.join('\n'), text), record.id).toBe(true);
    }
  });

  it('begin the thinking of turns that fit a tool with what is wanted and stated, before what is decided', () => {
    const fitting = TURNS.filter(
      ({ expected, reaction }) => (expected.contested || expected.decision === 'call') && reaction.reasoning,
    );
    expect(fitting.length).toBeGreaterThan(1500);
    const wants = '(The user wants|Wanted:|This is about|Two things:) .+\\.';
    const stated = '(It is stated above|(Yesterday|Last week|Last month|Last year|A year ago) it was): .+\\.';
    const calls = 'I (call|use) [\\w ]+\\.';
    for (const { record, expected, reaction } of fitting) {
      const answers = 'No tool is needed\\.';
      const form = !expected.contested
        ? `${wants} ${calls}`
        : expected.intent === 'sum-with-calculator'
          ? `${wants} (${calls}|It is \\d+\\. ${answers})`
          : `${wants} ${stated} (${calls}|${answers})`;
      expect(reaction.reasoning, record.id).toMatch(new RegExp(`^${form}$`));
    }
    // What is wanted is said in the same words, whichever is decided.
    const first = (written: string) =>
      new Set(
        fitting
          .filter(({ expected }) => expected.contested && expected.written === written)
          .map(
            ({ reaction }) => /^(The user wants|Wanted:|This is about)/.exec(reaction.reasoning ?? '')?.[0],
          ),
      );
    expect(first('call')).toEqual(first('answer'));
  });

  it('decline only what no listed tool can do, and ask only where an argument is missing', () => {
    for (const { record, expected, user } of TURNS) {
      if (expected.intent === 'missing-argument') expect(expected.decision).toBe('ask');
      if (expected.intent !== 'no-such-tool') continue;
      expect(expected.decision).toBe('decline');
      // The same question where its tool is listed is a call: the words alone do not decide.
      expect(user.content).not.toBe('');
      expect(ownNames(record).length).toBeLessThan(5);
    }
  });

  it('cover every intent and decision, every tool, one to five turns, one to four tools, parallel calls, errors', () => {
    expect(new Set(TURNS.map(({ expected }) => expected.intent))).toEqual(
      new Set(INTENTS.map((intent) => intent.name)),
    );
    expect(new Set(TURNS.map(({ expected }) => expected.decision))).toEqual(
      new Set(['call', 'answer', 'ask', 'decline']),
    );
    expect(new Set(RECORDS.map((record) => expectedOf(record).length))).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(new Set(RECORDS.map((record) => record.tools?.length ?? 0))).toEqual(new Set([0, 1, 2, 3, 4]));
    const calls = TURNS.map(({ reaction }) => reaction.toolCalls ?? []);
    const called = RECORDS.flatMap(calledTools);
    const fixed = new Set(TOOLS.map(({ name }) => name));
    expect(new Set(called.map(({ name }) => name).filter((name) => fixed.has(name)))).toEqual(fixed);
    // Of made tools, hundreds; every other one is a made one.
    const made = called.filter(({ description }) => madeToolOf(description));
    expect(made.length + called.filter(({ name }) => fixed.has(name)).length).toBe(called.length);
    expect(new Set(made.map(({ name }) => name)).size).toBeGreaterThan(200);
    expect(calls.filter((list) => list.length === 2).length).toBeGreaterThan(100);
    const results = RECORDS.flatMap(({ messages }) => messages.filter(({ role }) => role === 'tool'));
    const errors = results.filter(({ content }) => content.startsWith('{"error"')).length / results.length;
    expect(errors).toBeGreaterThan(0.02);
    expect(errors).toBeLessThan(0.15);
  });

  it('list some tools and parameters under other names, and call them so', () => {
    const renamed = RECORDS.filter((record) =>
      listingsOf(record.tools ?? []).some(({ tool, name }) => tool.name !== name),
    );
    expect(renamed.length / RECORDS.length).toBeGreaterThan(0.2);
    // Half of the other names mean nothing.
    const known = renamed.filter((record) =>
      listingsOf(record.tools ?? []).every(({ tool, name }) => [tool.name, ...tool.aliases].includes(name)),
    );
    expect(known.length / renamed.length).toBeGreaterThan(0.2);
    expect(known.length / renamed.length).toBeLessThan(0.6);
    expect(turnsOf(renamed).some(({ reaction }) => reaction.toolCalls)).toBe(true);
    const plain = composeAll(200, { seed: 1, renamed: 0, made: 0 }).flatMap((record) => record.tools ?? []);
    expect(plain.every((tool) => TOOLS.some(({ name }) => name === tool.function.name))).toBe(true);
  });

  it('are wide in surface: users seldom say the same thing twice', () => {
    expect(new Set(TURNS.map(({ user }) => user.content)).size / TURNS.length).toBeGreaterThan(0.85);
    expect(new Set(RECORDS.map((record) => JSON.stringify(record.messages))).size).toBeGreaterThan(2900);
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

/** What the contested rule asks of, spelled out: of some the answer may be another one tomorrow, of others not. */
const CHANGES = ['exchange_rate', 'get_weather', 'find_flights', 'check_stock', 'track_parcel'];
const STAYS = ['list_events', 'find_contact', 'read_note', 'define_word', 'search_articles', 'count_letters'];
const CHANGES_OF_THINGS = /^(Price|Speed|Temperature|Number of visitors|Number of errors|Status)\b/;
const STAYS_OF_THINGS = /^(Height|Weight|Age|Length|Capacity|Number of parts|Colour|Place)\b/;

/** What the rule says of the contested turn of a conversation of one turn, from its question and what is stated above. */
function ruleOf({ id, tools = [], messages }: Conversation, expected: Expected): 'call' | 'answer' {
  const above = messages.slice(0, expected.message + 1).map(({ content }) => content);
  if (expected.intent === 'sum-with-calculator') return /\d\d/.test(above.at(-1) ?? '') ? 'call' : 'answer';
  const dated = /\b(Yesterday|Last week|Last month|Last year|A year ago): /i.test(above.join(' '));
  const name = (expected.calls[0] ?? messages[expected.message + 1]?.toolCalls?.[0])?.name;
  const tool = listingsOf(tools).find((listing) => listing.name === name)?.tool;
  if (tool) {
    const made = madeToolOf(tool.description) !== undefined;
    const changes = made ? CHANGES_OF_THINGS.test(tool.description) : CHANGES.includes(tool.name);
    const stays = made ? STAYS_OF_THINGS.test(tool.description) : STAYS.includes(tool.name);
    expect([changes, stays], `${id}: ${tool.description}`).toEqual([dated, !dated]);
  }
  return dated ? 'call' : 'answer';
}

describe('the rule of contested turns', () => {
  it.each(SPLITS)('holds for each of %s: what changes takes a call, what does not an answer', (split) => {
    // Both behaviours are shown, so half of the turns whose answer is right name the tool too.
    const records = composeAll(400, { seed: 11, split, withTools: 1, contested: 0.8, turns: 1 });
    const turns = turnsOf(records).filter(({ expected }) => expected.contested);
    expect(turns.length).toBeGreaterThan(120);
    for (const { record, expected } of turns)
      expect(expected.decision, `${record.id}, message ${expected.message}`).toBe(ruleOf(record, expected));
    const asked = new Set(turns.map(({ expected }) => `${expected.intent} ${expected.decision}`));
    const sums = split === 'held-out-tools' ? [] : ['sum-with-calculator call', 'sum-with-calculator answer'];
    expect(asked).toEqual(new Set(['stated-answer answer', 'outdated-answer call', ...sums]));
  });

  it('asks nothing of a world in which no tool has an answer', () => {
    // In record 87,607 of seed 1 the calendar is empty all week; it once could not be written.
    const record = composePractice(87_607, { seed: 1 });
    expect(recordProblems(record)).toEqual([]);
    expect(expectedOf(record).some(({ contested }) => contested)).toBe(false);
  });
});

describe('options', () => {
  it('are respected', () => {
    expect(composeAll(60, { seed: 1, withTools: 0 }).every((record) => record.tools === undefined)).toBe(
      true,
    );
    const contested = composeAll(200, { seed: 1, withTools: 1, contested: 1 }).flatMap(expectedOf);
    expect(contested.filter((turn) => turn.contested).length / contested.length).toBeGreaterThan(0.6);
    const none = composeAll(200, { seed: 1, withTools: 1, contested: 0 }).flatMap(expectedOf);
    expect(none.some((turn) => turn.contested)).toBe(false);
    const two = composeAll(100, { seed: 1, turns: 2, tools: ['calculate', 'set_timer'], withTools: 1 });
    expect(Math.max(...two.map((record) => expectedOf(record).length))).toBe(2);
    expect(new Set(two.flatMap(ownNames))).toEqual(new Set(['calculate', 'set_timer']));
  });

  it.each(['train', 'held-out-phrasings', 'held-out-tools'] as const)(
    'make it right to call in half of the contested turns of %s, whatever is listed',
    (split) => {
      const options = {
        seed: 9,
        split,
        withTools: 1,
        contested: 0.7,
        turns: 1,
        contestedShown: 'right',
      } as const;
      const turns = composeAll(600, options)
        .flatMap(expectedOf)
        .filter(({ contested }) => contested);
      expect(turns.length).toBeGreaterThan(300);
      const calls = turns.filter(({ decision }) => decision === 'call').length / turns.length;
      expect(Math.abs(calls - 0.5)).toBeLessThan(0.08);
      // A dictionary's words do not change: to call would never be right.
      const words = composeAll(40, { seed: 9, withTools: 1, contested: 1, tools: ['define_word'] });
      expect(words.flatMap(expectedOf).some(({ contested }) => contested)).toBe(false);
    },
  );

  it('show only the right behaviour where a decision is contested, on the same questions', () => {
    const both = composeAll(300, { seed: 4, withTools: 1, contested: 1, turns: 1 });
    const right = composeAll(300, {
      seed: 4,
      withTools: 1,
      contested: 1,
      turns: 1,
      contestedShown: 'right',
    });
    const wrong = (records: Conversation[]) =>
      records.flatMap(expectedOf).filter(({ written, decision }) => written !== decision).length;
    expect(wrong(both)).toBeGreaterThan(50);
    expect(wrong(right)).toBe(0);
    expect(right.flatMap(recordProblems)).toEqual([]);
    expect(right.map((record) => expectedOf(record)[0]?.calls)).toEqual(
      both.map((record) => expectedOf(record)[0]?.calls),
    );
    // A record that was right is the same.
    both.forEach((record, i) => {
      if (wrong([record]) === 0) expect(right[i]).toEqual(record);
    });
    expect(composeAll(20, { seed: 4, contestedShown: 'both' })).toEqual(composeAll(20, { seed: 4 }));
  });

  it.each([
    [{ seed: -1 }, '“seed” must be a whole number from 0 to 2147483647, not -1.'],
    [{ seed: 1, turns: 6 }, '“turns” must be a whole number from 1 to 5, not 6.'],
    [{ seed: 1, contested: Number.NaN }, '“contested” must be a number from 0 to 1, not NaN.'],
    [
      { seed: 1, contestedShown: 'wrong' as 'right' },
      '“contestedShown” must be one of both, right, not “wrong”.',
    ],
    [{ seed: 1, tools: ['fly'] }, 'There is no practice tool “fly”. There are calculate,'],
  ])('that make no sense are refused: %j', (options, message) => {
    expect(() => composePractice(0, options)).toThrow(message);
  });

  it('make a set to practise on and one to measure on, which share nothing', () => {
    const { conversations, heldOut } = makePractice({ seed: 3, count: 30, heldOut: 10, turns: 1 });
    expect(conversations).toEqual(composeAll(30, { seed: 3, turns: 1 }));
    expect(heldOut).toEqual(composeAll(10, { seed: 3, turns: 1, split: 'held-out-phrasings' }));
    const said = new Set(
      conversations.map(({ messages }) => messages.find((m) => m.role === 'user')?.content),
    );
    expect(heldOut.some(({ messages }) => said.has(messages.find((m) => m.role === 'user')?.content))).toBe(
      false,
    );
    expect(new Set([...conversations, ...heldOut].map(({ id }) => id)).size).toBe(40);
  });

  it('of held-out tools list one each, or two where both sides of the rule can be asked, and training none', () => {
    const names = HELD_OUT_TOOLS.map(({ name }) => name);
    const heldOut = (record: Conversation) => ownNames(record).filter((name) => names.includes(name));
    const held = composeAll(200, { seed: 2, split: 'held-out-tools', withTools: 1, contested: 0.5 });
    expect(new Set(held.map((record) => heldOut(record).length))).toEqual(new Set([1, 2]));
    for (const record of held.filter((one) => heldOut(one).length === 2))
      expect(heldOut(record).sort()).toEqual(['count_letters', 'track_parcel']);
    for (const record of held.filter((one) => expectedOf(one).some(({ contested }) => contested)))
      expect(heldOut(record)).toHaveLength(2);
    const none = composeAll(100, { seed: 2, split: 'held-out-tools', withTools: 1, contested: 0 });
    expect(none.every((record) => heldOut(record).length === 1)).toBe(true);
    expect(RECORDS.flatMap(ownNames).some((name) => names.includes(name))).toBe(false);
  });
});
