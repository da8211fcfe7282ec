/**
 * @file What an objective leaves out is said where one looks: beside the mask, before a run, and at the rating in the chat. On a phone
 * the last loss stands beside the buttons.
 */
import { page } from 'vitest/browser';
import { beforeAll, expect, test } from 'vitest';
import { openChat, PATIENCE, readTokenizer } from './chat-support';
import { MemoryPart } from '../../src/state/data-list';
import { conversationsOf, importText, openPage } from './setup';

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

  session.train.division = { ...session.train.division, strategy: 'fork' };
  const divided = screen.getByText(/^Shown whole\. A run divides it by “Merge and fork”/);
  await expect.element(divided).toBeVisible();

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
  // Nor is any counted as trained anywhere else.
  await expect.element(verdict).toHaveTextContent(/tokens would be trained by this mask$/);
  await expect.element(divided).not.toBeInTheDocument();
  await expect.element(top).toHaveTextContent(/for new answers/);
  await expect.element(first).toHaveTextContent(/labelled bad · 1 turn · \d+ tokens$/);
  await screen.getByRole('button', { name: 'Compare the ways to divide it' }).click();
  const divides = screen.getByText(/^The chosen objective trains what the model writes and divides no/);
  await expect.element(divides).toBeVisible();
  session.train.objective.choose('kto');
  await expect.element(divides).not.toBeInTheDocument();
  await expect.element(first).toHaveTextContent(/\d+ of \d+ trained$/);
});

test('beside the reward stands a label, and what it counts as where no reward is given', async () => {
  await page.viewport(1440, 900);
  const { screen, session } = await openPage();
  await importText(session, DATA);
  const group = screen.getByRole('group', { name: 'Reward of this conversation' });
  const says = (text: string) => expect.element(group).toHaveTextContent(text);
  await says('none; labelled bad, which counts as 0');
  await session.chooseRow(1);
  await says('none; labelled good, which counts as 1');
  await session.chooseRow(2);
  await expect.element(group.getByRole('status').first()).toHaveTextContent(/^none$/);
  await session.chooseRow(0);
  await says('labelled bad, which');
  await group.getByRole('button', { name: 'Good: reward 1' }).click();
  await says('1.00 (labelled bad)');
  const pair = {
    prompt: [{ role: 'user', content: 'Which?' }],
    chosen: [{ role: 'assistant', content: 'This.' }],
    rejected: [{ role: 'assistant', content: 'That.' }],
  };
  await importText(session, JSON.stringify(pair), 'pair.jsonl');
  await says('none; the chosen completion counts as 1, the rejected one as 0');
});

test('while a threshold is being typed, rows and counts keep what was said of the number before', async () => {
  await page.viewport(1440, 900);
  const { screen, session } = await openPage();
  await importText(session, DATA);
  const { objective } = session.train;
  objective.choose('raft');
  objective.drafts = { ...objective.drafts, keepFrom: '0.5' };
  const low = screen.getByRole('option', { name: /What is 3/ });
  const good = screen.getByRole('option', { name: /What is 1/ });
  await expect.element(low, PATIENCE).toHaveTextContent(/left out/);
  await expect.element(good).toHaveTextContent(/trained$/);
  await session.chooseRow(3);
  const why = screen.getByText(/its reward of 0\.25 is lower than 0\.5/);
  await expect.element(why, PATIENCE).toBeVisible();
  const use = screen.getByText(/^RAFT leaves out 2 conversations with a reward below 0\.5/);
  await expect.element(use).toBeVisible();

  const field = screen.getByRole('textbox', { name: /^Keep from reward/ });
  for (const typed of ['', '-', '1e']) {
    await field.fill(typed);
    await expect
      .element(screen.getByText('A setting of the objective needs correcting.').first())
      .toBeVisible();
    await expect.element(low).toHaveTextContent(/left out/);
    await expect.element(good).toHaveTextContent(/trained$/);
    await expect.element(why).toBeVisible();
    await expect.element(use).toBeVisible();
    await expect.element(screen.getByText(/^RAFT: 30 steps on 1 of 4 conversations\./)).toBeVisible();
  }
  await field.fill('0.25');
  await expect.element(low).toHaveTextContent(/trained$/);
  await expect.element(why).not.toBeInTheDocument();
  await expect.element(screen.getByText(/^RAFT: 30 steps on 2 of 4 conversations\./)).toBeVisible();
});

test('while a large file is read the page says that it counts; where the file is gone, no count', async () => {
  await page.viewport(1440, 900);
  const { screen, session } = await openPage();
  await importText(session, DATA);
  const left = screen.getByText('SFT leaves out 1 conversation labelled bad.');
  const counting = screen.getByText('Counting what SFT leaves out…');
  await expect.element(left, PATIENCE).toBeVisible();
  await expect.element(counting).not.toBeInTheDocument();
  const all = conversationsOf(session);

  /** As if these were in a file that is read whole only when told so. */
  const inFile = (name: string, whole: Promise<void>) => {
    const part = new MemoryPart(
      all.map((one) => ({ ...one, id: `${name} ${one.id}` })),
      [],
      { name },
    );
    const read = part.read.bind(part);
    return Object.assign(part, {
      inFile: true,
      read: async (rows: readonly number[]) => {
        if (rows.length > 1) await whole;
        return read(rows);
      },
    });
  };
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await session.data.replaceAll([inFile('slow', released)], 'another file');
  await expect.element(counting, PATIENCE).toBeVisible();
  await expect.element(left).not.toBeInTheDocument();
  const outlook = screen.getByText(/^SFT: 30 steps on at most 4 conversations\./);
  await expect.element(outlook).toBeVisible();
  expect(session.train.objective.data).toBeUndefined();
  release();
  await expect.element(left).toBeVisible();
  await expect.element(counting).not.toBeInTheDocument();
  await expect.element(screen.getByText(/^SFT: 30 steps on 3 of 4 conversations\./)).toBeVisible();

  await session.data.replaceAll([inFile('gone', Promise.reject(new Error('gone')))], 'a file that is gone');
  await expect.element(outlook).toBeVisible();
  await expect.element(left).not.toBeInTheDocument();
  await expect.element(counting).not.toBeInTheDocument();
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
