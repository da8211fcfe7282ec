/**
 * @file Composing rewards: the list, its fields, the own function in its real sandbox, and files.
 */
import axe from 'axe-core';
import { afterEach, expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import '../../src/app.css';
import type { Conversation } from '../../src/conversation/types';
import { OWN_EXAMPLES } from '../../src/reward/own-examples';
import { RewardsState } from '../../src/state/rewards.svelte';
import RewardComposer from '../../src/ui/RewardComposer.svelte';
import { RewardClient, REWARD_LIMITS } from '../../src/worker/reward-client';
import { saved } from './downloads';

const CALL = { name: 'get_weather', arguments: { city: 'Oslo' }, rawArguments: '{"city": "Oslo"}' };
const CHAT: Conversation = {
  id: 'chat',
  messages: [
    { role: 'user', content: 'Weather in Oslo?' },
    { role: 'assistant', reasoning: 'I need the tool.', content: '', toolCalls: [CALL] },
    { role: 'tool', content: '{"sky": "rainy", "temp": 4}' },
    { role: 'assistant', reasoning: 'I have it.', content: 'It is rainy, 4 degrees and 7 knots.' },
    { role: 'user', content: 'Thank you.' },
    { role: 'assistant', reasoning: '', content: 'You are welcome.' },
  ],
  tools: [{ type: 'function', function: { name: 'get_weather', parameters: { required: ['city'] } } }],
  extra: {},
  source: { file: 'test', record: 0, line: 1 },
};

/** As patient as a busy machine needs: only code that never ends is stopped. */
const service = new RewardClient({ ...REWARD_LIMITS, call: 20_000, load: 20_000, batch: 60_000 });
const strict = new RewardClient({ ...REWARD_LIMITS, call: 1000, load: 20_000, stops: 1 });
afterEach(() => {
  service.dispose();
  strict.dispose();
});

async function open(more: { locked?: string } = {}, by = service) {
  const rewards = new RewardsState({ service: by, countTokens: () => ({ tokens: 60, thinkTokens: 9 }) });
  const props = { rewards, conversation: CHAT, locked: undefined, ...more };
  const screen = await render(RewardComposer, props);
  const button = (name: string) => screen.getByRole('button', { name, exact: true });
  const rows = () =>
    [...document.querySelectorAll('tbody tr')].map((row) =>
      [...row.children].map((cell) => cell.textContent?.trim()),
    );
  return { screen, rewards, button, rows };
}

test('rewards are added, weighed, given options and removed, by name', async () => {
  const { screen, rewards, button } = await open();
  expect(rewards.parts.map(({ id }) => id)).toEqual(['decision', 'format']);
  await screen.getByRole('combobox', { name: 'Add a reward' }).selectOptions('Length');
  await button('Add').click();
  await screen.getByRole('textbox', { name: 'Weight of Length' }).fill('-0.5');
  const part = screen.getByRole('group', { name: 'Length' });
  await part.getByText('Options').click();
  await screen.getByRole('textbox', { name: 'Target' }).fill('80');
  await expect.element(part.getByText('Options (1 changed)')).toBeVisible();
  expect(rewards.parts.at(-1)).toEqual({ id: 'length', weight: -0.5, options: { target: 80 } });
  await screen.getByRole('textbox', { name: 'Target' }).fill('none');
  await expect.element(screen.getByText('Target must be a number.')).toBeVisible();
  await expect.element(screen.getByText('A reward needs correcting.')).toBeVisible();
  expect(rewards.parts).toEqual([]);
  await button('Remove Length').click();
  await expect.element(screen.getByRole('heading', { name: 'Rewards' })).toHaveFocus();
  expect(rewards.parts).toHaveLength(2);
});

test('what is recorded is tried turn by turn; a change takes the figures away', async () => {
  const { screen, button, rows } = await open();
  await button('Try it').click();
  await expect.element(screen.getByText('2 recorded reactions rewarded.')).toBeVisible();
  await expect.poll(rows).toEqual([
    ['Weather in Oslo?', '1.5', '1', '1'],
    ['Thank you.', '1.5', '1', '1'],
  ]);
  await screen.getByRole('textbox', { name: 'Weight of Format' }).fill('2');
  await expect.poll(rows).toEqual([]);
});

test('every example of an own function runs in the sandbox, and gives what it says', async () => {
  const { screen, rewards, button, rows } = await open();
  for (const id of ['decision', 'format']) rewards.remove(id);
  rewards.add('own');
  const wanted: Record<string, string[]> = {
    decision: ['1', '1'],
    'always-calls': ['1', '0'],
    brief: ['1', '1'],
    grounded: ['0', '0'],
    'listed-tools': ['1', '0'],
  };
  for (const { id, title } of OWN_EXAMPLES) {
    await screen.getByRole('combobox', { name: 'Example' }).selectOptions(title);
    await button('Try it').click();
    await expect.poll(() => rows().map((row) => row.at(-1)), { timeout: 20_000 }).toEqual(wanted[id]);
  }
});

test('own code that fails is told of with its line, beside the turn, and code that hangs is stopped', async () => {
  const { screen, rewards, button } = await open({}, strict);
  rewards.add('own');
  const code = screen.getByRole('textbox', { name: 'Function (JavaScript)' });
  await code.fill(
    'function reward({ completion }) {\n  console.log("seen");\n  return completion.no.such;\n}',
  );
  await expect.element(screen.getByRole('combobox', { name: 'Example' })).toHaveValue('own');
  await button('Try it').click();
  const first = screen.getByText(/^Left out\. Your own function: It threw TypeError: .* Line 3\.$/).first();
  await expect.element(first).toBeVisible();
  await expect.element(screen.getByText('seen').nth(1)).toBeVisible();
  await code.fill('function reward() { for (;;); }');
  await button('Try it').click();
  await expect.element(screen.getByText(/was stopped: it did not end within 1 s/)).toBeVisible();
  await expect.element(screen.getByText(/2 of them would be left out/)).toBeVisible();
});

test('a composition is saved as JSON, opened again, and a wrong file changes nothing', async () => {
  const { screen, rewards, button } = await open();
  const file = await saved(() => button('Save rewards as JSON').click());
  expect(file.name).toBe('rewards.json');
  expect(JSON.parse(file.text)).toMatchObject({ losslightRewards: 1, parts: [{ id: 'decision' }, {}] });
  expect(rewards.importFile('{"losslightRewards": 1, "parts": [{"id": "kindness", "weight": 1}]}')).toBe(
    false,
  );
  await expect.element(screen.getByText('There is no reward “kindness”.')).toBeVisible();
  expect(rewards.parts).toHaveLength(2);
  const text =
    '{"losslightRewards": 1, "parts": [{"id": "own", "weight": 2}], "code": "const reward = () => 3;"}';
  await screen.getByLabelText('Open rewards…').upload(new File([text], 'shared.json'));
  await expect.element(screen.getByRole('textbox', { name: 'Weight of Your own function' })).toHaveValue('2');
  await expect
    .element(screen.getByRole('textbox', { name: 'Function (JavaScript)' }))
    .toHaveValue('const reward = () => 3;');
});

test('a composition is there again after a reload of the tab', () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  const before = new RewardsState({ service, storage });
  before.add('own');
  before.code = 'const reward = () => 1;';
  before.setWeight('decision', '3');
  const after = new RewardsState({ service, storage });
  expect(after.parts).toEqual(before.parts);
  expect(after.code).toBe('const reward = () => 1;');
  // A lesson's are not kept.
  after.storing = false;
  after.importFile('{"losslightRewards": 1, "parts": [{"id": "format", "weight": 2}]}');
  expect(after.parts).toEqual([{ id: 'format', weight: 2 }]);
  expect(new RewardsState({ service, storage }).parts).toEqual(before.parts);
  kept.set('losslight.rewards', 'damaged');
  expect(new RewardsState({ service, storage }).parts).toHaveLength(2);
});

test('nothing can be changed while a run goes, but everything can be tried', async () => {
  const { screen, button } = await open({ locked: 'A run is in progress.' });
  for (const name of ['Add', 'Remove Decision']) await expect.element(button(name)).toBeDisabled();
  await expect.element(screen.getByRole('textbox', { name: 'Weight of Decision' })).toBeDisabled();
  await button('Try it').click();
  await expect.element(screen.getByText('2 recorded reactions rewarded.')).toBeVisible();
});

test.each(['light', 'dark'])('axe finds nothing (%s)', async (theme) => {
  document.documentElement.dataset['theme'] = theme;
  const { screen, rewards, button } = await open();
  rewards.add('own');
  rewards.code = 'function reward() { return NaN; }';
  await button('Try it').click();
  await expect.element(screen.getByText(/not a finite number/).first()).toBeVisible();
  const { violations } = await axe.run(document.body, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
  });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  delete document.documentElement.dataset['theme'];
});
