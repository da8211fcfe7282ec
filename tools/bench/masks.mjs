// @ts-check
/**
 * @file What masks cost: import, render, tokenize and mask of conversations of our own generator, as a ratio to tokenizing
 * the same texts alone.
 *
 * All stages are measured on one block of conversations after another, so that a machine that is busy for a while is so for
 * each of them; in processor time, which other processes lengthen little. One block more warms up.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';
import { englishWords } from '../language.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BLOCK = 250;

/** @param {string} file */
const load = async (file) =>
  (
    await runnerImport(path.join(ROOT, 'src', file), {
      configFile: false,
      logLevel: 'error',
      resolve: englishWords,
    })
  ).module;

/** @param {Record<string, unknown>} values */
export async function run(values) {
  const count = Number(values.count);
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError(`--count is “${values.count}”: give a whole number from 1.`);
  const folder = String(values.tokenizer ?? path.join(ROOT, 'public/models/pocket'));
  const [
    { composePractice },
    { toOpenAIJsonl },
    { importText },
    { Inspector },
    { encodeRendered },
    { renderWithProvenance },
    policy,
  ] = await Promise.all(
    [
      'conversation/practice/compose.ts',
      'conversation/export.ts',
      'conversation/import.ts',
      'sequence/inspector.ts',
      'tokenizer/encode.ts',
      'template/provenance.ts',
      'mask/policy.ts',
    ].map(load),
  );
  const read = (/** @type {string} */ name) =>
    readFile(path.join(folder, name), 'utf8').catch(() => undefined);
  const inspector = new Inspector(
    await read('tokenizer.json'),
    (await read('tokenizer_config.json')) ?? '{}',
    await read('chat_template.jinja'),
  );
  const made = Array.from({ length: count }, (_, index) => composePractice(index, { seed: 1 }));
  const { tokenizer, template } = inspector;
  const stages = { tokenize: 0, import: 0, renderOnce: 0, provenance: 0, encode: 0, mask: 0, total: 0 };
  let tokens = 0;
  /**
   * @template T
   * @param {(keyof typeof stages)[]} names
   * @param {() => T} work
   */
  const timed = (names, work) => {
    const begin = process.cpuUsage();
    const value = work();
    const { user, system } = process.cpuUsage(begin);
    for (const name of names) stages[name] += (user + system) / 1000;
    return value;
  };
  /** @param {any[]} block */
  const measure = (block) => {
    const lines = toOpenAIJsonl(block);
    /** @type {any[]} */
    const conversations = timed(['import', 'total'], () => importText(lines).conversations);
    const texts = timed(['renderOnce'], () => conversations.map((c) => template.render(c.messages, c)));
    const plain = timed(['tokenize'], () => texts.map((text) => tokenizer.encode(text)));
    const views = timed(['provenance', 'total'], () =>
      conversations.map((c) => renderWithProvenance(template, c)),
    );
    const encoded = timed(['encode', 'total'], () => views.map((view) => encodeRendered(view, tokenizer)));
    timed(['mask', 'total'], () =>
      conversations.map((c, i) => policy.tokenWeights(encoded[i], policy.DEFAULT_POLICY, c, views[i])),
    );
    tokens += plain.reduce((sum, { ids }) => sum + ids.length, 0);
  };
  measure(made.slice(0, BLOCK));
  for (const name of /** @type {(keyof typeof stages)[]} */ (Object.keys(stages))) stages[name] = 0;
  tokens = 0;
  for (let at = 0; at < count; at += BLOCK) measure(made.slice(at, at + BLOCK));
  const base = stages.tokenize;
  const row = (/** @type {string} */ name, /** @type {number} */ ms) => [
    name,
    Math.round(ms),
    Number((ms / base).toFixed(2)),
    Number(((ms * 1000) / count).toFixed(0)),
  ];
  return {
    rows: [
      [`${count} conversations, ${tokens} tokens`, 'CPU ms', 'ratio', 'µs each'],
      row('tokenizing alone', base),
      row('import', stages.import),
      row('rendering once, for comparison', stages.renderOnce),
      row('rendering with provenance', stages.provenance),
      row('tokenizing with provenance', stages.encode),
      row('mask', stages.mask),
      row('import to mask', stages.total),
    ],
    figures: { conversations: count, tokens, cpuMilliseconds: stages, ratio: stages.total / base },
  };
}
