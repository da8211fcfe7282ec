/**
 * @file Overlays of the strip with their scales, exact numbers, and what else the model might have written.
 */
import axe from 'axe-core';
import { page, userEvent } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { OVERLAY_LABELS } from '../../src/state/overlay';
import { CHAT, importText, openPage, type Options } from './setup';

afterEach(() => page.viewport(1280, 900));

async function openMask(options: Options = {}) {
  const opened = await openPage(options);
  await importText(opened.session, CHAT);
  const { screen, session } = opened;
  await expect.element(screen.getByRole('listbox', { name: 'Tokens', exact: true })).toBeVisible();
  const source = session.mask.view?.source;
  await expect.poll(() => session.compare.predictionsOf(source).base).toBeDefined();
  const choose = async (name: string) => {
    const radio = screen.getByRole('radio', { name, exact: true });
    radio.element().scrollIntoView({ block: 'center' });
    await radio.click({ force: true });
  };
  const details = screen.getByRole('group', { name: 'Token details' });
  return { ...opened, choose, details };
}

const heated = () => document.querySelectorAll('#mask .t[data-heat]').length;

describe('overlays', () => {
  test('each colours the tokens that have a value, and has a scale with its numbers', async () => {
    const { screen, session, choose } = await openMask();
    const total = session.mask.view?.encoded.ids.length ?? 0;
    for (const [name, count] of [
      ['Log-probability', total - 1],
      ['Probability', total - 1],
      ['Loss', session.mask.trained],
      ['Rank', total - 1],
      ['Entropy', total - 1],
    ] as const) {
      await choose(name);
      await expect.poll(heated, { message: name }).toBe(count);
      await expect.element(screen.getByRole('img', { name: /^Scale: / })).toBeVisible();
    }
    await expect
      .element(screen.getByRole('img', { name: /^Scale: / }))
      .toHaveAccessibleName(
        /entropy of the prediction in nats\. From certain to undecided, with steps at 0\.1, 0\.5, 1/,
      );
    await choose('Weight');
    await expect.poll(heated).toBe(0);
    // Tokens explain weights by themselves; the scale is with what is rarely needed.
    await screen
      .getByRole('region', { name: 'Mask', exact: true })
      .getByText('View', { exact: true })
      .click();
    await expect.element(screen.getByRole('img', { name: /weight in the loss/ })).toBeVisible();
  });

  test('are told apart by their bars, not by colour alone; negative ones have theirs above', async () => {
    const { session, choose } = await openMask();
    session.mask.selection.start(session.mask.weights.findIndex((weight) => weight === 1));
    session.mask.edit(-2);
    session.mask.selection.clear();
    await choose('Loss');
    await expect.poll(() => document.querySelector('.t[data-heat^="-"]')).not.toBeNull();
    const shadow = (selector: string) =>
      getComputedStyle(document.querySelector(selector) ?? expect.fail(selector)).boxShadow;
    // The offset of the inner shadow: below is negative.
    expect(shadow('.t.loss[data-heat^="-"]')).toMatch(/0px [1-9]\d*px 0px 0px inset/);
    expect(shadow('.t.loss[data-heat]:not([data-heat^="-"], [data-heat="0"])')).toMatch(
      /0px -[1-9]\d*px 0px 0px inset/,
    );
  });

  test('change says why there is none yet, and has one after training', async () => {
    const { screen, session, choose } = await openMask();
    await choose('Change');
    await expect.element(screen.getByText('The change appears after training.').first()).toBeVisible();
    await session.stepOnce();
    await expect.poll(heated).toBe((session.mask.view?.encoded.ids.length ?? 0) - 1);
  });

  test('without a model every overlay but weight says what it needs', async () => {
    const { screen, session, choose } = await openMask();
    await session.changeModel(() =>
      session.model.useTemplate('{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}'),
    );
    session.compare.forget();
    session.model.fail({ code: 'device-lost', message: 'Lost.', remedy: 'Restart.' });
    await choose('Rank');
    await expect
      .element(screen.getByText('Log-probabilities need the model’s weights; see Model.').first())
      .toBeVisible();
  });
});

describe('the focused token', () => {
  test('gives exact numbers, and the five most probable tokens, the one that is there marked', async () => {
    const { session, details } = await openMask();
    const source = session.mask.view?.source;
    const found = session.compare.predictionsOf(source).base ?? expect.fail('nothing was predicted');
    const first = found.ranks.findIndex((rank, i) => i > 0 && rank === 1 && session.mask.weights[i] !== 0);
    document.querySelector<HTMLElement>(`[data-i="0"]`)?.focus();
    for (let i = 0; i < first; i++) await userEvent.keyboard('{ArrowRight}');
    expect((document.activeElement as HTMLElement).dataset.i).toBe(String(first));
    await expect.element(details).toHaveTextContent(/Rank 1/);
    await expect
      .element(details)
      .toHaveTextContent(new RegExp(`Entropy ${found.entropy[first]?.toFixed(2)} nats`));
    await expect.element(details).toHaveTextContent(/Loss \d\.\d{3}/);
    const list = details.getByRole('list', { name: 'Most probable here' });
    await expect.poll(() => list.getByRole('listitem').elements().length).toBe(5);
    await expect.element(list.getByRole('listitem').first()).toHaveTextContent(/✓, the one that is there/);
    // Texts, not ids.
    await expect.element(list).not.toHaveTextContent(/id \d/);
  });

  test('of the first token, which nothing predicts, there is neither', async () => {
    const { details } = await openMask();
    document.querySelector<HTMLElement>(`[data-i="0"]`)?.focus();
    await expect.element(details).toHaveTextContent(/Token 1 of/);
    await expect.element(details).not.toHaveTextContent(/Rank|Most probable/);
  });

  test('tells both models’ rank and entropy after training', async () => {
    const { session, choose, details } = await openMask();
    await session.stepOnce();
    await expect.poll(() => session.compare.predictionsOf(session.mask.view?.source).tuned).toBeDefined();
    await choose('Rank');
    const trained = session.mask.weights.findLastIndex((weight) => weight !== 0);
    document.querySelector<HTMLElement>(`[data-i="${trained}"]`)?.focus();
    await expect.element(details).toHaveTextContent(/Rank \d+, was \d+/);
    await expect.element(details).toHaveTextContent(/Entropy [\d.]+ nats, was [\d.]+ nats/);
  });
});

