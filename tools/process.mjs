// @ts-check
/**
 * @file Runs the project's tools as child processes: with their output shown or kept, within a time limit, and without
 * leaving a browser behind when a person presses Ctrl+C.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';

/** The repository's root. */
export const ROOT = path.resolve(import.meta.dirname, '..');

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
const windows = process.platform === 'win32';

/** @param {import('node:child_process').ChildProcess} child */
function endTree(child) {
  if (child.pid === undefined) return;
  if (windows) spawn('taskkill', ['/pid', String(child.pid), '/t', '/f'], { stdio: 'ignore' });
  else
    try {
      // A negative id names the group: the tool and the browsers that it started.
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      child.kill('SIGKILL');
    }
}

/** Ends every child on Ctrl+C or a polite request to stop, then this process, with the customary exit codes. */
export function endChildrenOnSignals() {
  for (const [signal, code] of /** @type {const} */ ([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]))
    process.once(signal, () => {
      for (const child of running) endTree(child);
      process.exit(code);
    });
}

/**
 * @typedef {object} Outcome
 * @property {boolean} ok whether it ended by itself with exit code 0
 * @property {string} output stdout and stderr together; empty where they were shown
 * @property {number} milliseconds
 */

/**
 * Runs a command to its end. It gets no stdin, so nothing can wait for an answer.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, show?: boolean, shell?: boolean, limitMinutes?: number, cwd?: string }} [options]
 *   `show`: pass the output on as it comes instead of keeping it
 * @returns {Promise<Outcome>}
 */
export function run(command, args, { env = {}, show = false, shell = false, limitMinutes, cwd = ROOT } = {}) {
  const begun = performance.now();
  const child = spawn(command, args, {
    cwd,
    shell,
    env: { ...process.env, ...env },
    stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    detached: !windows,
  });
  running.add(child);
  /** @type {Buffer[]} */
  const chunks = [];
  child.stdout?.on('data', (chunk) => chunks.push(chunk));
  child.stderr?.on('data', (chunk) => chunks.push(chunk));

  return new Promise((resolve) => {
    let note = '';
    const timer =
      limitMinutes &&
      setTimeout(() => {
        note = `\nStopped after ${limitMinutes} minutes without an end.\n`;
        endTree(child);
      }, limitMinutes * 60_000);
    /** @param {boolean} ok */
    const finish = (ok) => {
      clearTimeout(timer || undefined);
      running.delete(child);
      const output = Buffer.concat(chunks).toString() + note;
      resolve({ ok, output, milliseconds: performance.now() - begun });
    };
    child.on('error', (error) => {
      note += `\n${command} did not start: ${error.message}\n`;
      finish(false);
    });
    child.on('close', (code) => finish(code === 0));
  });
}

/**
 * Runs a script of an installed package with this Node, which works alike on every system.
 * @param {string} script path below node_modules/
 * @param {readonly string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export function runPackage(script, args, options) {
  return run(process.execPath, [path.join(ROOT, 'node_modules', script), ...args], options);
}
