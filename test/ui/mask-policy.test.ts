/**
 * @file The policy on the page: presets, every kind of knob, rules, and policy files.
 */
import { page } from 'vitest/browser';
import { beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { PRESETS, presetNamed } from '../../src/mask/presets';
import { saved } from './downloads';
import { CHAT, importText, openPage } from './setup';

async function openMask() {
  const opened = await openPage();
  await importText(opened.session, CHAT, 'chat.json');
  await expect.element(opened.screen.getByRole('listbox', { name: 'Tokens' })).toBeVisible();
  const { screen, session } = opened;
  const preset = screen.getByRole('combobox', { name: 'Mask as' });
  const knobs = async () => screen.getByText(/^More knobs/).click();
  return { ...opened, preset, knobs, mask: session.mask };
}

beforeEach(() => page.viewport(1440, 900));

describe('presets', () => {
  test('each says what is special about it and where that was read', async () => {
    const { screen, preset, mask, knobs } = await openMask();
    await knobs();
    expect((preset.element() as HTMLSelectElement).options).toHaveLength(PRESETS.length);
    for (const { name, title, about, source } of PRESETS) {
      await preset.selectOptions(title);
      await expect.poll(() => mask.preset?.name).toBe(name);
      await expect.element(screen.getByText(about, { exact: true })).toBeVisible();
      await expect.element(screen.getByText(source, { exact: true })).toBeInTheDocument();
    }
  });

  test('a change makes it Custom, and turned back it is the preset again', async () => {
    const { screen, preset, mask, knobs } = await openMask();
    await preset.selectOptions('Axolotl, default');
    await knobs();
    await screen.getByRole('checkbox', { name: 'Thinking' }).click();
    await expect.element(preset).toHaveDisplayValue('Custom');
    await expect.element(screen.getByText(/^A policy of your own/)).toBeVisible();
    await screen.getByRole('checkbox', { name: 'Thinking' }).click();
    await expect.element(preset).toHaveDisplayValue('Axolotl, default');
    await screen.getByRole('combobox', { name: 'Empty think blocks' }).selectOptions('like other thinking');
    await expect.element(preset).toHaveDisplayValue('Custom');
    await expect.element(screen.getByText('More knobs (4 turned)')).toBeVisible();
    expect(mask.policy.emptyThink).toBeUndefined();
  });

  test('the switches say so where they have no say', async () => {
    const { screen, preset } = await openMask();
    await preset.selectOptions('TRL, completion only');
    await expect
      .element(screen.getByText(/Everything after the prompt is trained with weight 1/))
      .toBeVisible();
    await preset.selectOptions('TRL, assistant only');
    await expect.element(screen.getByText(/no generation blocks, so the segments decide/)).toBeVisible();
  });
});

describe('knobs', () => {
  test('choices and weights change the policy and the weights of tokens', async () => {
    const { screen, mask, knobs } = await openMask();
    const all = mask.trained;
    await knobs();
    const choose = (name: string, label: string) =>
      screen.getByRole('combobox', { name }).selectOptions(label);
    await choose('Decided by', 'text between headers');
    await choose('Decided by', 'the segments');
    await choose('A token across a border', 'that of most characters');
    await choose('Assistant messages', 'the last that it wrote');
    await choose('Earlier thinking', 'masked');
    await choose('weight, train, train_detail', 'are ignored');
    await choose('End-of-turn tokens', 'the last');
    await screen.getByRole('textbox', { name: 'Line break after it' }).fill('0.25');
    await screen.getByRole('textbox', { name: 'Assistant’s header' }).fill('-1');
    await screen.getByRole('textbox', { name: 'All other context' }).fill('1e-3');
    await screen.getByRole('textbox', { name: 'What the user says' }).fill('2');
    expect(mask.policy).toEqual({
      ...DEFAULT_POLICY,
      border: 'majority',
      turns: 'last-message',
      earlierThink: 'mask',
      messageFields: 'ignore',
      endOfTurn: 'last',
      trailingNewline: 0.25,
      header: -1,
      prompt: 1e-3,
      roles: { user: 2 },
    });
    await expect.poll(() => mask.trained).toBeGreaterThan(all);
    expect(new Set(mask.weights)).toEqual(new Set([1, 2, -1, 0.25, 1e-3].map(Math.fround)));
    await screen.getByRole('textbox', { name: 'What the user says' }).fill('');
    expect(mask.policy.roles).toBeUndefined();
  });

  test('a huge weight is allowed, with a word of caution', async () => {
    const { screen, mask } = await openMask();
    await screen.getByRole('textbox', { name: 'Weight of answers' }).fill('1000');
    await expect.poll(() => mask.largest).toBe(1000);
    await expect.element(screen.getByText(/^Caution: the largest weight is 1000/)).toBeVisible();
    await screen.getByRole('textbox', { name: 'Weight of answers' }).fill('1');
    await expect.element(screen.getByText(/^Caution: the largest weight/)).not.toBeInTheDocument();
  });
});

describe('rules', () => {
  test('count their matches, say what is wrong, and set weights', async () => {
    const { screen, mask, knobs } = await openMask();
    const view = mask.view ?? expect.fail('nothing is shown');
    await knobs();
    await screen.getByRole('button', { name: 'Add a rule' }).click();
    const rule = screen.getByRole('group', { name: 'Rule 1' });
    const pattern = rule.getByRole('textbox', { name: 'Pattern' });
    await pattern.fill('[FT]\\w+day');
    await expect.element(rule.getByText('2 matches in this conversation')).toBeVisible();
    await rule.getByRole('textbox', { name: 'Weight' }).fill('3');
    await expect.poll(() => mask.weights.filter((weight) => weight === 3).length).toBeGreaterThan(1);
    await expect
      .poll(() => mask.weights[view.encoded.start.indexOf(view.rendered.text.indexOf('Friday'))])
      .toBe(3);
    await pattern.fill('[FT');
    await expect.element(pattern).toHaveAttribute('aria-invalid', 'true');
    await expect.element(rule.getByText(/is not a regular expression/)).toBeVisible();
    expect(mask.policy.rules).toBeUndefined();
    await pattern.fill('thursday');
    await rule.getByText('Where it looks, and how').click();
    await rule.getByRole('checkbox', { name: 'any case' }).click();
    await rule.getByRole('checkbox', { name: 'user' }).click();
    await expect.element(rule.getByText('1 match in this conversation')).toBeVisible();
    expect(mask.policy.rules).toEqual([{ pattern: 'thursday', flags: 'i', kinds: ['user'], weight: 3 }]);
    await rule.getByRole('button', { name: 'Remove rule 1' }).click();
    await expect.poll(() => mask.policy.rules).toBeUndefined();
  });

  test('one that never ends is stopped, and the page stays alive', async () => {
    const { screen, session, text, mask } = await openMask();
    const message = 'This took longer than 3 s and was stopped (weigh).';
    text.failures.set('weigh', { code: 'timeout', message, remedy: 'Simplify the rules.' });
    mask.setPolicy({ ...mask.policy, rules: [{ pattern: '(a+)+$', weight: 0 }] });
    const card = screen.getByRole('alert');
    await expect.element(card).toHaveTextContent('The policy cannot be followed on this conversation');
    await expect.element(card).toHaveTextContent('Simplify the rules.');
    await expect.element(screen.getByRole('combobox', { name: 'Mask as' })).toBeVisible();
    text.failures.clear();
    session.mask.setPreset('default');
    await expect.element(card).not.toBeInTheDocument();
  });
});

describe('policy files', () => {
  test('exported and brought back, picked or dropped', async () => {
    const { screen, session, preset, mask, knobs } = await openMask();
    await preset.selectOptions('torchtune, train on last');
    await knobs();
    const file = await saved(() => screen.getByRole('button', { name: 'Export policy' }).click());
    expect(file.name).toBe('losslight-policy.json');
    await preset.selectOptions('Losslight');
    await screen.getByLabelText('Import policy…').upload(new File([file.text], 'mine.json'));
    await expect.poll(() => mask.preset?.name).toBe('torchtune-last');
    await expect.element(screen.getByText('The policy of mine.json is in use.')).toBeVisible();
    const before = session.data.list.length;
    await session.importFiles([new File(['{"preset": "axolotl", "endOfTurn": "last"}'], 'dropped.json')]);
    expect(mask.policy).toEqual({ ...presetNamed('axolotl')?.policy, endOfTurn: 'last' });
    expect(session.data.list.length).toBe(before);
  });

  test('a wrong one is refused by name, and the policy stays', async () => {
    const { screen, mask, knobs } = await openMask();
    await knobs();
    await screen.getByLabelText('Import policy…').upload(new File(['{"turns": "none"}'], 'wrong.json'));
    const card = screen.getByRole('alert');
    await expect.element(card).toHaveTextContent('wrong.json was not taken');
    await expect.element(card).toHaveTextContent('Use one of all, last-turn, last-message, final-message.');
    expect(mask.policy).toEqual(DEFAULT_POLICY);
  });
});
