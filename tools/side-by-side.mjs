// @ts-check
/** @file Tasks at the same time, with their results in order. */

/**
 * Starts tasks in their order, at most `limit` at a time, and hands out each result once those before it were.
 * @template T
 * @param {readonly (() => Promise<T>)[]} tasks
 * @param {number} limit at least 1
 * @returns {AsyncGenerator<T, void>} throws what a task threw, in its turn
 */
export async function* sideBySide(tasks, limit) {
  /** @type {Set<Promise<unknown>>} */
  const running = new Set();
  const started = tasks.map(async (task) => {
    while (running.size >= limit) await Promise.race(running);
    const result = task();
    // Settles with nothing, so that an error is thrown once, where the result is handed out.
    const ended = result.then(
      () => void running.delete(ended),
      () => void running.delete(ended),
    );
    running.add(ended);
    return result;
  });
  // One that fails before its turn is not taken for an error that nobody handles.
  for (const result of started) result.catch(() => {});
  for (const result of started) yield await result;
}
