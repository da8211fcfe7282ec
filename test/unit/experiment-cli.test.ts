/**
 * @file `losslight experiment`: what cannot be run is refused before a model is loaded, with its place and what to do.
 */
import { expect, test } from 'vitest';
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
