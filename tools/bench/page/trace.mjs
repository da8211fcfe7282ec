// @ts-check
/**
 * @file What Chromium's timeline says of a page's main thread.
 */

/**
 * @typedef {object} TraceEvent
 * @property {string} name
 * @property {number} pid
 * @property {number} tid
 * @property {string} ph
 * @property {number} [ts] microseconds on the clock
 * @property {number} [dur] microseconds on the clock
 * @property {number} [tts] microseconds of the thread's processor time
 * @property {number} [tdur] microseconds of the thread's processor time
 * @property {{ name?: string }} [args]
 */

/**
 * Calls `work` and gives what was traced meanwhile.
 * @param {import('playwright').CDPSession} session
 * @param {() => Promise<void>} work
 * @returns {Promise<TraceEvent[]>}
 */
export async function traced(session, work) {
  /** @type {TraceEvent[]} */
  const events = [];
  const collect = (/** @type {{ value: object[] }} */ { value }) =>
    events.push(.../** @type {TraceEvent[]} */ (value));
  session.on('Tracing.dataCollected', collect);
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: {
      includedCategories: [
        'disabled-by-default-devtools.timeline',
        'devtools.timeline',
        'devtools.timeline.frame',
        'disabled-by-default-devtools.timeline.frame',
        '__metadata',
      ],
    },
  });
  await work();
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  await complete;
  session.off('Tracing.dataCollected', collect);
  return events;
}

/**
 * The events of the main threads of pages.
 * @param {readonly TraceEvent[]} events
 */
export function mainThread(events) {
  const key = (/** @type {TraceEvent} */ { pid, tid }) => `${pid} ${tid}`;
  const mains = new Set(
    events.flatMap((event) =>
      event.name === 'thread_name' && event.args?.name === 'CrRendererMain' ? [key(event)] : [],
    ),
  );
  return events.filter((event) => mains.has(key(event)));
}
