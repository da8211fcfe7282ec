/**
 * @file Rated answers of the chat as data: rewards, labels, pairs, and one part of the list that keeps what was edited in it.
 */
import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/conversation/types';
import { samplesOf } from '../../src/sequence/samples';
import { RatedPart } from '../../src/state/chat-rated';
import {
  isContradicted,
  recordOf,
  rewardedAnew,
  withPreferences,
  withReward,
  type RatedAnswer,
} from '../../src/state/chat-records';
import { DataList, MemoryPart } from '../../src/state/data-list';

const prompt: Message[] = [{ role: 'user', content: 'Is it cold?' }];
const said = (content: string): Message[] => [{ role: 'assistant', content }];
const answer = (id: string, content: string, reward: number): RatedAnswer => ({
  ...{ id, prompt, completion: said(content), tools: [], reward },
});
const listOf = (list: DataList) => Array.from({ length: list.length }, (_, row) => list.at(row));

describe('a rated answer', () => {
  test('is a conversation with a reward, and says where its completion begins and where it came from', () => {
    expect(recordOf(answer('chat 1', 'Yes.', 1), 0)).toEqual({
      id: 'chat 1',
      messages: [...prompt, ...said('Yes.')],
      completionFrom: 1,
      reward: 1,
      label: true,
      extra: {},
      source: { file: 'chat', record: 0, line: 1 },
    });
  });

  test.each([
    [0, false],
    [0.25, false],
    [0.5, undefined],
    [0.75, true],
    [1, true],
  ])('reward %d: label %s', (reward, label) => {
    const record = recordOf(answer('a', 'Yes.', reward), 0);
    expect(record.label).toBe(label);
    expect('label' in withReward(record, 0.5)).toBe(false);
  });

  test('keeps tools, the template’s variables and the world that answers calls', () => {
    const tools = [{ type: 'function' as const, function: { name: 'calculate' } }];
    const record = recordOf({ ...answer('a', 'Yes.', 1), tools, templateKwargs: { x: 1 }, world: 7 }, 2);
    expect(record).toMatchObject({ tools, templateKwargs: { x: 1 }, extra: { world: 7 } });
    expect(record.source).toEqual({ file: 'chat', record: 2, line: 3 });
  });
});

