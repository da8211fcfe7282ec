/**
 * @file Experiments on the page: what is estimated, what is shown while one runs, and the report as blocks.
 */
import { expect, test, vi } from 'vitest';
import { readFileSync } from 'node:fs';
import { LosslightError } from '../../src/errors';
import { questionsOf, runWork, secondsOf, stepWork, wholeWork } from '../../src/experiment/estimate';
import { readExperiment } from '../../src/experiment/read-definition';
import { ExperimentState, SHIPPED } from '../../src/state/experiment.svelte';
import { inlineOf, reportBlocks } from '../../src/ui/report-blocks';
import type {
  ExperimentEvent,
  ExperimentRequests,
  ExperimentService,
  RunStatus,
} from '../../src/worker/experiment-client';

const quick = readExperiment(readFileSync('experiments/quick.json', 'utf8'), 'quick.json');
const arm = (name: string) => quick.arms.find((one) => one.name === name) as (typeof quick.arms)[number];

test('the files that ship are those of the folder', () => {
  for (const { file, text } of SHIPPED) expect(text).toBe(readFileSync(`experiments/${file}`, 'utf8'));
  expect(SHIPPED.map(({ file }) => file)).toContain('quick.json');
});

test('work grows with steps, batches and completions, and a slower machine takes longer', () => {
  expect(questionsOf(quick)).toBe(20);
  expect(stepWork(arm('base'))).toEqual({ trained: 0, generated: 0 });
  expect(stepWork(arm('SFT 16'))).toEqual({ trained: 4 * 315, generated: 0 });
  const grpo = stepWork(arm('GRPO'));
  expect(grpo.generated).toBe(8 * 85);
  expect(grpo.trained).toBeGreaterThan(8 * 240);
  // Ten steps and one measurement.
  expect(runWork(quick, arm('SFT 16')).trained).toBeGreaterThan(10 * 4 * 315);
  const whole = wholeWork(quick);
  const fast = secondsOf(whole, { trained: 2000, generated: 1000 });
  expect(secondsOf(whole, { trained: 1000, generated: 500 })).toBeCloseTo(2 * fast, 6);
  const longer = { ...quick, seeds: [1, 2, 3] };
  expect(wholeWork(longer).trained).toBeGreaterThan(2 * whole.trained);
});

test('a report as blocks: headings, sentences, lists and tables, and the place of its pictures', () => {
  const blocks = reportBlocks(
    '# Name\n\nA **strong** word\\*.\n\n- one\n- **two** more\n\n| Arm | A |\n| --- | ---: |\n| base \\| x | 1% |\n\n![A](charts/a.svg)\n\n![B](charts/b.svg)\n',
  );
  expect(blocks.map(({ kind }) => kind)).toEqual(['heading', 'paragraph', 'list', 'table', 'pictures']);
  expect(blocks[3]).toMatchObject({
    right: [false, true],
    rows: [[[{ text: 'base | x' }], [{ text: '1%' }]]],
  });
  expect(inlineOf('A **strong** word\\*.')).toEqual([
    { text: 'A ', strong: false },
    { text: 'strong', strong: true },
    { text: ' word*.', strong: false },
  ]);
});

/** A worker that does nothing but answer. */
function fake(runs: RunStatus[]) {
  const asked: string[] = [];
  let ends = 0;
  let emit: (event: ExperimentEvent) => void = () => undefined;
  let end: (reply: { paused: boolean }) => void = () => undefined;
  const replies: { [N in keyof ExperimentRequests]?: () => unknown } = {
    list: () => [],
    open: () => runs,
    report: () => null,
    measure: () => ({ trained: 1000, generated: 500, computes: 'a test' }),
    run: () => new Promise((resolve) => (end = resolve)),
    pause: () => (end({ paused: true }), null),
    save: () => '{}',
    restore: () => null,
  };
  const service: ExperimentService = {
    ask: (name) => {
      asked.push(name);
      return Promise.resolve(replies[name]?.()) as never;
    },
    end: () => void ends++,
  };
  const state = new ExperimentState('http://x/models/pocket/', (onEvent) => {
    emit = onEvent;
    return service;
  });
  return {
    state,
    asked,
    replies,
    ended: () => ends,
    emit: (event: ExperimentEvent) => emit(event),
    end: () => end({ paused: false }),
  };
}

const RUNS: RunStatus[] = [
  { arm: 'base', seed: 1, step: 0, steps: 0, finished: true },
  { arm: 'SFT 16', seed: 1, step: 0, steps: 10, finished: false },
];

