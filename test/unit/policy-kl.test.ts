/**
 * @file The KL divergence to the model as loaded where nothing holds the model to it: measured, right, and without any effect.
 */
import { describe, expect, test } from 'vitest';
import { scorerOf } from '../../src/train/scorer';
import { meanKl } from '../../src/train/policy-kl';
import { ON_POLICY } from '../../src/settings/objective';
import { equalBits, idPrompts, runPolicy, tinyEngine, tokenTexts } from './policy-run';

const PROMPTS = [
  [5, 6, 7],
  [9, 9],
];
const TEXTS = tokenTexts(PROMPTS, (ids) => ids.filter((id) => id < 20).length);
const SETTINGS = { steps: 3, learningRate: 5e-3 };
const OBJECTIVE = { prompts: 2, groupSize: 4, maxNewTokens: 6, kl: 0 } as const;

test('is the mean of exp(r − l) − (r − l) − 1 over the trained tokens, and never below 0', () => {
  const one = {
    sequence: { weights: Float32Array.of(0, 1, 0.5, 0) },
    logProbs: [-9, -1, -2, -9],
    reference: [0, -1.5, -2, 0],
  };
  expect(meanKl([one])).toBeCloseTo((Math.exp(-0.5) + 0.5 - 1) / 2, 12);
  expect(meanKl([{ ...one, sequence: { weights: new Float32Array(4) } }])).toBeUndefined();
  expect(meanKl([])).toBeUndefined();
});

describe.each(ON_POLICY)('%s with weight 0', (kind) => {
  test('begins at 0, then is that of two evaluations, and changes no bit of the run', async () => {
    const engine = await tinyEngine();
    const evaluated: number[] = [];
    // Before each update, all that is trained: by the model as it is and by the one that was loaded, each on its own.
    const score = scorerOf(engine);
    const { reports, rollouts } = await runPolicy(
      engine,
      {
        ...TEXTS,
        finish: async (turns) => {
          const firsts = PROMPTS.map((_, at) => turns.find(({ prompt }) => prompt === at));
          const sequences = firsts.flatMap((turn) => {
            const [round] = turn?.rounds ?? [];
            if (!round) return [];
            const ids = Int32Array.of(...round.prompt, ...round.ids);
            const weights = Float32Array.from(ids, (_, i) => Number(i >= round.prompt.length));
            const positions = ids.map((_, i) => i);
            const document = new Int32Array(ids.length).fill(1);
            const origin = { conversation: '' };
            return [{ ids, weights, kind: new Uint8Array(ids.length), positions, document, origin }];
          });
          const [now, then] = [await score(sequences, 'tuned'), await score(sequences, 'base')];
          const apart = sequences.flatMap(({ weights }, row) =>
            [...weights].flatMap((weight, i) =>
              weight === 0 ? [] : (then[row]?.[i] ?? NaN) - (now[row]?.[i] ?? NaN),
            ),
          );
          evaluated.push(apart.reduce((sum, d) => sum + Math.exp(d) - d - 1, 0) / apart.length);
          return TEXTS.finish(turns);
        },
      },
      idPrompts(2),
      SETTINGS,
      { ...OBJECTIVE, kind, measureKl: true },
    );
    const measured = reports.map(({ metrics }) => metrics?.kl ?? NaN);
    expect(measured).toHaveLength(3);
    expect(measured[0]).toBeCloseTo(0, 8);
    expect(measured[2]).toBeGreaterThan(1e-4);
    measured.forEach((value, i) => expect(value).toBeCloseTo(evaluated[i] ?? NaN, 6));

    const other = await tinyEngine();
    const without = await runPolicy(other, TEXTS, idPrompts(2), SETTINGS, {
      ...OBJECTIVE,
      kind,
      measureKl: false,
    });
    expect(without.reports.map(({ metrics }) => metrics?.kl)).toEqual([undefined, undefined, undefined]);
    expect(without.reports.map(({ loss }) => loss)).toEqual(reports.map(({ loss }) => loss));
    expect(without.rollouts.flat().map(({ sequence }) => [...sequence.ids])).toEqual(
      rollouts.flat().map(({ sequence }) => [...sequence.ids]),
    );
    expect(equalBits(await engine.read(), await other.read())).toBe(true);
    engine.dispose();
    other.dispose();
  });
});

test('at another temperature it is of what was drawn from', async () => {
  const engine = await tinyEngine();
  const objective = { ...OBJECTIVE, kind: 'grpo', temperature: 0.7, measureKl: true } as const;
  const { reports } = await runPolicy(engine, TEXTS, idPrompts(2), SETTINGS, objective);
  expect(reports[0]?.metrics?.kl).toBeCloseTo(0, 8);
  expect(reports[2]?.metrics?.kl).toBeGreaterThan(0);
  engine.dispose();
});

test('is measured also where nothing is learnt, and not of samples that were dropped', async () => {
  const engine = await tinyEngine();
  const objective = { ...OBJECTIVE, kind: 'grpo', measureKl: true } as const;
  const flat = await runPolicy(
    engine,
    tokenTexts(PROMPTS, () => 0),
    idPrompts(2),
    {},
    objective,
  );
  expect(flat.reports[0]?.metrics?.kl).toBeCloseTo(0, 8);
  const none = await runPolicy(
    engine,
    tokenTexts(PROMPTS, () => undefined),
    idPrompts(2),
    {},
    objective,
  );
  expect(none.reports[0]?.metrics).toMatchObject({ dropped: 8 });
  expect(none.reports[0]?.metrics?.kl).toBeUndefined();
  engine.dispose();
});

describe('a pass of the model as loaded that fails', () => {
  /** Fails whenever the model as loaded is asked. */
  async function failing() {
    const engine = await tinyEngine();
    const { score } = engine;
    engine.score = (batch, which, ...rest) =>
      which === 'base'
        ? Promise.reject(new Error('out of memory'))
        : score.call(engine, batch, which, ...rest);
    return engine;
  }

  test('leaves KL unmeasured where nothing depends on it, and the run as it is', async () => {
    const objective = { ...OBJECTIVE, kind: 'grpo', measureKl: true } as const;
    const engine = await failing();
    const { reports } = await runPolicy(engine, TEXTS, idPrompts(2), SETTINGS, objective);
    expect(reports.map(({ metrics }) => [metrics?.kl, metrics?.klUnmeasured])).toEqual(
      reports.map(() => [undefined, 1]),
    );
    const measured = await tinyEngine();
    const other = await runPolicy(measured, TEXTS, idPrompts(2), SETTINGS, objective);
    expect(other.reports.map(({ metrics }) => metrics?.klUnmeasured)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(reports.map(({ loss }) => loss)).toEqual(other.reports.map(({ loss }) => loss));
    expect(reports.map(({ metrics }) => metrics?.groups)).toEqual([2, 2, 2]);
  });

  test('ends a run that is held to it', async () => {
    const objective = { ...OBJECTIVE, kind: 'grpo', kl: 0.1 } as const;
    const { errors, states } = await runPolicy(await failing(), TEXTS, idPrompts(2), SETTINGS, objective);
    expect(errors).toEqual([new Error('out of memory')]);
    expect(states.at(-1)).toBe('failed');
  });
});
