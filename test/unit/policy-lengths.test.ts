/**
 * @file The largest batch that is foreseen for a run: none that its batching makes is larger, and some that it may make are as large.
 */
import { describe, expect, test } from 'vitest';
import type { BatchShape } from '../../src/model/engine';
import { MOST_ROUNDS } from '../../src/rollout/answered';
import { turnSequences, type SampledRound } from '../../src/rollout/sequences';
import { seededRandom } from '../../src/model/random';
import { bucketLength } from '../../src/plan/buckets';
import type { TrainingSequence } from '../../src/sequence/types';
import { DEFAULT_OBJECTIVE } from '../../src/settings/objective';
import { largestShape } from '../../src/train/memory-choice';
import { MICRO_BATCH_TOKENS, shapesOf } from '../../src/train/micro-batches';
import { shuffledForever, take } from '../../src/train/order';
import { anyRows, policyRows, type PromptLength } from '../../src/train/policy-lengths';
import { batchSizeOf } from '../../src/train/run-memory';
import { idPrompts, runPolicy, tinyEngine, tokenTexts } from './policy-run';

/** Grouping asks for nothing but lengths. */
const sequenceOf = (length: number) => ({ ids: new Int32Array(length) }) as TrainingSequence;
/** Tokens that are computed. */
const padded = ({ rows, length }: BatchShape) => rows * bucketLength(length);
const largestOf = (lengths: readonly number[]) =>
  Math.max(...shapesOf([lengths.map(sequenceOf)]).map(padded));

interface Setting {
  usable: PromptLength[];
  objective: { prompts: number; groupSize: number; maxNewTokens: number };
  limit: number;
}

/** Prompts and settings by chance: few and many, alike and not, with tools and without. */
function settingOf(seed: number): Setting {
  const random = seededRandom(seed);
  const upTo = (most: number) => 1 + Math.floor(random() * most);
  const limit = [60, 200, 512, 1024, 3000][upTo(5) - 1] ?? 512;
  const shortest = upTo(limit - 1);
  const apart = upTo(limit - shortest);
  const tools = upTo(3);
  return {
    limit,
    usable: Array.from({ length: upTo(seed % 2 ? 4 : 40) }, () => ({
      tokens: Math.min(limit - 1, shortest + Math.floor(random() * apart)),
      goesOn: tools === 1 ? false : tools === 2 || random() < 0.5,
    })),
    objective: { prompts: upTo(8), groupSize: upTo(12), maxNewTokens: [1, 20, 64, 256][upTo(4) - 1] ?? 64 },
  };
}

const longestOf = ({ tokens, goesOn }: PromptLength, { objective, limit }: Setting) =>
  goesOn ? limit : Math.min(limit, tokens + objective.maxNewTokens);

function foreseen({ usable, objective, limit }: Setting): BatchShape {
  const batchSize = objective.prompts * objective.groupSize;
  const rowsAt = policyRows(usable, objective, limit);
  return largestShape({ batchSize, maxLength: limit }, 4096, MICRO_BATCH_TOKENS, rowsAt);
}

const bySettings = ({ objective, limit }: Setting) =>
  largestShape(
    { batchSize: objective.prompts * objective.groupSize, maxLength: limit },
    4096,
    MICRO_BATCH_TOKENS,
    anyRows(objective),
  );

/** Lengths in a step that has this shape, if its prompts allow one: those that are drawn are the shortest. */
function worstStep(setting: Setting, { length }: BatchShape): number[] {
  const { usable, objective } = setting;
  const { prompts, groupSize } = objective;
  const times = Math.ceil((prompts - 1) / usable.length) + 1;
  const can = usable.filter(({ tokens }) => tokens < length);
  const reaches = (one: PromptLength) => Number(one.goesOn) + Number(longestOf(one, setting) >= length);
  const drawn = can
    .sort((a, b) => reaches(b) - reaches(a))
    .flatMap((one) => Array<PromptLength>(times).fill(one))
    .slice(0, prompts);
  return drawn.flatMap((one) =>
    // All its messages rewritten, and all as long.
    Array<number>(groupSize * (one.goesOn ? MOST_ROUNDS : 1)).fill(
      Math.max(1, Math.min(length, longestOf(one, setting))),
    ),
  );
}

/** A message of a turn; where `mark` differs from the one before, the template has rewritten what was there. */
const roundOf = (tokens: number, written: number, mark: number): SampledRound => ({
  prompt: new Int32Array(tokens).fill(mark),
  ids: new Int32Array(written).fill(mark),
  logProbs: new Float32Array(written),
  ending: 'stop',
});

