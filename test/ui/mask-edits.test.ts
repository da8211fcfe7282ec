/**
 * @file Weights by hand: click, stretch, brush, word, message, keyboard, touch, undo and redo, files, and training.
 */
import { page, userEvent } from 'vitest/browser';
import { beforeEach, describe, expect, test } from 'vitest';
import { saved } from './downloads';
import { CHAT, importText, openPage } from './setup';

async function openMask() {
  const opened = await openPage();
  await importText(opened.session, CHAT, 'chat.json');
  const { screen, session } = opened;
  await expect.element(screen.getByRole('listbox', { name: 'Tokens' })).toBeVisible();
  await expect.poll(() => document.querySelector('#mask [data-i="0"]')).not.toBeNull();
  const token = (text: string) => screen.getByRole('option', { name: text, exact: true });
  const button = (name: string) =>
    screen.getByRole('group', { name: 'Weights by hand' }).getByRole('button', { name, exact: true });
  const { view } = session.mask;
  if (!view) throw new Error('nothing is shown');
  /** Index of the first token that begins with this text. */
  const place = (text: string) => view.encoded.start.indexOf(view.rendered.text.lastIndexOf(text));
  const element = (index: number) =>
    document.querySelector<HTMLElement>(`[data-i="${index}"]`) ?? expect.fail(`token ${index} is not drawn`);
  const selected = () =>
    [...document.querySelectorAll<HTMLElement>('.t[aria-selected="true"]')].map(({ dataset }) =>
      Number(dataset.i),
    );
  const weights = (from: number, to: number) => Array.from(session.mask.weights.slice(from, to));
  return { ...opened, token, button, place, element, selected, weights, view };
}

beforeEach(() => page.viewport(1440, 900));

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('by pointer', () => {
  test('click selects, Mask and Train set the weight, the strip and the total follow', async () => {
    const { screen, session, token, button, selected, place } = await openMask();
    const all = session.mask.trained;
    await expect.element(button('Mask')).toBeDisabled();
    await token('Friday').click();
    await expect.poll(selected).toEqual([place('Friday')]);
    await button('Mask').click();
    await expect.element(token('Friday')).not.toHaveAttribute('data-bar');
    await expect.element(token('Friday')).toHaveAttribute('data-edited', 'true');
    await expect.element(screen.getByText(/tokens are trained/)).toHaveTextContent(`${all - 1} of`);
    await expect.element(screen.getByText('answer ✎ masked')).toBeVisible();
    await expect.element(screen.getByText('1 token set to 0.')).toBeVisible();
    await token('What').click();
    await button('Train with 1').click();
    await expect.element(token('What')).toHaveAttribute('data-bar', '3');
    await button('As policy').click();
    await expect.element(token('What')).not.toHaveAttribute('data-edited');
  });

  test('a mark of an edit is more than a colour, and the details say what the policy would do', async () => {
    const { screen, token, button } = await openMask();
    await token('Friday').click();
    await button('Mask').click();
    const notch = getComputedStyle(token('Friday').element(), '::after');
    expect([notch.content, notch.position]).toEqual(['""', 'absolute']);
    await token('Friday').hover();
    await expect
      .element(screen.getByRole('group', { name: 'Token details' }))
      .toHaveTextContent(/Weight 0 \(set by hand; the policy says 1\)/);
  });

  test('shift-click selects a stretch, any number is set', async () => {
    const { screen, session, button, place, element, selected, weights } = await openMask();
    const [from, to] = [place('Friday'), place('Thursday.')];
    await userEvent.click(element(from));
    await userEvent.click(element(to), { modifiers: ['Shift'] });
    await expect.poll(selected).toEqual(range(from, to));
    await screen.getByRole('textbox', { name: 'Weight to set' }).fill('-0.25');
    await button('Set').click();
    expect(weights(from, to + 1)).toEqual(range(from, to).map(() => -0.25));
    expect(session.mask.edits.of(session.mask.view?.source.id ?? '')).toHaveLength(1);
  });

  test('drawing over tokens selects them', async () => {
    const { place, element, selected } = await openMask();
    const [from, to] = [place('Friday'), place('after')];
    await userEvent.dragAndDrop(element(from), element(to));
    await expect.poll(selected).toEqual(range(from, to));
  });

  test.each([-60, -200])(
    'a token %i pixels above the lower edge can be pressed: no details lie over it',
    async (place) => {
      const { element, place: placeOf, selected } = await openMask();
      const token = placeOf('Friday');
      window.scrollBy(0, element(token).getBoundingClientRect().bottom - (window.innerHeight + place));
      await userEvent.hover(element(token));
      await userEvent.click(element(token));
      await expect.poll(selected).toEqual([token]);
    },
  );

  test('by word and by message', async () => {
    const { screen, session, element, place, selected, button, view } = await openMask();
    await screen.getByRole('radio', { name: 'Word', exact: true }).click({ force: true });
    const thursday = place('Thursday.');
    await userEvent.click(element(thursday));
    await expect.poll(() => selected().length).toBeGreaterThan(0);
    const word = selected().map((i) => view.rendered.text.slice(view.encoded.start[i], view.encoded.end[i]));
    expect(word.join('').trim()).toBe('Thursday');
    await screen.getByRole('radio', { name: 'Message', exact: true }).click({ force: true });
    const generated = Array.from(view.encoded.generated.entries()).flatMap(([i, own]) => (own ? [i] : []));
    await expect.poll(selected).toEqual(generated);
    await button('Mask').click();
    expect(session.mask.trained).toBe(0);
  });

  test('a double click toggles', async () => {
    const { token } = await openMask();
    await token('Friday').dblClick();
    await expect.element(token('Friday')).not.toHaveAttribute('data-bar');
    await token('Friday').dblClick();
    await expect.element(token('Friday')).toHaveAttribute('data-bar', '3');
  });

  test('by touch on a narrow page: a tap, Extend, a tap', async () => {
    await page.viewport(390, 844);
    const { place, element, selected, button } = await openMask();
    const tap = (index: number) => {
      const init = { bubbles: true, pointerType: 'touch', button: 0 };
      element(index).dispatchEvent(new PointerEvent('pointerdown', init));
      element(index).dispatchEvent(new PointerEvent('click', init));
    };
    const [from, to] = [place('Friday'), place('after')];
    tap(from);
    await expect.poll(selected).toEqual([from]);
    await button('Extend').click();
    await expect.element(button('Extend')).toHaveAttribute('aria-pressed', 'true');
    tap(to);
    await expect.poll(selected).toEqual(range(from, to));
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(390);
  });
});

