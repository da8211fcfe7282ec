/**
 * @file How the page is laid out: panels fold, columns are made wider, a narrow page shows one step at a time; and what
 * of it is kept.
 */
import { page, userEvent } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { LayoutState, STEPS, STRIP_HEIGHT, WIDTHS } from '../../src/state/layout.svelte';
import { CHAT, importText, openPage } from './setup';

const WIDE = [1280, 900] as const;

afterEach(async () => {
  await page.viewport(...WIDE);
  history.replaceState(null, '', location.pathname + location.search);
});

/** Storage that a test looks into. */
function memory(initial?: string) {
  const kept = new Map(initial === undefined ? [] : [['losslight.layout', initial]]);
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}

const pressed = (element: Element, key: string) => {
  (element as HTMLElement).focus();
  return userEvent.keyboard(key);
};

describe('folding', () => {
  test('a panel folds to its heading and its state, by keyboard, and the focus stays', async () => {
    const { screen, session } = await openPage();
    await importText(session, CHAT);
    const fold = screen.getByRole('button', { name: 'Content of step 2' });
    await expect.element(fold).toHaveAttribute('aria-expanded', 'true');
    await pressed(fold.element(), '{Enter}');
    await expect.element(fold).toHaveAttribute('aria-expanded', 'false');
    await expect.element(fold).toHaveFocus();
    await expect.element(screen.getByRole('listbox', { name: 'Conversations' })).not.toBeInTheDocument();
    const data = screen.getByRole('region', { name: 'Data', exact: true });
    await expect.element(data.getByText('2 conversations', { exact: true })).toBeVisible();
    await userEvent.keyboard(' ');
    await expect.element(screen.getByRole('listbox', { name: 'Conversations' })).toBeVisible();
  });

  test('a link to a folded step unfolds it', async () => {
    const { screen, layout } = await openPage();
    layout.fold('compare', true);
    const fold = screen.getByRole('button', { name: 'Content of step 5' });
    await expect.element(fold).toHaveAttribute('aria-expanded', 'false');
    await screen.getByRole('link', { name: /^Compare/ }).click();
    await expect.element(fold).toHaveAttribute('aria-expanded', 'true');
  });

  test('is found by the browser’s search: its content is hidden until then', async () => {
    const { layout } = await openPage();
    layout.fold('train', true);
    const content = document.getElementById('train-content');
    await expect.poll(() => content?.getAttribute('hidden')).toBe('until-found');
    content?.dispatchEvent(new Event('beforematch', { bubbles: true }));
    await expect.poll(() => content?.hasAttribute('hidden')).toBe(false);
    expect(layout.isFolded('train')).toBe(false);
  });
});

describe('column widths', () => {
  test('by keys: a step, the limits, the usual width', async () => {
    const { screen } = await openPage();
    const line = screen.getByRole('separator', { name: 'Width of Model and Data' });
    const side = () => document.getElementById('side')?.getBoundingClientRect().width;
    const { min, max, usual } = WIDTHS.side;
    await expect.element(line).toHaveAttribute('aria-valuenow', String(usual));
    expect(side()).toBe(usual);
    await pressed(line.element(), '{ArrowRight}');
    await expect.element(line).toHaveAttribute('aria-valuenow', String(usual + 16));
    await expect.poll(side).toBe(usual + 16);
    await userEvent.keyboard('{End}');
    await expect.poll(side).toBe(max);
    await userEvent.keyboard('{ArrowRight}{Home}{ArrowLeft}');
    await expect.poll(side).toBe(min);
    await userEvent.keyboard('{Enter}');
    await expect.poll(side).toBe(usual);
    await expect.element(line).toHaveAttribute('aria-valuetext', `${usual} pixels`);
  });

  test('by dragging', async () => {
    const { screen, layout } = await openPage();
    const line = screen.getByRole('separator', { name: 'Width of Model and Data' }).element() as HTMLElement;
    // A pointer that the test invents cannot be captured.
    line.setPointerCapture = () => {};
    const pointer = (type: string, clientX: number) =>
      line.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1, button: 0, clientX }));
    pointer('pointerdown', 300);
    pointer('pointermove', 350);
    expect(layout.width('side')).toBe(WIDTHS.side.usual + 50);
    pointer('pointermove', 5000);
    expect(layout.width('side')).toBe(WIDTHS.side.max);
    pointer('pointerup', 5000);
    pointer('pointermove', 300);
    expect(layout.width('side')).toBe(WIDTHS.side.max);
  });
});

