/**
 * @file “Is my split right?” with the thread's own data: the strategies in a table and side by side, and training by one.
 */
import axe from 'axe-core';
import { page } from 'vitest/browser';
import { beforeEach, describe, expect, test } from 'vitest';
import { openPage, type Options } from './setup';

async function openThread(options: Options = {}) {
  const opened = await openPage(options);
  await opened.session.openLesson('thread');
  const { screen } = opened;
  const panel = screen.getByRole('region', { name: 'Training sequences' });
  const table = panel.getByRole('table', { name: /What each way of dividing/ });
  await expect.element(table).toBeVisible();
  const row = (name: string) => table.getByRole('row', { name: new RegExp(`^${name} \\d`) });
  /** The cells of a strategy, white space made one. */
  const cells = (name: string) =>
    [...row(name).element().querySelectorAll('td')].map((cell) => {
      const items = [...cell.querySelectorAll('li')];
      return (items.length ? items : [cell])
        .map(({ textContent }) => (textContent ?? '').replace(/\s+/g, ' ').trim())
        .join(', ');
    });
  return { ...opened, panel, table, row, cells };
}

beforeEach(() => page.viewport(1440, 900));

describe('the table', () => {
  test('the first conversation of the thread, spelled out', async () => {
    const { cells } = await openThread();
    expect(cells('Whole conversation').slice(0, 6)).toEqual([
      '1',
      '323',
      '144',
      '1.00×',
      '1: 1× at weight 0.67, 2: 1× at weight 1.33',
      '2 of 4',
    ]);
    const prefixes = cells('Growing prefixes');
    expect([prefixes[0], prefixes[1], prefixes[2], prefixes[4], prefixes[5]]).toEqual([
      '2',
      '552',
      '240',
      '1: 2× at weight 1.20, 2: 1× at weight 0.80',
      '2 of 6',
    ]);
    expect(cells('Last turn only')[4]).toBe('1: never, 2: 1× at weight 2.00');
    expect(cells('Merge and fork').slice(0, 3)).toEqual(['2', '552', '192']);
    expect(cells('Merge and fork').slice(4, 6)).toEqual([
      '1: 1× at weight 1.00, 2: 1× at weight 1.00',
      'none',
    ]);
  });

  test('rows that are equal say why they are', async () => {
    const { panel } = await openThread();
    await expect
      .element(
        panel.getByText(
          /^Growing prefixes, last turn trained and Merge and fork come to the same here: the template rewrites/,
        ),
      )
      .toBeVisible();
  });

  test('as a mean over sequences, the weights are others', async () => {
    const { panel, cells } = await openThread();
    await panel.getByRole('combobox', { name: /Loss as a mean over/ }).selectOptions('sequences');
    await expect.poll(() => cells('Growing prefixes')[4]).toBe('1: 2× at weight 1.33, 2: 1× at weight 0.67');
  });

  test('a strategy says in one sentence what it does', async () => {
    const { row } = await openThread();
    const about = row('Merge and fork').getByText(/Every assistant message trained once/);
    await expect.element(about).not.toBeVisible();
    await row('Merge and fork').getByText('Merge and fork', { exact: true }).click();
    await expect.element(about).toBeVisible();
  });

  test('over all conversations of a run', async () => {
    const { panel, row, cells } = await openThread();
    await panel.getByRole('radio', { name: 'All 4 of a run' }).click();
    await expect.element(row('Whole conversation')).toHaveTextContent('989');
    expect(cells('Growing prefixes').slice(0, 3)).toEqual(['8', '1,859', '721']);
    expect(cells('Whole conversation')[5]).toBe('8 of 13');
    expect(cells('Last turn only')[4]).toBe('1: never, 2: 1× at weight 2.88');
  });

  test('follows the mask, and each message is told', async () => {
    const { screen, panel, row } = await openThread();
    await screen.getByRole('checkbox', { name: 'Thinking' }).click();
    await expect.element(row('Whole conversation')).toHaveTextContent(/32396/);
    await panel.getByText('Each assistant message').click();
    const messages = panel.getByRole('region', { name: 'Assistant messages by strategy' });
    await expect.element(messages.getByRole('row', { name: /^3, turn 1/ })).toHaveTextContent(/2× at/);
  });
});

