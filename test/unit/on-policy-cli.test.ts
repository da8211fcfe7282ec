/**
 * @file `losslight train` on policy: the model learns from what it writes to the user messages of a file.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toOpenAIJsonl } from '../../src/conversation/export';
import { composeAll } from '../../src/conversation/practice/compose';
import type { Io } from '../../src/cli/io';
import { runTraining } from '../../src/cli/training-run';
import { DEFAULT_OBJECTIVE } from '../../src/settings/objective';
import type { StepReport } from '../../src/worker/protocol';
import { losslight } from './cli-support';
import { idPrompts, RUN, tinyEngine, tokenTexts } from './policy-run';

const FILES: Record<string, string> = {
  'prompts.jsonl': toOpenAIJsonl(composeAll(4, { seed: 3, turns: 1 })),
  'rewards.json': '[{"id": "decision", "weight": 1}, {"id": "format", "weight": 0.5}]',
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'losslight-'));
});
afterAll(() => rm(folder, { recursive: true }));

let runs = 0;
const train = (...args: string[]) =>
  losslight(FILES, [
    ...['train', '--model', 'public/models/pocket', '--data', 'prompts.jsonl'],
    ...['--out', path.join(folder, `out${++runs}`), '--engine', 'cpu', '--threads', '1', ...args],
  ]);

const GRPO = [
  '--objective',
  'grpo',
  '--prompts-per-step',
  '2',
  '--group-size',
  '2',
  '--max-new-tokens',
  '24',
];

test('a step of GRPO: a reward for each part, with what the records say is right', async () => {
  const { code, stdout, stderr } = await train(
    ...GRPO,
    '--rewards',
    'rewards.json',
    '--steps',
    '1',
    '--held-out',
    'prompts.jsonl',
    '--json',
  );
  expect(stderr).toContain('4 conversations, 4 prompts, ');
  expect(code).toBe(0);
  const report = JSON.parse(stdout) as StepReport;
  expect(Object.keys(report.metrics?.rewardParts ?? {})).toEqual(['decision', 'format']);
  expect(report.metrics).toMatchObject({
    dropped: 0,
    decision: expect.any(Number) as number,
    heldOutStart: expect.any(Number) as number,
    heldOutLoss: expect.any(Number) as number,
  });
});

test.each([
  [GRPO, 'On policy the model is rewarded for what it writes: give --rewards'],
  [[...GRPO, '--rewards', 'rewards.json', '--epochs', '2'], '--epochs is for recorded data'],
  [
    ['--objective', 'grpo', '--group-size', '1', '--rewards', 'rewards.json'],
    'GRPO compares completions of one prompt',
  ],
])('refuses %o', async (args, message) => {
  const { code, stderr } = await train(...args);
  expect(stderr).toContain(message);
  expect(code).not.toBe(0);
});

test('a step of which a later update fails is printed with those that were made, and named as the one that failed', async () => {
  const engine = await tinyEngine();
  const { step } = engine;
  let steps = 0;
  engine.step = (...args) =>
    ++steps === 4 ? Promise.reject(new Error('out of memory')) : step.apply(engine, args);
  let printed = '';
  const io = { print: async (text: string) => void (printed += text), warn: () => {} } as unknown as Io;
  const kind = { kind: 'grpo', prompts: 1, groupSize: 4, maxNewTokens: 2, updates: 2 } as const;
  const run = {
    ...{ sequences: [], heldOut: undefined, settings: { ...RUN, steps: 3 } },
    objective: { ...DEFAULT_OBJECTIVE, ...kind },
    onPolicy: { texts: tokenTexts([[5, 6, 7]], ([id = 0]) => id % 7), prompts: idPrompts(1) },
  };
  await expect(runTraining(engine, run, io, 'out', false)).rejects.toThrow(
    'Step 2 of 3: Update 2 of 2 of step 2 failed: out of memory. The update before it was made and changed the weights; the step’s figures are of it alone. Nothing is written to out.',
  );
  expect(printed.trim().split('\n')).toEqual([
    expect.stringMatching(/^step 1 of 3 (?!.*updates made)/),
    expect.stringMatching(/^step 2 of 3 .* updates made 1 /),
  ]);
  engine.dispose();
});
