/**
 * @file Experiments' files: what is shipped is sound, and what is wrong is refused with line, field and remedy.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LosslightError } from '../../src/errors';
import { isKept, runsOf } from '../../src/experiment/definition';
import { readExperiment } from '../../src/experiment/read-definition';

const SMALL = {
  name: 'Small',
  model: 'm',
  seeds: [1, 2],
  defaults: { budget: { steps: 5 }, settings: { batchSize: 2, clipNorm: 0 } },
  data: {
    shown: { practice: { seed: 1, count: 4 } },
    asked: { practice: { count: 4, perSeed: true } },
    written: { rollouts: { prompts: 'asked', rewards: [{ id: 'decision' }] } },
  },
  evaluation: { data: 'shown' },
  arms: [
    { name: 'then', from: 'SFT', objective: 'grpo', data: 'asked', rewards: [{ id: 'decision' }] },
    { name: 'base' },
    { name: 'SFT', objective: 'sft', data: 'shown', take: 2 },
    { name: 'RAFT', objective: { kind: 'raft', keepFrom: 0.5 }, data: 'written', budget: { tokens: 10 } },
  ],
};

/** The file with a value put in at a path such as `arms.2.take`; undefined takes the field away. */
function changed(path: string, value: unknown): string {
  const copy = JSON.parse(JSON.stringify(SMALL)) as Record<string, unknown>;
  const keys = path.split('.');
  let at = copy;
  for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
  const last = keys.at(-1) ?? '';
  if (value === undefined) delete at[last];
  else at[last] = value;
  return JSON.stringify(copy, undefined, 1);
}

function refusal(text: string): string {
  try {
    readExperiment(text, 'e.json');
  } catch (error) {
    if (error instanceof LosslightError) return `${error.code} ${error.message} ${error.remedy}`;
    throw error;
  }
  return 'read';
}

describe('an experiment', () => {
  const read = readExperiment(JSON.stringify(SMALL), 'e.json');

  test('is read, with defaults below what an arm says', () => {
    const [grpo, base, sft, raft] = read.arms;
    expect(base).toEqual({ name: 'base' });
    expect(sft?.training).toMatchObject({
      objective: { kind: 'sft' },
      settings: { batchSize: 2, clipNorm: Infinity, steps: 5, learningRate: 0.001 },
      take: 2,
      budget: { steps: 5 },
    });
    expect(raft?.training).toMatchObject({ objective: { keepFrom: 0.5 }, budget: { steps: 5, tokens: 10 } });
    // The default of the objective, not that of SFT.
    expect(raft?.training?.settings.learningRate).toBe(0.0003);
    expect(grpo?.training?.rewards).toEqual([{ id: 'decision', weight: 1 }]);
    expect(read.data['written']).toMatchObject({ kind: 'rollouts', perPrompt: 8, temperature: 1 });
    expect(read.evaluation).toEqual({ data: 'shown', every: 50, maxNewTokens: 200 });
  });

  test('runs seed by seed, what an arm begins with before it, and what trains nothing once', () => {
    expect(runsOf(read).map(({ arm, seed }) => `${arm.name} ${seed}`)).toEqual([
      'SFT 1',
      'then 1',
      'base 1',
      'RAFT 1',
      'SFT 2',
      'then 2',
      'RAFT 2',
    ]);
    expect(read.arms.filter((arm) => isKept(read, arm)).map(({ name }) => name)).toEqual(['SFT']);
  });

  test.each(readdirSync('experiments').filter((name) => name.endsWith('.json')))('is shipped: %s', (name) => {
    const shipped = readExperiment(readFileSync(`experiments/${name}`, 'utf8'), name);
    expect(shipped.arms.length).toBeGreaterThan(1);
    expect(shipped.model).toBe('../public/models/pocket');
  });
});

