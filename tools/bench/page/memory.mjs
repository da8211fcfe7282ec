// @ts-check
/**
 * @file The memory of a page in Chromium, garbage collected: what the browser counts for the page and each worker, and
 * what the system has in memory for the process that they all live in.
 *
 * The browser counts memory that threads share once for each of them; the system counts it once.
 */
import { readFileSync } from 'node:fs';

/**
 * @typedef {object} PageMemory
 * @property {number} counted bytes that the browser counts, see `performance.measureUserAgentSpecificMemory`; NaN where it does not tell
 * @property {Record<string, number>} parts the same by who has it: the page and each worker, the largest first
 * @property {number} resident bytes of the largest renderer that are in memory; NaN where the system does not tell
 */

/** Milliseconds after which the browser is taken not to tell. */
const LIMIT = 30_000;

/** @typedef {{ bytes: number, attribution: { url: string, scope: string }[] }} Share */

/** @param {readonly Share[]} breakdown */
function byOwner(breakdown) {
  /** @type {Record<string, number>} */
  const parts = {};
  let workers = 0;
  for (const { bytes, attribution } of [...breakdown].sort((a, b) => b.bytes - a.bytes)) {
    const [owner] = attribution;
    // Every worker is started from a blob, whose address tells nothing.
    const name = !owner ? 'shared' : owner.scope === 'Window' ? 'page' : `worker ${++workers}`;
    if (bytes > 0) parts[name] = (parts[name] ?? 0) + bytes;
  }
  return parts;
}

/**
 * Bytes that processes have in memory, the largest.
 * @param {readonly number[]} pids
 */
function residentOf(pids) {
  const sizes = pids.flatMap((pid) => {
    try {
      const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
      return [1024 * Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? NaN)];
    } catch {
      return [];
    }
  });
  return sizes.length ? Math.max(...sizes) : NaN;
}

/**
 * @param {import('playwright').Browser} browser
 * @param {import('playwright').Page} page cross-origin isolated
 * @returns {Promise<PageMemory>}
 */
export async function memoryOf(browser, page) {
  const { bytes, breakdown } = await page.evaluate((limit) => {
    const measure =
      /** @type {{ measureUserAgentSpecificMemory(): Promise<{ bytes: number, breakdown: Share[] }> }} */ (
        /** @type {unknown} */ (performance)
      );
    // The browser was seen not to answer within minutes.
    /** @type {Promise<{ bytes: number, breakdown: Share[] }>} */
    const late = new Promise((resolve) => setTimeout(() => resolve({ bytes: NaN, breakdown: [] }), limit));
    return Promise.race([measure.measureUserAgentSpecificMemory(), late]);
  }, LIMIT);
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  return { counted: bytes, parts: byOwner(breakdown), resident: residentOf(renderers) };
}
