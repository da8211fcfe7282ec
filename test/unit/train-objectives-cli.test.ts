/**
 * @file `losslight train` with objectives beside SFT, held-out data and schedules, on the shipped model.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StepReport } from '../../src/worker/protocol';
import { losslight } from './cli-support';

const says = (content: string) => [{ role: 'assistant', content }];
const prompt = [{ role: 'user', content: 'What is 2 + 3?' }];
const lines = (records: object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');
const FILES: Record<string, string> = {
  'rated.jsonl': lines([
    { prompt, completion: says('5'), reward: 1 },
    { prompt, completion: says('6'), reward: 0 },
    { prompt, completion: says('7') },
  ]),
  'zero.jsonl': lines([{ prompt, completion: says('5'), reward: 0 }]),
  'pairs.jsonl': lines([{ prompt, chosen: says('5'), rejected: says('6') }]),
  'labels.jsonl': lines([
    { prompt, completion: says('5'), label: true },
    { prompt, completion: says('6'), label: false },
  ]),
  'judged.jsonl': lines([
    { messages: [...prompt, ...says('5')], label: true },
    { messages: [...prompt, ...says('6')], label: false },
  ]),
  'plain.jsonl': lines([{ messages: [...prompt, ...says('5')] }]),
  'rewards.json': JSON.stringify([{ id: 'format', weight: 1 }]),
  'broken.json': '[{"id": "nothing", "weight": 1}]',
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'losslight-'));
});
afterAll(() => rm(folder, { recursive: true }));

const train = (out: string, args: readonly string[]) =>
  losslight(FILES, [
    ...['train', '--model', 'public/models/pocket', '--out', path.join(folder, out)],
    ...['--engine', 'cpu', '--threads', '1', '--batch-size', '2', ...args],
  ]);
const reportsOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as StepReport);

describe('losslight train', () => {
  test('RWR from a field of the records, by epochs, with held-out data and a schedule', async () => {
    const { code, stdout, stderr } = await train('rwr', [
      ...['--data', 'rated.jsonl', '--objective', 'rwr', '--reward-temperature', '0.5', '--epochs', '2'],
      ...['--held-out', 'rated.jsonl', '--held-out-every', '1', '--schedule', 'cosine', '--json'],
      ...['--learning-rate', '1e-4', '--warmup-steps', '0'],
    ]);
    const [first, second, ...more] = reportsOf(stdout);
    expect({ code, more }).toEqual({ code: 0, more: [] });
    expect(first?.metrics).toMatchObject({ reward: 0.5, dropped: 1, flatGroups: 0 });
    expect(first?.learningRate).toBe(1e-4);
    expect(second?.learningRate).toBeCloseTo(5e-5, 9);
    const { heldOutStart = NaN } = first?.metrics ?? {};
    expect(second?.metrics?.heldOutLoss).toBeLessThan(heldOutStart);
    expect(stderr).toContain('is written: the model after step 2 of 2.');
  });

  test('DPO tells how often the chosen one is preferred', async () => {
    const { code, stdout } = await train('dpo', [
      '--data',
      'pairs.jsonl',
      '--objective',
      'dpo',
      '--steps',
      '2',
    ]);
    expect(code).toBe(0);
    const [first, second] = stdout.trimEnd().split('\n');
    expect(first).toMatch(/^step 1 of 2 {2}loss 0\.6931 .* preferred 0\.0000 {2}margin 0\.0000$/);
    expect(second).toMatch(/ preferred 1\.0000 {2}margin \d\.\d+$/);
  });

  test('KTO, and rewards of recorded completions', async () => {
    const kto = await train('kto', ['--data', 'labels.jsonl', '--objective', 'kto', '--steps', '1']);
    expect(kto.code).toBe(0);
    expect(kto.stdout).toMatch(/^step 1 of 1 {2}loss 0\.5000 /);
    // The same, said of messages.
    const judged = await train('kto-messages', [
      ...['--data', 'judged.jsonl', '--objective', 'kto', '--steps', '1'],
    ]);
    const untimed = (line: string) => line.replace(/[\d,.]+ a second/, '');
    expect(untimed(judged.stdout)).toBe(untimed(kto.stdout));
    const raft = await train('raft', [
      ...['--data', 'plain.jsonl', '--objective', 'raft', '--keep-from=-5', '--steps', '1'],
      ...['--rewards', 'rewards.json', '--json'],
    ]);
    expect(raft.code).toBe(0);
    expect(reportsOf(raft.stdout)[0]?.metrics).toMatchObject({
      dropped: 0,
      reward: expect.any(Number) as number,
    });
  });

  test.each([
    ['no such objective', ['--objective', 'ppo'], /^--objective is “ppo”: give sft, rwr, .*\n$/],
    [
      'a setting of another',
      ['--keep-from', '1'],
      /^--keep-from is a setting of raft, and the objective is sft: .*\n$/,
    ],
    [
      'no such schedule',
      ['--schedule', 'step'],
      /^--schedule is “step”: give constant, linear, cosine, wsd\.\n$/,
    ],
    ['steps and epochs', ['--steps', '3', '--epochs', '1'], /^--steps and --epochs both say .*\n$/],
    [
      'rewards for SFT',
      ['--rewards', 'rewards.json'],
      /^--rewards is for objectives that learn from rewards: .*\n$/,
    ],
    [
      'unknown rewards',
      ['--objective', 'rwr', '--rewards', 'broken.json'],
      /^broken\.json:1: \[0\]: There is no reward “nothing”\. Choose one of .*\n$/,
    ],
    [
      'no held-out file',
      ['--held-out', 'nowhere.jsonl'],
      /^nowhere\.jsonl is not there: give --held-out .*\n$/,
    ],
    ['patience for nothing', ['--patience', '2'], /nothing is held out.*\n$/],
    ['RAFT of nothing', ['--data', 'zero.jsonl', '--objective', 'raft'], /the highest is 0\. .*\n$/],
    [
      'flat rewards',
      ['--data', 'zero.jsonl', '--objective', 'rwr'],
      /All rewards are 0, so they say nothing.*\n$/,
    ],
    [
      'DPO without pairs',
      ['--objective', 'dpo'],
      /It has no chosen and rejected completion\.\nNo record holds .*\n$/,
    ],
  ] as const)('refuses %s', async (_, args, line) => {
    const data = (args as readonly string[]).includes('--data') ? [] : ['--data', 'plain.jsonl'];
    const { code, stdout, stderr } = await train('refused', [...data, ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(line);
  });
});
