// @ts-check
/**
 * @file The benchmarks, in the order in which they are listed.
 */

/**
 * What a benchmark gives: a table for people, whose first row is its head, and figures for programs.
 *
 * @typedef {{ rows: (string | number)[][], figures: object }} Outcome
 */

/**
 * @typedef {object} Benchmark
 * @property {string} name
 * @property {string} about
 * @property {import('node:util').ParseArgsConfig['options']} [options] what its command line may say besides `--json`
 * @property {() => Promise<{ run(values: Record<string, unknown>): Promise<Outcome> }>} load
 */

/** @type {readonly Benchmark[]} */
export const BENCHMARKS = [
  {
    name: 'masks',
    about: 'import, render, tokenize and mask conversations, against tokenizing alone [--count 10000]',
    options: { count: { type: 'string', default: '10000' }, tokenizer: { type: 'string' } },
    load: () => import('./masks.mjs'),
  },
  {
    name: 'lint',
    about: 'lint conversations, against tokenizing alone [--count 10000]',
    options: { count: { type: 'string', default: '10000' }, tokenizer: { type: 'string' } },
    load: () => import('./lint.mjs'),
  },
  {
    name: 'import',
    about: 'peak memory and speed of reading a large file [--gb 2]',
    options: { gb: { type: 'string', default: '2' } },
    load: () => import('./import.mjs'),
  },
];
