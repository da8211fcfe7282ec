// @ts-check
/**
 * @file What scrolling a long strip of tokens costs a frame: script, and all work of the page's main thread.
 *
 * In processor time of that thread, so that what else runs on this machine lengthens it little.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright';
import { BROWSER_ARGS, findBrowser } from '../browser.mjs';
import { builtPage } from './page/build.mjs';
import { slowServer } from './page/slow-server.mjs';
import { mainThread, traced } from './page/trace.mjs';

/** The aim, in milliseconds of script a frame. */
const AIM = 8;
/** Timeline events in which script runs. */
const SCRIPT = new Set([
  ...[
    'FunctionCall',
    'EventDispatch',
    'FireAnimationFrame',
    'TimerFire',
    'RunMicrotasks',
    'FireIdleCallback',
  ],
  ...['EvaluateScript', 'V8.GC_MINOR_MC', 'MinorGC', 'MajorGC'],
]);

/**
 * One conversation of many turns, in words that do not repeat soon.
 * @param {number} tokens about as many
 */
function longConversation(tokens) {
  const messages = [{ role: 'system', content: 'You answer at length.' }];
  for (let i = 0; messages.length < tokens / 100; i++) {
    messages.push({ role: 'user', content: `Question ${i}: what comes after ${i * 37}, and why is it so?` });
    const words = Array.from({ length: 60 }, (_, k) => `word${(i * 61 + k * 17) % 997}`).join(' ');
    messages.push({ role: 'assistant', content: `After ${i * 37} comes ${i * 37 + 1}. ${words}` });
  }
  return { id: 'long', messages };
}

/**
 * Milliseconds of script and of all work in each frame, in processor time.
 * @param {readonly import('./page/trace.mjs').TraceEvent[]} events
 */
export function framesOf(events) {
  const own = mainThread(events).filter(({ ts, tts }) => ts !== undefined && tts !== undefined);
  own.sort((a, b) => (a.ts ?? 0) - (b.ts ?? 0));
  /** @type {{ script: number, work: number }[]} */
  const frames = [];
  // Script inside of script counts once.
  let until = -Infinity;
  for (const { name, tts = 0, tdur = 0 } of own) {
    if (name === 'BeginMainThreadFrame') frames.push({ script: 0, work: 0 });
    const frame = frames.at(-1);
    if (!frame) continue;
    if (name === 'RunTask') frame.work += tdur / 1000;
    if (SCRIPT.has(name) && tts >= until) {
      frame.script += tdur / 1000;
      until = tts + tdur;
    }
  }
  return frames;
}

/**
 * In the page: scrolls from the top, so many pixels a frame, and estimates in how many frames the middle of the strip was
 * still plain text.
 * @param {Element} list
 * @param {{ pixels: number, frames: number }} how
 */
async function scroll(list, { pixels, frames }) {
  list.scrollTop = 0;
  const { left, top, width, height } = list.getBoundingClientRect();
  const after = new MessageChannel();
  const EVERY = 10;
  let late = 0;
  for (let frame = 1; frame <= frames; frame++) {
    // After the frame is laid out: to scroll before would do that inside of script, which no wheel does.
    await new Promise((resolve) =>
      requestAnimationFrame(() => {
        after.port1.onmessage = resolve;
        after.port2.postMessage(0);
      }),
    );
    // Now and then only: what is asked costs script, too.
    if (frame % EVERY === 0) {
      const line = document.elementFromPoint(left + width / 2, top + height / 2)?.closest('.line');
      if (line && !line.querySelector('[data-i]')) late += EVERY;
    }
    list.scrollTop = pixels * frame;
  }
  return late;
}

/**
 * @param {readonly number[]} values
 * @param {number} share from 0 to 1
 */
const quantile = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? NaN;

/** @param {Record<string, unknown>} values */
export async function run(values) {
  const folder = await builtPage(values.build);
  const data = mkdtempSync(path.join(tmpdir(), 'losslight-strip-'));
  const file = path.join(data, 'long.jsonl');
  writeFileSync(file, `${JSON.stringify(longConversation(Number(values.tokens)))}\n`);
  const server = await slowServer(folder, { rtt: 0, kbps: Infinity });
  const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_ARGS });
  /** @type {(string | number)[][]} */
  const rows = [
    [
      'what',
      'frames',
      ...['script: mean', 'p50', 'p99', 'most', `> ${AIM} ms`],
      ...['all work: mean', 'p99', 'not drawn yet'],
    ],
  ];
  /** @type {Record<string, object>} */
  const figures = {};
  let tokens = 0;
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, serviceWorkers: 'block' });
    page.setDefaultTimeout(120_000);
    await page.goto(`${server.url}?engine=cpu`);
    await page.locator('#data input[type=file]').setInputFiles(file);
    const strip = page.getByRole('listbox', { name: 'Tokens', exact: true });
    await strip.getByRole('option').first().waitFor();
    await page
      .getByText(/million parameters/)
      .first()
      .waitFor();
    const session = await page.context().newCDPSession(page);
    // What a page does when it begins, such as checks, is no scrolling.
    await page.waitForTimeout(3000);
    const middle = await strip.boundingBox();
    for (const [what, pixels, pointed] of /** @type {const} */ ([
      ['slowly, 10 px a frame', 10, false],
      ['quickly, 150 px a frame', 150, false],
      ['slowly, with the pointer over it', 10, true],
    ])) {
      if (pointed && middle) await page.mouse.move(middle.x + middle.width / 2, middle.y + middle.height / 2);
      let late = 0;
      const events = await traced(session, async () => {
        late = await strip.evaluate(scroll, { pixels, frames: Number(values.frames) });
      });
      const frames = framesOf(events);
      const script = frames.map((frame) => frame.script);
      const work = frames.map((frame) => frame.work);
      const mean = (/** @type {number[]} */ all) => all.reduce((a, b) => a + b, 0) / all.length;
      const over = script.filter((one) => one > AIM).length;
      figures[what] = { frames: frames.length, mean: mean(script), p99: quantile(script, 0.99), over, late };
      rows.push([
        what,
        frames.length,
        ...[mean(script), quantile(script, 0.5), quantile(script, 0.99), Math.max(...script)].map((ms) =>
          ms.toFixed(1),
        ),
        over,
        ...[mean(work), quantile(work, 0.99)].map((ms) => ms.toFixed(1)),
        late,
      ]);
    }
    // Only what is near is drawn: the last token tells how many there are.
    tokens = await strip.evaluate(async (list) => {
      let last = 0;
      for (let i = 0; i < 20; i++) {
        list.lastElementChild?.scrollIntoView({ block: 'end' });
        await new Promise((resolve) => requestAnimationFrame(resolve));
        for (const token of list.querySelectorAll('[data-i]'))
          last = Math.max(last, Number(token.getAttribute('data-i')));
      }
      return last + 1;
    });
  } finally {
    await browser.close();
    server.close();
    rmSync(data, { recursive: true, force: true });
  }
  const notes = [
    `Milliseconds of the page’s main thread in processor time, scrolling a strip of ${tokens} tokens on a page of 1440 × 1000. The aim is at most ${AIM} of script. Not drawn yet: frames in which the middle of the strip was plain text.`,
    `Other work on this machine: a load of ${loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')} over 1, 5 and 15 minutes.`,
  ];
  return { rows, notes, figures };
}
