/**
 * @file Conversations as samples: which completions there are, what is trained of them, and their rewards.
 */
import { describe, expect, test } from 'vitest';
import type { Conversation, Message } from '../../src/conversation/types';
import { presetNamed } from '../../src/mask/presets';
import { withRecordedReward, withRecordedRewards } from '../../src/rollout/recorded-reward';
import { promptKey } from '../../src/sequence/prompt-key';
import type { SampleKind } from '../../src/sequence/samples';
import type { TrainingSequence } from '../../src/sequence/types';
import { inspector } from './mask-support';

const POLICY = presetNamed('default')?.policy;
if (!POLICY) throw new Error('The default policy is missing.');

const user = (content: string): Message => ({ role: 'user', content });
const says = (content: string): Message => ({ role: 'assistant', content });
const conversation = (id: string, messages: Message[], more: Partial<Conversation> = {}): Conversation => ({
  id,
  messages,
  extra: {},
  source: { file: 'test.jsonl', record: 0, line: 1 },
  ...more,
});
const pair = conversation('pair', [user('Hi'), says('Good.')], {
  completionFrom: 1,
  preference: { chosen: [says('Good.')], rejected: [says('Bad.')] },
});

const made = (conversations: Conversation[], samples: SampleKind, maxLength = 512) =>
  inspector.sequences(conversations, POLICY, maxLength, {}, { samples });
const trainedText = ({ ids, weights }: TrainingSequence) =>
  inspector.tokenizer.decode([...ids].filter((_, i) => weights[i] !== 0));

describe('pairs', () => {
  test('are two sequences of one group, of which the completions alone are trained', () => {
    const { sequences, problems } = made([pair], 'pair');
    expect(problems).toEqual([]);
    expect(sequences.map(({ sample }) => sample)).toEqual([
      { group: 'pair', preference: 'chosen' },
      { group: 'pair', preference: 'rejected' },
    ]);
    const [chosen = '', rejected = ''] = sequences.map(trainedText);
    expect(chosen).toContain('Good.');
    expect(rejected).toContain('Bad.');
    expect(`${chosen}${rejected}`).not.toContain('Hi');
  });

  test('earlier turns of the assistant are context', () => {
    const long = {
      ...pair,
      messages: [user('One'), says('First.'), user('Two'), says('Good.')],
      completionFrom: 3,
    };
    const texts = made([long], 'pair').sequences.map(trainedText);
    expect(texts).toHaveLength(2);
    for (const text of texts) expect(text).not.toContain('First.');
  });

  test('what is no pair is left out, and so is one of which nothing is left', () => {
    const alone = conversation('alone', [user('Hi'), says('Good.')]);
    expect(made([alone], 'pair').problems).toEqual([
      { conversation: 'alone', reason: 'It has no chosen and rejected completion.' },
    ]);
    const [problem] = made([pair], 'pair', 4).problems;
    expect(problem?.reason).toMatch(/^Of its chosen completion: /);
  });
});

test('labels: those of records, and chosen as good and rejected as bad', () => {
  const bad = conversation('bad', [user('Hi'), says('No.')], { completionFrom: 1, label: false });
  const { sequences } = made([bad, pair], 'label');
  expect(sequences.map(({ sample }) => sample?.desirable)).toEqual([false, true, false]);
});

describe('rewards', () => {
  test('those of the record, else of its label or its pair; none is none', () => {
    const rated = conversation('rated', [user('Hi'), says('Good.')], { reward: 0.25, label: true });
    const liked = conversation('liked', [user('Hi'), says('Yes.')], { label: true });
    const plain = conversation('plain', [user('Hi'), says('Hm.')]);
    const { sequences } = made([rated, liked, pair, plain], 'reward');
    expect(sequences.map(({ sample }) => sample?.reward)).toEqual([0.25, 1, 1, 0, undefined]);
  });

  test('completions of the same prompt share a group, and others do not', () => {
    const other = conversation('other', [user('Ho'), says('Good.')]);
    const { sequences } = made([pair, conversation('same', [user('Hi'), says('Yes.')]), other], 'reward');
    const [chosen, rejected, same, different] = sequences.map(({ sample }) => sample?.group);
    expect([rejected, same]).toEqual([chosen, chosen]);
    expect(different).not.toBe(chosen);
    expect(promptKey(pair, 1)).toMatch(/^[0-9a-f]{16}$/);
    const withTools = { ...pair, tools: [{ type: 'function' as const, function: { name: 'f' } }] };
    expect(promptKey(withTools, 1)).not.toBe(promptKey(pair, 1));
  });
});

describe('rewards of recorded completions', () => {
  const FORMAT = [{ id: 'format', weight: 2 }];

  test('take the place of the record’s own', () => {
    const thinking = conversation('a', [user('Hi'), { ...says('Good.'), reasoning: 'Easy.' }], { reward: 7 });
    const { conversation: scored, score } = withRecordedReward(inspector, thinking, FORMAT);
    expect(score?.parts).toEqual([{ id: 'format', value: expect.any(Number) as number }]);
    expect(scored.reward).toBe(score?.total);
    expect(scored.reward).not.toBe(7);
  });

  test('one that cannot be told is none, and is told', () => {
    const silent = conversation('b', [user('Hi')], { reward: 7 });
    const { conversations, problems } = withRecordedRewards(inspector, [silent], FORMAT);
    expect(conversations[0]?.reward).toBeUndefined();
    expect(problems).toEqual([
      { conversation: 'b', reason: 'It has no reward. Nothing reacts to a user’s message.' },
    ]);
  });

  test('nor does the label stand in for one that cannot be told', () => {
    const labelled = conversation('d', [user('Hi'), says('Good.'), user('And now?')], { label: true });
    const { conversations, problems } = withRecordedRewards(inspector, [labelled], FORMAT);
    expect(problems.map(({ conversation: id }) => id)).toEqual(['d']);
    expect(made([labelled], 'reward').sequences[0]?.sample?.reward).toBe(1);
    const { sequences } = made(conversations, 'reward');
    expect(sequences.map(({ sample }) => sample?.reward)).toEqual([undefined]);
  });

  test('length counts what the model itself would write', () => {
    const length = [{ id: 'length', weight: 1 }];
    const { score } = withRecordedReward(inspector, conversation('c', [user('Hi'), says('Good.')]), length);
    expect(score?.problem).toBeUndefined();
    expect(Number.isFinite(score?.total)).toBe(true);
  });
});
