/**
 * @file What the page holds and shows of a live run on policy: the shipped model writes, a reward judges, and the advantage that each
 * token is coloured by is (r − mean) / spread of the very rewards that stand in the table.
 */
import { beforeAll, expect, test } from 'vitest';
import { LocalTexts, type Scorer } from '../../src/rollout/local-texts';
import { DEFAULT_OBJECTIVE, REWARD_SCALES, type RewardScale } from '../../src/settings/objective';
import { RolloutLog } from '../../src/state/rollouts.svelte';
import { advantage as words } from '../../src/strings/en/advantage';
import { change } from '../../src/strings/en/numbers';
import { SCALES } from '../../src/ui/heat';
import { rolloutRows, valueIn, type RolloutRow } from '../../src/ui/rollout-rows';
import { advantageOf, rolloutView } from '../../src/ui/rollout-view';
import { pocket, runPolicy } from './policy-run';

/** A reward that what is sampled decides, also of a completion of ten tokens: how much of its text is vowels. */
const score: Scorer = (inputs) =>
  inputs.map(({ completion: { text } }) => {
    const total = (text.match(/[aeiou]/gi)?.length ?? 0) / Math.max(1, text.length);
    return { total, parts: [{ id: 'vowels', value: total }] };
  });
const GROUP_SIZE = 4;
const STEPS = 2;

let shipped: Awaited<ReturnType<typeof pocket>>;
beforeAll(async () => {
  shipped = await pocket(3);
});

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** With Bessel's correction, as PyTorch has it. */
const deviation = (values: readonly number[]) =>
  Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1));

/** By the rewards in the table. */
function expected(row: RolloutRow, rows: readonly RolloutRow[], scale: RewardScale): number {
  const rewards = (of: readonly RolloutRow[]) => of.map((one) => valueIn(one, 'total') ?? NaN);
  const group = rewards(rows.filter(({ report }) => report.group === row.report.group));
  const divisor = { group: deviation(group) + 1e-4, batch: deviation(rewards(rows)) + 1e-4, none: 1 }[scale];
  return ((valueIn(row, 'total') ?? NaN) - mean(group)) / divisor;
}

test.each(REWARD_SCALES)('GRPO, divided by %s', async (rewardScale) => {
  const { engine, inspector, prompts } = shipped;
  await engine.reset();
  const texts = new LocalTexts(inspector, prompts, score);
  const { rollouts, states, errors } = await runPolicy(
    engine,
    texts,
    prompts,
    { steps: STEPS, seed: 5 },
    {
      ...DEFAULT_OBJECTIVE,
      ...{ kind: 'grpo', prompts: 2, groupSize: GROUP_SIZE, maxNewTokens: 10, temperature: 1.2 },
      ...{ maskTruncated: false, rewardScale },
    },
  );
  expect([states, errors]).toEqual([['running', 'finished'], []]);
  const log = new RolloutLog();
  rollouts.forEach((list, i) => log.receive(i + 1, list));
  expect(log.steps).toEqual([1, 2]);

  let told = 0;
  for (const step of log.steps) {
    log.choose(step);
    const rows = rolloutRows(log.rollouts, () => undefined);
    expect(rows).toHaveLength(2 * GROUP_SIZE);
    expect(rows.every(({ dropped }) => !dropped)).toBe(true);
    for (const row of rows) {
      const right = expected(row, rows, rewardScale);
      const { report } = row;
      expect(valueIn(row, 'advantage')).toBeCloseTo(right, 6);
      expect(words.shown.completion(report.rollout + 1, step, report.advantage)).toContain(change(right));
      // Each token that the model wrote has it, and no other token has any.
      const shown = rolloutView(
        report,
        Array.from(report.sequence.ids, (id) => `${id} `),
      );
      const readings = advantageOf(report) ?? expect.fail('no advantage');
      expect(readings).toHaveLength(shown.view.encoded.ids.length);
      const numbers = [...readings].filter((value) => !Number.isNaN(value));
      // What is as good as the mean of its group has no weight, and nothing is learnt from it.
      const average = Math.abs(right) < 1e-9;
      expect(numbers).toHaveLength(average ? 0 : report.completion.tokens);
      for (const number of numbers) {
        expect(number).toBeCloseTo(right, 5);
        // A small one is coloured as none, and no one as its opposite.
        expect((SCALES.advantage.stepOf(number) || 0) * right).toBeGreaterThanOrEqual(0);
      }
      told += numbers.length;
    }
  }
  expect(told).toBeGreaterThan(STEPS * GROUP_SIZE);
});
