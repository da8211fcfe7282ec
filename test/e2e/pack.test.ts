/**
 * @file The package as people get it: packed, installed in an empty folder without a network, used there.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const execute = promisify(execFile);
const npm = (cwd: string, ...args: string[]) =>
  execute('npm', [...args, '--offline', '--no-audit', '--no-fund', '--loglevel=error'], { cwd });

let folder: string;
const at = (...parts: string[]) => path.join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'losslight-pack-'));
  await mkdir(at('packed'));
  await mkdir(at('project'));
  await npm(path.resolve(), 'pack', '--pack-destination', at('packed'));
  const [archive] = await readdir(at('packed'));
  await writeFile(at('project', 'package.json'), '{"private": true}\n');
  await npm(at('project'), 'install', at('packed', archive ?? ''));
  // Away from the checkout, so that nothing of it can be used.
  await cp('public/models/pocket/tokenizer.json', at('model', 'tokenizer.json'));
  await cp('public/models/pocket/tokenizer_config.json', at('model', 'tokenizer_config.json'));
  const record = {
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello!' },
    ],
  };
  await writeFile(at('project', 'data.jsonl'), `${JSON.stringify(record)}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('brings nothing but the command line', async () => {
  expect(await readdir(at('project', 'node_modules'))).toEqual(expect.arrayContaining(['.bin', 'losslight']));
  const installed = await readdir(at('project', 'node_modules'));
  expect(installed.filter((name) => !name.startsWith('.'))).toEqual(['losslight']);
  const files = await readdir(at('project', 'node_modules', 'losslight'));
  expect(files.sort()).toEqual(['LICENSE', 'README.md', 'bin', 'dist-cli', 'package.json']);
});

it('runs with npx in that folder', async () => {
  const options = ['masks', '--tokenizer', at('model'), '--data', 'data.jsonl', '--json'];
  const { stdout, stderr } = await execute('npx', ['--offline', 'losslight', ...options], {
    cwd: at('project'),
  });
  const line = JSON.parse(stdout) as { tokens: string[]; weights: number[] };
  expect(line.tokens.filter((_, i) => line.weights[i])).toEqual(['Hello', '!', '<|im_end|>']);
  expect(stderr.replace(/^npm warn .*\n/gm, '')).toBe('');
});
