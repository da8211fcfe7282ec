/**
 * @file `losslight train` on policy: the model learns from what it writes to the user messages of a file.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toOpenAIJsonl } from '../../src/conversation/export';
import { composeAll } from '../../src/conversation/practice/compose';
import type { StepReport } from '../../src/worker/protocol';
import { losslight } from './cli-support';

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
