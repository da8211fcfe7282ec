/**
 * @file What an experiment's report says of logs that are made up here, so that what is right is known: no gain is claimed that
 * interval and seeds do not bear out, and what it was compared with, at which cost, is told.
 */
import { expect, test } from 'vitest';
import { verdictOf } from '../../src/experiment/findings';
import { addCost, NO_COST, type Cost, type LoggedRun, type Question } from '../../src/experiment/log';
import { readExperiment } from '../../src/experiment/read-definition';
import { reportMarkdown } from '../../src/experiment/report';
import { resultsOf } from '../../src/experiment/results';
import type { StepMetrics } from '../../src/worker/protocol';

const practice = { practice: { seed: 1, count: 40 } };
const grpo = { kind: 'grpo', prompts: 4, groupSize: 8 };
const EXPERIMENT = readExperiment(
  JSON.stringify({
    name: 'Made up',
    model: 'm',
    seeds: [1, 2, 3],
    defaults: { budget: { steps: 10 }, rewards: [{ id: 'decision' }] },
    data: { asked: practice, shown: practice },
    evaluation: { data: 'asked', every: 5 },
    arms: [
      { name: 'base' },
      { name: 'SFT', objective: 'sft', data: 'shown' },
      { name: 'SFT, longer', objective: 'sft', data: 'shown', every: 10 },
      { name: 'GRPO', objective: grpo, data: 'asked' },
      { name: 'SFT, then GRPO', from: 'SFT', objective: grpo, data: 'asked' },
    ],
  }),
  'made-up.json',
);
const COUNT = 200;
const QUESTIONS: Question[] = Array.from({ length: COUNT }, (_, i) => ({
  key: `${i}.0`,
  group: i,
  contested: i % 4 === 0,
  right: i % 2 === 0 ? 'answer' : 'call',
}));

/** Right in the first so many questions, and well-formed in the first so many. */
const cases = (right: number, wellFormed = COUNT) =>
  QUESTIONS.map(({ right: decision }, i) => {
    const called = (decision === 'call') === i < right;
    return `${called ? 'C' : 'c'}${i < wellFormed ? 'F' : 'f'}`;
  }).join(' ');

interface Made {
  right: number;
  wellFormed?: number;
  /** Of the ten steps together. */
  took: Cost;
  before?: Cost;
  metrics?: (step: number) => StepMetrics;
}
function run(
  arm: string,
  seed: number,
  { right, wellFormed, took, before = NO_COST, metrics }: Made,
): LoggedRun {
  const end = addCost(before, took);
  const base = { arm, seed, definition: '', computes: 'a test' };
  const step = { loss: 1, learningRate: 1, gradientNorm: 1 };
  return {
    begin: { type: 'begin', ...base, ...before },
    steps: Array.from({ length: 10 }, (_, i) => ({
      ...{ type: 'step', step: i + 1, ...step, ...end },
      ...(metrics && { metrics: metrics(i + 1) }),
    })),
    evaluations: [
      { type: 'evaluation', step: 0, ...before, cases: cases(120) },
      { type: 'evaluation', step: 10, ...end, cases: cases(right, wellFormed) },
    ],
    end: { type: 'end', step: 10, by: 'steps', ...end },
  };
}
const SFT: Cost = { generated: 0, trained: 1000, seconds: 10, processor: 8 };
const RL: Cost = { generated: 3000, trained: 7000, seconds: 160, processor: 80 };
const ZERO: Cost = { ...NO_COST, processor: 0 };

function logs(of: Record<string, readonly Made[]>) {
  const base: LoggedRun = {
    begin: { type: 'begin', arm: 'base', seed: 1, definition: '', computes: 'a test', ...ZERO },
    steps: [],
    evaluations: [{ type: 'evaluation', step: 0, ...ZERO, cases: cases(120) }],
    end: { type: 'end', step: 0, by: 'steps', ...ZERO },
  };
  const runs = new Map(
    Object.entries(of).map(([arm, made]) => [
      arm,
      new Map(made.map((own, i) => [i + 1, run(arm, i + 1, own)] as const)),
    ]),
  );
  return { questions: QUESTIONS, runs: new Map([['base', new Map([[1, base]])], ...runs]) };
}
const report = (of: Record<string, readonly Made[]>) => {
  const results = resultsOf(EXPERIMENT, logs(of));
  return { results, text: reportMarkdown(results) };
};
const three = (right: readonly number[], more: Omit<Made, 'right'>): Made[] =>
  right.map((own) => ({ right: own, ...more }));
const sft = { took: SFT, before: ZERO };

