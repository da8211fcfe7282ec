/**
 * @file `losslight evaluate`: how well a model does on held-out practice conversations or on anybody's own, and how it differs
 * from another one.
 */
import { SPLITS, type Split } from '../conversation/practice/options';
import { decisionReport, type DecisionCase } from '../reward/decision-report';
import { openModel } from '../sequence/open-model';
import { evaluatePractice, type CaseResult } from '../train/practice-evaluation';
import { UsageError, type Given } from './arguments';
import type { Command } from './command';
import { DATA_FLAGS } from './data';
import { allDecisions, decisionTables } from './decision-tables';
import { ENGINE_FLAGS, openEngine } from './engine';
import { evaluateOwn } from './evaluate-own';
import { differenceLines, figureLines, summaryOf } from './evaluation-table';
import type { Io } from './io';
import { openModelFolder } from './model-folder';
import { readNumber } from './numbers';
import { painter } from './paint';

const HELD_OUT = SPLITS.filter((split) => split !== 'train');
const MOST = 2 ** 31 - 1;

export const evaluate: Command = {
  name: 'evaluate',
  about:
    'Measures a model on held-out practice conversations, simulators answering its calls, or on your own.',
  flags: {
    ...ENGINE_FLAGS,
    ...DATA_FLAGS,
    '--data': {
      ...DATA_FLAGS['--data'],
      about: 'your own conversations instead: what is recorded in them is what is right',
      required: false,
    },
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
    '--contested': {
      value: 'SHARE',
      about: 'of turns with tools that are asked to be contested, 0 to 1; 0.2 without it, as in training',
    },
    '--max-new-tokens': { value: 'N', about: 'most tokens of one message; 200 without it' },
    '--sequences': { value: 'N', about: 'texts that are written at once; what suits the machine without it' },
    '--json': { about: 'one JSON object: shares, intervals and differences, and every case' },
  },
  details:
    'Every user turn of every conversation is a case: what stands before it is as recorded, and the reaction is the model’s, greedy, with its calls run ' +
    'by the simulators until it answers. Contested turns are drawn a second time at temperature 1. Shares have Wilson’s 95% interval; differences to ' +
    'another model are of the same turns, their 95% interval is of whole conversations. With --data the turns are those of your conversations: the calls ' +
    'that are recorded, or that there are none, is what is right; calls are answered where a record names a practice world, and else end the turn.',
  async run(given, io) {
    const splits = readSplits(given);
    const options = readOptions(given);
    const model = given.one('--model') ?? '';
    const other = given.one('--against');
    // Now, not after the first model was measured.
    if (other !== undefined) await expectModel(other);
    if (given.has('--data')) return await evaluateOwn(given, io, model, other, options);
    const results = await measure(given, io, model, splits, options);
    const against = other === undefined ? undefined : await measure(given, io, other, splits, options);
    const summary = summaryOf(casesOf(results), against && casesOf(against));
    const [decisions, otherDecisions] = [decisionsOf(results), against && decisionsOf(against)];
    const toolDecisions = decisionReport(decisions, otherDecisions);
    if (given.has('--json')) {
      const cases = Object.fromEntries(casesOf(results));
      const more = against && {
        againstCases: Object.fromEntries(casesOf(against)),
        againstDecisions: otherDecisions,
      };
      const all = { model, against: other, options, summary, toolDecisions, cases, decisions, ...more };
      await io.print(`${JSON.stringify(all)}\n`);
      return 0;
    }
    const paint = painter(io.colour);
    const table = (title: string, lines: readonly string[]) =>
      io.print(`${paint(title, 1)}\n${lines.join('\n')}\n\n`);
    for (const split of results.keys()) {
      const title = `${split}, ${options.count} conversations (seed ${options.seed})`;
      await table(title, figureLines(summary.splits[split] ?? {}));
    }
    if (summary.all)
      await table(`all, ${results.size * options.count} conversations`, figureLines(summary.all));
    if (summary.phrasings) {
      const title = 'held-out phrasings less seen ones, in points, both of held-out entities';
      await table(title, differenceLines(summary.phrasings));
    }
    for (const { title, lines } of decisionTables(toolDecisions)) await table(title, lines);
    return 0;
  },
};

/** What was measured of one split. */
interface Measured {
  cases: CaseResult[];
  decisions: DecisionCase[];
}

const casesOf = (results: ReadonlyMap<Split, Measured>) =>
  new Map(Array.from(results, ([split, { cases }]) => [split, cases]));
const decisionsOf = (results: ReadonlyMap<Split, Measured>) =>
  allDecisions(Array.from(results, ([split, { decisions }]) => [split, decisions]));

/** @throws LosslightError where a folder holds no model that can be measured, as far as that can be told without its weights. */
async function expectModel(path: string): Promise<void> {
  const folder = await openModelFolder(path);
  try {
    openModel({ files: folder.files });
  } finally {
    await folder.close();
  }
}

interface Options {
  seed: number;
  count: number;
  contested?: number;
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
    ...(given.has('--contested') && {
      contested: readNumber(given, '--contested', 0.2, { min: 0, max: 1 }),
    }),
    ...(given.has('--sequences') && { sequences: whole('--sequences', 1, 1, 4096) }),
  };
}

function readSplits(given: Given): Split[] {
  const text = given.one('--splits');
  if (text === undefined) return HELD_OUT;
  const named = text.split(',').map((name) => {
    const split = SPLITS.find((known) => known === name.trim());
    if (!split) throw new UsageError(`“${name}” is no split: give --splits some of ${SPLITS.join(', ')}.`);
    return split;
  });
  return [...new Set(named)];
}

async function measure(
  given: Given,
  io: Io,
  folder: string,
  splits: readonly Split[],
  options: Options,
): Promise<Map<Split, Measured>> {
  const { engine, inspector, computes, dispose } = await openEngine(given, io, folder);
  try {
    const results = new Map<Split, Measured>();
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
      const found = await evaluatePractice(engine, inspector, { ...options, split }, 'tuned', onTurn);
      if (found.tooLong > 0) {
        io.warn(
          `${folder}, ${split}: warning: ${found.tooLong} of ${found.turns} turns were left out: what stands before them does not fit into the context of ${engine.contextLength} tokens.`,
        );
      }
      results.set(split, found);
    }
    return results;
  } finally {
    engine.dispose();
    await dispose();
  }
}
