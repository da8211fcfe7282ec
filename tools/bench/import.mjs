// @ts-check
/**
 * @file Peak memory and speed of reading a large JSON Lines file: import-heap.mjs in a process of its own.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** @param {Record<string, unknown>} values */
export async function run({ gb }) {
  const script = fileURLToPath(new URL('import-heap.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, '--gb', String(gb), '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  const status = await new Promise((resolve) =>
    child.exitCode === null ? child.on('close', resolve) : resolve(child.exitCode),
  );
  if (status !== 0) throw new Error(`Reading ended with status ${status}: ${text.trim()}`);
  const line = text.trim().split('\n').at(-1) ?? '';
  const figures = /** @type {Record<string, number>} */ (JSON.parse(line));
  return { rows: [['what', 'value'], ...Object.entries(figures)], figures };
}
