/**
 * @file An experiment from its first question to its report, on an engine whose skill grows with its steps: what is logged,
 * that an interruption at any place changes no outcome, and what the report says of it.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { chartFiles } from '../../src/experiment/chart';
import type { Experiment } from '../../src/experiment/definition';
import { readCases, readLog, writeCases } from '../../src/experiment/log';
import { reportMarkdown } from '../../src/experiment/report';
import { resultsOf, within } from '../../src/experiment/results';
import { expectedTurns } from '../../src/reward/expected-turns';
import { FILES, Interrupted } from '../../src/train/experiment-host';
import { readLogs, runExperiment } from '../../src/train/experiment-run';
import { restoreFiles } from '../../src/worker/engine-experiment-restore';
import { EXPERIMENT, hostOf, known, MemoryStore, outcome } from './experiment-support';

const whole = new MemoryStore();
let steps = 0;
beforeAll(async () => {
  const { host, engine } = hostOf(whole);
  await runExperiment(EXPERIMENT, host);
  steps = engine.steps;
});

const logOf = (arm: string, seed: number, store = whole) => {
  const log = readLog(store.text(FILES.log(arm, seed)));
  if (!log) throw new Error(`${arm} has no log.`);
  return log;
};

describe('a run', () => {
  test('logs its steps, its measurements and its end', () => {
    const { begin, steps: made, evaluations, end } = logOf('SFT', 1);
    expect(begin).toMatchObject({ arm: 'SFT', seed: 1, computes: 'a test', generated: 0, trained: 0 });
    expect(made.map(({ step, loss }) => [step, loss])).toEqual([
      [1, 1],
      [2, 0.5],
      [3, 1 / 3],
    ]);
    expect(evaluations.map(({ step }) => step)).toEqual([0, 2, 3]);
    expect(end).toMatchObject({ step: 3, by: 'steps', trained: made[2]?.trained });
    expect(made[0]?.trained).toBeGreaterThan(0);
  });

  test('is charged with its rollouts, and with the arm that it begins with', () => {
    const raft = logOf('RAFT', 1);
    expect(raft.evaluations[0]).toMatchObject({ generated: 0, trained: 0 });
    const made = JSON.parse(whole.text(FILES.rollouts('written', 1)).split('\n')[0] ?? '') as {
      generated: number;
    };
    expect(raft.steps[0]?.generated).toBe(made.generated);
    const [sft, grpo] = [logOf('SFT', 1), logOf('SFT, then GRPO', 1)];
    expect(grpo.begin).toMatchObject({ generated: 0, trained: sft.end?.trained });
    expect(grpo.evaluations[0]?.cases).toBe(sft.evaluations.at(-1)?.cases);
    expect(grpo.end?.generated).toBeGreaterThan(0);
    expect(grpo.steps[0]?.metrics?.reward).toBeDefined();
    // Nothing that takes time is measured unasked, and logs from before there was such a setting are still theirs.
    expect(grpo.steps[0]?.metrics?.kl).toBeUndefined();
    expect(grpo.begin.definition).not.toContain('measureKl');
  });

  test('begins with the weights of the arm before it', () => {
    // Three steps of SFT and two of GRPO: five, unless a step on policy had nothing to learn.
    expect(logOf('SFT, then GRPO', 1).steps[0]?.loss).toBeLessThan(1 / 3);
  });
});

describe('an interruption', () => {
  // Every write of a whole run is a place to break at; some of them stand for all.
  test.each([1, 4, 11, 22, 33])('at write %d changes no outcome', async (breakAt) => {
    const store = new MemoryStore();
    store.breakAt = breakAt;
    const ended = await runExperiment(EXPERIMENT, hostOf(store).host).then(
      () => 'done',
      (error: unknown) => String(error),
    );
    expect(ended).toBe(breakAt <= whole.writes ? 'Error: The power is gone.' : 'done');
    await runExperiment(EXPERIMENT, hostOf(store).host);
    expect(outcome(store)).toEqual(outcome(whole));
  });

  test.each([5, 9, 14, 17, 26, 37, 41, 52])(
    'at write %d goes on from the last checkpoint, with the same outcome',
    async (breakAt) => {
      const store = new MemoryStore();
      store.breakAt = breakAt;
      const first = hostOf(store, { checkpointEvery: 0 });
      await expect(runExperiment(EXPERIMENT, first.host)).rejects.toThrow('The power is gone.');
      const again = hostOf(store, { checkpointEvery: 0 });
      await runExperiment(EXPERIMENT, again.host);
      expect(outcome(store)).toEqual(outcome(whole));
      // One step may be lost, that after the last checkpoint.
      expect(first.engine.steps + again.engine.steps).toBeLessThanOrEqual(steps + 1);
    },
  );

  test('with a checkpoint that is damaged or of another run begins the run anew', async () => {
    const store = new MemoryStore();
    const stopping = new AbortController();
    const { host } = hostOf(store, {
      signal: stopping.signal,
      say: (line) => {
        if (/^SFT, seed 1: step 2/.test(line)) stopping.abort();
      },
    });
    await expect(runExperiment(EXPERIMENT, host)).rejects.toThrow(Interrupted);
    const place = FILES.checkpoint('SFT', 1);
    const kept = store.files.get(place);
    expect(kept?.length).toBeGreaterThan(0);
    store.files.set(place, (kept ?? new Uint8Array()).slice(0, -3));
    await runExperiment(EXPERIMENT, hostOf(store).host);
    expect(outcome(store)).toEqual(outcome(whole));
  });

  test('by a signal ends after the step under way, and what is finished is not run again', async () => {
    const store = new MemoryStore();
    const stopping = new AbortController();
    const { host, engine } = hostOf(store, {
      signal: stopping.signal,
      say: (line) => {
        if (/^RAFT, seed 2: step 2/.test(line)) stopping.abort();
      },
    });
    await expect(runExperiment(EXPERIMENT, host)).rejects.toThrow(Interrupted);
    expect(logOf('RAFT', 1, store).end).toBeDefined();
    expect(logOf('RAFT', 2, store).end).toBeUndefined();
    const again = hostOf(store);
    await runExperiment(EXPERIMENT, again.host);
    expect(outcome(store)).toEqual(outcome(whole));
    // The run that was left goes on from the step that was under way: no step is made twice.
    expect(again.engine.steps + engine.steps).toBe(steps);
    const third = hostOf(store);
    await runExperiment(EXPERIMENT, third.host);
    expect(third.engine.steps).toBe(0);
  });

  test('while completions are written keeps the steps before, and draws the same prompts again', async () => {
    const store = new MemoryStore();
    const stopping = new AbortController();
    let stepped = false;
    const { host, engine } = hostOf(store, {
      signal: stopping.signal,
      logged: (arm, _, line) => (stepped ||= arm === 'SFT, then GRPO' && line.type === 'step'),
    });
    const write = engine.generateMany.bind(engine);
    engine.generateMany = (...given) => {
      if (stepped) stopping.abort();
      return write(...given);
    };
    await expect(runExperiment(EXPERIMENT, host)).rejects.toThrow(Interrupted);
    expect(logOf('SFT, then GRPO', 1, store).steps).toHaveLength(1);
    const again = hostOf(store);
    await runExperiment(EXPERIMENT, again.host);
    expect(outcome(store)).toEqual(outcome(whole));
    expect(engine.steps + again.engine.steps).toBe(steps);
  });

  test('another experiment is not mixed with it', async () => {
    const more: Experiment = { ...EXPERIMENT, evaluation: { ...EXPERIMENT.evaluation, every: 3 } };
    await expect(runExperiment(more, hostOf(whole).host)).rejects.toMatchObject({ code: 'other-experiment' });
    await expect(runExperiment(EXPERIMENT, hostOf(whole, { model: 'another' }).host)).rejects.toMatchObject({
      code: 'other-experiment',
    });
  });

  test('of other seeds may be run by another process into the same store', async () => {
    const store = new MemoryStore();
    const first = hostOf(store, { seeds: [2] });
    await runExperiment(EXPERIMENT, first.host);
    expect(logOf('SFT', 2, store).end).toBeDefined();
    expect(store.files.has(FILES.log('SFT', 1))).toBe(false);
    expect(first.engine.steps).toBe(steps / 2);
    await runExperiment(EXPERIMENT, hostOf(store, { seeds: [1] }).host);
    expect(outcome(store)).toEqual(outcome(whole));
  });

  test('another seed is added to it', async () => {
    const store = new MemoryStore();
    for (const [name, bytes] of whole.files) store.files.set(name, bytes);
    const { host, engine } = hostOf(store);
    await runExperiment({ ...EXPERIMENT, seeds: [1, 2, 3] }, host);
    expect(engine.steps).toBe(steps / 2);
  });
});

describe('code that the file brings', () => {
  const own = [{ id: 'own', weight: 1, code: 'function reward() { return 1; }' }];
  const arms = EXPERIMENT.arms.map((arm) =>
    arm.from && arm.training ? { ...arm, training: { ...arm.training, rewards: own } } : arm,
  );

  test('is refused before anything runs', async () => {
    const { host, engine } = hostOf(new MemoryStore());
    await expect(runExperiment({ ...EXPERIMENT, arms }, host)).rejects.toMatchObject({
      code: 'code-refused',
    });
    expect(engine.steps).toBe(0);
  });

  test('is run where that is allowed', async () => {
    const store = new MemoryStore();
    const ownReward = () => Promise.resolve({ value: 7 });
    await runExperiment({ ...EXPERIMENT, arms, seeds: [1] }, hostOf(store, { ownReward }).host);
    expect(logOf('SFT, then GRPO', 1, store).steps[0]?.metrics?.reward).toBe(7);
  });
});

test('processor time is logged where the host can tell it, rollouts and the arm before included', async () => {
  const store = new MemoryStore();
  let used = 0;
  const { host } = hostOf(store, { processorSeconds: () => (used += 1) });
  await runExperiment({ ...EXPERIMENT, seeds: [1] }, host);
  const sft = logOf('SFT', 1, store);
  expect(sft.evaluations[0]?.processor).toBe(0);
  // The clock of this test goes on by 1 whenever it is read: at the start and at the end of each step.
  expect(sft.steps.map(({ processor }) => processor)).toEqual([1, 2, 3]);
  expect(logOf('RAFT', 1, store).steps[0]?.processor).toBe(2);
  expect(logOf('SFT, then GRPO', 1, store).begin.processor).toBe(3);
  expect(logOf('SFT, then GRPO', 1, store).end?.processor).toBe(5);
  expect(logOf('base', 1, store).end?.processor).toBe(0);
});

test('an arm may say how often it is measured', async () => {
  const arms = EXPERIMENT.arms.map((arm) =>
    arm.training ? { ...arm, training: { ...arm.training, every: 1 } } : arm,
  );
  const store = new MemoryStore();
  await runExperiment({ ...EXPERIMENT, arms, seeds: [1] }, hostOf(store).host);
  expect(logOf('SFT', 1, store).evaluations.map(({ step }) => step)).toEqual([0, 1, 2, 3]);
});

describe('the report', () => {
  test('compares all arms, with seeds together and apart', async () => {
    const results = resultsOf(EXPERIMENT, await readLogs(EXPERIMENT, whole));
    expect(results.unfinished).toEqual([]);
    const [base, sft] = results.final;
    const questions = results.questions.all;
    expect(questions).toBe(known[0]?.flatMap((conversation) => expectedTurns(conversation)).length);
    expect(base?.report.all?.accuracy?.cases).toBe(questions);
    expect(sft?.report.all?.accuracy?.cases).toBe(2 * questions);
    expect(sft?.bySeed.accuracy).toHaveLength(2);
    expect(sft?.report.all?.accuracy?.difference?.cases).toBe(2 * questions);
    expect(sft?.report.all?.accuracy?.share).toBeGreaterThan(base?.report.all?.accuracy?.share ?? 1);
    expect(results.comparisons.map(({ arm, against }) => [arm, against])).toEqual([
      ['RAFT', 'SFT'],
      ['SFT, then GRPO', 'SFT'],
    ]);
    const text = reportMarkdown(results, [{ file: 'charts/a.svg', title: 'A' }]);
    expect(text).toContain('## At the end of every arm');
    expect(text).toContain('![A](charts/a.svg)');
    expect(text).toMatch(
      /- \*\*RAFT (?:is not measurably better|decides worse)\*\* at the end of every arm than the best SFT arm, SFT/,
    );
    expect(text).toContain(
      'The questions are from 6 practice conversations (seed 40, turns 1, withTools 1, contested 0.5).',
    );
    expect(text).toContain('| SFT, then GRPO (begins with SFT) | GRPO | asked: 3 practice conversations (');
    expect(text).toContain('comparisons of right decisions over all questions, each with an interval of 95%');
    expect(text).toContain('not corrected for their number');
    expect(text).toContain('Contested questions, other figures and the tables at budgets add more of them.');
    expect(text).toContain('The best SFT arm was chosen by its share on these very questions');
  });

  test('takes the last measurement within a budget, and nothing between two', () => {
    const run = logOf('SFT', 1);
    const [zero, two, three] = run.evaluations;
    const tokens = two?.trained ?? 0;
    expect(within(run, 'tokens', 0)).toBe(zero);
    expect(within(run, 'tokens', tokens - 1)).toBe(zero);
    expect(within(run, 'tokens', tokens)).toBe(two);
    expect(within(run, 'tokens', 1e9)).toBe(three);
    expect(within(logOf('SFT, then GRPO', 1), 'tokens', 0)).toBeUndefined();
  });

  test('says what is not finished, and leaves it out', async () => {
    const store = new MemoryStore();
    for (const [name, bytes] of whole.files) store.files.set(name, bytes);
    const file = FILES.log('RAFT', 2);
    store.files.set(file, new TextEncoder().encode(whole.text(file).replace(/\{"type":"end".*\n/, '')));
    const results = resultsOf(EXPERIMENT, await readLogs(EXPERIMENT, store));
    expect(results.unfinished).toEqual([{ arm: 'RAFT', seed: 2 }]);
    expect(results.final.find(({ arm }) => arm === 'RAFT')?.seeds).toEqual([1]);
    expect(reportMarkdown(results)).toContain('Not finished, and in no table: RAFT (seed 2).');
  });

  test('draws charts that are sound XML and name every arm', async () => {
    const hostile: Experiment = {
      ...EXPERIMENT,
      arms: EXPERIMENT.arms.map((arm) => (arm.name === 'RAFT' ? { ...arm, name: 'RAFT' } : arm)),
    };
    const files = chartFiles(hostile, await readLogs(hostile, whole));
    expect(files.map(({ file }) => file)).toContain('accuracy-tokens.svg');
    for (const { svg } of files) {
      for (const { name } of hostile.arms) expect(svg).toContain(`>${name}</text>`);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});

test('cases survive being written down', () => {
  const questions = [
    { key: '0.0', group: 0, contested: true, right: 'call' as const },
    { key: '1.0', group: 1, contested: false, right: 'ask' as const },
    { key: '2.0', group: 2, contested: false, right: 'answer' as const },
  ];
  const cases = [
    {
      ...questions[0],
      called: true,
      tools: true,
      arguments: false,
      wellFormed: true,
      faithful: false,
      answer: false,
      sampled: true,
    },
    { ...questions[2], called: false, wellFormed: false },
  ] as Parameters<typeof writeCases>[0];
  const line = writeCases(cases, questions);
  expect(line).toBe('CTaFrqS - cf');
  expect(readCases(line, questions)).toEqual(cases);
  expect(() => readCases(line, questions.slice(1))).toThrow(RangeError);
});

test('a log whose last line is cut off, or that has none, is not finished', () => {
  const log = whole.text(FILES.log('SFT', 1));
  expect(readLog(log)?.end).toBeDefined();
  expect(readLog(log.slice(0, -5))?.end).toBeUndefined();
  expect(readLog(log.slice(0, 20))).toBeUndefined();
  expect(readLog('')).toBeUndefined();
});

test('a saved log that is opened overwrites nothing that goes further, and what it replaces loses its checkpoint', async () => {
  const store = new MemoryStore();
  const [sft, raft] = [FILES.log('SFT', 1), FILES.log('RAFT', 1)];
  const cut = (name: string) => whole.text(name).split('\n').slice(0, 2).join('\n') + '\n';
  await store.write(sft, whole.text(sft));
  await store.write(raft, cut(raft));
  await store.write(FILES.base, 'own');
  for (const arm of ['SFT', 'RAFT']) await store.write(FILES.checkpoint(arm, 1), 'kept');
  const saved = { [sft]: cut(sft), [raft]: whole.text(raft), [FILES.base]: 'older', [FILES.questions]: 'q' };
  await restoreFiles(store, saved);
  expect(store.text(sft)).toBe(whole.text(sft));
  expect(store.text(raft)).toBe(whole.text(raft));
  expect([store.text(FILES.base), store.text(FILES.questions)]).toEqual(['own', 'q']);
  expect([...store.files.keys()].filter((name) => name.startsWith('checkpoints/'))).toEqual([
    FILES.checkpoint('SFT', 1),
  ]);
});
