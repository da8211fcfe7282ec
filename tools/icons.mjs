// @ts-check
/**
 * @file Draws the PNG icons of an installed page from public/icon.svg, in the browser that the tests use:
 *
 *     node tools/icons.mjs
 */
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright';
import { findBrowser } from './browser.mjs';

/** Launchers cut a maskable icon to their own shape; its inner 80% are safe. */
const ICONS = [
  { file: 'icon-180.png', size: 180, maskable: true },
  { file: 'icon-192.png', size: 192, maskable: false },
  { file: 'icon-512.png', size: 512, maskable: false },
  { file: 'icon-maskable-512.png', size: 512, maskable: true },
];
const BACKGROUND = '#16202e';

const svg = readFileSync(new URL('../public/icon.svg', import.meta.url)).toString('base64');
const browser = await chromium.launch({ executablePath: findBrowser() });
const page = await browser.newPage();
for (const { file, size, maskable } of ICONS) {
  await page.setViewportSize({ width: size, height: size });
  const width = maskable ? Math.round(size * 0.8) : size;
  await page.setContent(
    `<body style="margin:0;display:grid;place-items:center;height:100vh;background:${maskable ? BACKGROUND : 'transparent'}">` +
      `<img width="${width}" height="${width}" src="data:image/svg+xml;base64,${svg}">`,
  );
  await page.locator('img').evaluate((image) => /** @type {HTMLImageElement} */ (image).decode());
  await page.screenshot({ path: `public/${file}`, omitBackground: true });
}
await browser.close();
