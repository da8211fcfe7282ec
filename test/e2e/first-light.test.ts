/**
 * @file The whole of it, as a user does it, on the built page: import, read the mask, train, compare, reload.
 */
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, SHIPPED, startServer, type TestServer } from './server';

const FILE = 'test/fixtures/import/eight.jsonl';

/** Text of every token of the strip, `*` before the trained ones. */
async function strip(page: Page): Promise<string[]> {
  return page
    .getByRole('listbox', { name: 'Tokens' })
    .getByRole('option')
    .evaluateAll((tokens) =>
      tokens.map((t) => (t.hasAttribute('data-bar') ? '*' : '') + t.textContent.trim()),
    );
}

/**
 * Mean log-probability of the tokens of the last row, which says whether the run trained them: original, and tuned where
 * there is one.
 */
async function scores(page: Page, total = 'all trained'): Promise<number[]> {
  const cells = await page
    .getByRole('row', { name: new RegExp(`^${total}`) })
    .getByRole('cell')
    .allTextContents();
  return cells.slice(1).map((cell) => Number(cell.replace('−', '-')));
}

/** The loss of every update, oldest first, from the table beside the chart. */
async function losses(page: Page): Promise<number[]> {
  const rows = page.getByRole('region', { name: 'Train', exact: true }).locator('tbody tr');
  const shown = await rows.evaluateAll((all) => all.map((row) => row.querySelector('td')?.textContent ?? ''));
  return shown.map(Number).reverse();
}

