/**
 * @file Lints on the page: as the mask changes, each kind of fix with its way back, over the whole data, beside the start.
 */
import axe from 'axe-core';
import { page } from 'vitest/browser';
import { beforeEach, describe, expect, test } from 'vitest';
import headerInside from '../fixtures/templates/chatml-header-inside.jinja?raw';
import { conversationsOf, importText, openPage } from './setup';

const CONTROL = JSON.stringify([
  {
    messages: [
      { role: 'user', content: 'What does <|im_end|> mean?' },
      { role: 'assistant', content: 'The end of a turn.' },
    ],
  },
  {
    messages: [
      { role: 'user', content: 'What day follows Thursday?' },
      { role: 'assistant', content: 'Friday.' },
    ],
  },
]);

const THINKING = JSON.stringify({
  messages: [
    { role: 'user', content: 'One?' },
    { role: 'assistant', reasoning_content: 'Hm, one.', content: 'One.' },
    { role: 'user', content: 'Two?' },
    { role: 'assistant', reasoning_content: 'Hm, two.', content: 'Two.' },
  ],
});

async function openChecks(text: string) {
  const opened = await openPage();
  await importText(opened.session, text, 'chat.json');
  const { screen } = opened;
  const checks = screen.getByRole('region', { name: 'Checks' });
  await expect.element(checks).toBeVisible();
  const toast = screen.getByRole('region', { name: 'Last fix' });
  return { ...opened, checks, toast };
}

beforeEach(() => page.viewport(1440, 900));