describe('advantage', () => {
  const rated = (answer: string, reward?: number) => ({
    messages: [
      { role: 'user', content: 'What day follows Thursday?' },
      { role: 'assistant', content: answer },
    ],
    ...(reward !== undefined && { reward }),
  });

  test('of a conversation with a reward: among the completions of its prompt, on its trained tokens', async () => {
    const { screen, session, choose, details } = await openMask();
    await choose('Advantage');
    await expect.element(screen.getByText(/This conversation has no reward/).first()).toBeVisible();
    const text = JSON.stringify([rated('Friday.', 1), rated('Saturday.', 0), rated('Perhaps.')]);
    await importText(session, text, 'rated.json');
    await expect
      .element(
        screen.getByText(
          '+0.50: its reward is 1.00, and the mean of the 2 recorded completions of this prompt, whether the mask trains them or not, is 0.50.',
        ),
      )
      .toBeVisible();
    await expect.poll(heated).toBe(session.mask.trained);
    const trained = session.mask.weights.indexOf(1);
    document.querySelector<HTMLElement>(`[data-i="${trained}"]`)?.focus();
    await expect.element(details).toHaveTextContent(/Advantage 0\.500/);
    // A reward that is given here counts at once.
    const last = session.data.list.id(session.data.list.length - 1);
    await session.choose(last);
    await expect.element(screen.getByText(/This conversation has no reward/).first()).toBeVisible();
    await session.setReward(-1);
    await expect.element(screen.getByText(/^−1\.00: its reward is −1\.00.* 3 recorded/)).toBeVisible();
  });

  test('of completions that a run wrote, in the conversation’s place', async () => {
    const { screen, session, choose } = await openMask();
    const { view } = session.mask;
    const { ids, kind } = view?.encoded ?? expect.fail('nothing is shown');
    const sequence = {
      ids,
      kind,
      weights: session.mask.weights.map((weight) => weight * 0.25),
      positions: Int32Array.from(ids, (_, i) => i),
      document: new Int32Array(ids.length).fill(1),
      origin: { conversation: view?.source.id ?? '' },
    };
    const completion = { messages: [], reactions: [], text: '', tokens: 3, thinkTokens: 0, ended: true };
    session.train.rollouts.receive(1, [
      {
        ...{ rollout: 0, group: 0, conversation: view?.source.id ?? '', message: 0, sequence },
        ...{ completion, reward: { parts: [], total: 1 }, advantage: -0.75 },
      },
    ]);
    await choose('Advantage');
    await screen
      .getByRole('combobox', { name: 'Shown' })
      .selectOptions('completion 1 of step 1, advantage −0.75');
    const strip = screen.getByRole('listbox', { name: 'Tokens of Completion 1' });
    await expect.element(strip).toBeVisible();
    await expect
      .poll(() => strip.element().querySelectorAll('.t[data-heat^="-"]').length)
      .toBe(session.mask.trained);
    await screen.getByRole('combobox', { name: 'Shown' }).selectOptions('this conversation');
    await expect.element(screen.getByRole('listbox', { name: 'Tokens', exact: true })).toBeVisible();
  });
});

/** One overlay of each way to colour: bars alone, both colours, and two-sided. The others share these. */
const RAMPS = ['weight', 'logProb', 'probability', 'change'] as const;

describe.each([
  ['light', 1440],
  ['dark', 390],
] as const)('axe, %s, %i px', (theme, width) => {
  test('overlays, a token in focus, search, both masks, the messages, the menu', async () => {
    await page.viewport(width, 900);
    const { screen, session } = await openMask({ theme });
    await session.stepOnce();
    await screen
      .getByRole('region', { name: 'Mask', exact: true })
      .getByText('View', { exact: true })
      .click();
    await screen.getByRole('combobox', { name: 'Compare with' }).selectOptions('Axolotl, default');
    await screen.getByRole('checkbox', { name: 'Side by side' }).click();
    await screen.getByRole('checkbox', { name: 'Messages beside' }).click();
    await screen.getByRole('searchbox', { name: 'Search' }).fill('thursday');
    await screen.getByTitle('How to search').click();
    for (const name of RAMPS) {
      session.mask.overlay = name;
      await expect
        .element(screen.getByRole('radio', { name: OVERLAY_LABELS[name], exact: true }))
        .toBeChecked();
      document.querySelector<HTMLElement>('[data-i="12"]')?.focus();
      await expect
        .element(screen.getByRole('group', { name: 'Token details' }))
        .toHaveTextContent(/Token 13/);
      window.scrollTo(0, 0);
      const { violations } = await axe.run(document.getElementById('mask') ?? document.body, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      });
      expect(
        violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
        name,
      ).toEqual([]);
    }
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
    await screen.getByRole('button', { name: 'Copy or save…' }).click();
    await expect.element(screen.getByRole('button', { name: 'Copy as SVG' })).toBeVisible();
    const { violations } = await axe.run(document.querySelector('[popover]:popover-open') ?? document.body, {
      runOnly: ['wcag2a', 'wcag2aa'],
    });
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  });
});