test('a verdict needs the interval and every seed', () => {
  const seeds = (...differences: number[]) => differences.map((difference, i) => ({ seed: i, difference }));
  const [up, down, unsure] = [
    { difference: 0.1, low: 0.02, high: 0.18 },
    { difference: -0.1, low: -0.18, high: -0.02 },
    { difference: 0.1, low: 0, high: 0.2 },
  ];
  expect(verdictOf(up, seeds(0.1, 0.2, 0.01))).toBe('more');
  expect(verdictOf(up, seeds(0.3, 0.2, -0.1))).toBe('more, not with every seed');
  expect(verdictOf(up, seeds(0.3, 0, 0.1))).toBe('more, not with every seed');
  expect(verdictOf(down, seeds(-0.1, -0.1))).toBe('less');
  expect(verdictOf(down, seeds(-0.3, 0.1))).toBe('less, not with every seed');
  expect(verdictOf(unsure, seeds(0.1, 0.1, 0.1))).toBe('unclear');
});

test('an arm is beside the best SFT arm and, where that is another, the one that it began with', () => {
  const { results, text } = report({
    SFT: three([130, 130, 130], sft),
    'SFT, longer': three([160, 160, 160], sft),
    GRPO: three([130, 130, 130], { took: RL, before: ZERO }),
    'SFT, then GRPO': three([150, 150, 150], { took: RL, before: SFT }),
  });
  expect(results.comparisons.map(({ arm, against, beside, began }) => [arm, against, beside, began])).toEqual(
    [
      ['GRPO', 'SFT, longer', 'best-sft', false],
      ['SFT, then GRPO', 'SFT, longer', 'best-sft', false],
      ['SFT, then GRPO', 'SFT', 'start', true],
    ],
  );
  expect(text).toContain(
    '- **GRPO decides worse** at the end of every arm than the best SFT arm, SFT, longer: −15.0 [−20.0, −10.0] points of right decisions in 600 answers, by seed −15.0 (1), −15.0 (2), −15.0 (3)',
  );
  expect(text).toMatch(
    /- \*\*SFT, then GRPO decides better\*\* at the end of every arm than SFT, with which it began: \+10\.0 /,
  );
  expect(text).toContain(
    '- Of 2 arms learning from rewards, beside the best SFT arm: 0 better, 2 worse, 0 undecided.',
  );
  expect(text).toContain(
    '- Of one arm learning from rewards after SFT, beside that SFT alone: 1 better, 0 worse, 0 undecided.',
  );
  expect(text).toContain(
    '- The model as loaded decides 60.0% rightly, so that no arm can gain more than 40.0 points, and on contested questions 60.0% (40.0 points).',
  );
});

test('only an arm that began with demonstrations alone is counted as one after SFT', () => {
  const chained = readExperiment(
    JSON.stringify({
      ...{ name: 'Chained', model: 'm', seeds: [1] },
      defaults: { budget: { steps: 10 }, rewards: [{ id: 'decision' }] },
      data: { asked: practice, shown: practice },
      evaluation: { data: 'asked', every: 5 },
      arms: [
        { name: 'base' },
        { name: 'SFT', objective: 'sft', data: 'shown' },
        { name: 'GRPO', from: 'SFT', objective: grpo, data: 'asked' },
        { name: 'GRPO again', from: 'GRPO', objective: grpo, data: 'asked' },
      ],
    }),
    'chained.json',
  );
  const made = (right: number) => [{ right, took: SFT, before: ZERO }];
  const results = resultsOf(chained, logs({ SFT: made(130), GRPO: made(150), 'GRPO again': made(160) }));
  expect(
    results.comparisons.map(({ arm, against, began, afterSft }) => [arm, against, began, afterSft]),
  ).toEqual([
    ['GRPO', 'SFT', true, true],
    ['GRPO again', 'SFT', false, false],
    ['GRPO again', 'GRPO', true, false],
  ]);
  expect(reportMarkdown(results)).toContain('- Of one arm learning from rewards after SFT, beside that SFT');
});

test('a gain that one seed makes alone is called so, and what it costs is told', () => {
  const { text } = report({
    SFT: three([130, 130, 130], sft),
    GRPO: [
      { right: 190, took: RL, before: ZERO, wellFormed: 150 },
      { right: 130, took: RL, before: ZERO, wellFormed: 150 },
      { right: 128, took: RL, before: ZERO, wellFormed: 150 },
    ],
  });
  expect(text).toMatch(
    /- \*\*GRPO decides better\*\* at the end of every arm than the best SFT arm, SFT, \*\*but not with every seed\*\*: \+9\.\d \[[^\]]+\] points of right decisions in 600 answers, by seed \+30\.0 \(1\), 0\.0 \(2\), −1\.0 \(3\); contested questions [^;]+; better: false calls −9\.7 [^;]+, missed calls −9\.7 \[[^;]+; worse: format kept /,
  );
  expect(text).toContain('format kept −25.0 [');
});