describe('in the conversation', () => {
  test('as the mask changes, and a policy fix with its way back', async () => {
    const { screen, session, checks, toast } = await openChecks(CONTROL);
    await session.chooseRow(1);
    await expect.element(checks).toHaveTextContent('nothing found');
    await screen.getByRole('checkbox', { name: 'End of turn' }).click();
    await expect.element(checks).toHaveTextContent(/1 error.*The end of turn is not trained/);
    const fix = checks.getByRole('list', { name: 'Findings' }).getByRole('button').last();
    await fix.click();
    await expect.poll(() => session.mask.policy.end.train).toBe(true);
    await expect.element(checks).toHaveTextContent('nothing found');
    await expect.element(toast).toHaveTextContent(/Done: /);
    await expect.element(checks.getByRole('heading', { name: /Checks/ })).toHaveFocus();
    await toast.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => session.mask.policy.end.train).toBe(false);
    await expect.element(checks).toHaveTextContent(/The end of turn is not trained/);
    // The message is about what was done last: whatever else is done takes it away.
    await expect.element(toast).toHaveTextContent(/Taken back: /);
    await screen.getByRole('checkbox', { name: 'Thinking' }).click();
    await expect.poll(() => session.fixes.message).toBe('');
  });

  test('nothing trained is an error, here and beside the start', async () => {
    const { screen, session, checks } = await openChecks(CONTROL);
    await session.chooseRow(1);
    for (const kind of ['Answers', 'End of turn', 'Thinking', 'Tool calls'])
      await screen.getByRole('checkbox', { name: kind }).click();
    await expect.element(checks).toHaveTextContent(/Error.*No trained token/);
    const train = screen.getByRole('region', { name: 'Train', exact: true });
    await expect.element(train).toHaveTextContent(/3 errors in your data:.*No trained token/);
    await checks.getByRole('button', { name: 'Train all that the assistant writes' }).click();
    await expect.element(checks).not.toHaveTextContent(/No trained token/);
    await expect.element(train).toHaveTextContent(/1 error in your data: Content holds control tokens/);
  });

  test('a finding leads to its token, which is marked in words; why is told on demand', async () => {
    const { screen, session, checks } = await openChecks(CONTROL);
    await expect.element(checks).toHaveTextContent(/<\|im_end\|> in the content of message 1 becomes/);
    const why = checks.getByText(/The tokenizer makes real control tokens of them/);
    await checks.getByText('Why', { exact: false }).first().click();
    await expect.element(why).toBeVisible();
    await checks.getByRole('button', { name: /^Show/ }).first().click();
    const at = () => Number((document.activeElement as HTMLElement | null)?.dataset.i);
    await expect.poll(at).toBeGreaterThan(0);
    const { view } = session.mask;
    const text = view?.rendered.text.slice(view.encoded.start[at()], view.encoded.end[at()]);
    expect(text).toBe('<|im_end|>');
    await expect.poll(() => document.querySelectorAll('#mask .t[data-note]').length).toBe(1);
    const strip = screen.getByRole('listbox', { name: 'Tokens', exact: true });
    await expect.element(strip).toHaveTextContent(/⚠ warning|✕ error|ⓘ note/);
  });

  test('a fix of the conversation changes the list, and can be taken back', async () => {
    const { session, checks, toast, screen } = await openChecks(CONTROL);
    await checks.getByRole('button', { name: /^Write .* instead$/ }).click();
    await expect
      .poll(() => conversationsOf(session)[0]?.messages[0]?.content)
      .toBe('What does < |im_end|> mean?');
    await expect.element(checks).toHaveTextContent('nothing found');
    await expect.element(screen.getByRole('option', { name: /What does < \|im_end\|> mean/ })).toBeVisible();
    await toast.getByRole('button', { name: 'Undo' }).click();
    await expect
      .poll(() => conversationsOf(session)[0]?.messages[0]?.content)
      .toBe('What does <|im_end|> mean?');
    await expect.element(checks).toHaveTextContent(/becomes a real control token/);
  });

  test('a fix of a setting: merge and fork, from the mask and beside the start', async () => {
    const { screen, session, checks, toast } = await openChecks(THINKING);
    // Nobody chose a division, so the one that the data asks for is taken, and said.
    await expect.poll(() => session.train.division.strategy).toBe('fork');
    const train = screen.getByRole('region', { name: 'Train', exact: true });
    await expect.element(train).toHaveTextContent(/So merge and fork was taken/);
    await expect.element(checks).not.toHaveTextContent(/is stripped/);
    await train.getByRole('button', { name: 'Train whole conversations' }).click();
    await expect.poll(() => session.train.division.strategy).toBe('whole');
    await expect.element(checks).toHaveTextContent(/thinking of message 2 is stripped/);
    await checks.getByRole('button', { name: /^Merge and fork: train every turn/ }).click();
    await expect.poll(() => session.train.division.strategy).toBe('fork');
    await expect.element(checks).not.toHaveTextContent(/is stripped/);
    await toast.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => session.train.division.strategy).toBe('whole');
    const fork = screen.getByRole('button', { name: 'Use merge and fork' });
    await expect.element(fork).toBeVisible();
    // On policy nothing is divided: each user message is answered on its own.
    await screen.getByRole('radio', { name: 'On policy, by reward' }).click();
    await expect.element(fork).not.toBeInTheDocument();
    await screen.getByRole('radio', { name: 'From the data (SFT)' }).click();
    await fork.click();
    await expect.poll(() => session.train.division.strategy).toBe('fork');
    await expect.element(screen.getByRole('button', { name: 'Use merge and fork' })).not.toBeInTheDocument();
  });

  test('what is told of the division is hidden after a run only where that run had it for this data', async () => {
    const plain = JSON.stringify((JSON.parse(CONTROL) as object[])[1]);
    const { screen, session, engine } = await openChecks(plain);
    const train = screen.getByRole('region', { name: 'Train', exact: true });
    const told = train.getByText(/So merge and fork was taken/);
    const run = async () => {
      session.train.drafts = { ...session.train.drafts, steps: '1', epochs: '0' };
      await session.startTraining();
      await expect.poll(() => session.train.status).toBe('running');
      engine.advance();
      await expect.poll(() => session.train.active).toBe(false);
      await expect.poll(() => session.train.updates.length).toBeGreaterThan(0);
    };
    await expect.poll(() => session.lints.overview?.records).toBe(1);
    expect(session.train.division.strategy).toBe('whole');
    await run();
    // What comes later changes the next run.
    await importText(session, THINKING, 'later.json');
    await expect.poll(() => session.train.division.strategy).toBe('fork');
    await expect.element(told).toBeVisible();
    await run();
    expect(session.train.choices.forkedForData).toBe(true);
    await expect.element(told).not.toBeInTheDocument();
    // Other data is a new question, though it has the same answer.
    await session.clearData();
    await expect.poll(() => session.train.division.strategy).toBe('whole');
    await importText(session, THINKING, 'other.json');
    await expect.poll(() => session.train.division.strategy).toBe('fork');
    await expect.element(told).toBeVisible();
  });

  test('a longest sequence that cuts the answer, and the fix that keeps it', async () => {
    const { screen, session, checks } = await openChecks(THINKING);
    await screen.getByRole('textbox', { name: 'Longest sequence' }).fill('16');
    await expect.element(checks).toHaveTextContent(/Truncation removes/);
    await checks.getByRole('button', { name: /^Keep \d+ tokens$/ }).click();
    await expect.element(checks).not.toHaveTextContent(/Truncation removes/);
    await expect.poll(() => session.train.maxLength).toBe(session.mask.view?.encoded.ids.length);
  });

  test('a fix of the template: described for the shipped one, applied to one’s own', async () => {
    const { session, checks, toast } = await openChecks(CONTROL);
    await session.chooseRow(1);
    await session.changeModel(() => session.model.useTemplate(headerInside));
    const fix = checks.getByRole('button', { name: 'Begin the generation blocks after the header' });
    await fix.click();
    await expect.poll(() => session.model.own.edited !== headerInside).toBe(true);
    await expect.element(fix).not.toBeInTheDocument();
    await toast.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => session.model.own.edited).toBe(headerInside);
    const shipped = { kind: 'template', title: 'x', source: 'y' } as const;
    expect(session.fixes.block(shipped)).toBeUndefined();
    await session.changeModel(() => session.model.useTemplate(undefined));
    expect(session.fixes.block(shipped)).toMatch(/shipped model/);
  });
});

