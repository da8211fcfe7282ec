// @ts-check
/**
 * @file The benchmarks, in the order in which they are listed.
 */
import { DECODE_HELP, DECODE_OPTIONS } from './decode/options.mjs';
import { LORA_HELP, LORA_OPTIONS } from './lora.mjs';
import { STEP_HELP, STEP_OPTIONS } from './step/options.mjs';

/**
 * What a benchmark gives: a table for people, whose first row is its head, what is said below it, and figures for programs.
 *
 * @typedef {{ rows: (string | number)[][], notes?: string[], figures: object }} Outcome
 */

/**
 * @typedef {object} Benchmark
 * @property {string} name
 * @property {string} about
 * @property {import('node:util').ParseArgsConfig['options']} [options] what its command line may say besides `--json`
 * @property {string} [help] the options, for `--help`
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
  {
    name: 'step',
    about: 'a training step beside jax-js and tfjs [--shape pocket,4m,30m] [--growth] [--node] [--help]',
    options: STEP_OPTIONS,
    help: STEP_HELP,
    load: () => import('./step.mjs'),
  },
  {
    name: 'lora',
    about:
      'a LoRA step on models of real shapes, their base packed or not [--cases Qwen2.5-0.5B:int4] [--help]',
    options: LORA_OPTIONS,
    help: LORA_HELP,
    load: () => import('./lora.mjs'),
  },
  {
    name: 'decode',
    about: 'tokens a second of generation, with a cache and without [--shape pocket,30m] [--wgsl] [--help]',
    options: DECODE_OPTIONS,
    help: DECODE_HELP,
    load: () => import('./decode.mjs'),
  },
  {
    name: 'first-mask',
    about:
      'a cold visit until its first mask [--cases desktop:1,desktop:laptop,desktop:4] [--runs 5] [--width 1440] [--lesson ID] [--paste] [--build DIR]',
    options: {
      cases: { type: 'string', default: 'none,desktop,desktop:laptop,desktop:4,fast-4g,slow-4g' },
      paste: { type: 'boolean', default: false },
      runs: { type: 'string', default: '5' },
      lesson: { type: 'string', default: 'thread' },
      width: { type: 'string', default: '1440' },
      build: { type: 'string' },
    },
    load: () => import('./first-mask.mjs'),
  },
  {
    name: 'page-run',
    about:
      'what a run costs the page: its longest tasks, and its memory [--sft 300] [--rollouts 60] [--rounds 1] [--build DIR]',
    options: {
      sft: { type: 'string', default: '300' },
      rollouts: { type: 'string', default: '60' },
      rounds: { type: 'string', default: '1' },
      build: { type: 'string' },
    },
    load: () => import('./page-run.mjs'),
  },
  {
    name: 'strip',
    about:
      'what scrolling a long strip of tokens costs a frame [--tokens 20000] [--frames 600] [--build DIR]',
    options: {
      tokens: { type: 'string', default: '20000' },
      frames: { type: 'string', default: '600' },
      build: { type: 'string' },
    },
    load: () => import('./strip.mjs'),
  },
];
