/**
 * @file What is shown belongs to the mask as it is now: two strategies are held against each other only when both are of the
 * same mask, and an advantage lies only on tokens that the mask trains.
 */
import { page } from 'vitest/browser';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Strategy } from '../../src/sequence/strategy';
import type { FakeText } from './fakes';
import { importText, openPage } from './setup';

beforeEach(() => page.viewport(1440, 900));

describe('two strategies side by side', () => {
  /** Divisions of that strategy wait from now on, until what is returned is called. */
  function holdDivision(text: FakeText, strategy: Strategy): () => void {
    const divide = text.divide.bind(text);
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    text.divide = async (request, ...more) => {
      if (request.strategy === strategy) await held;
      return divide(request, ...more);
    };
    return () => {
      text.divide = divide;
      release();
    };
  }

  test('are not compared while one of them is still that of another mask', async () => {
    const { session, screen, text } = await openPage();
    await session.openLesson('thread');
    const panel = screen.getByRole('region', { name: 'Training sequences' });
    const difference = panel.getByRole('group', { name: 'Differences between the two' });
    const marks = () => panel.element().querySelectorAll('.t[data-diff]').length;
    const trained = (side: RegExp) =>
      panel.getByRole('group', { name: side }).element().querySelectorAll('.t[data-bar]').length;
    await expect.element(difference).toHaveTextContent(/Of 192 tokens that either trains/);
    await expect.poll(marks).toBeGreaterThan(0);
    const before = trained(/^Left/);

    const release = holdDivision(text, 'fork');
    const { policy } = session.mask;
    session.mask.setPolicy({ ...policy, think: { ...policy.think, train: false } });
    await expect.poll(() => trained(/^Left/)).toBeLessThan(before);
    // The right side has not come: whatever the left now lacks is no difference of the two strategies.
    await expect.element(difference).not.toBeInTheDocument();
    await expect.poll(marks).toBe(0);

    release();
    // Without its thinking, the thread is trained alike by both.
    await expect.element(difference).toHaveTextContent(/Both train the same \d+ tokens/);
    await expect.poll(marks).toBe(0);
  });
});

describe('the advantage on the strip', () => {
  const rated = (answer: string, reward: number) => ({
    messages: [
      { role: 'user', content: 'What day follows Thursday?' },
      { role: 'assistant', reasoning_content: 'I know this.', content: answer },
    ],
    reward,
  });

  test('goes with a segment that is masked, and with a token that is masked by hand, and comes back', async () => {
    const { session, screen } = await openPage();
    await importText(session, JSON.stringify([rated('Friday.', 1), rated('Saturday.', 0)]), 'rated.json');
    const { mask } = session;
    await expect.poll(() => mask.view).toBeDefined();
    mask.overlay = 'advantage';
    const heated = () =>
      [...document.querySelectorAll<HTMLElement>('#mask .t[data-heat]')].map(({ dataset }) =>
        Number(dataset.i),
      );
    const trained = () => Array.from(mask.weights).flatMap((weight, i) => (weight ? [i] : []));
    await expect.poll(heated).toEqual(trained());
    const all = trained().length;
    await screen.getByRole('checkbox', { name: 'Thinking' }).click();
    await expect.poll(() => trained().length).toBeLessThan(all);
    await expect.poll(heated).toEqual(trained());
    const [first = expect.fail('nothing is trained')] = trained();
    mask.selection.start(first);
    mask.edit(0);
    await expect.poll(() => trained()[0]).toBeGreaterThan(first);
    await expect.poll(heated).toEqual(trained());
    await screen.getByRole('checkbox', { name: 'Thinking' }).click();
    await expect.poll(() => trained().length).toBe(all - 1);
    await expect.poll(heated).toEqual(trained());
  });
});
