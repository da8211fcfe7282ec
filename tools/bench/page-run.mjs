// @ts-check
/**
 * @file What a run costs the page itself: the longest task of its main thread while the shipped model trains on practice data,
 * and the memory of page and workers before and after. With several rounds of the same runs a leak and a pool that levels off
 * can be told apart.
 *
 * Tasks are counted in processor time: what else runs on this machine, the training's own threads included, lengthens them on
 * the clock.
 */
import { loadavg } from 'node:os';
import { chromium } from 'playwright';
import { BROWSER_ARGS, findBrowser } from '../browser.mjs';
import { builtPage } from './page/build.mjs';
import { memoryOf } from './page/memory.mjs';
import { slowServer } from './page/slow-server.mjs';
import { mainThread, traced } from './page/trace.mjs';

/** What the browser calls a long task, in milliseconds. */
const LONG = 50;
const MEGABYTE = 1e6;

/** The common ground of both kinds of run. */
const KINDS = /** @type {const} */ ({
  sft: { radio: /From the data/, about: 'SFT' },
  grpo: { radio: /On policy/, about: 'on policy' },
});

/** @param {number} bytes */
const megabytes = (bytes) => Math.round(bytes / MEGABYTE);

/**
 * Tasks of the page's main thread, each as [wall, processor] in milliseconds.
 * @param {readonly import('./page/trace.mjs').TraceEvent[]} events
 */
const tasksOf = (events) =>
  mainThread(events)
    .filter((event) => event.name === 'RunTask' && event.dur)
    .map(({ dur = 0, tdur = 0 }) => ({ wall: dur / 1000, busy: tdur / 1000 }));

/** @param {Record<string, unknown>} values */
export async function run(values) {
  const folder = await builtPage(values.build);
  const server = await slowServer(folder, { rtt: 0, kbps: Infinity });
  const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_ARGS });
  /** @type {(string | number)[][]} */
  const rows = [
    [
      ...[
        'run',
        'steps',
        'tasks',
        'longest, busy',
        'longest, wall',
        `busy > ${LONG} ms`,
        `wall > ${LONG} ms`,
      ],
      ...['MB before', 'MB after', 'MB resident before', 'after'],
    ],
  ];
  /** @type {object[]} */
  const figures = [];
  let loading = NaN;
  /** @type {Record<string, number>} */
  let parts = {};
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, serviceWorkers: 'block' });
    page.setDefaultTimeout(120_000);
    const ready = () =>
      page
        .getByText(/million parameters/)
        .first()
        .waitFor();
    await page.goto(`${server.url}?engine=cpu`);
    await ready();
    // The second time everything comes from the browser's cache.
    const began = performance.now();
    await page.reload();
    await ready();
    loading = performance.now() - began;
    await page.getByRole('button', { name: 'Make practice data' }).click();
    const form = page.getByRole('form', { name: 'Practice data' });
    await form.getByRole('button', { name: 'Make', exact: true }).click();
    await page.getByRole('listbox', { name: 'Tokens', exact: true }).waitFor();
    const train = page.getByRole('region', { name: 'Train', exact: true });
    const session = await page.context().newCDPSession(page);
    const each = /** @type {const} */ ([
      ['sft', Number(values.sft)],
      ['grpo', Number(values.rollouts)],
    ]);
    for (const [kind, steps] of Array.from({ length: Number(values.rounds) }, () => each).flat()) {
      if (!(steps > 0)) continue;
      await train.getByRole('radio', { name: KINDS[kind].radio }).check();
      await train.getByLabel('Steps', { exact: true }).fill(String(steps));
      const start = train.getByRole('button', { name: /^Train( on)?$/ });
      const before = await memoryOf(browser, page);
      const events = await traced(session, async () => {
        await start.click();
        // Of a run before, “finished” may still stand there.
        await train.getByRole('button', { name: 'Pause' }).waitFor();
        await train.getByText('finished', { exact: true }).waitFor({ timeout: 3_600_000 });
      });
      const after = await memoryOf(browser, page);
      const tasks = tasksOf(events);
      const most = (/** @type {'wall' | 'busy'} */ clock) => Math.max(...tasks.map((task) => task[clock]));
      const long = tasks.filter(({ busy }) => busy > LONG).length;
      const longWall = tasks.filter(({ wall }) => wall > LONG).length;
      const figure = {
        kind,
        steps,
        tasks: tasks.length,
        busy: most('busy'),
        wall: most('wall'),
        long,
        longWall,
        before,
        after,
      };
      figures.push(figure);
      parts = after.parts;
      rows.push([
        KINDS[kind].about,
        steps,
        tasks.length,
        Math.round(figure.busy),
        Math.round(figure.wall),
        long,
        longWall,
        megabytes(before.counted),
        megabytes(after.counted),
        megabytes(before.resident),
        megabytes(after.resident),
      ]);
    }
  } finally {
    await browser.close();
    server.close();
  }
  const notes = [
    `Milliseconds of tasks of the page’s main thread. Memory is that of the page and all workers, after garbage collection; what threads share is counted once for each of them by the browser, and once by the system (“resident”).`,
    `At the end: ${Object.entries(parts)
      .sort(([, a], [, b]) => b - a)
      .map(([name, bytes]) => `${name} ${megabytes(bytes)} MB`)
      .join(', ')}.`,
    `From reloading the page with a warm cache to “ready”, the model loaded: ${Math.round(loading)} ms on the clock.`,
    `Other work on this machine: a load of ${loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')} over 1, 5 and 15 minutes.`,
  ];
  return { rows, notes, figures: { runs: figures, loading } };
}
