/**
 * @file Search in a strip: a query of words and conditions, and the runs of tokens that answer it. Pure.
 *
 * What is no condition is text, found whatever its case, across tokens; in quotes it is text in any case.
 * Conditions: `id:42`, `kind:answer`, `message:3`, `role:user`, `is:trained`, and a number compared by <, <=, >, >=, = or !=:
 * `weight>0`, `p<1%`, `logprob<-2`, `loss>1`, `rank>10`, `entropy>2`, `change>0.5`. All of a query must hold.
 */
import { strip } from '$strings/strip';
import type { TokenRun } from '../mask/edits';
import type { MaskView } from '../state/mask.svelte';
import { SEGMENT_KINDS } from '../template/rendered';
import { kindAt } from './kinds';
import { overlayValues, type Scores } from './overlay-values';

const { problems } = strip.search;

/** What is known of the tokens that are searched. */
export interface Searched {
  view: MaskView;
  weights: Float32Array;
  scores: Scores;
  /** 1 where the weight was set by hand. */
  edited?: Uint8Array | undefined;
  /** Not 0 where another mask differs. */
  diff?: Uint8Array | undefined;
  /** From this token on, a run reads nothing. */
  cutAt?: number | undefined;
}

export interface Found {
  /** First and last token of each place, in order. */
  runs: TokenRun[];
  /** What is wrong with the query, in a sentence; it then finds nothing. */
  problem?: string;
}

type Test = (index: number) => boolean;

/** A name, a sign and a value without white space; or text in quotes. */
const TERM =
  /"([^"]*)"|(?<=^|\s)(id|kind|message|role|is|weight|p|probability|logprob|loss|rank|entropy|change)(:|<=|>=|!=|<|>|=)(\S+)/giu;
const ROLES = ['system', 'user', 'assistant', 'tool'];
const STATES = ['trained', 'context', 'edited', 'differs', 'cut', 'generated'] as const;

const MEASURED = {
  p: 'probability',
  probability: 'probability',
  logprob: 'logProb',
  loss: 'loss',
  rank: 'rank',
  entropy: 'entropy',
  change: 'change',
} as const;

class QueryProblem extends Error {}

/** The runs of tokens that a query finds; none for a query without anything in it. */
export function searchStrip(query: string, searched: Searched): Found {
  const tests: Test[] = [];
  const quoted: string[] = [];
  try {
    const rest = query.replaceAll(TERM, (_, text?: string, name = '', sign = '', value = '') => {
      if (text !== undefined) quoted.push(text);
      else tests.push(condition(String(name).toLowerCase(), String(sign), String(value), searched));
      return ' ';
    });
    const texts = [...quoted, rest.trim()].filter((text) => text !== '');
    if (!texts.length && !tests.length) return { runs: [] };
    return { runs: find(texts, tests, searched.view) };
  } catch (error) {
    if (error instanceof QueryProblem) return { runs: [], problem: error.message };
    throw error;
  }
}

function condition(name: string, sign: string, value: string, searched: Searched): Test {
  const { encoded, source } = searched.view;
  const lower = value.toLowerCase();
  switch (name) {
    case 'id': {
      const id = equalTo(name, sign, value);
      return (i) => encoded.ids[i] === id;
    }
    case 'message': {
      const message = equalTo(name, sign, value) - 1;
      return (i) => encoded.message[i] === message;
    }
    case 'kind':
      expectWord(name, sign, lower, SEGMENT_KINDS);
      return (i) => kindAt(encoded.kind[i]) === lower;
    case 'role':
      expectWord(name, sign, lower, ROLES);
      return (i) => source.messages[encoded.message[i] ?? -1]?.role === lower;
    case 'is':
      expectWord(name, sign, lower, STATES);
      return stateTest(lower as (typeof STATES)[number], searched);
    case 'weight':
      return comparison(name, sign, value, searched.weights);
    default:
      return comparison(name, sign, value, measured(name as keyof typeof MEASURED, searched));
  }
}

function stateTest(state: (typeof STATES)[number], searched: Searched): Test {
  const { weights, edited, diff, cutAt, view } = searched;
  switch (state) {
    case 'trained':
      return (i) => (weights[i] ?? 0) !== 0;
    case 'context':
      return (i) => (weights[i] ?? 0) === 0;
    case 'edited':
      return (i) => edited?.[i] === 1;
    case 'differs':
      return (i) => (diff?.[i] ?? 0) !== 0;
    case 'cut':
      return (i) => i >= (cutAt ?? Infinity);
    case 'generated':
      return (i) => view.encoded.generated[i] === 1;
  }
}