test.each([1440, 1024, 390])(
  'how to begin is told whole, and a selection moves nothing (%i px)',
  async (width) => {
    await page.viewport(width, 1400);
    const { screen, token, element } = await openMask();
    const hint = screen.getByText('Pick or draw over tokens to set weights.');
    await expect.element(hint).toBeVisible();
    const line = hint.element().parentElement ?? expect.fail('no line');
    const { right } = line.getBoundingClientRect();
    await expect.poll(() => line.scrollWidth <= line.clientWidth).toBe(true);
    expect(hint.element().getBoundingClientRect().right).toBeLessThanOrEqual(right + 1);
    const first = element(0).getBoundingClientRect().top;
    await token('Friday').click();
    await expect.element(screen.getByText('1 token selected')).toBeVisible();
    expect(element(0).getBoundingClientRect().top).toBeCloseTo(first, 0);
  },
);

describe('by keyboard', () => {
  test('arrows with Shift select, letters and digits set, Space toggles, Escape clears', async () => {
    const { screen, element, place, selected, weights } = await openMask();
    const at = place('Friday');
    element(at).focus();
    await userEvent.keyboard('{Shift>}{ArrowRight}{ArrowRight}{/Shift}');
    await expect.poll(selected).toEqual([at, at + 1, at + 2]);
    await userEvent.keyboard('m');
    expect(weights(at, at + 3)).toEqual([0, 0, 0]);
    await expect.element(screen.getByText('3 tokens set to 0.')).toBeVisible();
    await userEvent.keyboard('t');
    expect(weights(at, at + 3)).toEqual([1, 1, 1]);
    await userEvent.keyboard(' ');
    expect(weights(at, at + 3)).toEqual([0, 0, 0]);
    await userEvent.keyboard('p');
    expect(weights(at, at + 3)).toEqual([1, 1, 1]);
    await userEvent.keyboard('{Escape}');
    await expect.poll(selected).toEqual([]);
  });

  test('brackets change the unit, W goes to the field of a weight', async () => {
    const { screen, element, place, selected, session } = await openMask();
    element(place('Friday')).focus();
    await userEvent.keyboard(']]');
    await expect.element(screen.getByRole('radio', { name: 'Message', exact: true })).toBeChecked();
    await expect.poll(() => selected().length).toBeGreaterThan(10);
    const size = selected().length;
    await userEvent.keyboard('w');
    const field = screen.getByRole('textbox', { name: 'Weight to set' });
    await expect.element(field).toHaveFocus();
    await userEvent.keyboard('2{Enter}');
    expect(session.mask.weights.filter((weight) => weight === 2)).toHaveLength(size);
    await screen.getByRole('radio', { name: 'Token', exact: true }).click({ force: true });
    await expect.poll(() => selected().length).toBe(1);
  });

  test('Ctrl+Z, Ctrl+Shift+Z and Ctrl+Y, but not in a field', async () => {
    const { screen, element, place, weights, button } = await openMask();
    const at = place('Friday');
    element(at).focus();
    await userEvent.keyboard('m');
    expect(weights(at, at + 1)).toEqual([0]);
    await userEvent.keyboard('{Control>}z{/Control}');
    expect(weights(at, at + 1)).toEqual([1]);
    await expect.element(screen.getByText('Undone.')).toBeVisible();
    await userEvent.keyboard('{Control>}{Shift>}z{/Shift}{/Control}');
    expect(weights(at, at + 1)).toEqual([0]);
    await userEvent.keyboard('{Control>}z{/Control}{Control>}y{/Control}');
    expect(weights(at, at + 1)).toEqual([0]);
    await screen.getByRole('textbox', { name: 'Weight to set' }).click();
    await userEvent.keyboard('{Control>}z{/Control}');
    expect(weights(at, at + 1)).toEqual([0]);
    await button('Undo').click();
    expect(weights(at, at + 1)).toEqual([1]);
    await expect.element(button('Undo')).toBeDisabled();
    await button('Redo').click();
    expect(weights(at, at + 1)).toEqual([0]);
  });
});

