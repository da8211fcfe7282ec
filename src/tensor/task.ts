/**
 * @file Giving way: work that takes long lets messages and events in between.
 */

/**
 * Resolves after the messages and events that are already waiting. A message of our own instead of a timer, because
 * timers are slowed down in hidden tabs.
 */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
