/**
 * @file What a step of a lesson says of what happened, and what is kept of it when it is left. Pure but for the page that it reads.
 */
import { lesson as words } from '$strings/lesson';
import type { Lesson, LessonReaction, LessonStep } from './lesson';
import { holds, type ChoiceName, type Condition, type Observed } from './lesson-conditions';
import { splitFigure } from './lesson-figures';
import {
  isMeanOfEnds,
  isOfRun,
  observeChoice,
  observeFigure,
  type ObservedPage,
  type Since,
} from './lesson-observe';
import { citedFigures, fillFigures } from './lesson-text';

/** What a step says of what happened. */
export interface Said {
  state: 'met' | 'unmet' | 'waiting';
  text: string;
}

/** What is kept of a step that was left. */
export interface KeptStep {
  /** By name; what was not measured is absent. */
  figures: Readonly<Record<string, number>>;
  said: readonly Said[];
}

/** The number of a figure that a step cites, of the present or of an earlier step; undefined where it was not measured. */
export type FigureOf = (reference: string) => number | undefined;

/** A step's answer to what happened. */
export function answerOf(
  page: ObservedPage,
  { after, when, met, unmet, waiting = words.checks.waiting }: LessonReaction,
  figure: FigureOf,
): Said {
  const observed: Observed = {
    figure,
    choice: (name: ChoiceName) => observeChoice(page, name),
  };
  const ready = after === undefined || holds(after, observed) === true;
  const answer = ready ? holds(when, observed) : undefined;
  const state = answer === undefined ? 'waiting' : answer ? 'met' : 'unmet';
  const text = { met, unmet, waiting }[state];
  return { state, text: fillFigures(text, figure) };
}

/** True where what is said tells a run's beginning or end as a mean of steps, unlike the charts. */
export function tellsMeans({ reacts }: LessonStep, said: readonly Said[]): boolean {
  const told = reacts.flatMap(({ met, unmet }, i) => {
    const state = said[i]?.state;
    return state === 'met' ? citedFigures(met) : state === 'unmet' ? citedFigures(unmet) : [];
  });
  return told.some((reference) => isMeanOfEnds(splitFigure(reference).name));
}

/** What a step says and measured, as it is left. */
export function keptOf(lesson: Lesson, step: LessonStep, said: readonly Said[], figure: FigureOf): KeptStep {
  const own = [...figuresOf(step), ...citedLater(lesson, step.id)].filter(
    (reference) => splitFigure(reference).step === undefined,
  );
  const figures = own.flatMap((name) => {
    const value = figure(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { figures: Object.fromEntries(figures), said };
}

/**
 * What is kept of a step that was left during a run, as the run has ended.
 *
 * @param since when the step began
 * @param before what was kept as it was left
 * @param earlier figures of other steps
 */
export function keptOfEnded(
  page: ObservedPage,
  lesson: Lesson,
  step: LessonStep,
  since: Since,
  before: KeptStep,
  earlier: FigureOf,
): KeptStep {
  /** What a later step may have set since is as it was when the step was left. */
  const figure: FigureOf = (reference) => {
    const { step: cited, name } = splitFigure(reference);
    if (cited !== undefined) return earlier(reference);
    const present = observeFigure(page, since, name);
    return isOfRun(name) ? present : (before.figures[name] ?? present);
  };
  // A choice of the page may be a later step's by now: what was answered by one stands.
  const said = step.reacts.map((reaction, i) => {
    const own = before.said[i];
    const ofRun = figuresOf({ ...step, text: '', reacts: [reaction] }).some((name) =>
      isOfRun(splitFigure(name).name),
    );
    return ofRun || !own ? answerOf(page, reaction, figure) : own;
  });
  return keptOf(lesson, step, said, figure);
}

/** Figures of a step that later ones cite by its id. */
function citedLater({ steps }: Lesson, id: string | undefined): string[] {
  if (id === undefined) return [];
  return steps.flatMap(figuresOf).flatMap((reference) => {
    const { step, name } = splitFigure(reference);
    return step === id ? [name] : [];
  });
}

/** Figures that a step cites or reacts to, in the present or of earlier steps. */
function figuresOf({ text, reacts }: LessonStep): string[] {
  const texts = [text, ...reacts.flatMap(({ met, unmet, waiting = '' }) => [met, unmet, waiting])];
  const conditions = reacts.flatMap(({ after, when }) => (after ? [after, when] : [when]));
  return [...texts.flatMap(citedFigures), ...conditions.flatMap(figuresIn)];
}

function figuresIn(condition: Condition): string[] {
  if ('figure' in condition) {
    const others = condition.compare.flatMap(({ to }) => (typeof to === 'string' ? [to] : []));
    return [condition.figure, ...others];
  }
  if ('all' in condition) return condition.all.flatMap(figuresIn);
  if ('any' in condition) return condition.any.flatMap(figuresIn);
  return 'not' in condition ? figuresIn(condition.not) : [];
}