describe('edits last', () => {
  test('over another policy, another conversation and more data; what no longer fits is told', async () => {
    const { screen, session, token, button, place, weights } = await openMask();
    const id = session.mask.view?.source.id ?? '';
    const at = place('Friday');
    await token('Friday').click();
    await button('Mask').click();
    await screen.getByRole('combobox', { name: 'Mask as' }).selectOptions('Unsloth, responses only');
    expect(weights(at, at + 2)).toEqual([0, 1]);
    await importText(
      session,
      JSON.stringify({ messages: [{ role: 'assistant', content: 'Hi.' }] }),
      'more.json',
    );
    expect(session.mask.edited).toBeUndefined();
    await session.choose(id);
    expect(weights(at, at + 2)).toEqual([0, 1]);
    const [edit] = session.mask.edits.of(id);
    session.mask.edits.import(
      JSON.stringify({ losslightEdits: 1, conversations: { [id]: [{ ...edit, digest: 'another text' }] } }),
    );
    await expect.element(screen.getByText(/The edit of tokens \(“Friday”\) was dropped/)).toBeVisible();
    expect(weights(at, at + 1)).toEqual([1]);
    await screen.getByRole('button', { name: 'Remove what no longer fits' }).click();
    expect(session.mask.edits.of(id)).toEqual([]);
  });

  test('as a file, and back; a broken one is refused by name', async () => {
    const { screen, session, token, button, place, weights } = await openMask();
    const at = place('Friday');
    await token('Friday').click();
    await button('Mask').click();
    const file = await saved(() => screen.getByRole('button', { name: 'Export edits' }).click());
    expect(file.name).toBe('losslight-edits.json');
    await screen.getByRole('button', { name: 'Remove all' }).click();
    expect(weights(at, at + 1)).toEqual([1]);
    const pick = screen.getByLabelText('Import edits…');
    await pick.upload(new File([file.text], 'mine.json'));
    await expect.element(screen.getByText('mine.json brought 1 edit of 1 conversation.')).toBeVisible();
    expect(weights(at, at + 1)).toEqual([0]);
    await pick.upload(new File(['{"losslightEdits": 1, "conversations": {"a": 3}}'], 'broken.json'));
    const card = screen.getByRole('alert');
    await expect.element(card).toHaveTextContent('broken.json was not taken');
    await expect.element(card).toHaveTextContent('conversations["a"] is no list');
    expect(weights(at, at + 1)).toEqual([0]);
    // Dropped on the page, they are told from conversations.
    session.mask.edits.undo();
    await session.importFiles([new File([file.text], 'dropped.json')]);
    await expect.element(screen.getByText('dropped.json brought 1 edit of 1 conversation.')).toBeVisible();
  });

  test('a run trains the edited weights; later edits are told as another mask', async () => {
    const { screen, session, engine, token, button, place } = await openMask();
    const at = place('Friday');
    await token('Friday').click();
    await screen.getByRole('textbox', { name: 'Weight to set' }).fill('0.5');
    await button('Set').click();
    await session.startTraining(true);
    expect(engine.given[0]?.weights[at]).toBe(0.5);
    expect(session.maskDiffers).toBe(false);
    await button('Mask').click();
    await expect
      .element(screen.getByText('The run trains the mask it began with, not the one shown here.'))
      .toBeVisible();
    await button('Undo').click();
    expect(session.maskDiffers).toBe(false);
  });

  test('the list counts what edits train', async () => {
    const { screen, session, token, button } = await openMask();
    const all = session.mask.trained;
    const row = screen.getByRole('option', { name: /What day follows/ });
    await expect.element(row).toHaveTextContent(`${all} of`);
    await token('Friday').click();
    await button('Mask').click();
    await expect.element(row).toHaveTextContent(`${all - 1} of`);
  });
});
