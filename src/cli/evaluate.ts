/**
 * @file `losslight evaluate`: how well a model does on held-out practice conversations, and how it differs from another one.
 */
import { SPLITS, type Split } from '../conversation/practice/options';
import { pairedDifference, wilson, type Pair } from '../reward/interval';
import {
  evaluatePractice,
  FIGURES,
  sharesOf,
  type CaseResult,
  type Figure,
} from '../train/practice-evaluation';
import { UsageError, type Given } from './arguments';
import type { Command } from './command';
import { ENGINE_FLAGS, openEngine } from './engine';
import type { Io } from './io';
import { readNumber } from './numbers';
import { pad, painter } from './paint';

const HELD_OUT = SPLITS.filter((split) => split !== 'train');
const MOST = 2 ** 31 - 1;

export const evaluate: Command = {
  name: 'evaluate',
  about: 'Measures a model on held-out practice conversations, simulators answering its calls.',
  flags: {
    ...ENGINE_FLAGS,
    '--against': {
      value: 'DIR',
      about: 'another model’s folder; differences on the same turns are shown, with intervals',
    },
    '--conversations': { value: 'N', about: 'conversations of each split; 500 without it' },
    '--splits': {
      value: 'NAMES',
      about: `which data, of ${SPLITS.join(', ')}; ${HELD_OUT.join(',')} without it`,
    },
    '--seed': { value: 'N', about: 'of the conversations; 900 without it' },
    '--max-new-tokens': { value: 'N', about: 'most tokens of one message; 200 without it' },
    '--sequences': { value: 'N', about: 'texts that are written at once; what suits the machine without it' },
    '--json': { about: 'one JSON object with every case' },
  },
  details:
    'Every user turn of every conversation is a case: what stands before it is as recorded, and the reaction is the model’s, greedy, with its calls run ' +
    'by the simulators until it answers. Contested turns are drawn a second time at temperature 1. Shares have Wilson’s 95% interval; differences to ' +
    'another model are of the same turns, their 95% interval is of whole conversations.',
  async run(given, io) {
    const splits = readSplits(given);
    const options = readOptions(given);
    const results = await measure(given, io, given.one('--model') ?? '', splits, options);
    const other = given.one('--against');
    const against = other === undefined ? undefined : await measure(given, io, other, splits, options);
    if (given.has('--json')) {
      const cases = Object.fromEntries(results);
      const more = against && { against: Object.fromEntries(against) };
      await io.print(`${JSON.stringify({ options, cases, ...more })}\n`);
      return 0;
    }
    const paint = painter(io.colour);
    for (const [split, cases] of results) {
      await io.print(`${paint(`${split}, ${options.count} conversations (seed ${options.seed})`, 1)}\n`);
      await io.print(`${figureLines(cases, against?.get(split)).join('\n')}\n\n`);
    }
    return 0;
  },
};

interface Options {
  seed: number;
  count: number;
  maxNewTokens: number;
  sequences?: number;
}

function readOptions(given: Given): Options {
  const whole = (flag: string, fallback: number, min: number, max: number) =>
    readNumber(given, flag, fallback, { min, max, integer: true });
  return {
    seed: whole('--seed', 900, 0, MOST),
    count: whole('--conversations', 500, 1, 1_000_000),
    maxNewTokens: whole('--max-new-tokens', 200, 1, 100_000),
    ...(given.has('--sequences') && { sequences: whole('--sequences', 1, 1, 4096) }),
  };
}

function readSplits(given: Given): Split[] {
  const text = given.one('--splits');
  if (text === undefined) return HELD_OUT;
  return text.split(',').map((name) => {
    const split = SPLITS.find((known) => known === name.trim());
    if (!split) throw new UsageError(`“${name}” is no split: give --splits some of ${SPLITS.join(', ')}.`);
    return split;
  });
}

async function measure(
  given: Given,
  io: Io,
  folder: string,
  splits: readonly Split[],
  options: Options,
): Promise<Map<Split, CaseResult[]>> {
  const { engine, inspector, computes, dispose } = await openEngine(given, io, folder);
  try {
    const results = new Map<Split, CaseResult[]>();
    for (const split of splits) {
      const start = performance.now();
      let shown = start;
      const onTurn = (done: number, total: number) => {
        const now = performance.now();
        if (now - shown < 10_000 && done < total) return;
        shown = now;
        io.warn(
          `${folder}, ${split}: ${done} of ${total} turns, ${((now - start) / 1000).toFixed(0)} s on ${computes}`,
        );
      };
      results.set(split, await evaluatePractice(engine, inspector, { ...options, split }, 'tuned', onTurn));
    }
    return results;
  } finally {
    engine.dispose();
    await dispose();
  }
}

/** A line a figure: the share, its interval and its cases; with another model's share and the difference beside it. */
export function figureLines(cases: readonly CaseResult[], against?: readonly CaseResult[]): string[] {
  const shares = sharesOf(cases);
  const others = against && sharesOf(against);
  const width = Math.max(...Object.values(FIGURES).map(({ length }) => length));
  return (Object.entries(FIGURES) as [Figure, string][]).map(([figure, about]) => {
    const share = shares.get(figure);
    if (!share) return `  ${pad(about, width)}  no cases`;
    const [low, high] = wilson(share);
    const line = `  ${pad(about, width)}  ${percent(share.hits / share.cases)}  [${percent(low)}, ${percent(high)}]  ${share.hits} of ${share.cases}`;
    const other = others?.get(figure);
    if (!against || !other) return line;
    const paired = pairsOf(figure, against, cases);
    if (paired.length === 0) return `${line}  against ${percent(other.hits / other.cases)}`;
    const { difference, low: from, high: to } = pairedDifference(paired);
    return `${line}  against ${percent(other.hits / other.cases)}: ${points(difference)} [${points(from)}, ${points(to)}] on ${paired.length} turns of both`;
  });
}

/** The cases of a figure that both have. */
export function pairsOf(figure: Figure, before: readonly CaseResult[], after: readonly CaseResult[]): Pair[] {
  const hits = new Map(before.filter((c) => c.figure === figure).map(({ key, hit }) => [key, hit]));
  return after.flatMap(({ figure: of, key, group, hit }) => {
    const was = of === figure ? hits.get(key) : undefined;
    return was === undefined ? [] : [{ group, before: was, after: hit }];
  });
}

const percent = (share: number) => `${(100 * share).toFixed(1)}%`.padStart(6);
const points = (difference: number) =>
  `${difference < 0 ? '−' : '+'}${Math.abs(100 * difference).toFixed(1)}`;
