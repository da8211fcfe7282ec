// @ts-check
/**
 * @file How fast this machine is by Lighthouse's measure, so that a reader can tell it from their own.
 *
 * The `benchmarkIndex` is the mean of two counts over half a second each, a second's worth divided by ten: strings of 10,000
 * characters made by appending one at a time, and copies of an array of 100,000 numbers (Lighthouse 6.3 and later,
 * `core/lib/page-functions.js`). Its `docs/throttling.md` calls 1,500 to 2,000 a high-end desktop, 1,000 to 1,500 a low-end one,
 * 800 to 1,200 a high-end phone and 125 to 800 a mid-tier one, by Chromium 86: newer ones count more on the same machine.
 *
 * How many times slower a machine must be made to stand for a slower one follows from the calculator that the document names
 * (patrickhulce/lighthouse-cpu-throttling-calculator, `pages/index.js`): it tells how many times slower than a machine of an index
 * Lighthouse's phone is, so that two machines are as far apart as these two numbers.
 */

/**
 * The index that stands for a mid-range laptop: the middle of “Low-End Desktop”, 1,000 to 1,500, whose example is an Intel NUC with an
 * i3. The document has no class for laptops; the one above, 1,500 to 2,000, has a 16-inch MacBook Pro as its example, which is not
 * mid-range.
 */
export const LAPTOP_INDEX = 1250;

/** Times that Lighthouse's mid-tier phone is slower than a machine of that index; Lighthouse gives none below 150. */
function slowdownOfPhone(/** @type {number} */ index) {
  if (index >= 1300) return 3 + (index - 1300) / 233;
  if (index >= 800) return 2 + (index - 800) / 500;
  return 1 + Math.max(0, index - 150) / 650;
}

/**
 * How many times slower a machine of an index is to be made to stand for a mid-range laptop; 1 where it is none faster. On a fast
 * machine that is more than the ratio of the indices, 2.5 in place of 1.8 for an index of 2,270.
 * @param {number} index
 */
export function slowdownOfLaptop(index) {
  return Math.max(1, slowdownOfPhone(index) / slowdownOfPhone(LAPTOP_INDEX));
}

/** Runs in the page: the two counts together, and the milliseconds that both took. */
function count() {
  const HALF = 500;
  let took = 0;
  /** @param {(turn: number) => void} work @param {number} often turns between two looks at the clock */
  const perSecond = (work, often) => {
    const begun = Date.now();
    let turns = 0;
    while (turns % often !== 0 || Date.now() - begun < HALF) work(turns++);
    const spent = Date.now() - begun;
    took += spent;
    return (1000 * turns) / spent;
  };
  const strings = perSecond(() => {
    let text = '';
    for (let i = 0; i < 10_000; i++) text += 'a';
    // Else the text would not have to be made.
    if (text.length === 1) throw new Error('A text of 10,000 characters has one.');
  }, 1);
  /** @type {[number[], number[]]} */
  const arrays = [[], []];
  for (let i = 0; i < 100_000; i++) arrays[0][i] = arrays[1][i] = i;
  const copies = perSecond((turn) => {
    const [from, to] = turn % 2 ? [arrays[1], arrays[0]] : arrays;
    for (let i = 0; i < from.length; i++) to[i] = /** @type {number} */ (from[i]);
  }, 10);
  return { index: (Math.round(strings / 10) + Math.round(copies / 10)) / 2, took };
}

/**
 * @param {import('playwright').Browser} browser
 * @returns {Promise<{ index: number, alone: number }>} `alone`: the same for the processor time that the page was given, which is what
 *   it would be if nothing else ran here
 */
export async function benchmarkIndex(browser) {
  const page = await browser.newPage();
  try {
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const spent = async () => {
      const { metrics } = await session.send('Performance.getMetrics');
      return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN);
    };
    const before = await spent();
    const { index, took } = await page.evaluate(count);
    const own = (await spent()) - before;
    return { index: Math.round(index), alone: Math.round((index * took) / Math.min(own, took)) };
  } finally {
    await page.close();
  }
}