describe('side by side', () => {
  test('whole against merge and fork: what is trained, and what is unlike inference', async () => {
    const { panel } = await openThread();
    const left = panel.getByRole('group', { name: 'Left: Whole conversation' });
    const right = panel.getByRole('group', { name: 'Right: Merge and fork' });
    await expect.element(left.getByRole('listbox', { name: 'Tokens of Sequence 1 of 1' })).toBeVisible();
    await expect.element(right.getByRole('listbox', { name: 'Tokens of Sequence 2 of 2' })).toBeVisible();
    const unlike = left.getByRole('list', { name: 'Unlike inference in Sequence 1 of 1' });
    await expect.element(unlike).toHaveTextContent(/Message 3.*thinking of message 3 left out/);
    await expect.element(unlike).toHaveTextContent(/Message 5.*thinking of message 3 left out/);
    await expect.poll(() => left.element().querySelectorAll('[data-note="differs"]').length).toBe(1);
    expect(right.element().querySelectorAll('[data-note="differs"]')).toHaveLength(0);
    await unlike.getByRole('button', { name: 'Message 5' }).click();
    await expect.poll(() => (document.activeElement as HTMLElement | null)?.dataset.i).toBe('107');
  });

  test('what the two train differently is marked, told in a sentence, and by message', async () => {
    const { panel } = await openThread();
    const difference = panel.getByRole('group', { name: 'Differences between the two' });
    await expect
      .element(difference)
      .toHaveTextContent(
        /Of 192 tokens that either trains: 48 by Right alone, 144 alike\. The weights of all sequences add up to 144 in Left and 192 in Right\./,
      );
    const right = panel.getByRole('group', { name: 'Right: Merge and fork' });
    const left = panel.getByRole('group', { name: 'Left: Whole conversation' });
    await expect
      .poll(() => right.element().querySelectorAll('.t[data-diff="only-b"]').length)
      .toBeGreaterThan(0);
    expect(left.element().querySelectorAll('.t[data-diff]')).toHaveLength(0);
    const tags = () => [...right.element().querySelectorAll('.tag')].map(({ textContent }) => textContent);
    await expect.poll(tags).toContain('think Left 0 Right 1');
    // Growing prefixes train the first turn twice.
    await panel.getByRole('combobox', { name: 'Right' }).selectOptions('Growing prefixes');
    await expect.element(difference).toHaveTextContent(/by both, but not as much/);
    await difference.getByText('By message').click();
    await expect
      .element(difference.getByRole('row', { name: /^3 assistant call \d+ once 2 times$/ }))
      .toBeVisible();
  });

  test('repeated turns are marked, and the other side can be chosen', async () => {
    const { panel } = await openThread();
    await panel.getByRole('combobox', { name: 'Left' }).selectOptions('Growing prefixes');
    const second = panel
      .getByRole('group', { name: 'Left: Growing prefixes' })
      .getByRole('listbox', { name: 'Tokens of Sequence 2 of 2' });
    await expect
      .element(second.getByRole('group', { name: '3 assistant trained, time 2 of 2' }))
      .toBeVisible();
    await expect.element(second.getByRole('group', { name: '7 assistant trained' })).toBeInTheDocument();
    // The same on both sides would show nothing: they change places.
    await panel.getByRole('combobox', { name: 'Left' }).selectOptions('Merge and fork');
    await expect.element(panel.getByRole('group', { name: 'Right: Growing prefixes' })).toBeVisible();
  });

  test.each([1440, 390])(
    'what is shorter has no empty lines under it in one column (%i px)',
    async (width) => {
      await page.viewport(width, 900);
      const { panel } = await openThread();
      await panel.getByRole('combobox', { name: 'Right' }).selectOptions('Growing prefixes');
      const [left, right] = ['Left: Whole conversation', 'Right: Growing prefixes'].map((name) =>
        panel.getByRole('group', { name }),
      ) as [ReturnType<typeof panel.getByRole>, ReturnType<typeof panel.getByRole>];
      await expect.element(right.getByRole('listbox', { name: 'Tokens of Sequence 2 of 2' })).toBeVisible();
      await expect.element(left).toBeVisible();
      const edges = (of: typeof left) => of.element().getBoundingClientRect();
      const under = () =>
        edges(left).bottom - (left.element().lastElementChild?.getBoundingClientRect().bottom ?? NaN);
      if (width > 1000) expect(edges(left).top).toBe(edges(right).top);
      else await expect.poll(under).toBeLessThan(2);
    },
  );

  test('arrow keys move through a sequence', async () => {
    const { panel } = await openThread();
    const strip = panel.getByRole('listbox', { name: 'Tokens of Sequence 1 of 1' });
    await expect.element(strip).toBeVisible();
    const token = () => strip.element().querySelector<HTMLElement>('[data-i="0"]');
    await expect.poll(token).not.toBeNull();
    const first = token();
    first?.focus();
    first?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
    await expect.poll(() => (document.activeElement as HTMLElement | null)?.dataset.i).toBe('1');
  });
});

