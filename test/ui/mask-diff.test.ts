/**
 * @file The mask against another one, generation blocks, the mask as a file, and axe over all of it.
 */
import axe from 'axe-core';
import { page, userEvent } from 'vitest/browser';
import { beforeEach, describe, expect, test } from 'vitest';
import headerInside from '../fixtures/templates/chatml-header-inside.jinja?raw';
import { saved } from './downloads';
import { FakeText } from './fakes';
import { CHAT, importText, openPage, type Options } from './setup';

async function openMask(options: Options = {}) {
  const opened = await openPage(options);
  await importText(opened.session, CHAT, 'chat.json');
  const { screen, session } = opened;
  await expect.element(screen.getByRole('listbox', { name: 'Tokens' })).toBeVisible();
  const view = session.mask.view ?? expect.fail('nothing is shown');
  const against = screen.getByRole('combobox', { name: 'Compare with' });
  const differences = screen.getByRole('group', { name: 'Differences' });
  const focused = () => Number((document.activeElement as HTMLElement | null)?.dataset.i);
  const marked = (mark: string) =>
    [...document.querySelectorAll<HTMLElement>(`.t[data-diff="${mark}"]`)].map(({ dataset }) =>
      Number(dataset.i),
    );
  return { ...opened, view, against, differences, focused, marked, mask: session.mask };
}

/** A text host whose template is this one. */
function textWith(source: string): FakeText {
  const text = new FakeText();
  const { open } = text;
  text.open = (request) => open({ ...request, template: { source, from: 'template.jinja' } });
  return text;
}

beforeEach(() => page.viewport(1440, 900));

describe('compare', () => {
  test('with a preset: marks, counts, and a list of places to go to', async () => {
    const { screen, view, against, differences, focused, marked, mask } = await openMask();
    await against.selectOptions('torchtune, train on assistant');
    await expect.poll(() => mask.diff.result).toBeDefined();
    const header = Array.from(view.encoded.kind.entries()).flatMap(([i]) =>
      mask.diff.weights?.[i] === 1 && mask.weights[i] === 0 ? [i] : [],
    );
    expect(header.length).toBeGreaterThan(2);
    await expect.poll(() => marked('only-b')).toEqual(header);
    expect([marked('only-a'), marked('weight')]).toEqual([[], []]);
    await expect
      .element(differences)
      .toHaveTextContent(
        `${header.length} tokens differ between this mask (A) and torchtune, train on assistant (B)`,
      );
    await differences.getByText('By segment, and each place').click();
    await expect.element(differences.getByRole('row', { name: /^scaffold/ })).toBeVisible();
    const places = differences.getByRole('list', { name: 'Places that differ' });
    await places.getByRole('button', { name: /^header, message 2/ }).click();
    await expect.poll(focused).toBe(header[0]);
    await expect
      .element(screen.getByRole('group', { name: 'Token details' }))
      .toHaveTextContent(/Compared 1 \(torchtune, train on assistant\)/);
    await against.selectOptions('nothing');
    await expect.poll(() => marked('only-b')).toEqual([]);
    await expect.element(differences).not.toBeInTheDocument();
  });

  test('buttons and keys go to the next and the previous difference, and round', async () => {
    const { against, differences, focused, mask } = await openMask();
    await against.selectOptions('torchtune, train on assistant');
    await expect.poll(() => mask.diff.result).toBeDefined();
    const starts = mask.diff.result?.runs.map(({ start }) => start) ?? [];
    expect(starts).toHaveLength(2);
    await differences.getByRole('button', { name: 'Next difference' }).click();
    await expect.poll(focused).toBe(starts[0]);
    await expect.element(differences).toHaveTextContent('1 of 2');
    await userEvent.keyboard('n');
    await expect.poll(focused).toBe(starts[1]);
    await userEvent.keyboard('n');
    await expect.poll(focused).toBe(starts[0]);
    await userEvent.keyboard('{Shift>}N{/Shift}');
    await expect.poll(focused).toBe(starts[1]);
    await differences.getByRole('button', { name: 'Previous difference' }).click();
    await expect.poll(focused).toBe(starts[0]);
  });

  test('other weights, without my edits, and a policy that was kept', async () => {
    const { screen, view, against, differences, marked, mask } = await openMask();
    const friday = view.encoded.start.indexOf(view.rendered.text.indexOf('Friday'));
    await screen.getByRole('option', { name: 'Friday', exact: true }).click();
    await userEvent.keyboard('0');
    await against.selectOptions('this without my edits');
    await expect.poll(() => marked('only-b')).toEqual([friday]);
    await expect.element(screen.getByText('answer ✎ masked A 0 B 1')).toBeVisible();
    await userEvent.keyboard('t');
    mask.edits.clear(view.source.id);
    await expect.element(differences).toHaveTextContent('No token differs');
    await screen.getByText(/^More knobs/).click();
    await screen.getByRole('button', { name: 'Keep to compare with' }).click();
    await screen.getByRole('textbox', { name: 'Weight of end of turn' }).fill('0.5');
    await against.selectOptions('Losslight (1)');
    await expect.poll(() => marked('weight').length).toBe(1);
    await screen.getByRole('checkbox', { name: 'End of turn' }).click();
    await expect.poll(() => marked('only-b').length).toBe(1);
  });
});

