/**
 * @file Practice records with slips: a first call that cannot work, its error, and the right call after it.
 */
import { describe, expect, test } from 'vitest';
import { recordProblems } from '../../src/conversation/practice/check-record';
import { composeAll, SPLITS, type Expected } from '../../src/conversation/practice/compose';
import { openWorld } from '../../src/conversation/practice/world';
import type { Conversation, Message } from '../../src/conversation/types';

const OPTIONS = { seed: 41, withTools: 1 };
const expectedOf = ({ extra }: Conversation) => extra['expected'] as unknown as Expected[];

/** The wrong calls of a record with what answers them, each with the message after that. */
function slipsOf({ messages }: Conversation): { call: Message; results: Message[]; next: Message }[] {
  return messages.flatMap((call, at) => {
    if (call.weight !== 0) return [];
    const end = at + 1 + (call.toolCalls ?? []).length;
    const next = messages[end];
    return next ? [{ call, results: messages.slice(at + 1, end), next }] : [];
  });
}

describe('records with slips', () => {
  test.each(SPLITS)('of %s are sound, and every slip is an error that is mended', (split) => {
    const records = composeAll(200, { ...OPTIONS, split, slips: 1 });
    expect(records.flatMap(recordProblems)).toEqual([]);
    const slips = records.flatMap(slipsOf);
    expect(slips.length).toBeGreaterThan(80);
    const errors = slips.map(({ results, next }) => {
      expect(next).toMatchObject({ role: 'assistant', content: '' });
      expect(next.weight).toBeUndefined();
      expect(next.toolCalls?.length).toBeGreaterThan(0);
      return results.map(({ content }) => (JSON.parse(content) as { error: string }).error);
    });
    for (const kind of [/^unknown tool \w+$/, /^The argument “\w+” is missing\.$/])
      expect(errors.flat().filter((error) => kind.test(error)).length, String(kind)).toBeGreaterThan(10);
  });

  test('ask what they ask without them, and the right calls are the same', () => {
    const plain = composeAll(60, OPTIONS);
    composeAll(60, { ...OPTIONS, slips: 1 }).forEach((record, i) => {
      const other = plain[i] as Conversation;
      const said = ({ messages }: Conversation) =>
        messages.filter(({ role }) => role === 'user').map(({ content }) => content);
      expect(said(record)).toEqual(said(other));
      expect(expectedOf(record).map(({ calls }) => calls)).toEqual(
        expectedOf(other).map(({ calls }) => calls),
      );
      const wrong = new Set(slipsOf(record).flatMap(({ call, results }) => [call, ...results]));
      const kept = record.messages.filter((message) => !wrong.has(message));
      expect(kept.map(({ content, toolCalls }) => [content, toolCalls])).toEqual(
        other.messages.map(({ content, toolCalls }) => [content, toolCalls]),
      );
    });
    expect(composeAll(60, { ...OPTIONS, slips: 0 })).toEqual(plain);
  });

  test('thinking after the error says which, and names the right tool', () => {
    const thoughts = composeAll(60, { ...OPTIONS, slips: 1 }).flatMap((record) =>
      slipsOf(record).filter(({ next }) => next.reasoning !== ''),
    );
    expect(thoughts.length).toBeGreaterThan(20);
    for (const { results, next } of thoughts) {
      const { error } = JSON.parse(results[0]?.content ?? '') as { error: string };
      expect(next.reasoning).toContain(`The result: error, ${error.replace(/\.$/, '')}`);
      expect(next.reasoning).toContain(next.toolCalls?.[0]?.name);
    }
  });

  test('of a turn later on, the calls before it are in the world', () => {
    const record = composeAll(400, { ...OPTIONS, slips: 1, tools: ['save_note'], contested: 0 }).find(
      (found) => slipsOf(found).length > 1,
    ) as Conversation;
    const last = expectedOf(record).at(-1) as Expected;
    const saved = record.messages
      .slice(0, last.message)
      .flatMap(({ weight, toolCalls = [] }) => (weight === 0 ? [] : toolCalls));
    expect(openWorld(record, last.message).world.stored('note')).toHaveLength(saved.length);
  });
});

test('a record whose slip would have worked is told', () => {
  const record = composeAll(40, { ...OPTIONS, slips: 1 }).find(
    (found) => slipsOf(found).length > 0,
  ) as Conversation;
  const at = record.messages.findIndex(({ weight }) => weight === 0);
  const [slip] = slipsOf(record);
  const messages = record.messages.map((message, i) =>
    i === at ? { ...message, toolCalls: slip?.next.toolCalls } : message,
  );
  expect(recordProblems({ ...record, messages })).toContainEqual(
    expect.stringContaining('of weight 0 works.'),
  );
});

test.each([-0.1, 1.1, NaN])('%d slips are refused', (slips) => {
  expect(() => composeAll(1, { seed: 1, slips })).toThrow(RangeError);
});
