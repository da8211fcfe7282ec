/**
 * @file How learning on policy went, from what every step logged: where a reward does not help, this is what tells why.
 */
import { ON_POLICY } from '../settings/objective';
import type { StepMetrics } from '../worker/protocol';
import type { Arm } from './definition';
import type { LoggedRun } from './log';

/** Of a figure, its means over the first and over the last fifth of the steps; the mean of the seeds. */
export interface Change {
  first: number;
  last: number;
}

export interface Course {
  arm: string;
  reward?: Change;
  /** Share of the completions that decide rightly. */
  decision?: Change;
  /** Share of the prompts whose completions all have the same reward, from which nothing is learnt. */
  flat?: Change;
  /** In nats. */
  entropy?: Change;
  kl?: Change;
  /** Tokens of a completion. */
  length?: Change;
  /** Share of the completions that a limit broke off. */
  truncated?: Change;
}

/** Undefined of an arm that does not learn on policy, or has made no step. */
export function courseOf({ name, training }: Arm, runs: readonly LoggedRun[]): Course | undefined {
  if (!training || !ON_POLICY.includes(training.objective.kind)) return undefined;
  const { prompts } = training.objective;
  const figures: [Exclude<keyof Course, 'arm'>, (metrics: StepMetrics) => number | undefined][] = [
    ['reward', ({ reward }) => reward],
    ['decision', ({ decision }) => decision],
    ['flat', ({ flatGroups }) => (flatGroups === undefined ? undefined : flatGroups / prompts)],
    ['entropy', ({ entropy }) => entropy],
    ['kl', ({ kl }) => kl],
    ['length', ({ completionTokens }) => completionTokens],
    ['truncated', ({ truncated }) => truncated],
  ];
  const course: Course = { arm: name };
  for (const [key, of] of figures) {
    const changes = runs.flatMap(
      (run) => changeOf(run.steps.map(({ metrics }) => metrics && of(metrics))) ?? [],
    );
    // Without one of its seeds a mean would be one of other runs.
    if (changes.length === 0 || changes.length < runs.length) continue;
    course[key] = {
      first: mean(changes.map(({ first }) => first)),
      last: mean(changes.map(({ last }) => last)),
    };
  }
  return Object.keys(course).length > 1 ? course : undefined;
}

function changeOf(values: readonly (number | undefined)[]): Change | undefined {
  const fifth = Math.max(1, Math.floor(values.length / 5));
  const known = (part: readonly (number | undefined)[]) => part.flatMap((value) => value ?? []);
  const [first, last] = [known(values.slice(0, fifth)), known(values.slice(-fifth))];
  return first.length > 0 && last.length > 0 ? { first: mean(first), last: mean(last) } : undefined;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