describe('the strip’s height', () => {
  const LONG = JSON.stringify([
    {
      messages: Array.from({ length: 16 }, (_, i) => ({
        role: i % 2 ? 'assistant' : 'user',
        content: `This is message ${i} of a long conversation.`,
      })),
    },
  ]);
  async function openStrip(data: string) {
    const opened = await openPage();
    await importText(opened.session, data);
    const { screen } = opened;
    const strip = screen.getByRole('listbox', { name: 'Tokens', exact: true });
    await expect.element(strip).toBeVisible();
    const line = screen.getByRole('separator', { name: 'Height of the strip' });
    await expect.element(line).toBeVisible();
    const height = () => (strip.element() as HTMLElement).offsetHeight;
    const scrolls = () => strip.element().scrollHeight > strip.element().clientHeight;
    const pointer = (type: string, clientY: number) => {
      const element = line.element() as HTMLElement;
      element.setPointerCapture = () => {};
      element.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1, button: 0, clientY }));
    };
    return { ...opened, strip, line, height, scrolls, pointer };
  }

  test('by keys and by dragging: a step, the limits, the usual height; a trembling press moves nothing', async () => {
    const { layout, line, height, scrolls, pointer } = await openStrip(LONG);
    await expect.poll(scrolls).toBe(true);
    const usual = height();
    await pressed(line.element(), '{ArrowUp}');
    await expect.poll(height).toBe(usual - 32);
    await expect.element(line).toHaveAttribute('aria-valuenow', String(usual - 32));
    await userEvent.keyboard('{Home}');
    await expect.poll(height).toBe(STRIP_HEIGHT.min);
    await userEvent.keyboard('{Enter}');
    await expect.poll(height).toBe(usual);
    expect(layout.strip).toBeUndefined();
    pointer('pointerdown', 500);
    pointer('pointermove', 502);
    expect(layout.strip).toBeUndefined();
    pointer('pointermove', 400);
    await expect.poll(height).toBe(usual - 100);
    pointer('pointerup', 400);
    pointer('pointermove', 300);
    expect(layout.strip).toBe(usual - 100);
    await pressed(line.element(), '{End}');
    await expect.poll(scrolls).toBe(false);
    const { value } = line.element().attributes.getNamedItem('aria-valuemax') ?? expect.fail('no end');
    expect(Number(value)).toBeLessThanOrEqual(STRIP_HEIGHT.max);
    expect(height()).toBeGreaterThan(usual);
  });

  test('a short conversation, all of which is shown, decides nothing for longer ones', async () => {
    const { layout, line, scrolls, pointer } = await openStrip(CHAT);
    expect(scrolls()).toBe(false);
    await pressed(line.element(), '{End}');
    await userEvent.keyboard('{ArrowDown}');
    pointer('pointerdown', 500);
    pointer('pointermove', 600);
    pointer('pointerup', 600);
    expect(layout.strip).toBeUndefined();
  });

  test('what is read out follows the window and the conversation', async () => {
    const { line, height, session } = await openStrip(LONG);
    const now = () => Number(line.element().getAttribute('aria-valuenow'));
    await expect.poll(now).toBe(height());
    const before = now();
    await page.viewport(1280, 500);
    await expect.poll(() => height() < before).toBe(true);
    await expect.poll(now).toBe(height());
    await importText(session, CHAT, 'short.json');
    await expect
      .poll(() => now() === height() && Number(line.element().getAttribute('aria-valuemax')) === height())
      .toBe(true);
  });

  test('of two strips in one column it names both, and is where the pointer is', async () => {
    await page.viewport(760, 1400);
    const { screen, layout, strip, line, height, pointer } = await openStrip(LONG);
    await screen
      .getByRole('region', { name: 'Mask', exact: true })
      .getByText('View', { exact: true })
      .click();
    await screen.getByRole('combobox', { name: 'Compare with' }).selectOptions('preset:torchtune-last');
    await screen.getByRole('checkbox', { name: 'Side by side' }).click();
    const other = screen.getByRole('listbox', { name: /^Tokens under / });
    await expect.element(other).toBeVisible();
    const left = (of: typeof strip) => of.element().getBoundingClientRect().left;
    await expect.poll(() => left(strip) === left(other)).toBe(true);
    const named = () => (line.element().getAttribute('aria-controls') ?? '').split(' ');
    await expect.poll(named).toEqual([strip.element().id, other.element().id]);
    const usual = height();
    const top = () => line.element().getBoundingClientRect().top;
    const from = top();
    pointer('pointerdown', 500);
    pointer('pointermove', 400);
    await expect.poll(height).toBe(usual - 50);
    expect(layout.strip).toBe(usual - 50);
    await expect.poll(top).toBeCloseTo(from - 100, -1);
    pointer('pointerup', 400);
  });
});