const sequencesOf = (turn: readonly SampledRound[]): TrainingSequence[] =>
  turnSequences(
    turn,
    turn.map(({ prompt, ids }) => new Uint8Array(prompt.length + ids.length)),
    'a',
  ).map(({ sequence }) => sequence);

/** The sequences of a turn by chance: from step 3 on the template rewrites before each message, before that now and then. */
function turnOf(one: PromptLength, setting: Setting, random: () => number, step: number): TrainingSequence[] {
  const { objective, limit } = setting;
  const written = (from: number) =>
    Math.max(1, Math.min(limit - from, Math.ceil(objective.maxNewTokens * (step % 3 ? random() : 1))));
  const turn = [roundOf(one.tokens, written(one.tokens), 0)];
  for (let i = 1; one.goesOn && i < MOST_ROUNDS; i++) {
    const { prompt, ids } = turn.at(-1) ?? expect.fail('There is one.');
    const seen = prompt.length + ids.length;
    const rewritten = step >= 3 || random() < 0.3;
    const from = rewritten
      ? one.tokens + Math.floor(random() * (seen - one.tokens + 20))
      : seen + Math.floor(20 * random());
    if (from >= limit) break;
    turn.push(roundOf(from, written(from), rewritten ? i : (prompt[0] ?? 0)));
  }
  return sequencesOf(turn);
}

