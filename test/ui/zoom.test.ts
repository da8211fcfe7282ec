/**
 * @file The page enlarged to 200%: as the browser does it, which is a window of half the size, and by larger type alone.
 * Nothing is lost, nothing lies over another thing, and the page is never wider than the window.
 */
import { page } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { STEPS } from '../../src/state/layout.svelte';
import { CHAT, importText, openPage } from './setup';

afterEach(async () => {
  document.documentElement.style.fontSize = '';
  await page.viewport(1280, 900);
});

/** What scrolls sideways by itself, such as a toolbar or a table, may hold what is wider than the window. */
function scrollsSideways(element: Element): boolean {
  for (let outer = element.parentElement; outer && outer !== document.body; outer = outer.parentElement)
    if (/auto|scroll/.test(getComputedStyle(outer).overflowX)) return true;
  return false;
}

/** Controls that can be seen, with what of each lies outside the page. */
function controls(): { name: string; outside: boolean; clipped: boolean }[] {
  const width = document.documentElement.clientWidth;
  return [
    ...document.querySelectorAll<HTMLElement>('main :is(button, input, select, textarea, a[href], summary)'),
  ]
    .filter((element) => element.checkVisibility({ checkVisibilityCSS: true }))
    .filter((element) => !element.closest('.visually-hidden') && !element.matches('.visually-hidden'))
    .map((element) => {
      const { left, right } = element.getBoundingClientRect();
      const name = element.getAttribute('aria-label') ?? element.textContent?.trim() ?? element.id;
      const style = getComputedStyle(element);
      const cuts = style.overflowX === 'hidden' && element.scrollWidth > element.clientWidth + 1;
      const scrolls = scrollsSideways(element);
      return {
        name: `${element.tagName} ${name}`,
        outside: !scrolls && (left < -1 || right > width + 1),
        clipped: cuts,
      };
    });
}

async function filled() {
  const opened = await openPage();
  const { session, engine } = opened;
  await importText(session, CHAT);
  engine.script = [...(session.mask.view?.encoded.ids.slice(-12, -1) ?? [])];
  await session.startTraining();
  for (let i = 0; i < 30; i++) engine.advance();
  await expect.poll(() => session.compare.scoresOf(session.data.chosen).tuned).toBeDefined();
  return opened;
}

/** The page does not scroll sideways, and no control is out of reach. */
async function expectWhole(about = ''): Promise<void> {
  const message = about;
  const wider = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  await expect.poll(wider, { message }).toBeLessThanOrEqual(0);
  await expect
    .poll(() => controls().filter(({ outside, clipped }) => outside || clipped), { message })
    .toEqual([]);
}

describe.each([
  ['1280 × 900 at 200%', 640, 450],
  ['1280 × 720 at 400%', 320, 180],
] as const)('%s', (_, width, height) => {
  test('every step is there, whole, and no function less', async () => {
    const { layout, screen } = await filled();
    // What a name says of the present, such as how far a check is, changes meanwhile.
    const lasting = ({ name }: { name: string }) => name.replace(/:.*$/s, '');
    const all = new Set(controls().map(lasting));
    await page.viewport(width, height);
    const seen = new Set<string>();
    for (const step of STEPS) {
      layout.show(step);
      await expect.poll(() => document.getElementById(step)?.checkVisibility()).toBe(true);
      // Narrow panels are drawn in another way: in the next frame.
      await new Promise((resolve) => setTimeout(resolve, 100));
      await expectWhole(step);
      for (const control of controls()) seen.add(lasting(control));
    }
    // Folding and widths are what a narrow page does without; the keys and the theme are in its header.
    const less = () => [...all].filter((name) => !seen.has(name) && !/Content of step/.test(name));
    // What came late in a step is there by now.
    for (const step of less().length ? STEPS : []) {
      layout.show(step);
      await expect.poll(() => document.getElementById(step)?.checkVisibility()).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 500));
      for (const control of controls()) seen.add(lasting(control));
    }
    expect(less()).toEqual([]);
    for (const name of ['Keys', 'Dark theme'])
      await expect.element(screen.getByRole('button', { name })).toBeVisible();
  }, 60_000);
});

test('type of twice the size in a window of 1280', async () => {
  await filled();
  document.documentElement.style.fontSize = '200%';
  await expect.poll(() => getComputedStyle(document.body).fontSize).toBe('30px');
  await new Promise((resolve) => setTimeout(resolve, 200));
  await expect.poll(() => controls().length).toBeGreaterThan(20);
  await expectWhole();
}, 60_000);