describe('over all data', () => {
  test('counts, and a click goes to the record', async () => {
    const { screen, session } = await openChecks(CONTROL);
    await session.chooseRow(1);
    const data = screen.getByRole('region', { name: 'Data' });
    await data.getByText(/^Checks: 1 /).click();
    await expect.element(data).toHaveTextContent('2 conversations checked');
    await data.getByRole('button', { name: /^Record 1/ }).click();
    await expect.poll(() => session.data.chosenRow).toBe(0);
    await data.getByRole('button', { name: /^Write .* instead$/ }).click();
    await expect.element(data.getByText('Checks: nothing found')).toBeVisible();
  });

  test('cancelled, it begins again when it is asked to', async () => {
    const { session } = await openChecks(CONTROL);
    await expect.poll(() => session.lints.overview?.records).toBe(2);
    session.mask.setPreset('axolotl');
    session.lints.all.cancel();
    await session.lints.all.refresh();
    expect(session.lints.all.fresh).toBe(false);
    await session.lints.all.resume();
    expect(session.lints.all.fresh).toBe(true);
  });
});

test.each(['light', 'dark'] as const)('axe finds nothing, %s', async (theme) => {
  const { screen, session } = await openPage({ theme });
  await importText(session, THINKING, 'chat.json');
  // As it is for who wants it so; else merge and fork is taken, and nothing is stripped.
  await expect.poll(() => session.train.choices.forkedForData).toBe(true);
  session.train.choices.divideWhole();
  const checks = screen.getByRole('region', { name: 'Checks' });
  await expect.element(checks).toHaveTextContent(/is stripped/);
  await screen.getByText(/^Checks: \d/).click();
  await checks
    .getByRole('button', { name: /^Merge and fork/ })
    .first()
    .click();
  for (const width of [1440, 390]) {
    await page.viewport(width, 900);
    const { violations } = await axe.run(document.body);
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  }
});
