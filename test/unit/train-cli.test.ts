/**
 * @file `losslight train` on the shipped model, on the CPU: what it writes, when it is interrupted, and what it refuses.
 */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openModelFolder } from '../../src/cli/model-folder';
import { toOpenAIJsonl } from '../../src/conversation/export';
import { exportEdits } from '../../src/mask/edit-file';
import { editMessage } from '../../src/mask/edits';
import { gatherWeights, loadWeights } from '../../src/model/load-weights';
import type { StepReport } from '../../src/worker/protocol';
import { losslight } from './cli-support';
import { fixture, inspector } from './mask-support';

const MODEL = 'public/models/pocket';
const TURNS = fixture('two turns: earlier thinking is stripped');
const FILES: Record<string, string> = { 'data/chats.jsonl': toOpenAIJsonl([TURNS]), 'empty.jsonl': '' };

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'losslight-'));
});
afterAll(() => rm(folder, { recursive: true }));

const FAST = ['--engine', 'cpu', '--threads', '1', '--batch-size', '1'];
const train = (out: string, args: readonly string[], more?: Parameters<typeof losslight>[2]) =>
  losslight(
    FILES,
    [
      'train',
      ...(args.includes('--model') ? [] : ['--model', MODEL]),
      ...(args.includes('--data') ? [] : ['--data', 'data/chats.jsonl']),
      ...['--out', path.join(folder, out), ...FAST, ...args],
    ],
    more,
  );

async function weightsOf(model: string) {
  const opened = await openModelFolder(model);
  const weights = await gatherWeights(loadWeights(opened.config, opened.source));
  await opened.close();
  return weights;
}

