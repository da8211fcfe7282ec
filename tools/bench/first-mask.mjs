// @ts-check
/**
 * @file How long a first visit takes to show a mask: a cold load of the built page with a lesson in its address, over links
 * and on processors of several speeds; without a lesson (`--lesson ''`), how long until the lessons can be chosen; with `--paste`,
 * how long from handing in a pasted conversation until its mask.
 *
 * The link is slowed down by the server, the page's main thread by Chromium; workers keep this machine's speed.
 */
import { loadavg } from 'node:os';
import { chromium } from 'playwright';
import { BROWSER_ARGS, findBrowser } from '../browser.mjs';
import { benchmarkIndex, LAPTOP_INDEX, slowdownOfLaptop } from './page/benchmark-index.mjs';
import { builtPage } from './page/build.mjs';
import { slowServer } from './page/slow-server.mjs';

/** The aim, in milliseconds. */
const AIM = 1500;

/** `desktop` is what Lighthouse calls that; the others are Chromium's own names for slower ones. */
const LINKS = {
  none: { rtt: 0, kbps: Infinity, about: 'no limit' },
  desktop: { rtt: 40, kbps: 10_240, about: '10 Mbit/s, 40 ms' },
  'fast-4g': { rtt: 60, kbps: 9000, about: '9 Mbit/s, 60 ms' },
  'slow-4g': { rtt: 150, kbps: 1600, about: '1.6 Mbit/s, 150 ms' },
};

/** A processor as slow as this stands for a mid-range laptop's, whatever this machine is (page/benchmark-index.mjs). */
const LAPTOP = 'laptop';

/** Times that this machine's own speed is measured. */
const MEASURED = 3;

/** What is pasted. */
const PASTED = JSON.stringify({
  messages: [
    { role: 'user', content: 'What is 17 times 23?' },
    { role: 'assistant', content: '17 times 23 is 391.' },
    { role: 'user', content: 'And half of it?' },
    { role: 'assistant', content: 'Half of 391 is 195.5.' },
  ],
});

/** What a visit comes for: the first token of a mask, or on the plain address the first lesson to choose. */
const TOKEN = '[role="listbox"][aria-label="Tokens"] [role="option"]';
const LESSON = '#mask [aria-label="Lessons"] button';
/** Milliseconds that the page is watched afterwards for what still moves. */
const AFTER = 1500;

/**
 * Marks when it can be seen, and adds up what moves (the layout shifts that the browser reports); runs before the page's scripts.
 * @param {string} selector
 */
function watch(selector) {
  const look = () => {
    if (!document.querySelector(selector)) return;
    observer.disconnect();
    // The frame after the one that it is drawn in.
    requestAnimationFrame(() => requestAnimationFrame(() => performance.mark('first-mask')));
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { childList: true, subtree: true });
  // What is pasted is handed in by a form.
  document.addEventListener('submit', () => performance.mark('handed-in'), { capture: true });
  const page = /** @type {{ shifted: number }} */ (/** @type {unknown} */ (globalThis));
  page.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of /** @type {{ value: number }[]} */ (/** @type {unknown} */ (list.getEntries())))
      page.shifted += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
}

/**
 * @param {import('playwright').Browser} browser
 * @param {string} url
 * @param {{ cpu: number, width: number, selector: string, paste: boolean }} how `cpu`: how many times slower; `selector`: what is waited for;
 *   `paste`: a conversation is pasted as soon as that can be done
 */
async function visit(browser, url, { cpu, width, selector, paste }) {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    serviceWorkers: 'block',
  });
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: cpu });
    // Processor time: what else runs on this machine lengthens it little.
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    await page.addInitScript(watch, selector);
    await page.goto(url);
    if (paste) {
      await page.getByRole('button', { name: 'Paste text', exact: true }).click();
      await page.locator('#paste').fill(PASTED);
      await page.locator('form:has(#paste) button[type="submit"]').click();
    }
    await page.waitForFunction(() => performance.getEntriesByName('first-mask').length > 0, undefined, {
      timeout: 120_000,
    });
    const stood = performance.now();
    const { metrics } = await session.send('Performance.getMetrics');
    const busy = 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN);
    const marks = await page.evaluate(() => {
      const time = (/** @type {string} */ name) => performance.getEntriesByName(name)[0]?.startTime ?? NaN;
      const files = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType('resource'));
      const end = (/** @type {RegExp} */ pattern) =>
        Math.max(...files.filter(({ name }) => pattern.test(name)).map(({ responseEnd }) => responseEnd));
      return {
        script: end(/assets\/page-[^/]*\.js$/),
        paint: time('first-contentful-paint'),
        tokenizer: end(/tokenizer\.json$/),
        handedIn: time('handed-in'),
        mask: time('first-mask'),
      };
    });
    await page.waitForTimeout(AFTER);
    const shifted = await page.evaluate(
      () => /** @type {{ shifted?: number }} */ (globalThis).shifted ?? NaN,
    );
    const mask = paste ? marks.mask - marks.handedIn : marks.mask;
    return { ...marks, mask, busy, shifted, stood };
  } finally {
    await context.close();
  }
}

