/**
 * @file What a person has set for all pages: colours of their own (Windows calls them contrast themes), and no motion.
 */
import { cdp, page, userEvent } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { editTokens } from '../../src/mask/edits';
import { CHAT, importText, openPage } from './setup';

/** Emulates media features for the whole browser page, this frame included. */
const emulate = (...features: { name: string; value: string }[]) =>
  cdp().send('Emulation.setEmulatedMedia', { features });

afterEach(async () => {
  await emulate();
  await page.viewport(1280, 900);
});

const matches = (query: string) => matchMedia(query).matches;

describe('forced colours', () => {
  /** What can be seen of an element where its colours are the system's. */
  function drawn(element: Element) {
    const style = getComputedStyle(element);
    return {
      below: `${style.borderBottomStyle} ${style.borderBottomWidth}`,
      above: `${style.borderTopStyle} ${style.borderTopWidth}`,
      line: style.textDecorationLine,
      weight: style.fontWeight,
    };
  }
  const token = (selector: string) =>
    document.querySelector(`#mask [data-part="mask.strip"] [role="option"]${selector}`) ??
    expect.fail(`There is no token ${selector}.`);

  async function openForced() {
    const opened = await openPage();
    await emulate({ name: 'forced-colors', value: 'active' });
    await expect.poll(() => matches('(forced-colors: active)')).toBe(true);
    await importText(opened.session, CHAT);
    await expect.element(opened.screen.getByRole('listbox', { name: 'Tokens', exact: true })).toBeVisible();
    await expect.poll(() => document.querySelector('#mask [role="option"]')).not.toBeNull();
    return opened;
  }

  test('trained, trained less, trained away from and masked are told apart by lines', async () => {
    const { session } = await openForced();
    const { rendered, encoded } = session.mask.view ?? expect.fail('nothing is shown');
    const conversation = session.data.chosen?.id ?? '';
    const at = encoded.ids.length - 6;
    const text = { text: rendered.text, encoded };
    for (const [i, weight] of [1, 0.2, 2, -1, 0].entries())
      session.mask.edits.add(conversation, editTokens(text, at + i, at + i, weight));
    await expect.poll(() => document.querySelector('#mask [data-bar="-3"]')).not.toBeNull();
    const seen = ['3', '1', '4', '-3'].map((bar) => drawn(token(`[data-bar="${bar}"]`)));
    const masked = drawn(token(':not([data-bar])'));
    const lines = [...seen, masked].map(({ below, above }) => `${below} / ${above}`);
    expect(new Set(lines).size, lines.join('\n')).toBe(5);
    // And by the weight of type, which no colour touches.
    expect(new Set(seen.map(({ weight }) => weight))).toEqual(new Set(['600']));
    expect(masked.weight).toBe('400');
  });

  test('each segment is named where it begins, and its legend has words', async () => {
    await openForced();
    const kinds = new Set(
      [...document.querySelectorAll<HTMLElement>('#mask [role="option"]')].map(({ dataset }) => dataset.kind),
    );
    // The template’s glue and the headers are told by their text.
    for (const kind of ['think', 'answer', 'end']) expect(kinds).toContain(kind);
    const tags = [...document.querySelectorAll<HTMLElement>('#mask .tag')];
    expect(tags.length).toBeGreaterThan(0);
    for (const tag of tags) {
      expect(tag.textContent?.trim()).not.toBe('');
      expect(tag.checkVisibility()).toBe(true);
    }
  });

  test('what is chosen is told by the colour of selection, the focus by a line', async () => {
    const { screen } = await openForced();
    const chosen = document.querySelector('#data [role="option"][aria-selected="true"]');
    const other = document.querySelector('#data [role="option"]:not([aria-selected="true"])');
    const ground = (element: Element | null) =>
      element ? getComputedStyle(element).backgroundColor : expect.fail('It is not there.');
    expect(ground(chosen)).not.toBe(ground(other));
    // The ground and the letters are a pair of the system's, whatever a component says of its own.
    const probe = document.createElement('p');
    probe.style.cssText = 'forced-color-adjust: none; background: Highlight; color: HighlightText';
    document.body.append(probe);
    const { backgroundColor, color } = getComputedStyle(probe);
    probe.remove();
    expect(ground(chosen)).toBe(backgroundColor);
    for (const part of [chosen, ...(chosen?.querySelectorAll('*') ?? [])])
      expect(part && getComputedStyle(part).color).toBe(color);
    const button = screen.getByRole('button', { name: 'Paste text' }).element() as HTMLElement;
    button.focus();
    await userEvent.keyboard('{Tab}');
    const focused = document.activeElement ?? document.body;
    expect(getComputedStyle(focused).outlineStyle).toBe('solid');
    expect(parseFloat(getComputedStyle(focused).outlineWidth)).toBeGreaterThanOrEqual(2);
  });

  test('buttons and fields keep a frame', async () => {
    await openForced();
    const bare = [...document.querySelectorAll<HTMLElement>('button:not(.plain), input[type="text"], select')]
      .filter((element) => element.checkVisibility() && !element.closest('[hidden]'))
      .filter((element) => {
        const { borderTopWidth, borderTopStyle, borderTopColor } = getComputedStyle(element);
        const clear = borderTopColor === 'rgba(0, 0, 0, 0)';
        return parseFloat(borderTopWidth) < 1 || borderTopStyle === 'none' || clear;
      });
    expect(bare.map(({ outerHTML }) => outerHTML.slice(0, 120))).toEqual([]);
  });
});

describe('reduced motion', () => {
  /** Elements that move by themselves or will: by a style sheet. */
  const moving = () =>
    [...document.querySelectorAll('*')].filter((element) =>
      [null, '::before', '::after'].some((part) => {
        const { animationName, animationDuration, transitionDuration } = getComputedStyle(element, part);
        const long = (times: string) => times.split(',').some((time) => parseFloat(time) > 0);
        return (animationName !== 'none' && long(animationDuration)) || long(transitionDuration);
      }),
    );

  test('nothing moves, neither by style sheets nor by scripts', async () => {
    await emulate({ name: 'prefers-reduced-motion', value: 'reduce' });
    await expect.poll(() => matches('(prefers-reduced-motion: reduce)')).toBe(true);
    const { session, engine, screen } = await openPage();
    await session.openLesson('end-of-turn');
    await session.startTraining();
    for (let i = 0; i < 5; i++) engine.advance();
    await expect.poll(() => session.train.updates.length).toBe(5);
    expect(moving().map(({ outerHTML }) => outerHTML.slice(0, 120))).toEqual([]);
    expect(document.getAnimations()).toEqual([]);
    expect(getComputedStyle(document.documentElement).scrollBehavior).toBe('auto');
    // A lesson that points at something goes there at once.
    const asked: unknown[] = [];
    const { scrollIntoView } = Element.prototype;
    Element.prototype.scrollIntoView = function (options) {
      asked.push(typeof options === 'object' ? options.behavior : undefined);
      scrollIntoView.call(this, options);
    };
    try {
      await screen.getByRole('button', { name: 'Next', exact: true }).click();
      await screen
        .getByRole('button', { name: /^(?:Show|Where|Point)/ })
        .first()
        .click();
      await expect.poll(() => asked.length).toBeGreaterThan(0);
    } finally {
      Element.prototype.scrollIntoView = scrollIntoView;
    }
    expect(asked).not.toContain('smooth');
  });
});