describe('losslight train', () => {
  test('writes a model that has moved, the same one again, and a line a step', async () => {
    const { code, stdout, stderr } = await train('once', ['--steps', '2']);
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^step 1 of 2 {2}loss \d+\.\d{4} {2}gradient norm /),
      expect.stringMatching(/^step 2 of 2 /),
    ]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        '1 conversations, 1 sequences, 2263104 parameters trained on the CPU, 1 thread\n' +
        `${path.join(folder, 'once')} is written: the model after step 2 of 2.\n`,
    });
    await train('again', ['--steps', '2']);
    const [once, again, before] = await Promise.all(
      [path.join(folder, 'once'), path.join(folder, 'again'), MODEL].map(weightsOf),
    );
    expect(again).toEqual(once);
    expect([...(once?.keys() ?? [])].sort()).toEqual([...(before?.keys() ?? [])].sort());
    expect(once).not.toEqual(before);
  });

  test('LoRA, strategy, packing, dtype and JSON', async () => {
    const { code, stdout } = await train('lora', [
      ...['--steps', '3', '--lora', '2', '--strategy', 'fork', '--packing', '--dtype', 'f16', '--json'],
      ...['--policy', 'trl-assistant-only', '--truncate', 'start', '--max-length', '256'],
    ]);
    const reports = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as StepReport);
    expect(code).toBe(0);
    expect(reports.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(reports.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    const config = JSON.parse(await readFile(path.join(folder, 'lora/config.json'), 'utf8')) as object;
    expect(Object.values(config)).toContain('float16');
    expect(await weightsOf(path.join(folder, 'lora'))).not.toEqual(await weightsOf(MODEL));
  });

  test('edits that the page made of a file are those of the same file in a folder', async () => {
    const { rendered, encoded } = inspector.inspect(TURNS);
    const view = { text: rendered.text, spans: rendered.spans, encoded };
    const last = TURNS.messages.length - 1;
    const files = {
      ...FILES,
      'edits.json': exportEdits({ 'chats.jsonl#0': [editMessage(view, last, 0)], other: [] }),
      'stale.json': exportEdits({ 'chats.jsonl#7': [editMessage(view, last, 0)] }),
    };
    const run = (name: string, edits: string) =>
      losslight(files, [
        ...['train', '--model', MODEL, '--data', 'data/chats.jsonl', '--out', path.join(folder, name)],
        ...[...FAST, '--steps', '1', '--json', '--edits', edits],
      ]);
    const trained = ({ stdout }: { stdout: string }) => (JSON.parse(stdout) as StepReport).trainedTokens;
    const plain = trained(await train('plain', ['--steps', '1', '--json']));
    expect(trained(await run('edited', 'edits.json'))).toBeLessThan(plain);
    const stale = await run('stale', 'stale.json');
    expect(trained(stale)).toBe(plain);
    expect(stale.code).toBe(1);
    expect(stale.stderr).toContain('the edits of “chats.jsonl#7” were left out');
  });

  test('an interrupt ends it after the step, and what was trained is written', async () => {
    let stop: (() => void) | undefined;
    let lines = 0;
    const { code, stderr } = await train('interrupted', ['--steps', '1000'], {
      hold: (act) => (stop = act),
      print: () => {
        if (++lines === 1) stop?.();
        return Promise.resolve();
      },
    });
    expect(code).toBe(130);
    expect(lines).toBeLessThan(5);
    expect(stderr).toContain(`${path.join(folder, 'interrupted')} is written after this step.`);
    expect(stderr).toMatch(/is written: the model after step \d of 1000\.\n$/);
    expect(await weightsOf(path.join(folder, 'interrupted'))).not.toEqual(await weightsOf(MODEL));
  });

  test('before the first step there is nothing to write', async () => {
    const { code, stderr } = await train('early', [], { hold: (act) => act() });
    expect(code).toBe(130);
    expect(stderr).toMatch(/Interrupted before the first step: .*early is not written\.\n$/);
    expect(await readdir(folder)).not.toContain('early');
  });

  test('a token that the model does not know is told before the run', async () => {
    const other = path.join(folder, 'other-vocabulary');
    await cp(MODEL, other, { recursive: true });
    const file = path.join(other, 'tokenizer.json');
    const tokenizer = JSON.parse(await readFile(file, 'utf8')) as { added_tokens: object[] };
    const token = { ...tokenizer.added_tokens[0], id: 5000, content: '<|more|>' };
    tokenizer.added_tokens.push(token);
    await writeFile(file, JSON.stringify(tokenizer));
    const messages = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: '<|more|>' },
    ];
    const data = path.join(folder, 'more.jsonl');
    await writeFile(data, JSON.stringify({ messages }));
    const { code, stdout, stderr } = await train('mixed', ['--model', other, '--data', data]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/more\.jsonl#0 the token id 5000, and the model has 1536 tokens\. Take .*\.\n$/);
  });

  test.each([
    ['no model', ['--model', 'nowhere'], /^nowhere has no config\.json, .*\n$/],
    ['no data', ['--data', 'nowhere.jsonl'], /^nowhere\.jsonl is not there: give --data .*\n$/],
    ['empty data', ['--data', 'empty.jsonl'], /^empty\.jsonl:1: error: the file is empty.*\n$/],
    ['a bad number', ['--steps', '1.5'], /^--steps is “1\.5”: Steps must be a whole number\.\n$/],
    ['a bad rank', ['--lora', '0'], /^--lora is “0”: give a whole number from 1 to 1024\.\n$/],
    ['a bad dtype', ['--dtype', 'F8'], /^--dtype is “F8”: give F32, F16, BF16\.\n$/],
    ['a bad strategy', ['--strategy', 'all'], /^--strategy is “all”: give whole, .*\n$/],
    ['a bad cut', ['--truncate', 'all'], /^“all” is no way to cut: .*\n$/],
    ['a bad policy', ['--policy', 'nothing'], /^“nothing” is neither a preset nor a file.*\n$/],
    ['no edits', ['--edits', 'nowhere.json'], /^nowhere\.json is not there: .*\n$/],
    ['nothing trained', ['--max-length', '8'], /\nNo token of any conversation is trained\. .*\n$/],
  ])('refuses %s', async (_, args, line) => {
    const { code, stdout, stderr } = await train('refused', args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(line);
    expect(await readdir(folder)).not.toContain('refused');
  });

  test('refuses a folder that is there, and a place where none can be made', async () => {
    await writeFile(path.join(folder, 'file'), '');
    for (const [out, line] of [
      ['file', /file is there already, and is not an empty folder\./],
      ['file/below', /is there already|cannot be written/],
    ] as const) {
      const { code, stdout, stderr } = await train(out, []);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(line);
    }
  });
});