/** @param {number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** @param {Record<string, unknown>} values */
export async function run(values) {
  const runs = Number(values.runs);
  const width = Number(values.width);
  const paste = values.paste === true;
  const lesson = paste ? '' : values.lesson;
  const selector = lesson || paste ? TOKEN : LESSON;
  const what = paste ? 'pasted to mask' : lesson ? 'first mask' : 'lessons';
  const folder = await builtPage(values.build);
  const cases = String(values.cases)
    .split(',')
    .map((text) => {
      const [name = '', slower = '1'] = text.split(':');
      const link = LINKS[/** @type {keyof typeof LINKS} */ (name)];
      if (!link || !(slower === LAPTOP || Number(slower) >= 1))
        throw new RangeError(
          `--cases has “${text}”: give one of ${Object.keys(LINKS).join(', ')} and how many times slower the processor is, as in desktop:2 or desktop:${LAPTOP}.`,
        );
      return { name, link, slower };
    });
  /** @type {(string | number)[][]} */
  const rows = [
    [
      'link',
      'processor',
      'script',
      'first paint',
      'tokenizer',
      what,
      'best',
      'main thread',
      'kB before',
      'moved',
    ],
  ];
  /** @type {object[]} */
  const figures = [];
  const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_ARGS });
  let machine = { index: NaN, alone: NaN };
  try {
    // The best of a few: other work only ever makes it less, and the slowdown with it.
    for (let i = 0; i < MEASURED; i++) {
      const now = await benchmarkIndex(browser);
      if (!(now.alone <= machine.alone)) machine = now;
    }
    for (const { name, link, slower } of cases) {
      // Of the processor time that it got, so that other work makes no slower machine of this one, and the slowdown less.
      const cpu = slower === LAPTOP ? Number(slowdownOfLaptop(machine.alone).toFixed(2)) : Number(slower);
      /** @type {(Awaited<ReturnType<typeof visit>> & { bytes: number })[]} */
      const all = [];
      for (let i = 0; i < runs; i++) {
        const server = await slowServer(folder, link);
        try {
          const address = lesson ? `${server.url}?lesson=${lesson}` : server.url;
          const marks = await visit(browser, address, { cpu, width, selector, paste });
          // The model comes behind; what was asked for until the mask stood is what it waited for.
          const bytes = server.asked.reduce(
            (sum, { path, at, bytes: own }) =>
              sum + (at > marks.stood || path.endsWith('.safetensors') ? 0 : own),
            0,
          );
          all.push({ ...marks, bytes });
        } finally {
          server.close();
        }
      }
      const middle = (/** @type {keyof (typeof all)[number]} */ key) =>
        Math.round(median(all.map((one) => one[key])));
      const best = Math.round(Math.min(...all.map(({ mask }) => mask)));
      rows.push([
        `${name} (${link.about})`,
        `${cpu === 1 ? 'as it is' : `${cpu} times slower`}${slower === LAPTOP ? ' (mid-range laptop)' : ''}`,
        middle('script'),
        middle('paint'),
        middle('tokenizer'),
        middle('mask'),
        best,
        middle('busy'),
        Math.round(middle('bytes') / 1000),
        median(all.map(({ shifted }) => shifted)).toFixed(3),
      ]);
      figures.push({ name, cpu, load: loadavg()[0], visits: all });
    }
  } finally {
    await browser.close();
  }
  const notes = [
    `Milliseconds since the address was entered, the median of ${runs} cold visits ${lesson ? `to ?lesson=${lesson}` : 'without a lesson'}, ${width} px wide; the aim is ${AIM}. ${paste ? 'Pasted to mask: since the conversation was handed in, as soon as that could be done. ' : ''}Main thread: its processor time until then. Moved: the sum of layout shifts until ${AFTER} ms later.`,
    `This machine by Lighthouse’s benchmarkIndex: ${machine.index}, and ${machine.alone} for the processor time that it got; Lighthouse calls 1,000 to 1,500 a low-end desktop and more a high-end one. A mid-range laptop is taken to have ${LAPTOP_INDEX}, and this machine to be ${slowdownOfLaptop(machine.alone).toFixed(2)} times as fast, by Lighthouse’s calculator.`,
    `Other work on this machine while it was measured: a load of ${loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')} over 1, 5 and 15 minutes.`,
  ];
  return { rows, notes, figures: [{ machine }, ...figures] };
}
