/**
 * @file Advantages of recorded completions, against the weights of AWR (test/golden/objectives has those from PyTorch): the
 * logarithm of such a weight, times the temperature, is the advantage.
 */
import { describe, expect, it } from 'vitest';
import type { Conversation, Message } from '../../src/conversation/types';
import { AdvantageGroups, tokenAdvantages } from '../../src/sequence/recorded-advantages';
import type { TrainingSequence } from '../../src/sequence/types';
import { promptKey } from '../../src/sequence/prompt-key';
import { samplesOf } from '../../src/sequence/samples';
import { awr } from '../../src/train/objectives/awr';

const said = (id: string, question: string, rest: Partial<Conversation> = {}): Conversation => ({
  id,
  messages: [
    { role: 'user', content: question },
    { role: 'assistant', content: `Answer ${id}` },
  ] satisfies Message[],
  extra: {},
  source: { file: 'test.json', record: 0, line: 1 },
  ...rest,
});

const DATA = [
  said('a', 'One?', { reward: 1 }),
  said('b', 'One?', { reward: 0.25 }),
  said('c', 'One?', { reward: -2 }),
  said('d', 'Two?', { label: true }),
  said('e', 'Three?', { reward: 0.1 }),
  said('f', 'Four?', { preference: { chosen: [], rejected: [{ role: 'assistant', content: 'No' }] } }),
  said('g', 'One?'),
  said('h', 'One?', { reward: NaN }),
];

function advantages(conversations: readonly Conversation[], slice = conversations.length) {
  const groups = new AdvantageGroups();
  for (let at = 0; at < conversations.length; at += slice) groups.add(conversations.slice(at, at + slice));
  return groups.advantages();
}

/** As a run makes them: one sequence of two tokens for each completion. */
function sequencesOf(conversation: Conversation): TrainingSequence[] {
  return samplesOf(conversation, 'reward').map((sample) => ({
    ids: Int32Array.of(0, 1),
    weights: Float32Array.of(0, 1),
    kind: new Uint8Array(2),
    positions: Int32Array.of(0, 1),
    document: Int32Array.of(1, 1),
    origin: { conversation: conversation.id },
    sample: { group: promptKey(sample.conversation, sample.from), ...sample.facts },
  }));
}

describe('advantages of recorded completions', () => {
  it('are those that AWR weighs by', async () => {
    const found = advantages(DATA);
    const temperature = 0.7;
    const sequences = DATA.flatMap(sequencesOf);
    const { units, update } = awr(sequences, { rewardTemperature: temperature, maxWeight: 1e9 });
    const made = await update(units, () => expect.fail('AWR asks for no scores'));
    const expected = new Map<string, number>();
    for (const { origin, sample, weights } of made.sequences)
      if (sample?.preference !== 'rejected')
        expected.set(origin.conversation, temperature * Math.log(weights[1] ?? NaN));
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [id, { advantage }] of found) expect(advantage, id).toBeCloseTo(expected.get(id) ?? NaN, 5);
  });

  it('spelt out: of the same prompt, or of all that are alone with theirs', () => {
    const found = advantages(DATA, 3);
    const mean = (1 + 0.25 - 2) / 3;
    expect(found.get('a')).toEqual({
      from: 1,
      reward: 1,
      advantage: 1 - mean,
      compared: 3,
      samePrompt: true,
    });
    expect(found.get('d')).toEqual({
      from: 1,
      reward: 1,
      advantage: 1 - (1 + 0.1) / 2,
      compared: 2,
      samePrompt: false,
    });
    // Chosen against rejected.
    expect(found.get('f')).toMatchObject({ reward: 1, advantage: 0.5, compared: 2, samePrompt: true });
    expect([found.has('g'), found.has('h')]).toEqual([false, false]);
  });

  it('equal rewards have an advantage of exactly 0', () => {
    const same = Array.from({ length: 3 }, (_, i) => said(`${i}`, 'One?', { reward: 0.1 }));
    expect([...advantages(same).values()].map(({ advantage }) => advantage)).toEqual([0, 0, 0]);
  });

  it('a record without a completion is compared with none, whatever its reward', () => {
    const question = said('q', 'One?', { reward: 5 });
    const found = advantages([...DATA, { ...question, messages: question.messages.slice(0, 1) }]);
    expect(found.has('q')).toBe(false);
    expect(found).toEqual(advantages(DATA));
    // Where it would have been alone with its prompt, too.
    const alone = said('r', 'Five?', { reward: 5, completionFrom: 2 });
    expect(advantages([...DATA, alone])).toEqual(advantages(DATA));
  });

  it('are on the trained tokens of the completion alone', () => {
    const own = { from: 1, reward: 1, advantage: 0.5, compared: 2, samePrompt: true };
    const messages = Int32Array.of(1, 0, 0, 1, 1, 1);
    const weights = Float32Array.of(1, 1, 0, 0, 1, -0.5);
    expect([...tokenAdvantages(own, messages, weights)]).toEqual([NaN, NaN, NaN, NaN, 0.5, 0.5]);
  });
});
