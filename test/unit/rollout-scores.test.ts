/**
 * @file What is noted of each token while the model writes is what the same model scores afterwards, in turns with calls and
 * results, too: a ratio begins at 1.
 */
import { expect, test } from 'vitest';
import { LocalTexts } from '../../src/rollout/local-texts';
import { turnSequences } from '../../src/rollout/sequences';
import { sampleTurns } from '../../src/train/rollouts';
import { scorerOf } from '../../src/train/scorer';
import { pocket } from './policy-run';

test('log-probabilities of generation and of scoring agree, token by token', async () => {
  const { engine, inspector, prompts } = await pocket(8);
  const texts = new LocalTexts(inspector, prompts, () => Promise.resolve([]));
  const { prompts: opened, stopIds } = await texts.open();
  const draws = opened.flatMap((one, prompt) =>
    'ids' in one ? [0, 1].map((i) => ({ prompt, ids: one.ids, group: prompt, seed: 10 * prompt + i })) : [],
  );
  // Another temperature and a cut of the unlikely: what is noted are the model's own probabilities all the same.
  const options = { temperature: 0.7, topP: 0.9, maxNewTokens: 96, seed: 1, stopIds };
  const turns = (await sampleTurns(engine, texts, draws, options)) ?? [];
  expect(turns.some(({ rounds }) => rounds.length > 1)).toBe(true);
  const made = turns.flatMap(({ rounds }) =>
    turnSequences(
      rounds,
      rounds.map(({ prompt, ids }) => new Uint8Array(prompt.length + ids.length)),
      '',
    ),
  );
  const scores = await scorerOf(engine)(
    made.map(({ sequence }) => sequence),
    'tuned',
  );
  let [most, trained] = [0, 0];
  made.forEach(({ sequence, logProbs }, n) =>
    sequence.weights.forEach((weight, i) => {
      if (weight === 0) return;
      trained++;
      most = Math.max(most, Math.abs((logProbs[i] ?? NaN) - (scores[n]?.[i] ?? NaN)));
    }),
  );
  expect(trained).toBe(
    turns.reduce((sum, { rounds }) => sum + rounds.reduce((all, { ids }) => all + ids.length, 0), 0),
  );
  expect(most).toBeLessThan(1e-4);
  engine.dispose();
}, 60_000);
