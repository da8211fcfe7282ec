/**
 * @file What a run writes down while it goes on: one JSON object a line. A run is finished where its last line says so;
 * anything else is begun anew.
 */
import type { DecisionCase } from '../reward/decision-report';
import type { StepMetrics } from '../worker/protocol';

/** What it has taken so far, with what the arms before it, and the rollouts that it learns from, took. */
export interface Cost {
  /** Tokens that the model wrote to learn from. */
  generated: number;
  /** Tokens that went forward and backward, contexts included, padding not. */
  trained: number;
  /** Of generating, rewarding and training; loading and measuring are not counted. */
  seconds: number;
  /** Seconds of a processor that the same took; absent where the host cannot tell. */
  processor?: number;
}

export const NO_COST: Cost = { generated: 0, trained: 0, seconds: 0 };

/** Both together; processor time is known only where both know it. */
export const addCost = (a: Cost, b: Cost): Cost => ({
  generated: a.generated + b.generated,
  trained: a.trained + b.trained,
  seconds: a.seconds + b.seconds,
  ...(a.processor !== undefined && b.processor !== undefined && { processor: a.processor + b.processor }),
});

/** The cost alone of a line that has more. */
export const costOf = ({ generated, trained, seconds, processor }: Cost): Cost => ({
  ...{ generated, trained, seconds },
  ...(processor !== undefined && { processor }),
});

export const tokensOf = ({ generated, trained }: Cost): number => generated + trained;

export interface BeginLine extends Cost {
  type: 'begin';
  arm: string;
  seed: number;
  /** What the run depends on, as text: where it is another one now, the run is not the same. */
  definition: string;
  /** What computes, for people. */
  computes: string;
}

export interface StepLine extends Cost {
  type: 'step';
  step: number;
  loss: number;
  learningRate: number;
  gradientNorm: number;
  metrics?: StepMetrics;
}

export interface EvaluationLine extends Cost {
  type: 'evaluation';
  /** After so many steps. */
  step: number;
  /** One word a question, see `writeCases`. */
  cases: string;
}

export interface EndLine extends Cost {
  type: 'end';
  step: number;
  /** What ended it. */
  by: 'steps' | 'tokens' | 'seconds' | 'objective';
  /** Digest of the file of its weights, where other arms begin with them; logs of earlier versions have none. */
  weights?: string;
}

export type LogLine = BeginLine | StepLine | EvaluationLine | EndLine;

/** A run as it was logged. */
export interface LoggedRun {
  begin: BeginLine;
  steps: StepLine[];
  evaluations: EvaluationLine[];
  /** Absent where it is not finished. */
  end?: EndLine;
}

/**
 * Reads a log. A last line that was cut off, as by a machine that lost its power, counts as not written.
 *
 * @returns undefined where not even the first line is whole
 */
export function readLog(text: string): LoggedRun | undefined {
  let run: LoggedRun | undefined;
  for (const line of text.split('\n').slice(0, -1)) {
    let value: LogLine;
    try {
      value = JSON.parse(line) as LogLine;
    } catch {
      // Nothing after it can be trusted.
      break;
    }
    if (value.type === 'begin') run = { begin: value, steps: [], evaluations: [] };
    else if (!run) break;
    else if (value.type === 'step') run.steps.push(value);
    else if (value.type === 'evaluation') run.evaluations.push(value);
    else run.end = value;
  }
  return run;
}

/** A question of the evaluation: what of a case is the same for every model. */
export type Question = Pick<DecisionCase, 'key' | 'group' | 'contested' | 'right'>;

const FLAGS = ['called', 'tools', 'arguments', 'wellFormed', 'faithful', 'answer', 'sampled'] as const;
const LETTERS = 'ctafrqs';

/**
 * Cases as text, one word a question, `-` for none: of each flag that applies a letter, large where it is true. Called,
 * right tools, right arguments, format kept, faithful to results, right answer (quality), right when sampled.
 */
export function writeCases(cases: readonly DecisionCase[], questions: readonly Question[]): string {
  const byKey = new Map(cases.map((found) => [found.key, found]));
  return questions
    .map(({ key }) => {
      const found = byKey.get(key);
      if (!found) return '-';
      return FLAGS.map((flag, i) => {
        const value = found[flag];
        const letter = LETTERS.charAt(i);
        return value === undefined ? '' : value ? letter.toUpperCase() : letter;
      }).join('');
    })
    .join(' ');
}

/**
 * The cases of `writeCases`.
 *
 * @throws RangeError where they are not those of these questions.
 */
export function readCases(text: string, questions: readonly Question[]): DecisionCase[] {
  const words = text.split(' ');
  if (words.length !== questions.length)
    throw new RangeError(`There are ${words.length} cases of ${questions.length} questions.`);
  return questions.flatMap((question, i): DecisionCase[] => {
    const word = words[i] ?? '-';
    if (word === '-') return [];
    const flags = Object.fromEntries(
      [...word].map((letter) => [
        FLAGS[LETTERS.indexOf(letter.toLowerCase())],
        letter !== letter.toLowerCase(),
      ]),
    ) as Pick<DecisionCase, 'called' | 'wellFormed'>;
    return [{ ...question, ...flags }];
  });
}
