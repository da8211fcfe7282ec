/**
 * @file `losslight experiment`: what cannot be run is refused before a model is loaded, with its place and what to do.
 */
import { expect, test } from 'vitest';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { digestOfData } from '../../src/cli/experiment';
import { losslight } from './cli-support';

const practice = { practice: { seed: 1, count: 2 } };
const file = (more: object) =>
  JSON.stringify({
    name: 'Small',
    model: 'nowhere',
    seeds: [1],
    defaults: { budget: { steps: 1 } },
    data: { shown: practice },
    evaluation: { data: 'shown' },
    arms: [{ name: 'SFT', objective: 'sft', data: 'shown' }],
    ...more,
  });
const FILES = {
  'missing.json': file({ data: { shown: { file: 'nowhere.jsonl' } } }),
  'code.json': file({
    arms: [
      {
        name: 'GRPO',
        objective: 'grpo',
        data: 'shown',
        rewards: [{ id: 'own', code: 'const reward = () => 1;' }],
      },
    ],
  }),
  'sound.json': file({}),
};

test.each([
  [
    'missing.json',
    /^missing\.json: data\.shown\.file: \S+nowhere\.jsonl is not there: give the path as it is /,
  ],
  ['code.json', /give --allow-code if you trust it/],
  ['sound.json', /nowhere has no config\.json/],
  ['nothing.json', /^nothing\.json is not there: give the file of an experiment\.\n$/],
])('refuses %s', async (name, message) => {
  const args = ['experiment', name, '--out', 'nowhere/out', '--engine', 'cpu', '--threads', '1'];
  const { code, stdout, stderr } = await losslight(FILES, args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
});

test('refuses a seed that the file does not have', async () => {
  const args = ['experiment', 'sound.json', '--out', 'nowhere/out', '--seeds', '1,4'];
  const { code, stderr } = await losslight(FILES, args);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: '--seeds: “4” is no seed of the experiment: give some of 1.\n',
  });
});

test('has nothing to report of where nothing was run', async () => {
  const { code, stderr } = await losslight(FILES, [
    'experiment',
    'sound.json',
    '--out',
    'nowhere/out',
    '--report',
  ]);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'Nothing of this experiment has been run there yet. Run it first.\n',
  });
});

test('an outcome depends on what its files of data hold, and on nothing more where there is none', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'losslight-'));
  try {
    const data = { shown: { kind: 'file', path: 'a.jsonl', format: undefined } } as const;
    await writeFile(path.join(folder, 'a.jsonl'), 'abc');
    const before = await digestOfData({ data }, folder);
    // SHA-256 of “abc”, FIPS 180-2.
    expect(before).toBe(' shown: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    await writeFile(path.join(folder, 'a.jsonl'), 'abd');
    expect(await digestOfData({ data }, folder)).not.toBe(before);
    expect(await digestOfData({ data: {} }, folder)).toBe('');
  } finally {
    await rm(folder, { recursive: true });
  }
});
