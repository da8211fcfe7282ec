/**
 * @file What both models wrote in Compare, as it is shown: thinking folded, each token with its probability.
 */
import { userEvent } from 'vitest/browser';
import { describe, expect, test } from 'vitest';
import { readTokenizer } from './chat-support';
import { CHAT, importText, openPage } from './setup';

describe('what both wrote', () => {
  test('thinking is folded with its number of tokens, and opened by keyboard', async () => {
    const { says, ids } = await readTokenizer();
    const { screen, engine, session } = await openPage({ step: 'compare' });
    await importText(session, CHAT);
    engine.scripts.push(says('Friday.'), ids('<think>\nHm.<|im_end|>'));
    await screen.getByRole('button', { name: 'Write both' }).click();
    const original = screen.getByRole('region', { name: 'Original: text' });
    await expect.element(original.getByText('Friday', { exact: true })).toBeVisible();
    const fold = original.getByText(/^Thinking, \d+ tokens$/);
    const thought = original.getByTitle(/^think: .*%\)/);
    await expect.element(fold).toBeVisible();
    await expect.element(thought.first()).not.toBeVisible();
    // White space behind it is folded with it, as in the chat.
    const folded = fold.element().closest('details')?.querySelectorAll('span').length;
    expect(fold.element().textContent).toBe(`Thinking, ${folded} tokens`);
    expect(folded).toBeGreaterThanOrEqual(thought.elements().length);
    (original.element() as HTMLElement).focus();
    await userEvent.keyboard('{Tab}{Enter}');
    await expect.element(thought.first()).toBeVisible();
    await expect.element(original.getByTitle(/^answer: .*%\)/).first()).toBeVisible();
    await expect.element(original.getByText(/thinking alone/)).not.toBeInTheDocument();
    const tuned = screen.getByRole('region', { name: 'Tuned: text' });
    await expect.element(tuned.getByText('It wrote thinking alone, and no answer.')).toBeVisible();
  });
});
