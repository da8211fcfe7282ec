/**
 * @file The document of the reward sandbox, and the script of the worker inside it.
 */
import frame from './reward-sandbox-frame.js?raw';
import harness from './reward-sandbox-harness.js?raw';

/**
 * No connection, no image, no further frame; one inline script (the page's own policy, which this document inherits, admits
 * it by its hash alone), and workers from blobs, which inherit this policy. `'unsafe-inline'` opens nothing in a worker: a
 * worker has no inline script, and neither text nor an address becomes one.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  'worker-src blob:',
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** For `srcdoc` of a frame with `sandbox="allow-scripts"`. */
export const SANDBOX_DOCUMENT = `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><title>Reward sandbox</title><script>${frame}</script>`;

/** The harness as an expression: a call follows. */
const HARNESS = `(${harness.replace(/^export default /m, '').trimEnd()})`;
const HEAD = "function () { 'use strict';\n";
const TAIL = "\n;return typeof reward === 'function' ? reward : undefined;\n}";

/** Lines of the worker's script before the first line of a person's code. */
export const LINES_BEFORE = `${HARNESS}(${HEAD}`.split('\n').length - 1;

/** @param id of the question that the worker answers when it runs */
export function workerScript(source: string, id: number): string {
  const load = `${HEAD}${source}${TAIL}`;
  return `${HARNESS}(${load}, ${load.length}, ${id});`;
}