describe('on policy', () => {
  const settings = Array.from({ length: 400 }, (_, seed) => settingOf(seed));

  test('no batch of any step is larger than the one that its prompts make foreseen', () => {
    let steps = 0;
    settings.forEach((setting, seed) => {
      const { usable, objective } = setting;
      const largest = padded(foreseen(setting));
      const random = seededRandom(seed + 1);
      const order = shuffledForever(usable.length, seed);
      for (let step = 0; step < 12; step++, steps++) {
        // From steps that end at once to such that all run to their limit.
        const share = step / 11;
        const lengths = take(order, objective.prompts).flatMap((i) => {
          const one = usable[i] ?? expect.fail('No such prompt.');
          const most = longestOf(one, setting) - one.tokens;
          return Array.from(
            { length: objective.groupSize },
            () => one.tokens + Math.max(1, Math.round(most * (share < 1 ? share * (0.5 + random()) : 1))),
          ).map((length) => Math.min(length, longestOf(one, setting)));
        });
        expect(largestOf(lengths)).toBeLessThanOrEqual(largest);
      }
      expect(largestOf(worstStep(setting, foreseen(setting)))).toBeLessThanOrEqual(largest);
    });
    expect(steps).toBe(4800);
  });

  test('nor where the template rewrites what was written before a tool answered, which makes more sequences', () => {
    let more = 0;
    settings.forEach((setting, seed) => {
      const { usable, objective } = setting;
      const largest = padded(foreseen(setting));
      const random = seededRandom(seed + 1);
      const order = shuffledForever(usable.length, seed);
      for (let step = 0; step < 6; step++) {
        const sequences = take(order, objective.prompts).flatMap((i) =>
          Array.from({ length: objective.groupSize }).flatMap(() =>
            turnOf(usable[i] ?? expect.fail('No such prompt.'), setting, random, step),
          ),
        );
        more += Number(sequences.length > objective.prompts * objective.groupSize);
        expect(Math.max(...shapesOf([sequences]).map(padded))).toBeLessThanOrEqual(largest);
      }
    });
    expect(more).toBeGreaterThan(500);
  });

  test('one prompt, two completions, four rewritten messages each: eight sequences, of which five are met at once', () => {
    const setting: Setting = {
      usable: [{ tokens: 150, goesOn: true }],
      objective: { prompts: 1, groupSize: 2, maxNewTokens: 64 },
      limit: 512,
    };
    const turn = [150, 250, 330, 410].map((tokens, i) => roundOf(tokens, 64, i));
    const sequences = [0, 1].flatMap(() => sequencesOf(turn));
    const met = shapesOf([sequences]);
    expect(met).toEqual([
      { rows: 5, length: 416 },
      { rows: 3, length: 480 },
    ]);
    expect(Math.max(...met.map(padded))).toBeLessThanOrEqual(padded(foreseen(setting)));
    // Before its prompts are known as well.
    const ahead = largestShape(
      { batchSize: 2, maxLength: setting.limit },
      4096,
      MICRO_BATCH_TOKENS,
      anyRows(setting.objective),
    );
    expect(padded(ahead)).toBeGreaterThanOrEqual(padded(foreseen(setting)));
  });

  test('a step of the same prompts may have that very batch, and by the settings alone far larger ones are foreseen', () => {
    const shares = settings.map((setting) => {
      const shape = foreseen(setting);
      return largestOf(worstStep(setting, shape)) / padded(shape);
    });
    // Of one alone it is not: prompts of which no completion is of that length take up rows of their own.
    expect(shares.filter((share) => share === 1)).toHaveLength(399);
    expect(Math.min(...shares)).toBeGreaterThan(0.65);
    // Before prompts are known, those that offer tools are taken to have 64 tokens at least.
    const usual = settings.filter(({ usable }) => usable.every((one) => !one.goesOn || one.tokens >= 64));
    expect(usual.length).toBeGreaterThan(200);
    const saved = usual.map((setting) => padded(bySettings(setting)) / padded(foreseen(setting)));
    expect(Math.min(...saved)).toBe(1);
    expect(saved.filter((share) => share > 1).length).toBeGreaterThan(usual.length / 2);
    expect(Math.max(...saved)).toBeGreaterThan(3);
  });

  test('prompts of 150 tokens, 64 completions: not the 62 rows of 33 tokens that no step has', () => {
    const setting: Setting = {
      usable: Array.from({ length: 8 }, () => ({ tokens: 150, goesOn: true })),
      objective: { prompts: 8, groupSize: 8, maxNewTokens: 64 },
      limit: 512,
    };
    expect(bySettings(setting)).toEqual({ rows: 62, length: 33 });
    expect(foreseen(setting)).toEqual({ rows: 7, length: 292 });
    // Where nothing answers a call, a completion ends with its first message.
    const alone = setting.usable.map((one) => ({ ...one, goesOn: false }));
    expect(foreseen({ ...setting, usable: alone })).toEqual({ rows: 11, length: 186 });
  });

  test('one short prompt makes only its own completions short', () => {
    const objective = { prompts: 8, groupSize: 8, maxNewTokens: 64 };
    const long = Array.from({ length: 100 }, () => ({ tokens: 150, goesOn: false }));
    const rowsAt = policyRows([{ tokens: 10, goesOn: false }, ...long], objective, 512);
    // Twice at most: as the last prompt of one order and in the next.
    expect([10, 11, 74, 75, 150].map(rowsAt)).toEqual([0, 16, 16, 0, 0]);
    expect([151, 214, 215].map(rowsAt)).toEqual([64, 64, 0]);
  });

  test('a run makes that batch ready, and its steps have none that is larger', async () => {
    const engine = await tinyEngine();
    const [ready, met]: [BatchShape[], BatchShape[]] = [[], []];
    const { prepare, step } = engine;
    engine.prepare = (shapes, ...rest) => {
      ready.push(...shapes);
      return prepare.call(engine, shapes, ...rest);
    };
    engine.step = (batches, ...rest) => {
      met.push(...batches.map(({ rows, length }) => ({ rows, length })));
      return step.call(engine, batches, ...rest);
    };
    const texts = tokenTexts(
      [Array<number>(20).fill(5), Array<number>(23).fill(6)],
      (ids) => (ids[0] ?? 0) + ids.length,
    );
    const objective = { kind: 'grpo', prompts: 2, groupSize: 6, maxNewTokens: 12 } as const;
    await runPolicy(engine, texts, idPrompts(2), { steps: 2 }, objective);
    expect(ready).toEqual([{ rows: 12, length: 35 }]);
    expect(met).toEqual([
      { rows: 12, length: 35 },
      { rows: 12, length: 35 },
    ]);
    engine.dispose();
  });
});

describe('on recorded data', () => {
  test.each([
    [1, 512, {}],
    [8, 512, {}],
    [64, 512, {}],
    [100, 60, {}],
    [3, 4096, {}],
    [4, 512, { kind: 'dpo' }],
  ] as const)(
    '%j sequences of %j tokens %j: some are of a length at which all is met',
    (batchSize, maxLength, more) => {
      const objective = { ...DEFAULT_OBJECTIVE, ...more };
      const sequences = batchSizeOf({ batchSize }, objective);
      // A pair is two.
      expect(sequences).toBe(objective.kind === 'dpo' ? 2 * batchSize : batchSize);
      const shape = largestShape({ batchSize: sequences, maxLength }, 4096, MICRO_BATCH_TOKENS);
      expect(largestOf(Array<number>(sequences).fill(shape.length))).toBe(padded(shape));
    },
  );
});