describe('training', () => {
  test('by the strategy that was chosen', async () => {
    const { screen, engine, row } = await openThread();
    await row('Merge and fork')
      .getByRole('button', { name: /Use Merge and fork for training/ })
      .click();
    await expect.element(row('Merge and fork')).toHaveTextContent(/In use/);
    await expect
      .element(screen.getByRole('region', { name: 'Mask', exact: true }))
      .toHaveTextContent(/A run divides it by “Merge and fork”/);
    await expect
      .element(screen.getByRole('combobox', { name: 'Training sequences' }))
      .toHaveDisplayValue('Merge and fork');
    await screen.getByRole('button', { name: 'Train', exact: true }).click();
    await expect.poll(() => engine.given.length).toBe(8);
    expect(engine.given.map(({ origin }) => origin.strategy)).toEqual(Array(8).fill('fork'));
    expect(engine.given.slice(0, 2).map(({ ids }) => ids.length)).toEqual([229, 323]);
  });

  test('cut between turns', async () => {
    const { screen, engine } = await openThread();
    await screen.getByRole('combobox', { name: 'Longer ones are cut' }).selectOptions('between turns');
    await screen.getByRole('textbox', { name: 'Longest sequence' }).fill('300');
    await screen.getByRole('button', { name: 'Train', exact: true }).click();
    await expect.poll(() => engine.given.length).toBeGreaterThan(0);
    const [first] = engine.given;
    expect(first?.origin.trained).toEqual([2, 4]);
    expect(first?.ids.length).toBeLessThan(300);
  });

  test('closing the lesson brings the own way of dividing back', async () => {
    const { session } = await openThread();
    session.train.division = { strategy: 'last', truncate: 'end' };
    await session.closeLesson();
    expect(session.train.division.strategy).toBe('whole');
  });
});

test('the panel is closed until it is asked for, and asks nothing before', async () => {
  const text = (await import('./fakes')).FakeText;
  const fake = new text();
  let asked = 0;
  const { compare } = fake;
  fake.compare = (request) => {
    asked++;
    return compare(request);
  };
  const { screen, session } = await openPage({ text: fake });
  await session.importFiles([
    new File(
      [
        JSON.stringify({
          messages: [
            { role: 'user', content: 'Hi' },
            { role: 'assistant', content: 'Yes' },
          ],
        }),
      ],
      'a.json',
    ),
  ]);
  const open = screen.getByRole('button', { name: 'Compare the ways to divide it' });
  await expect.element(open).toHaveAttribute('aria-expanded', 'false');
  expect(asked).toBe(0);
  await open.click();
  await expect.element(screen.getByRole('table', { name: /What each way/ })).toBeVisible();
  expect(asked).toBe(1);
});

test.each(['light', 'dark'] as const)('axe finds nothing, %s, wide and narrow', async (theme) => {
  const { panel } = await openThread({ theme });
  await expect.element(panel.getByRole('listbox', { name: 'Tokens of Sequence 2 of 2' })).toBeVisible();
  for (const width of [1440, 390]) {
    await page.viewport(width, 900);
    const { violations } = await axe.run(document.body);
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  }
});