test('an arm that cannot be told from another is said not to be better', () => {
  const { text } = report({
    SFT: three([130, 130, 130], sft),
    GRPO: three([130, 130, 130], { took: RL, before: ZERO }),
  });
  expect(text).toContain(
    '- **GRPO is not measurably better** at the end of every arm than the best SFT arm, SFT, and cannot be told from it: 0.0 [0.0, 0.0]',
  );
  expect(text).toContain('beside the best SFT arm: 0 better, 0 worse, 1 undecided.');
});

test('equal budgets: what ended long before is named, and time is told on the clock and of the processor', () => {
  const { results, text } = report({
    SFT: three([130, 130, 130], sft),
    GRPO: three([150, 150, 150], { took: RL, before: ZERO }),
  });
  expect(results.atEqual.map(({ kind, budget }) => [kind, budget])).toEqual([
    ['tokens', 1000],
    ['tokens', 10_000],
    ['seconds', 10],
    ['seconds', 160],
    ['processor', 8],
    ['processor', 80],
  ]);
  expect(results.busy).toEqual({ least: 1.25, most: 2 });
  expect(text).toContain('From run to run a second of it took 1.25 to 2.00 seconds on the clock');
  expect(text).toContain('| GRPO | 10 | 3,000 | 7,000 | 3 min | 80 s |');
  expect(text).toContain(
    'At their end with less than four fifths of it: SFT (1,000). More steps might have helped or harmed them.',
  );
  expect(text).toContain('At their end with less than four fifths of it: SFT (8.0 s).');
  expect(text).toContain('## At 80 s of processor time');
  const least = text.slice(text.indexOf('## At 1,000 tokens'), text.indexOf('## At 10,000 tokens'));
  expect(least).toContain(
    'Not measured after a step within it, shown as before the first, and compared with nothing: GRPO.',
  );
  expect(least).not.toContain('decides');
});

test('within a budget that some seeds were not measured in, an arm is compared with nothing', () => {
  const { results, text } = report({
    SFT: three([130, 130, 130], sft),
    GRPO: [
      { right: 150, took: SFT, before: ZERO },
      { right: 150, took: RL, before: ZERO },
      { right: 150, took: RL, before: ZERO },
    ],
  });
  const [least] = results.atEqual;
  expect(least?.results.find(({ arm }) => arm === 'GRPO')).toMatchObject({
    seeds: [1, 2, 3],
    waiting: [2, 3],
  });
  expect(least?.comparisons).toEqual([]);
  expect(text).toContain('and compared with nothing: GRPO (seeds 2, 3).');
  expect(results.comparisons.map(({ arm }) => arm)).toEqual(['GRPO']);
});

test('without processor time in every log nothing is said of it', () => {
  const { results, text } = report({
    SFT: three([130, 130, 130], { took: { generated: 0, trained: 1000, seconds: 10 } }),
    GRPO: three([150, 150, 150], { took: RL, before: ZERO }),
  });
  expect(results.busy).toBeUndefined();
  expect(results.atEqual.map(({ kind }) => kind)).not.toContain('processor');
  expect(text).not.toContain('rocessor');
});

test('how learning on policy went, over the first and the last fifth of the steps', () => {
  const metrics = (step: number): StepMetrics => ({
    reward: step / 10,
    decision: step <= 2 ? 0.5 : 0.75,
    flatGroups: step > 8 ? 3 : 1,
    entropy: 1 / step,
    completionTokens: 10 * step,
  });
  const { results, text } = report({
    SFT: three([130, 130, 130], sft),
    GRPO: three([130, 130, 130], { took: RL, before: ZERO, metrics }),
  });
  expect(results.courses).toHaveLength(1);
  expect(results.courses[0]).toMatchObject({
    arm: 'GRPO',
    decision: { first: 0.5, last: 0.75 },
    flat: { first: 0.25, last: 0.75 },
  });
  expect(text).toContain(
    '| GRPO | 0.150 → 0.950 | 50.0% → 75.0% | 25.0% → 75.0% | 0.750 → 0.106 | 15 → 95 |',
  );
});

test('says how often each arm was measured', () => {
  const { text } = report({ SFT: three([130, 130, 130], sft) });
  expect(text).toMatch(/\| SFT, longer \| SFT \| .* \| 10 steps \| 10 steps \|/);
  expect(text).toMatch(/\| SFT \| SFT \| .* \| 10 steps \| 5 steps \|/);
});
