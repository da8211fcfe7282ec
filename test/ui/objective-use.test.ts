/**
 * @file What an objective leaves out is said where one looks: beside the mask, before a run, and at the rating in the chat. On a phone
 * the last loss stands beside the buttons.
 */
import { page } from 'vitest/browser';
import { beforeAll, expect, test } from 'vitest';
import { openChat, PATIENCE, readTokenizer } from './chat-support';
import { importText, openPage } from './setup';

let says: (text: string) => number[];
beforeAll(async () => {
  ({ says } = await readTokenizer());
});

const DATA = JSON.stringify(
  [{ label: false }, { label: true }, {}, { reward: 0.25 }].map((more, i) => ({
    messages: [
      { role: 'user', content: `What is ${i}?` },
      { role: 'assistant', content: 'A number.' },
    ],
    ...more,
  })),
);

test('a mask says that the objective leaves its conversation out, and a run on how many it learns', async () => {
  await page.viewport(1440, 900);
  const { screen, session } = await openPage();
  await importText(session, DATA);
  const verdict = screen.getByText(/^\d+ of \d+ tokens (are|would be) trained/);
  const left = screen.getByText(/^SFT leaves this conversation out: it is labelled bad/);
  await expect.element(left, PATIENCE).toBeVisible();
  await expect.element(verdict).toHaveTextContent(/tokens would be trained by this mask$/);
  await expect.element(screen.getByText(/^SFT: 30 steps on 3 of 4 conversations\./)).toBeVisible();
  await expect.element(screen.getByText('SFT leaves out 1 conversation labelled bad.')).toBeVisible();

  const first = screen.getByRole('option', { name: /What is 0/ });
  await expect.element(first).toHaveTextContent(/labelled bad · 1 turn · left out, \d+ tokens$/);
  await expect
    .element(screen.getByRole('option', { name: /What is 1/ }))
    .toHaveTextContent(/labelled good · 1 turn · \d+ of \d+ trained$/);
  const top = screen.getByRole('link', { name: /^Mask/ }).first();
  await expect.element(top).toHaveTextContent(/left out/);

  await session.chooseRow(1);
  await expect.element(verdict).toHaveTextContent(/tokens are trained$/);
  await expect.element(top).toHaveTextContent(/\d+ of \d+ trained/);
  await expect.element(left).not.toBeInTheDocument();
  await session.chooseRow(3);
  await expect.element(screen.getByText(/^SFT reads no rewards, and trains this conversation/)).toBeVisible();

  session.train.objective.choose('raft');
  await expect
    .element(screen.getByText(/^RAFT leaves this conversation out: its reward of 0\.25 is lower than 1/))
    .toBeVisible();
  await expect.element(screen.getByText(/^RAFT: 30 steps on 1 of 4 conversations\./)).toBeVisible();
  await expect
    .element(
      screen.getByText('RAFT leaves out 2 conversations with a reward below 1 and 1 without a reward.'),
    )
    .toBeVisible();
  // None is left: why stands at the button.
  const { drafts } = session.train.objective;
  session.train.objective.drafts = { ...drafts, keepFrom: '2' };
  await expect.element(screen.getByText(/^Nothing is left to learn from: RAFT leaves out 3/)).toBeVisible();
  session.train.objective.choose('grpo');
  await expect.element(screen.getByText(/^GRPO trains none of these tokens/)).toBeVisible();
});

test('the same answer rated good and bad: said when it is rated, at both', async () => {
  const { say, button, column, screen, session } = await openChat();
  await button('Compare with another model').click();
  await say('Is it cold?', says('Yes, it is.'), says('Yes, it is.'));
  await column('Model 1').getByRole('button', { name: 'Good: reward 1' }).click();
  await expect.poll(() => session.data.list.length).toBe(1);
  const note = screen.getByText(/^The same answer was rated differently elsewhere in this chat/);
  await expect.element(note).not.toBeInTheDocument();
  await column('Model 2').getByRole('button', { name: 'Bad: reward 0' }).click();
  await expect.poll(() => note.elements().length).toBe(2);
  await column('Model 2').getByRole('button', { name: 'Good: reward 1' }).click();
  await expect.poll(() => note.elements().length).toBe(0);
});

test('on a phone the loss of a single step stands beside its button', async () => {
  await page.viewport(390, 844);
  const { screen, session } = await openPage({ step: 'train' });
  await importText(session, DATA);
  await expect.poll(() => session.trainBlock, PATIENCE).toBeUndefined();
  const step = screen.getByRole('button', { name: 'Single step', exact: true });
  await step.click();
  const last = screen.getByText(/^Loss at step 1: \d+\.\d{3}$/);
  await expect.element(last, PATIENCE).toBeInViewport();
  expect(last.element().textContent).toContain(session.train.updates.at(-1)?.loss.toFixed(3));
  await page.viewport(1440, 900);
  await expect.element(last).not.toBeVisible();
});
