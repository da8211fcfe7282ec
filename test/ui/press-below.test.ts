/**
 * @file A press on a control below the strip while a token has the focus. The press takes the focus from the token, so that
 * the token's details fold away between the button's going down and its coming up; what was pressed must not move meanwhile,
 * or the press would end on something else and do nothing.
 */
import { cdp, page } from 'vitest/browser';
import { afterEach, expect, test } from 'vitest';
import { frames, onScreen } from './pointer';
import { CHAT, importText, openPage } from './setup';

afterEach(() => page.viewport(1280, 900));

async function mouse(type: 'mouseMoved' | 'mousePressed' | 'mouseReleased', x: number, y: number) {
  await cdp().send('Input.dispatchMouseEvent', {
    ...{ type, ...onScreen(x, y), clickCount: 1 },
    ...(type !== 'mouseMoved' && { button: 'left' }),
  });
  await frames(3);
}

test.each([1280, 390])('is not lost as the details of the token fold away (%i px)', async (width) => {
  await page.viewport(width, 900);
  const { session, screen } = await openPage();
  await importText(session, CHAT);
  await expect.poll(() => session.compare.predictionsOf(session.mask.view?.source).base).toBeDefined();
  const details = screen.getByRole('group', { name: 'Token details' });
  const below = screen.getByText('Keys in the strip', { exact: true }).element() as HTMLElement;
  const folded = below.closest('details') ?? expect.fail('It folds no more.');
  const middle = () => {
    const { left, top, width: w, height } = below.getBoundingClientRect();
    return { x: left + Math.min(w, 80) / 2, y: top + height / 2 };
  };

  const token = document.querySelector<HTMLElement>(`#mask [data-i="${session.mask.weights.indexOf(1)}"]`);
  token?.focus();
  // Its numbers and what was likely instead: the details are taller now than without a token.
  await expect.element(details).toHaveTextContent(/Most probable here/);
  below.scrollIntoView({ block: 'center' });
  await frames(3);
  const { x, y } = middle();
  await mouse('mouseMoved', x, y);
  await mouse('mousePressed', x, y);
  await expect.poll(() => document.activeElement === token).toBe(false);
  await expect.element(details).not.toHaveTextContent(/Most probable here/);
  expect(middle().y).toBeCloseTo(y, 0);
  await mouse('mouseReleased', x, y);
  await expect.poll(() => folded.open).toBe(true);
});