describe('what is kept', () => {
  test('folds, widths and whether single keys work', () => {
    const storage = memory();
    const first = new LayoutState(storage);
    first.fold('train', true);
    first.resize('side', 333);
    first.keys = false;
    const second = new LayoutState(storage);
    expect([second.isFolded('train'), second.isFolded('data')]).toEqual([true, false]);
    expect([second.width('side'), second.width('lesson')]).toEqual([333, WIDTHS.lesson.usual]);
    expect(second.keys).toBe(false);
    second.fold('train', false);
    expect(new LayoutState(storage).isFolded('train')).toBe(false);
  });

  test.each([
    'nonsense',
    'null',
    '[]',
    '{"folded":"train","widths":3,"keys":"no"}',
    '{"folded":[1,null],"widths":{"side":"wide","lesson":null}}',
  ])('storage that holds %s is as good as none', (text) => {
    const layout = new LayoutState(memory(text));
    expect(layout.isFolded('train')).toBe(false);
    expect([layout.width('side'), layout.width('lesson')]).toEqual([WIDTHS.side.usual, WIDTHS.lesson.usual]);
    expect(layout.keys).toBe(true);
  });

  test('a width beyond the limits is the limit, and a full storage loses nothing but the next visit', () => {
    const layout = new LayoutState(memory('{"widths":{"side":9999}}'));
    expect(layout.width('side')).toBe(WIDTHS.side.max);
    const full = new LayoutState({
      getItem: () => null,
      setItem: () => {
        throw new DOMException('Full', 'QuotaExceededError');
      },
    });
    full.fold('data', true);
    expect(full.isFolded('data')).toBe(true);
  });
});

describe('on a phone', () => {
  const regions = () =>
    [...document.querySelectorAll<HTMLElement>('main section[id]')]
      .filter((section) => section.checkVisibility())
      .map(({ id }) => id)
      .filter((id) => STEPS.some((step) => step === id) || id === 'sequences');

  test('the strip of a step that is away keeps its tokens, so that nothing wraps anew when it comes back', async () => {
    await page.viewport(390, 844);
    const { session, layout } = await openPage();
    await importText(session, CHAT);
    const tokens = () => document.querySelectorAll('#mask [data-i]').length;
    await expect.poll(tokens).toBeGreaterThan(10);
    const before = tokens();
    layout.show('train');
    await expect.poll(() => document.getElementById('mask')?.checkVisibility()).toBe(false);
    // What watches the tokens is told in the frames after.
    for (let i = 0; i < 3; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(tokens()).toBe(before);
  });

  test('one step at a time: the bar, next and previous; the focus goes to the heading', async () => {
    await page.viewport(390, 844);
    const { screen, session } = await openPage({ step: 'data' });
    await importText(session, CHAT);
    await expect.poll(regions).toEqual(['data']);
    const bar = screen.getByRole('navigation', { name: 'Page', exact: true });
    await expect.element(bar.getByRole('link', { name: /^Data/ })).toHaveAttribute('aria-current', 'step');
    await screen.getByRole('link', { name: 'Next: Mask' }).click();
    await expect.poll(regions).toEqual(['mask', 'sequences']);
    await expect.poll(() => document.activeElement?.id).toBe('mask-title');
    expect(location.hash).toBe('#mask');
    await bar.getByRole('link', { name: /^Compare/ }).click();
    await expect.poll(regions).toEqual(['compare']);
    await expect.element(screen.getByRole('link', { name: /^Next/ })).not.toBeInTheDocument();
    await screen.getByRole('link', { name: 'Train', exact: true }).click();
    await expect.poll(regions).toEqual(['train']);
    history.back();
    await expect.poll(regions).toEqual(['compare']);
    // Wide again: everything is there.
    await page.viewport(...WIDE);
    await expect.poll(regions).toEqual(['model', 'data', 'mask', 'sequences', 'train', 'compare']);
  });

  test('an address leads to its step, and one that names none changes nothing', async () => {
    await page.viewport(390, 844);
    history.replaceState(null, '', '#train');
    await openPage({ step: 'data' });
    await expect.poll(regions).toEqual(['train']);
    history.replaceState(null, '', '#main');
    window.dispatchEvent(new HashChangeEvent('hashchange'));
    expect(regions()).toEqual(['train']);
  });

  test('what was typed in a step is still there when one comes back', async () => {
    await page.viewport(390, 844);
    const { screen, layout } = await openPage({ step: 'data' });
    await screen.getByRole('button', { name: 'Paste text' }).click();
    await screen.getByRole('textbox', { name: /^Conversations as/ }).fill('user: half');
    layout.show('mask');
    await expect.poll(regions).toEqual(['mask']);
    layout.show('data');
    await expect
      .element(screen.getByRole('textbox', { name: /^Conversations as/ }))
      .toHaveValue('user: half');
  });

  test('the bar never covers the end of the page, and lies in it where there is little height', async () => {
    await page.viewport(390, 844);
    const { screen } = await openPage({ step: 'train' });
    const bar = screen.getByRole('navigation', { name: 'Page', exact: true }).element();
    const last = screen.getByRole('link', { name: 'Next: Compare' }).element();
    const above = () => {
      // The page may grow meanwhile.
      window.scrollTo(0, document.documentElement.scrollHeight);
      return bar.getBoundingClientRect().top - last.getBoundingClientRect().bottom;
    };
    await expect.poll(above).toBeGreaterThanOrEqual(0);
    await page.viewport(320, 256);
    await expect.poll(() => getComputedStyle(bar).position).toBe('static');
    await expect.poll(() => document.documentElement.scrollWidth).toBeLessThanOrEqual(320);
  });
});