describe('what is wrong is refused', () => {
  test.each([
    ['name', undefined, /^bad-experiment e\.json:1: name is missing\. Add “name”\.$/],
    ['arm', [], /e\.json:\d+: arm: there is no such field\. There may be name, about, /],
    ['seeds', [1, 1], /: seeds: a seed is there twice\. Give each seed once\./],
    ['seeds', [1.5], /: seeds\[0\]: it is 1\.5\. Give a whole number from 0 to /],
    ['seeds', [], /: seeds: it is a list without items\. Write a list of whole numbers\./],
    ['data.shown', {}, /: data\.shown: it says not just one kind of data\. /],
    ['data.shown.practice.split', 'all', /: data\.shown\.practice\.split: “split” must be one of /],
    ['data.shown.practice.count', 0, /: data\.shown\.practice\.count: it is 0\. /],
    [
      'data.written.rollouts.prompts',
      'nothing',
      /prompts: there is no data set “nothing”\. Name one of shown, asked, written\./,
    ],
    ['data.written.rollouts.prompts', 'written', /it is made of rollouts itself/],
    ['data.written.rollouts.rewards', [{ id: 'nice' }], /rewards\[0\]: There is no reward “nice”/],
    ['data.written.rollouts.rewards', [{ id: 'own' }], /rewards\[0\]: code is missing/],
    ['defaults.objective', { temperature: 0 }, /temperature: at 0 all completions of a prompt are the same/],
    ['defaults.objective', { groupSize: 1 }, /groupSize: grpo compares completions of one prompt/],
    ['evaluation.data', 'asked', /evaluation\.data: its questions differ with the seed\. Take “perSeed” out/],
    ['evaluation.data', 'written', /evaluation\.data: it is made of rollouts/],
    ['arms.2.objective', 'sftt', /arms\[2\]\.objective: it is “sftt”\. Choose one of sft, rwr, /],
    [
      'arms.2.objective',
      { kind: 'sft', kl: 1 },
      /arms\[2\]\.objective\.kl: sft does not read it\. Take it out\./,
    ],
    ['arms.3.objective.keepFrom', 'much', /arms\[3\]\.objective\.keepFrom: it is "much"/],
    [
      'arms.2.settings',
      { learningRate: -1 },
      /arms\[2\]\.settings\.learningRate: it is -1\. Learning rate must be between /,
    ],
    ['arms.2.settings', { seed: 4 }, /arms\[2\]\.settings\.seed: there is no such field/],
    ['arms.2.data', 'written', /arms\[2\]\.data: sft does not learn from rollouts/],
    [
      'arms.3.data',
      'shown',
      /arms\[3\]\.data: raft learns from rewards, and practice data has none\. Name rollouts\./,
    ],
    ['arms.0.rewards', undefined, /arms\[0\]: rewards is missing/],
    ['arms.2.rewards', [{ id: 'decision' }], /arms\[2\]\.rewards: sft reads no rewards of its own/],
    ['arms.0.from', 'STF', /arms\[0\]: there is no arm “STF” to begin with/],
    ['arms.2.from', 'then', /it would begin with its own outcome/],
    ['arms.3.from', 'base', /“base” trains nothing/],
    ['arms.0.lora', 8, /arms\[0\]: “SFT” trains other parameters/],
    ['arms.1.name', 'sft!', /another arm is called “(sft!|SFT)”/],
    ['arms.1.take', 3, /arms\[1\]\.take: the arm has no objective/],
    ['defaults.budget', undefined, /budget\.steps is missing/],
  ])('%s = %j', (path, value, message) => {
    expect(refusal(changed(path, value))).toMatch(message);
  });

  test.each([
    ['{"name": "a",\n "name": "b"}', /^bad-experiment e\.json:2: /],
    ['{"name":\n}', /^bad-experiment e\.json:2: it is not valid JSON/],
    ['[]', /e\.json:1: it is a list, not an object/],
    ['{} {}', /e\.json:1: something stands behind the end/],
  ])('%j', (text, message) => {
    expect(refusal(text)).toMatch(message);
  });
});