describe('generation blocks', () => {
  test('where they hold too much is listed and marked; the preset takes them verbatim', async () => {
    const { screen, view, mask, focused } = await openMask({ text: textWith(headerInside) });
    const extra = mask.blocks?.filter(({ what }) => what === 'extra') ?? [];
    expect(extra.length).toBeGreaterThan(0);
    await screen.getByText(/differ from what the model writes in/).click();
    const first = screen.getByRole('list', { name: 'Where blocks differ' }).getByRole('button').first();
    await expect.element(first).toHaveTextContent(/in a block, not written by the model/);
    await first.click();
    await expect.poll(focused).toBe(view.encoded.start.indexOf(extra[0]?.start ?? -1));
    await expect
      .element(screen.getByRole('group', { name: 'Token details' }))
      .toHaveTextContent(/Generation block holds this, which the model does not write/);
    await expect.poll(() => document.querySelectorAll('.t[data-block="extra"]').length).toBeGreaterThan(0);
    await screen.getByRole('button', { name: 'Follow the blocks' }).click();
    const { blocks = [] } = view.rendered;
    const inside = Array.from(view.encoded.start, (start, i) =>
      blocks.some((block) => start < block.end && (view.encoded.end[i] ?? 0) > block.start) ? 1 : 0,
    );
    await expect.poll(() => Array.from(mask.weights)).toEqual(inside);
    await expect.element(screen.getByText('This mask follows the blocks, verbatim.')).toBeVisible();
  });
});

describe('export', () => {
  test('the mask as JSON and as CSV', async () => {
    const { screen, view, mask } = await openMask();
    const menu = screen.getByRole('button', { name: 'Copy or save…' });
    await menu.click();
    const json = await saved(() => screen.getByRole('button', { name: 'Save as JSON' }).click());
    expect(json.name).toBe('chat.json-0.default.pocket.mask.json');
    const object = JSON.parse(json.text) as Record<string, unknown>;
    expect(Object.keys(object)).toEqual([
      'source',
      'ids',
      'tokens',
      'start',
      'end',
      'segments',
      'messages',
      'weights',
      'text',
      'logProb',
      'entropy',
      'rank',
    ]);
    expect(object.text).toBe(view.rendered.text);
    expect(object.weights).toEqual(Array.from(mask.weights));
    await menu.click();
    const csv = await saved(() => screen.getByRole('button', { name: 'Save as CSV' }).click());
    expect(csv.name).toBe('chat.json-0.default.pocket.mask.csv');
    expect(csv.text.split('\r\n')[1]).toBe(`0,${view.encoded.ids[0]},<|im_start|>,0,12,header,0,0,,,`);
  });

  test('what became of the file of all masks stands in every view, until another conversation is shown', async () => {
    const text = new FakeText();
    const { screen, session, mask } = await openMask({ text });
    await screen.getByRole('button', { name: 'Copy or save…' }).click();
    const release = text.hold('inspect');
    await saved(async () => {
      await screen.getByRole('button', { name: 'Save of all conversations' }).click();
      mask.showText = true;
      await expect.element(screen.getByRole('listbox', { name: 'Tokens' })).not.toBeInTheDocument();
      release();
    });
    const said = screen.getByText('Saved 2 conversations.');
    await expect.element(said).toBeVisible();
    mask.showText = false;
    await expect.element(screen.getByRole('listbox', { name: 'Tokens' })).toBeVisible();
    await expect.element(said).toBeVisible();
    await session.choose(session.data.list.id(1));
    await expect.element(said).not.toBeInTheDocument();
  });

  test('the masks of all conversations that are listed, edits included, as JSON lines', async () => {
    const { screen, view, mask, session } = await openMask();
    mask.selection.start(3);
    mask.edit(0.5);
    await screen.getByRole('button', { name: 'Copy or save…' }).click();
    const all = await saved(() => screen.getByRole('button', { name: 'Save of all conversations' }).click());
    expect(all.name).toBe('chat.json.default.pocket.masks.jsonl');
    const lines = all.text.trimEnd().split('\n');
    const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(2);
    expect(first?.ids).toEqual(Array.from(view.encoded.ids));
    expect(first?.weights).toEqual(Array.from(mask.weights));
    expect((first?.weights as number[])[3]).toBe(0.5);
    await session.choose(session.data.list.id(1));
    await expect.poll(() => mask.view?.rendered.text).toBe(second?.text);
    expect(second?.source).toBe(1);
    expect(second?.weights).toEqual(Array.from(mask.weights));
  });
});

describe.each([
  ['light', 1440],
  ['dark', 390],
] as const)('axe, %s, %i px', (theme, width) => {
  test('everything open: knobs, a rule, edits, differences, blocks', async () => {
    await page.viewport(width, 900);
    const { screen, session, against } = await openMask({ theme, text: textWith(headerInside) });
    await screen.getByText(/^More knobs/).click();
    await screen.getByRole('button', { name: 'Add a rule' }).click();
    await screen.getByRole('textbox', { name: 'Pattern' }).fill('[');
    session.mask.selection.start(20);
    session.mask.edit(0.5);
    await against.selectOptions('Axolotl, default');
    await screen
      .getByRole('region', { name: 'Mask', exact: true })
      .getByText('View', { exact: true })
      .click();
    for (const summary of ['By segment, and each place', 'Keys in the strip', 'Where it looks, and how'])
      await screen.getByText(summary, { exact: true }).click();
    await screen.getByText(/differ from what the model writes in/).click();
    // Nothing lies under the page's header then, which would make a target smaller.
    window.scrollTo(0, 0);
    const { violations } = await axe.run(document.getElementById('mask') ?? document.body, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
  });
});
