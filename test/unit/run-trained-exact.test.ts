/**
 * @file What Compare says that a run trained is, id for id and place for place, what its steps handed to the engine: for every
 * objective on recorded data, every division, and every way to cut what is too long.
 */
import { describe, expect, test } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import type { Strategy } from '../../src/sequence/strategy';
import type { ObjectiveKind } from '../../src/settings/objective';
import { exactOf, runOf, says, turns, user } from './run-trained-support';

/** Three turns with thinking, which the template strips from the history. */
const thinks = (id: string, more: Partial<Conversation> = {}): Conversation =>
  turns(id, '', {
    messages: [
      user('One?'),
      { role: 'assistant', reasoning: `The first of ${id}.`, content: `First ${id}.` },
      user('Two?'),
      { role: 'assistant', reasoning: 'The second.', content: `Second ${id}.` },
      user('Three?'),
      { role: 'assistant', reasoning: `The third of ${id}.`, content: `Third ${id}.` },
    ],
    completionFrom: 3,
    ...more,
  });
const pair = (id: string, rejected = `Bad ${id}.`) =>
  turns(id, `Good ${id}.`, { preference: { chosen: [says(`Good ${id}.`)], rejected: [says(rejected)] } });

const REWARDED = [
  turns('a', 'Two.', { reward: 2 }),
  thinks('b', { reward: 0 }),
  thinks('c'),
  thinks('d', { reward: 1 }),
  turns('e', 'Three.', { reward: 0.5 }),
];
const DATA: Partial<Record<ObjectiveKind, Conversation[]>> = {
  sft: [turns('a', 'Two.'), thinks('b'), thinks('c', { label: false }), thinks('d'), thinks('e')],
  rwr: REWARDED,
  awr: REWARDED,
  raft: REWARDED,
  dpo: [pair('a'), pair('b'), pair('c', 'Good c.'), pair('d'), thinks('e')],
  kto: [
    thinks('a', { label: true }),
    thinks('b', { label: false }),
    thinks('c', { label: true }),
    pair('d'),
    thinks('e'),
  ],
};
const KINDS = Object.keys(DATA) as ObjectiveKind[];
const STRATEGIES: readonly Strategy[] = ['whole', 'prefixes', 'prefixes-last', 'last', 'fork'];
const TRUNCATIONS = ['end', 'start', 'turns'] as const;

/** Long enough that no sequence is cut, and so that many are, with something left to train. */
const [ENOUGH, SHORT] = [512, 60];

async function check(
  kind: ObjectiveKind,
  strategy: Strategy,
  truncate: (typeof TRUNCATIONS)[number],
  maxLength: number,
  packing: boolean,
): Promise<string[]> {
  const all = DATA[kind] ?? [];
  const run = await runOf(kind, all, {
    division: { strategy, truncate },
    mask: { maxLength },
    settings: { steps: 3, epochs: 0, batchSize: 2, accumulation: packing ? 2 : 1, packing },
    objective: { keepFrom: 0.5 },
  });
  for (const step of [1, 3]) {
    const given = run.trainedExactly(step);
    expect(given.length).toBeGreaterThan(0);
    expect((await run.said(all, step)).takenExactly, `step ${step}`).toEqual(given);
  }
  return run.trainedExactly();
}

describe.each(KINDS)('%s', (kind) => {
  test.each(STRATEGIES)('%s', async (strategy) => {
    await check(kind, strategy, 'end', ENOUGH, true);
    const cut = [];
    for (const truncate of TRUNCATIONS) cut.push(await check(kind, strategy, truncate, SHORT, false));
    // Where sequences are cut, each way cuts them otherwise: none can stand in for another.
    const lengths = cut.flat().map((key) => key.split(':')[0]?.split(' ').length ?? NaN);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(SHORT);
  });
});

test('conversations that are asked about one after the other, as Compare asks, are as all together', async () => {
  const all = DATA.sft ?? [];
  const run = await runOf('sft', all, {
    division: { strategy: 'fork', truncate: 'end' },
    settings: { steps: 2, epochs: 0, batchSize: 1 },
  });
  const alone = await Promise.all(all.map((one) => run.said([one], 2)));
  const taken = [...new Set(alone.flatMap(({ takenExactly }) => takenExactly))].sort();
  expect(taken).toEqual(run.trainedExactly(2));
  expect(taken).toHaveLength(2);
});

test('divisions and cuts make other sequences, so that a wrong one would be seen', async () => {
  const made = new Map<string, string>();
  for (const strategy of STRATEGIES) {
    const run = await runOf('sft', [thinks('a'), turns('b', 'Two.')], {
      division: { strategy, truncate: 'end' },
    });
    const { sequences } = (await run.said()).found;
    made.set(strategy, sequences.map(exactOf).sort().join('\n'));
  }
  expect(new Set(made.values()).size).toBe(STRATEGIES.length);
  const cut = [];
  for (const truncate of TRUNCATIONS) {
    const division = { strategy: 'whole', truncate } as const;
    const run = await runOf('sft', [thinks('a')], { division, mask: { maxLength: SHORT } });
    cut.push((await run.said()).found.sequences.map(exactOf).join('\n'));
  }
  expect(new Set(cut).size).toBe(TRUNCATIONS.length);
});
