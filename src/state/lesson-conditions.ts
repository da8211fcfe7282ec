/**
 * @file Conditions that a lesson reacts to, over the page's figures and choices. They have three answers: what was not measured
 * makes a condition neither true nor false.
 */
import { lessonFile } from '$strings/lesson-file';
import type { Json } from '../conversation/types';
import { STRATEGIES } from '../sequence/strategy';
import { OBJECTIVES } from '../settings/objective';
import { badLesson, below, fieldsOf, listOf, type Place } from './lesson-fields';
import { figureRemedy, isFigure, splitFigure } from './lesson-figures';
import { OVERLAYS } from './overlay';

/** Ways to compare a figure with a number or with another figure. */
export const COMPARISONS = ['above', 'below', 'atLeast', 'atMost', 'equals'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** What is chosen on the page, and the values that each may have. */
export const CHOICES = {
  run: ['idle', 'preparing', 'running', 'paused', 'finished', 'stopped', 'failed'],
  strategy: STRATEGIES.map(({ name }) => name),
  objective: OBJECTIVES,
  adaptation: ['full', 'lora'],
  overlay: OVERLAYS,
} as const satisfies Record<string, readonly string[]>;
export type ChoiceName = keyof typeof CHOICES;

export type Condition =
  | {
      figure: string;
      /** Every one of them must hold. */
      compare: readonly { how: Comparison; to: number | string }[];
      /** Added to what the figure is compared with. */
      by: number;
    }
  | { choice: ChoiceName; is: readonly string[] }
  | { all: readonly Condition[] }
  | { any: readonly Condition[] }
  | { not: Condition };

/** What conditions are read from. */
export interface Observed {
  /** Undefined where it was not measured. */
  figure(reference: string): number | undefined;
  choice(name: ChoiceName): string | undefined;
}

const words = lessonFile.condition;
const FORMS = ['figure', 'choice', 'all', 'any', 'not'] as const;
/** Deeper than any sensible condition; a file from a link must not exhaust the stack. */
const DEEPEST = 8;

/**
 * @param steps ids of earlier steps, whose figures may be cited
 * @throws LosslightError `bad-lesson` that names the field.
 */
export function readCondition(
  place: Place,
  value: Json | undefined,
  steps: readonly string[],
  depth = 0,
): Condition {
  const fields = fieldsOf(place, value);
  const forms = FORMS.filter((form) => form in fields);
  const [form] = forms;
  if (form === undefined || forms.length > 1) throw badLesson(place, words.oneForm);
  if (depth >= DEEPEST) throw badLesson(place, words.tooDeep(DEEPEST));
  const inner = (name: string) => {
    const at = below(place, name);
    const list = listOf(at, fields[name], 20);
    if (!list.length) throw badLesson(at, words.oneInside);
    return list.map((item, i) => readCondition(below(at, i), item, steps, depth + 1));
  };
  switch (form) {
    case 'figure':
      return readComparison(place, fieldsOf(place, value, ['figure', 'by', ...COMPARISONS]), steps);
    case 'choice':
      return readChoice(place, fieldsOf(place, value, ['choice', 'is']));
    case 'all':
      fieldsOf(place, value, ['all']);
      return { all: inner('all') };
    case 'any':
      fieldsOf(place, value, ['any']);
      return { any: inner('any') };
    case 'not':
      fieldsOf(place, value, ['not']);
      return { not: readCondition(below(place, 'not'), fields.not, steps, depth + 1) };
  }
}

/** A figure's name, of now or of an earlier step. */
export function readFigure(place: Place, value: Json | undefined, steps: readonly string[]): string {
  if (typeof value !== 'string') throw badLesson(place, words.figureName);
  const { step, name } = splitFigure(value);
  if (!isFigure(name)) throw badLesson(place, words.noFigure(name), figureRemedy(name));
  if (step !== undefined && !steps.includes(step)) {
    const known = steps.length ? lessonFile.useStep(steps.join(', ')) : lessonFile.giveId;
    throw badLesson(place, words.noStep(step), known);
  }
  return value;
}

function readComparison(
  place: Place,
  fields: { [key: string]: Json | undefined },
  steps: readonly string[],
): Condition {
  const figure = readFigure(below(place, 'figure'), fields.figure, steps);
  const compare = COMPARISONS.flatMap((how): { how: Comparison; to: number | string }[] => {
    const to = fields[how];
    if (to === undefined) return [];
    if (typeof to === 'number') return [{ how, to }];
    return [{ how, to: readFigure(below(place, how), to, steps) }];
  });
  if (!compare.length) throw badLesson(place, words.comparison(COMPARISONS.join(', ')));
  const { by = 0 } = fields;
  if (typeof by !== 'number') throw badLesson(below(place, 'by'), words.number);
  return { figure, compare, by };
}

function readChoice(place: Place, fields: { [key: string]: Json | undefined }): Condition {
  const names = Object.keys(CHOICES) as ChoiceName[];
  const choice = names.find((name) => name === fields.choice);
  if (!choice) throw badLesson(below(place, 'choice'), words.noChoice, words.useChoice(names.join(', ')));
  const known: readonly string[] = CHOICES[choice];
  const given = Array.isArray(fields.is) ? fields.is : [fields.is];
  const is = given.map((value) => {
    if (typeof value === 'string' && known.includes(value)) return value;
    throw badLesson(below(place, 'is'), words.noValue(choice), words.useValue(known.join(', ')));
  });
  return { choice, is };
}

/** True, false, or undefined where it cannot be told yet. */
export function holds(condition: Condition, observed: Observed): boolean | undefined {
  if ('figure' in condition) {
    const value = observed.figure(condition.figure);
    if (value === undefined) return undefined;
    return every(
      condition.compare.map(({ how, to }) => {
        const other = typeof to === 'number' ? to : observed.figure(to);
        return other === undefined ? undefined : compares(value, how, other + condition.by);
      }),
    );
  }
  if ('choice' in condition) {
    const value = observed.choice(condition.choice);
    return value === undefined ? undefined : condition.is.includes(value);
  }
  if ('all' in condition) return every(condition.all.map((inner) => holds(inner, observed)));
  if ('any' in condition) {
    const answers = condition.any.map((inner) => holds(inner, observed));
    return answers.includes(true) ? true : answers.includes(undefined) ? undefined : false;
  }
  const answer = holds(condition.not, observed);
  return answer === undefined ? undefined : !answer;
}

/** Comparisons with what is no number are false, so that a loss that is none is never “below” another. */
function compares(value: number, how: Comparison, to: number): boolean {
  switch (how) {
    case 'above':
      return value > to;
    case 'below':
      return value < to;
    case 'atLeast':
      return value >= to;
    case 'atMost':
      return value <= to;
    case 'equals':
      // What people read: 0.3 is stored as a 32-bit number on the strip.
      return Math.abs(value - to) <= 1e-6 * Math.max(1, Math.abs(to));
  }
}

function every(answers: readonly (boolean | undefined)[]): boolean | undefined {
  return answers.includes(false) ? false : answers.includes(undefined) ? undefined : true;
}