function measured(name: keyof typeof MEASURED, { weights, scores }: Searched): Float32Array {
  const values = overlayValues(MEASURED[name], weights, scores);
  // In 32 bits like the numbers that they are compared with.
  if (values) return Float32Array.from(values);
  const why = name === 'change' ? problems.notTrained : problems.notRead;
  throw new QueryProblem(problems.unknown(name, why));
}

function comparison(name: string, sign: string, value: string, values: Float32Array): Test {
  const wanted = numberOf(name, value);
  // Weights are kept in 32 bits: 0.3 means the nearest of them.
  const exact = Math.fround(wanted);
  const at = (i: number) => values[i] ?? NaN;
  switch (sign) {
    case '<':
      return (i) => at(i) < exact;
    case '<=':
      return (i) => at(i) <= exact;
    case '>':
      return (i) => at(i) > exact;
    case '>=':
      return (i) => at(i) >= exact;
    case '!=':
      return (i) => !Number.isNaN(at(i)) && at(i) !== exact;
    default:
      return (i) => at(i) === exact;
  }
}

function numberOf(name: string, value: string): number {
  const [, digits = '', percent] = /^([-−+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(%)?$/i.exec(value) ?? [];
  if (digits === '') throw new QueryProblem(problems.noNumber(value, name));
  return Number(digits.replace('−', '-')) / (percent ? 100 : 1);
}

function equalTo(name: string, sign: string, value: string): number {
  if (sign !== ':' && sign !== '=') throw new QueryProblem(problems.colonNumber(name));
  return numberOf(name, value);
}

function expectWord(name: string, sign: string, value: string, words: readonly string[]): void {
  if (sign !== ':' && sign !== '=') throw new QueryProblem(problems.colonWord(name, words[0] ?? ''));
  if (!words.includes(value)) throw new QueryProblem(problems.notOne(name, value, words));
}

function find(texts: readonly string[], tests: readonly Test[], { rendered, encoded }: MaskView): TokenRun[] {
  const count = encoded.ids.length;
  const holds = (i: number) => tests.every((test) => test(i));
  const [first, ...others] = texts;
  if (first === undefined) return runsWhere(count, holds);
  const text = folded(rendered.text);
  // Where several texts are asked for, a place of the first has to lie in a message that has the others, too.
  const messages = others.map(
    (other) => new Set(places(text, other, encoded).map(([i]) => encoded.message[i])),
  );
  return places(text, first, encoded).filter(([from, to]) => {
    if (!messages.every((having) => having.has(encoded.message[from] ?? -1))) return false;
    for (let i = from; i <= to; i++) if (holds(i)) return true;
    return false;
  });
}

function runsWhere(count: number, holds: Test): TokenRun[] {
  const runs: TokenRun[] = [];
  for (let i = 0; i < count; i++) {
    if (!holds(i)) continue;
    const last = runs.at(-1);
    if (last && last[1] === i - 1) runs[runs.length - 1] = [last[0], i];
    else runs.push([i, i]);
  }
  return runs;
}

function places(text: string, wanted: string, { start, end }: MaskView['encoded']): TokenRun[] {
  const needle = folded(wanted);
  const runs: TokenRun[] = [];
  let token = 0;
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) {
    while (token < end.length && (end[token] ?? 0) <= at) token++;
    let last = token;
    while (last + 1 < start.length && (start[last + 1] ?? 0) < at + needle.length) last++;
    if (token < end.length) runs.push([token, last]);
  }
  return runs;
}

/** In lower case, with every character where it was: some become two in lower case, and those stay. */
function folded(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return text.replace(/./gsu, (character) => {
    const small = character.toLowerCase();
    return small.length === character.length ? small : character;
  });
}

/** The place to go to next (1) or before (−1) as seen from a token, round the ends; undefined without any. */
export function stepFound(runs: readonly TokenRun[], direction: 1 | -1, from: number): number | undefined {
  if (!runs.length) return undefined;
  const next =
    direction > 0 ? runs.findIndex(([first]) => first > from) : runs.findLastIndex(([first]) => first < from);
  return next >= 0 ? next : direction > 0 ? 0 : runs.length - 1;
}

/** For the strip, [T]: 1 in a place that was found, 2 in the one that was gone to. */
export function foundMarks(
  count: number,
  runs: readonly TokenRun[],
  at: number | undefined,
): Uint8Array | undefined {
  if (!runs.length) return undefined;
  const marks = new Uint8Array(count);
  runs.forEach(([first, last], k) => marks.fill(k === at ? 2 : 1, first, last + 1));
  return marks;
}
