/**
 * @file A completion that was opened begins where the model began to write, whether or not it is trained; what came before is
 * above it.
 */
import { expect, test } from 'vitest';
import { importText, openPage } from './setup';

const LONG = JSON.stringify({
  messages: [
    { role: 'system', content: Array.from({ length: 60 }, (_, i) => `Rule ${i}: be kind.`).join('\n') },
    { role: 'user', content: 'What day follows Thursday?' },
    { role: 'assistant', content: 'Friday.' },
    { role: 'user', content: 'And then?' },
    { role: 'assistant', content: Array.from({ length: 30 }, (_, i) => `Line ${i}.`).join('\n') },
  ],
});

test.each([
  ['a trained one', 1],
  ['one of a group without variance, which is not trained', 0],
])('%s', async (_, weight) => {
  const { screen, session } = await openPage();
  await importText(session, LONG, 'long.json');
  await expect.element(screen.getByRole('listbox', { name: 'Tokens', exact: true })).toBeVisible();
  await expect.poll(() => session.mask.view?.source.messages.length).toBe(5);
  const { encoded, source } = session.mask.view ?? expect.fail('nothing is shown');
  const { ids, kind, message } = encoded;
  const written = message.indexOf(4);
  const sequence = {
    ids,
    kind,
    // Only the last turn is the model's own.
    weights: session.mask.weights.map((own, i) => (i < written ? 0 : own * weight)),
    positions: Int32Array.from(ids, (_, i) => i),
    document: new Int32Array(ids.length).fill(1),
    origin: { conversation: source.id },
  };
  const completion = { messages: [], reactions: [], text: '', tokens: 3, thinkTokens: 0, ended: true };
  session.train.rollouts.receive(1, [
    {
      ...{ rollout: 0, group: 0, conversation: source.id, message: 3, sequence },
      ...{ completion, reward: { parts: [], total: 1 }, advantage: 0 },
    },
  ]);
  session.mask.overlay = 'advantage';
  await screen
    .getByRole('combobox', { name: 'Shown' })
    .selectOptions('completion 1 of step 1, advantage 0.00');
  const strip = screen.getByRole('listbox', { name: 'Tokens of Completion 1' });
  await expect.element(strip).toBeVisible();
  const box = strip.element();
  const group = [...box.querySelectorAll('[role="group"]')].at(-1) ?? expect.fail('no message');
  await expect
    .poll(() => Math.abs(group.getBoundingClientRect().top - box.getBoundingClientRect().top))
    .toBeLessThan(30);
  expect(group.textContent).toContain('Line·0.');
  // The keys begin there as well, and the beginning can still be gone to.
  const reached = [...box.querySelectorAll<HTMLElement>('[tabindex="0"]')];
  expect(reached.map(({ dataset }) => Number(dataset.i))).toEqual([written]);
  box.scrollTop = 0;
  await expect.poll(() => box.querySelector('[data-i="0"]'), { timeout: 20_000 }).not.toBeNull();
});
