/**
 * @file A part of the page whose code or style could not be loaded: it says so, and comes as it should be when it is tried again.
 */
import type { Browser } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, startServer } from './server';

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser({ webgpu: false });
});
afterAll(() => browser.close());

test.each([
  ['script', /assets\/GuideDialog-[^/]*\.js$/],
  ['style', /assets\/GuideDialog-[^/]*\.css$/],
])(
  'a part whose %s does not come says so, and stands there with its style at the second try',
  async (_, file) => {
    const server = await startServer();
    const context = await browser.newContext({ serviceWorkers: 'block' });
    try {
      const page = await context.newPage();
      let refused = 0;
      await page.route(file, (route) => {
        refused++;
        return route.abort('connectionfailed');
      });
      await page.goto(server.url);
      await page.getByRole('button', { name: 'Guide', exact: true }).click();
      const again = page.getByRole('alert').filter({ hasText: 'This part of the page could not be loaded.' });
      await again.getByRole('button', { name: 'Try again' }).click();
      // Nothing has changed, so that it fails again; until it has, the alert of the first time may stand there.
      await expect.poll(() => refused, { timeout: 30_000 }).toBeGreaterThan(1);
      await again.waitFor();
      await page.unroute(file);
      await again.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('dialog', { name: 'Guide' }).waitFor();
      const rules = await page.evaluate(() =>
        [...document.styleSheets]
          .filter(({ href }) => href?.includes('GuideDialog'))
          .map((sheet) => sheet.cssRules.length),
      );
      expect(rules).toHaveLength(1);
      expect(rules[0]).toBeGreaterThan(3);
    } finally {
      await context.close();
      await server.close();
    }
  },
);

test('a part whose style does not come keeps no other part from coming', async () => {
  const server = await startServer();
  const context = await browser.newContext({ serviceWorkers: 'block' });
  try {
    const page = await context.newPage();
    await page.route(/assets\/GuideDialog-[^/]*\.css$/, (route) => route.abort('connectionfailed'));
    await page.goto(server.url);
    await page.getByRole('button', { name: 'Guide', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: 'This part of the page could not be loaded.' }).waitFor();
    await page.getByRole('button', { name: 'Share', exact: true }).click();
    await page.getByRole('dialog', { name: 'Share' }).waitFor();
  } finally {
    await context.close();
    await server.close();
  }
});