describe('answers to the same prompt', () => {
  test('the better ones are chosen over the worst one, and each answer stays one sample', () => {
    const records = [answer('a', 'Yes.', 1), answer('b', 'No.', 0), answer('c', 'Perhaps.', 0.5)].map(
      recordOf,
    );
    const [a, b, c] = withPreferences(records);
    expect(a?.preference).toEqual({ chosen: said('Yes.'), rejected: said('No.') });
    expect(b?.preference).toBeUndefined();
    expect(c?.preference).toEqual({ chosen: said('Perhaps.'), rejected: said('No.') });
    const all = [a, b, c].flatMap((record) => (record ? [record] : []));
    expect(all.flatMap((record) => samplesOf(record, 'reward')).map(({ facts }) => facts.reward)).toEqual([
      1, 0, 0.5,
    ]);
    expect(all.flatMap((record) => samplesOf(record, 'pair'))).toHaveLength(4);
  });

  test('rated alike, or of other prompts or tools: no pair', () => {
    const other = { ...answer('b', 'No.', 0), prompt: [{ role: 'user' as const, content: 'Is it hot?' }] };
    const tools = [{ type: 'function' as const, function: { name: 'weather' } }];
    const listed = { ...answer('c', 'No.', 0), tools };
    const same = answer('d', 'Surely.', 1);
    const records = withPreferences([answer('a', 'Yes.', 1), other, listed, same].map(recordOf));
    expect(records.map(({ preference }) => preference)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('the same answer rated otherwise is no pair where there is another, and is told', () => {
    const two = [answer('a', 'Yes.', 1), answer('b', 'Yes.', 0)].map(recordOf);
    const [a, b] = two;
    if (!a || !b) throw new Error('There are two records.');
    expect(isContradicted(a, two)).toBe(true);
    expect(isContradicted(b, two)).toBe(true);
    // Nothing else was rated lower: a run says that the two are the same.
    expect(withPreferences(two)[0]?.preference).toEqual({ chosen: said('Yes.'), rejected: said('Yes.') });
    const c = recordOf(answer('c', 'No.', 0.25), 2);
    expect(withPreferences([...two, c])[0]?.preference).toEqual({
      chosen: said('Yes.'),
      rejected: said('No.'),
    });
    expect(isContradicted(c, [...two, c])).toBe(false);
    // Rated alike, or asked otherwise, they say nothing against each other.
    expect(isContradicted(a, [a, withReward(b, 1)])).toBe(false);
    const elsewhere = recordOf(
      { ...answer('d', 'Yes.', 0), prompt: [{ role: 'user', content: 'Is it hot?' }] },
      3,
    );
    expect(isContradicted(a, [a, elsewhere])).toBe(false);
  });

  test('another reward given in Data changes the label that came with the one before, and no other', () => {
    const bad = recordOf(answer('a', 'Yes.', 0), 0);
    expect(bad.label).toBe(false);
    expect(rewardedAnew(bad, 1)).toMatchObject({ reward: 1, label: true });
    expect(rewardedAnew(bad, 0.5)).not.toHaveProperty('label');
    expect(rewardedAnew(bad, undefined)).not.toHaveProperty('label');
    // By way of a reward that is neither good nor bad.
    expect(rewardedAnew(rewardedAnew(bad, 0.5), 0)).toMatchObject({ reward: 0, label: false });
    expect(rewardedAnew(rewardedAnew(rewardedAnew(bad, 1), 0.5), 1)).toMatchObject({
      reward: 1,
      label: true,
    });
    const own = { ...bad, label: true };
    expect(rewardedAnew(own, 0)).toMatchObject({ reward: 0, label: true });
    const { reward: _, ...labelled } = bad;
    expect(rewardedAnew(labelled, 1)).toMatchObject({ reward: 1, label: false });
    const { label: __, ...rewarded } = bad;
    expect(rewardedAnew(rewarded, 1)).not.toHaveProperty('label');
  });

  test('a pair goes when its ratings become alike', () => {
    const [a, b] = withPreferences([answer('a', 'Yes.', 1), answer('b', 'No.', 0)].map(recordOf));
    if (!a || !b) throw new Error('There are two records.');
    expect(withPreferences([a, withReward(b, 1)])[0]?.preference).toBeUndefined();
  });
});

describe('the part of rated answers', () => {
  const own = new MemoryPart([{ ...recordOf(answer('own', 'Hm.', 0), 0), id: 'own' }], [], {
    name: 'own.json',
  });

  test('all ratings are one part, behind the others', () => {
    const rated = new RatedPart();
    let list = new DataList([own]);
    list = rated.rated(list, answer(rated.freeId(list), 'Yes.', 1));
    list = rated.rated(list, answer(rated.freeId(list), 'No.', 0));
    expect(list.parts.map(({ name, length }) => [name, length])).toEqual([
      ['own.json', 1],
      ['chat', 2],
    ]);
    expect(listOf(list).map((record) => record?.id)).toEqual(['own', 'chat 1', 'chat 2']);
    expect(list.at(1)?.preference?.rejected).toEqual(said('No.'));
  });

  test('rating again changes the record and keeps what was edited in it', () => {
    const rated = new RatedPart();
    let list = rated.rated(new DataList([own]), answer('chat 1', 'Yes.', 1));
    const record = list.at(1);
    if (!record) throw new Error('There is a record.');
    list = list.replaced(1, { ...record, messages: [...prompt, ...said('Yes, a little.')] });
    list = rated.rated(list, answer('chat 1', 'Yes.', 0));
    expect(list.length).toBe(2);
    expect(list.at(1)).toMatchObject({ reward: 0, label: false });
    expect(list.at(1)?.messages.at(-1)?.content).toBe('Yes, a little.');
  });

  test('taking a rating away takes the record away, and the part with its last one', () => {
    const rated = new RatedPart();
    const before = new DataList([own]);
    const list = rated.rated(before, answer('chat 1', 'Yes.', 1));
    expect(rated.unrated(list, 'chat 1').parts).toEqual([own]);
    expect(rated.unrated(before, 'chat 9')).toBe(before);
    // An earlier list, as undo brings it back, is known again.
    expect(rated.unrated(list, 'chat 1').length).toBe(1);
  });

  test('an id that the list has is not taken again', () => {
    const taken = new MemoryPart([{ ...recordOf(answer('x', 'Hm.', 0), 0), id: 'chat 1' }]);
    expect(new RatedPart().freeId(new DataList([taken]))).toBe('chat 2');
  });

  test('records that came from elsewhere go on in their part, beside ratings that were made here', () => {
    const rated = new RatedPart();
    const came = new MemoryPart([recordOf(answer('chat 1', 'Yes.', 1), 0)], [], { name: 'chat' });
    let list = rated.rated(new DataList([own]), answer('chat 7', 'Hm.', 0.5)).with(came);
    rated.adopt(list, ['chat 1', 'own', 'not there']);
    list = rated.rated(list, answer('chat 1', 'Yes.', 0));
    expect(listOf(list).map((record) => [record?.id, record?.reward])).toEqual([
      ['own', 0],
      ['chat 7', 0.5],
      ['chat 1', 0],
    ]);
    // What only has such an id is not the chat's.
    expect(rated.unrated(list, 'own').length).toBe(3);
    expect(rated.unrated(list, 'chat 1').parts.map(({ name }) => name)).toEqual(['own.json', 'chat']);
  });
});
