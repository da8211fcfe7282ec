/**
 * @file A completion that was opened begins where the model began to write, whether or not it is trained; what came before is
 * above it. Its characters are whole.
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

type Opened = Awaited<ReturnType<typeof openPage>>;

/**
 * The strip of a completion: of what is shown, of which the last turn is the model's own.
 *
 * @param weight of what the model wrote
 * @param cut so many tokens of it; all by default
 */
async function openCompletion({ screen, session }: Opened, weight: number, cut?: number) {
  const { encoded, source } = session.mask.view ?? expect.fail('nothing is shown');
  const { ids, kind, message } = encoded;
  const written = message.indexOf(source.messages.length - 1);
  const length = cut ?? ids.length;
  const sequence = {
    ids: ids.slice(0, length),
    kind: kind.slice(0, length),
    // Only the last turn is the model's own.
    weights: session.mask.weights.slice(0, length).map((own, i) => (i < written ? 0 : own * weight)),
    positions: Int32Array.from({ length }, (_, i) => i),
    document: new Int32Array(length).fill(1),
    origin: { conversation: source.id },
  };
  const completion = { messages: [], reactions: [], text: '', tokens: 3, thinkTokens: 0, ended: true };
  session.train.rollouts.receive(1, [
    {
      ...{ rollout: 0, group: 0, conversation: source.id, message: source.messages.length - 2, sequence },
      ...{ completion, reward: { parts: [], total: 1 }, advantage: 0 },
    },
  ]);
  session.mask.overlay = 'advantage';
  await screen
    .getByRole('combobox', { name: 'Shown' })
    .selectOptions('completion 1 of step 1, advantage 0.00');
  const strip = screen.getByRole('listbox', { name: 'Tokens of Completion 1' });
  await expect.element(strip).toBeVisible();
  return { strip, written };
}

test.each([
  ['a trained one', 1],
  ['one of a group without variance, which is not trained', 0],
])('%s', async (_, weight) => {
  const opened = await openPage();
  const { screen, session } = opened;
  await importText(session, LONG, 'long.json');
  await expect.element(screen.getByRole('listbox', { name: 'Tokens', exact: true })).toBeVisible();
  await expect.poll(() => session.mask.view?.source.messages.length).toBe(5);
  const { strip, written } = await openCompletion(opened, weight);
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

test('characters are whole, also where several tokens make one up; what was cut off within one is shown as bytes', async () => {
  const opened = await openPage();
  const { session } = opened;
  const messages = [
    { role: 'user', content: '天气?' },
    { role: 'assistant', content: '你好, 👍🏽 שלé' },
  ];
  await importText(session, JSON.stringify({ messages }), 'scripts.json');
  await expect.poll(() => session.mask.view?.source.messages[0]?.content).toBe('天气?');
  const { encoded, rendered } = session.mask.view ?? expect.fail('nothing is shown');
  const last = encoded.start.indexOf(rendered.text.indexOf('é'));
  const { strip, written } = await openCompletion(opened, 1, last + 1);
  await expect.element(strip).toBeVisible();
  await expect.poll(() => strip.element().querySelectorAll('.t').length).toBe(last + 1);
  const tokens = [...strip.element().querySelectorAll<HTMLElement>('.t')];
  const drawn = tokens.map(({ dataset: { bytes }, textContent }) =>
    [bytes ?? [], textContent].flat().join('|'),
  );
  const begin = encoded.start.indexOf(rendered.text.indexOf('你'));
  expect(begin).toBeGreaterThan(written);
  const rest = (...bytes: number[]) => bytes.map((byte) => `${byte}|`);
  expect(drawn.slice(begin)).toEqual([
    ...['你', ...rest(2, 3), '好', ...rest(2, 3), ',', '·', '👍🏽', ...rest(2, 3, 4, 5, 6, 7, 8)],
    ...['·', 'ש', ...rest(2), 'ל', ...rest(2), '\\xC3'],
  ]);
  expect(tokens[begin + 1]?.ariaLabel).toBe('byte 2 of the 3 of 你');
});