test('a run is followed step by step, can be paused, and what is left shrinks', async () => {
  const { state, emit, asked } = fake(RUNS);
  await state.begin();
  expect(state.experiment?.name).toBe(quick.name);
  expect(state).toMatchObject({ finished: 1, done: false, begun: true, status: 'idle' });
  await state.measure();
  const before = state.estimate?.left ?? NaN;
  expect(before).toBeGreaterThan(0);
  const running = state.run();
  expect(state.status).toBe('running');
  // A second start changes nothing.
  await state.run();
  expect(asked.filter((name) => name === 'run')).toHaveLength(1);
  const cost = { generated: 0, trained: 9, seconds: 1 };
  const line = { type: 'step', step: 4, loss: 1, learningRate: 1, gradientNorm: 1, ...cost } as const;
  emit({ type: 'logged', arm: 'SFT 16', seed: 1, line });
  emit({ type: 'said', line: 'SFT 16, seed 1' });
  expect(state.runs[1]).toMatchObject({ step: 4, finished: false });
  expect(state.said).toEqual(['SFT 16, seed 1']);
  expect(state.estimate?.left).toBeLessThan(before);
  await state.pause();
  await running;
  expect(state.status).toBe('idle');
  emit({ type: 'logged', arm: 'SFT 16', seed: 1, line: { type: 'end', step: 10, by: 'steps', ...cost } });
  expect(state.done).toBe(true);
});

test('of what is left nothing remains once all is done, and the base’s measurement goes with the first run', async () => {
  const runs = quick.arms.map(({ name }): RunStatus => ({
    arm: name,
    seed: 1,
    step: 0,
    steps: 0,
    finished: false,
  }));
  const leftOf = async (status: RunStatus[]) => {
    const { state } = fake(status);
    await state.begin();
    await state.measure();
    return state.estimate ?? { whole: NaN, left: NaN };
  };
  const none = await leftOf(runs);
  expect(none.left).toBe(none.whole);
  const begun = await leftOf(runs.map((run, i) => ({ ...run, finished: i === 0 })));
  const own = quick.arms.reduce(
    (sum, one) => sum + secondsOf(runWork(quick, one), { trained: 1000, generated: 500 }),
    0,
  );
  expect(begun.left).toBeCloseTo(own, 6);
  expect((await leftOf(runs.map((run) => ({ ...run, finished: true })))).left).toBe(0);
});

test('a worker whose device is lost is replaced, and the new one goes on with the same experiment', async () => {
  const { state, asked, replies, ended } = fake(RUNS);
  await state.begin();
  const run = replies.run;
  replies.run = () =>
    Promise.reject(new LosslightError('device-lost', 'The GPU device was lost.', 'Reload.'));
  await state.run();
  expect(state).toMatchObject({ status: 'idle', broken: true });
  expect(state.error?.remedy).toMatch(/^Go on with a new worker/);
  replies.run = run;
  asked.length = 0;
  const restarted = state.restart();
  await vi.waitFor(() => expect(state.status).toBe('running'));
  expect(ended()).toBe(1);
  // The old one gives its logs, the new one takes them.
  expect(asked).toEqual(['save', 'restore', 'open', 'report', 'run']);
  expect(state).toMatchObject({ error: undefined, broken: false });
  await state.pause();
  await restarted;
  // Nothing is replaced where nothing is broken.
  await state.restart();
  expect(ended()).toBe(1);
});

test('a second click starts no second worker, and one that never answers is given up', async () => {
  const { state, asked, replies, ended } = fake(RUNS);
  await state.begin();
  const run = replies.run;
  replies.run = () => Promise.reject(new LosslightError('device-lost', 'The GPU device was lost.', ''));
  await state.run();
  replies.run = run;
  replies.save = () => new Promise(() => undefined);
  asked.length = 0;
  vi.useFakeTimers();
  try {
    const restarted = state.restart();
    expect(state.status).toBe('opening');
    await state.restart();
    expect(ended()).toBe(0);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ended()).toBe(1);
    expect(asked).toEqual(['save', 'open', 'report', 'run']);
    await state.pause();
    await restarted;
  } finally {
    vi.useRealTimers();
  }
});

test('logs that the new worker cannot take are told of and can be saved, and nothing begins anew', async () => {
  const { state, asked, replies } = fake(RUNS);
  await state.begin();
  replies.run = () => Promise.reject(new LosslightError('device-lost', 'The GPU device was lost.', ''));
  await state.run();
  replies.save = () => 'the logs';
  replies.restore = () => Promise.reject(new LosslightError('storage-full', 'No room.', 'Make room.'));
  asked.length = 0;
  await state.restart();
  expect(asked).toEqual(['save', 'restore']);
  expect(state).toMatchObject({ status: 'idle', error: { message: 'No room.' } });
  replies.save = () => 'none';
  expect(await state.log()).toBe('the logs');
});

test('another error leaves its worker as it is', async () => {
  const { state, replies, ended } = fake(RUNS);
  await state.begin();
  replies.run = () =>
    Promise.reject(new LosslightError('zero-norm', 'Nothing is trained.', 'Train something.'));
  await state.run();
  expect(state).toMatchObject({ broken: false, error: { remedy: 'Train something.' } });
  await state.restart();
  expect(ended()).toBe(0);
});

test('what a file is refused for is told, and the experiment before it stays', async () => {
  const { state } = fake(RUNS);
  await state.begin();
  await state.openFile('{"name": 3}', 'mine.json');
  expect(state.error?.message).toContain('mine.json:1');
  expect(state.experiment?.name).toBe(quick.name);
});
