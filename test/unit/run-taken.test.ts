/**
 * @file Conversations that came, were copied or were replaced since a run took its data; and of what no step has reached, what it would
 * do with it.
 */
import { describe, expect, test } from 'vitest';
import type { ObjectiveKind } from '../../src/settings/objective';
import { furthest } from '../../src/state/run-reach';
import { runOf, says, turns } from './run-trained-support';

describe('what no step has taken, at a weight of 0', () => {
  const bad = ['a', 'b', 'c', 'd'].map((id) => turns(id, `Wrong ${id}.`, { label: false }));
  const settings = { batchSize: 2, epochs: 0, steps: 1 };

  test('KTO will not train it, no more than a new record', async () => {
    const all = [turns('g', 'Right.', { label: true }), ...bad];
    const run = await runOf('kto', all, { settings, objective: { undesirableWeight: 0 } });
    const taken = run.kept.reports[0]?.firstWeightless ?? [];
    expect(taken.length).toBeLessThan(bad.length);
    const { standing, reasons } = await run.said([...all, turns('n', 'Wrong n.', { label: false })]);
    expect(Object.keys(standing)).toEqual(['g']);
    const saysOf = (verb: string) => Object.keys(reasons).filter((id) => reasons[id]?.includes(verb));
    // Those that the step took are told from those that it did not.
    expect(saysOf('gave')).toHaveLength(taken.length);
    expect(saysOf('gives')).toHaveLength(bad.length + 1 - taken.length);
    expect(saysOf('gives')).toContain('n');
  });

  test('KTO would train it where the weight is more', async () => {
    const all = [turns('g', 'Right.', { label: true }), ...bad];
    const trial = { settings: { ...settings, steps: 2 }, objective: { undesirableWeight: 0 } };
    const run = await runOf('kto', all, { ...trial, after: { 1: { undesirableWeight: 1 } } });
    const [before, after] = [await run.said(all, 1), await run.said(all, 2)];
    expect(Object.keys(before.standing)).toEqual(['g']);
    // None that the second step took, or that one may still take, is without a weight now.
    expect(Object.keys(after.reasons)).toEqual(
      Object.keys(before.reasons).filter((id) => before.reasons[id]?.includes('gave') && !after.standing[id]),
    );
    expect(after.taken).toEqual(run.trained(2));
    expect(Object.values(after.standing)).toContain('unreached');
  });

  test('KTO on pairs: the rejected completions are left out whether a step took them or not', async () => {
    const pairs = ['p', 'q', 'r'].map((id) => {
      const [chosen, rejected] = [[says(`Good ${id}.`)], [says(`Bad ${id}.`)]];
      return turns(id, `Good ${id}.`, { preference: { chosen, rejected } });
    });
    const run = await runOf('kto', pairs, { settings, objective: { undesirableWeight: 0 } });
    const { found, taken, standing } = await run.said();
    expect(taken).toEqual(run.trained());
    expect(new Set(Object.values(standing))).toEqual(new Set(['taken', 'unreached']));
    expect(found.sequences.every(({ sample }) => sample?.desirable)).toBe(true);
    const trained = pairs.flatMap(({ id }) => (standing[id] === 'taken' ? [id] : []));
    expect(found.partly).toEqual(new Map(trained.map((id) => [id, { trained: 1, made: 2 }])));
  });
});

describe('the same conversation several times', () => {
  const same = (id: string) => ({ ...turns('x', 'Two.'), id });

  test.each([0, 1])('what a step trained of one it trained of all: at place %i', async (place) => {
    const all = [same('a'), same('b'), { ...turns('y', 'Other.'), id: 'd' }];
    for (let seed = 1; seed <= 50; seed++) {
      const run = await runOf('sft', all, { settings: { batchSize: 1, epochs: 0, steps: 1, seed } });
      if (run.kept.reports[0]?.firstTrained?.[0] !== place) continue;
      const said = await run.said([...all, same('c')]);
      expect(said.standing).toEqual({ a: 'taken', b: 'taken', c: 'taken', d: 'unreached' });
      expect(said.taken).toEqual(run.trained());
      return;
    }
    expect.unreachable('no seed takes it');
  });

  test('data without its first record gives the others new ids, and they were trained', async () => {
    const at = (row: number, words: string) => ({ ...turns('x', words), id: `chat#${row}` });
    const run = await runOf('sft', [at(0, 'One.'), at(1, 'Two.'), at(2, 'Three.')]);
    const said = await run.said([at(0, 'Two.'), at(1, 'Three.'), at(2, 'New.')]);
    expect(said.standing).toEqual({ 'chat#0': 'taken', 'chat#1': 'taken', 'chat#2': 'changed' });
  });

  test('a copy of what no step reached was not', async () => {
    const all = [same('a'), same('b'), turns('d', 'Other.')];
    const run = await runOf('sft', all, { settings: { batchSize: 1, epochs: 0, steps: 1 } });
    expect((await run.said([same('c')], 0)).standing).toEqual({ c: 'unreached' });
  });

  test('of several sequences each counts where it came furthest', () => {
    const all = [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ];
    const reach = { trained: new Set([0, 5]), weightless: new Set([1, 6]) };
    expect(furthest(reach, all)).toEqual([0, 5, 6, 3]);
    expect(furthest(reach, [])).toEqual([]);
  });
});

test.each<ObjectiveKind>(['dpo', 'raft'])(
  '%s: another conversation of the same id is not said to be one that changed',
  async (kind) => {
    const preference = { chosen: [says('Two.')], rejected: [says('No.')] };
    const run = await runOf(kind, [
      turns('chat#0', 'Two.', { reward: 1, preference }),
      turns('chat#1', 'Three.', { reward: 2, preference: { ...preference, chosen: [says('Three.')] } }),
    ]);
    const { reasons } = await run.said([turns('chat#0', 'A stranger.')]);
    expect(reasons['chat#0']).toMatch(
      /^The run had trained what stood under this id then\. As it is now: It /,
    );
  },
);