const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('first light', () => {
  let server: TestServer;
  let browser: Browser;
  let page: Page;
  const requests: string[] = [];
  const errors: string[] = [];

  beforeAll(async () => {
    server = await startServer({ subPath: '/playground/' });
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    page.setDefaultTimeout(60_000);
    page.context().on('request', (request) => requests.push(request.url()));
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.goto(server.url);
  });

  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  test('imports eight conversations and shows the mask before the weights are needed', async () => {
    await page.locator('#data input[type=file]').setInputFiles(FILE);
    const list = page.getByRole('listbox', { name: 'Conversations' });
    await list.getByRole('option').nth(7).waitFor();
    expect(await list.getByRole('option').count()).toBe(8);

    await list.getByRole('option').nth(2).click();
    await expect.poll(() => strip(page)).toContain('*<think>');
    expect(await strip(page)).toEqual([
      ...[
        '<|im_start|>',
        'user',
        '⏎',
        'What',
        '·',
        'is',
        '·',
        '7',
        '·',
        '+',
        '·',
        '6',
        '?',
        '<|im_end|>',
        '⏎',
      ],
      ...['<|im_start|>', 'assistant', '⏎'],
      ...[
        '*<think>',
        '*⏎',
        '*7',
        '*·',
        '*+',
        '*·',
        '*6',
        '*·',
        '*=',
        '*·',
        '*1',
        '*3',
        '*.',
        '*⏎',
        '*</think>',
      ],
      ...['*⏎', '*⏎', '*It', '*·', '*is', '*·', '*1', '*3', '*.', '*<|im_end|>', '⏎'],
    ]);
  });

  test('a switch masks a segment, and the count follows', async () => {
    const mask = page.getByRole('region', { name: 'Mask' });
    const total = mask.getByRole('status').filter({ hasText: /tokens? are trained/ });
    await expect
      .poll(async () => (await total.textContent())?.replace(/\s+/g, ' '))
      .toMatch(/25 of 44 tokens are trained/);
    await mask.getByRole('checkbox', { name: 'Thinking' }).uncheck();
    await expect
      .poll(async () => (await total.textContent())?.replace(/\s+/g, ' '))
      .toMatch(/8 of 44 tokens/);
    const trained = async () => (await strip(page)).filter((token) => token.startsWith('*'));
    await expect.poll(trained).toEqual(['*It', '*·', '*is', '*·', '*1', '*3', '*.', '*<|im_end|>']);
    await mask.getByRole('checkbox', { name: 'Thinking' }).check();
    await expect
      .poll(async () => (await total.textContent())?.replace(/\s+/g, ' '))
      .toMatch(/25 of 44 tokens/);
  });

  test('trains ten small steps: the loss falls and trained tokens become more probable', async () => {
    const train = page.getByRole('region', { name: 'Train', exact: true });
    await train.getByLabel('Steps', { exact: true }).fill('10');
    await train.getByLabel('Batch size').fill('1');
    await train.getByLabel('Longest sequence').fill('64');
    await train.getByLabel('Learning rate').fill('0.002');
    const start = train.getByRole('button', { name: 'Train', exact: true });
    await expect.poll(() => start.isEnabled(), { timeout: 120_000 }).toBe(true);
    await expect.poll(async () => (await scores(page)).length, { timeout: 60_000 }).toBe(1);
    await start.click();
    await train.getByText('finished').waitFor({ timeout: 240_000 });

    await train.getByText('Last steps as a table').click();
    const all = await losses(page);
    expect(all.length).toBe(10);
    await expect.poll(async () => (await scores(page)).length, { timeout: 60_000 }).toBe(3);
    const [base = 0, tuned = 0] = await scores(page);
    expect(mean(all.slice(-3))).toBeLessThan(0.8 * mean(all.slice(0, 3)));
    expect(-tuned).toBeLessThan(-0.8 * base);
  });

  test('shows the change of every token on the strip', async () => {
    await page.getByRole('button', { name: 'Show the change on the strip' }).click();
    const details = page.getByRole('group', { name: 'Token details' });
    const changes: number[] = [];
    for (const token of await page.getByRole('option').and(page.locator('[data-bar]')).all()) {
      await token.focus();
      const place = Number(await token.getAttribute('data-i')) + 1;
      // The details are those of the token before for a moment.
      const own = new RegExp(`Token ${place} of[^]*Change\\s*(≈ 0|[+−]?[\\d.]+)`);
      await expect.poll(() => details.textContent()).toMatch(own);
      const change = own.exec((await details.textContent()) ?? '')?.[1] ?? 'none';
      // Too little to be told.
      changes.push(change === '≈ 0' ? 0 : Number(change.replace('−', '-')));
    }
    expect(changes).toHaveLength(25);
    expect(mean(changes)).toBeGreaterThan(0);
  });

  test('both models write the same turn', async () => {
    const compare = page.getByRole('region', { name: 'Compare' });
    await compare.getByLabel('New tokens').fill('6');
    await compare.getByRole('button', { name: 'Write both' }).click();
    const done = compare.getByText(/^[1-6] tokens, (cut at the limit|ended its turn)/);
    await expect.poll(() => done.count(), { timeout: 120_000 }).toBe(2);
    for (const which of ['Original', 'Tuned']) {
      const text = compare.getByRole('region', { name: `${which}: text` });
      expect((await text.textContent())?.trim()).toBeTruthy();
    }
  });

  test('pauses, steps once, resumes, stops and resets; the strip answers while it trains', async () => {
    const train = page.getByRole('region', { name: 'Train', exact: true });
    const press = (name: string) => train.getByRole('button', { name, exact: true }).click();
    const step = async () => Number(/Step (\d+) of 900/.exec((await train.textContent()) ?? '')?.[1] ?? NaN);
    // Enough that no machine is done before Pause is pressed.
    await train.getByLabel('Steps', { exact: true }).fill('900');
    await press('Train on');
    await expect.poll(step, { timeout: 60_000 }).toBeGreaterThan(0);
    const thinking = page.getByRole('checkbox', { name: 'Thinking' });
    await thinking.uncheck();
    await expect.poll(() => strip(page)).not.toContain('*<think>');
    await thinking.check();
    await press('Pause');
    await train.getByText('paused', { exact: true }).waitFor();
    // The step under way when Pause was pressed still counts, however long it takes.
    let paused = NaN;
    const rests = async () => Object.is(paused, (paused = await step()));
    await expect.poll(rests, { timeout: 60_000, interval: 1500 }).toBe(true);
    expect(paused).toBeLessThan(900);
    await press('Single step');
    await expect.poll(step, { timeout: 60_000 }).toBe(paused + 1);
    await press('Resume');
    await expect.poll(step, { timeout: 60_000 }).toBeGreaterThan(paused + 1);
    await press('Stop');
    await train.getByText('stopped', { exact: true }).waitFor();
    await press('Reset');
    await expect.poll(async () => (await scores(page)).length, { timeout: 60_000 }).toBe(1);
    const again = train.getByRole('button', { name: 'Train', exact: true });
    await expect.poll(() => again.isEnabled(), { timeout: 60_000 }).toBe(true);
  });

  test('reloads to a fresh page', async () => {
    await page.reload();
    await page.getByText(`${SHIPPED}, on the CPU`).waitFor();
    expect(await page.getByRole('listbox', { name: 'Conversations' }).count()).toBe(0);
  });

  test('nothing left the page’s own origin, and nothing went wrong on the way', () => {
    expect(errors).toEqual([]);
    expect(requests.length).toBeGreaterThan(10);
    const own = (url: string) => url.startsWith(server.origin) || url.startsWith(`blob:${server.origin}`);
    expect(requests.filter((url) => !own(url))).toEqual([]);
  });
});

