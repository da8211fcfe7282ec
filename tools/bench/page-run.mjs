// @ts-check
/**
 * @file What a run costs the page itself: the longest task of its main thread while the shipped model trains on practice data,
 * and the memory of page and workers before and after, so that a leak shows.
 *
 * Tasks are counted in processor time: what else runs on this machine, the training's own threads included, lengthens them on
 * the clock.
 */
import { loadavg } from 'node:os';
import { chromium } from 'playwright';
import { BROWSER_ARGS, findBrowser } from '../browser.mjs';
import { builtPage } from './page/build.mjs';
import { slowServer } from './page/slow-server.mjs';

/** What the browser calls a long task, in milliseconds. */
const LONG = 50;
const MEGABYTE = 1e6;

/** The common ground of both kinds of run. */
const KINDS = /** @type {const} */ ({
  sft: { radio: /From the data/, about: 'SFT' },
  grpo: { radio: /On policy/, about: 'on policy' },
});

/**
 * Bytes of the page and its workers, garbage collected.
 * @param {import('playwright').Page} page
 */
function memoryOf(page) {
  return page.evaluate(async () => {
    const all = await /** @type {{ measureUserAgentSpecificMemory(): Promise<{ bytes: number }> }} */ (
      /** @type {unknown} */ (performance)
    ).measureUserAgentSpecificMemory();
    return all.bytes;
  });
}

/** @typedef {{ name: string, pid: number, tid: number, dur?: number, tdur?: number, args?: { name?: string } }} TraceEvent */

/**
 * Tasks of the page's main thread, each as [wall, processor] in milliseconds.
 * @param {readonly TraceEvent[]} events
 */
function tasksOf(events) {
  const key = (/** @type {TraceEvent} */ { pid, tid }) => `${pid} ${tid}`;
  const mains = new Set(
    events.flatMap((event) =>
      event.name === 'thread_name' && event.args?.name === 'CrRendererMain' ? [key(event)] : [],
    ),
  );
  return events
    .filter((event) => event.name === 'RunTask' && event.dur && mains.has(key(event)))
    .map(({ dur = 0, tdur = 0 }) => ({ wall: dur / 1000, busy: tdur / 1000 }));
}

/**
 * Calls `work` and gives what was traced meanwhile.
 * @param {import('playwright').CDPSession} session
 * @param {() => Promise<void>} work
 */
async function traced(session, work) {
  /** @type {TraceEvent[]} */
  const events = [];
  const collect = (/** @type {{ value: object[] }} */ { value }) =>
    events.push(.../** @type {TraceEvent[]} */ (value));
  session.on('Tracing.dataCollected', collect);
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['disabled-by-default-devtools.timeline', '__metadata'] },
  });
  await work();
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  await complete;
  session.off('Tracing.dataCollected', collect);
  return events;
}

/** @param {Record<string, unknown>} values */
export async function run(values) {
  const folder = await builtPage(values.build);
  const server = await slowServer(folder, { rtt: 0, kbps: Infinity });
  const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_ARGS });
  /** @type {(string | number)[][]} */
  const rows = [
    ['run', 'steps', 'tasks', 'longest, busy', 'longest, wall', `busy > ${LONG} ms`, 'MB before', 'MB after'],
  ];
  /** @type {object[]} */
  const figures = [];
  let loading = NaN;
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
    for (const [kind, steps] of /** @type {const} */ ([
      ['sft', Number(values.sft)],
      ['grpo', Number(values.rollouts)],
    ])) {
      if (!(steps > 0)) continue;
      await train.getByRole('radio', { name: KINDS[kind].radio }).check();
      await train.getByLabel('Steps', { exact: true }).fill(String(steps));
      const start = train.getByRole('button', { name: /^Train( on)?$/ });
      const before = await memoryOf(page);
      const events = await traced(session, async () => {
        await start.click();
        await train.getByText('finished', { exact: true }).waitFor({ timeout: 3_600_000 });
      });
      const after = await memoryOf(page);
      const tasks = tasksOf(events);
      const most = (/** @type {'wall' | 'busy'} */ clock) => Math.max(...tasks.map((task) => task[clock]));
      const long = tasks.filter(({ busy }) => busy > LONG).length;
      const figure = {
        kind,
        steps,
        tasks: tasks.length,
        busy: most('busy'),
        wall: most('wall'),
        long,
        before,
        after,
      };
      figures.push(figure);
      const megabytes = (/** @type {number} */ bytes) => Math.round(bytes / MEGABYTE);
      rows.push([
        KINDS[kind].about,
        steps,
        tasks.length,
        Math.round(figure.busy),
        Math.round(figure.wall),
        long,
        megabytes(before),
        megabytes(after),
      ]);
    }
  } finally {
    await browser.close();
    server.close();
  }
  const notes = [
    `Milliseconds of tasks of the page’s main thread. Memory is that of the page and all workers, after garbage collection.`,
    `From reloading the page with a warm cache to “ready”, the model loaded: ${Math.round(loading)} ms on the clock.`,
    `Other work on this machine: a load of ${loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')} over 1, 5 and 15 minutes.`,
  ];
  return { rows, notes, figures: { runs: figures, loading } };
}