/** Two short steps on the shipped model: the loss of each, and the scores of a conversation afterwards. */
async function trainShortly(page: Page): Promise<{ losses: number[]; scores: number[] }> {
  await page.locator('#data input[type=file]').setInputFiles(FILE);
  await expect.poll(() => strip(page)).toContain('*<|im_end|>');
  const train = page.getByRole('region', { name: 'Train', exact: true });
  await train.getByLabel('Steps', { exact: true }).fill('2');
  await train.getByLabel('Batch size').fill('1');
  await train.getByLabel('Longest sequence').fill('64');
  const start = train.getByRole('button', { name: 'Train', exact: true });
  await expect.poll(() => start.isEnabled(), { timeout: 120_000 }).toBe(true);
  await start.click();
  await train.getByText('finished').waitFor({ timeout: 240_000 });
  await train.getByText('Last steps as a table').click();
  // Two batches of one: the conversation that is shown is in neither.
  await expect.poll(async () => (await scores(page, 'all measured')).length, { timeout: 120_000 }).toBe(3);
  return { losses: await losses(page), scores: await scores(page, 'all measured') };
}

/** The sentence under Details that says what computes, and why. */
async function engineReason(page: Page): Promise<string> {
  const model = page.getByRole('region', { name: 'Model', exact: true });
  await model.getByText('Details', { exact: true }).click();
  return (await model.locator('dt:text-is("Engine") + dd').textContent()) ?? '';
}

describe('with a GPU and without', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  test('without WebGPU everything runs on the CPU, and the page says so; the readable decoder on WebGPU agrees', async () => {
    const without = await launchBrowser({ webgpu: false });
    const page = await without.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(server.url);
    await page.getByText(`${SHIPPED}, on the CPU`).waitFor();
    expect(await engineReason(page)).toMatch(/^The CPU computes: there is no GPU to be used\. .*WebGPU/);
    const found = await trainShortly(page);
    expect(await page.getByRole('alert').count()).toBe(0);
    await without.close();

    const withGpu = await launchBrowser();
    const other = await withGpu.newPage();
    other.setDefaultTimeout(60_000);
    await other.goto(`${server.url}?engine=oracle`);
    await other.getByText(`${SHIPPED}, on the GPU`).waitFor();
    expect(await engineReason(other)).toMatch(/^The readable decoder computes on the GPU/);
    const expected = await trainShortly(other);
    await withGpu.close();

    expect(found.losses).toHaveLength(2);
    found.losses.forEach((loss, i) => expect(loss).toBeCloseTo(expected.losses[i] ?? NaN, 2));
    found.scores.forEach((score, i) => expect(score).toBeCloseTo(expected.scores[i] ?? NaN, 1));
  });

  test('WebGPU that is asked for and missing is named; masks work in full, training waits', async () => {
    const browser = await launchBrowser({ webgpu: false });
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`${server.url}?engine=wgsl`);
    await page.getByRole('alert').getByText('This browser has no WebGPU').waitFor();
    await page.locator('#data input[type=file]').setInputFiles(FILE);
    await expect.poll(() => strip(page)).toContain('*<|im_end|>');
    const train = page.getByRole('region', { name: 'Train', exact: true });
    expect(await train.getByRole('button', { name: 'Train', exact: true }).isEnabled()).toBe(false);
    await browser.close();
  });

  test('a GPU process that crashes is named, the mask stays, and the engine can be restarted', async () => {
    const browser = await launchBrowser();
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`${server.url}?engine=wgsl`);
    await page.locator('#data input[type=file]').setInputFiles(FILE);
    await page.getByText(`${SHIPPED}, on the GPU`).waitFor({ timeout: 120_000 });
    const devtools = await browser.newBrowserCDPSession();
    await devtools.send('Browser.crashGpuProcess');
    await page.getByRole('alert').getByText('The GPU went away').waitFor();
    await expect.poll(() => strip(page)).toContain('*<|im_end|>');
    await page.getByRole('button', { name: 'Restart the engine' }).click();
    await page.locator('#model').getByText(SHIPPED).waitFor({ timeout: 120_000 });
    await expect.poll(() => page.getByRole('alert').count()).toBe(0);
    await browser.close();
  });
});
