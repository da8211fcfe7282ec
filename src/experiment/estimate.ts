/**
 * @file How long an experiment will about take, before it begins and while it goes on: tokens to be generated and trained, by the
 * speed of the machine at hand.
 */
import { ON_POLICY } from '../settings/objective';
import { runsOf, type Arm, type Experiment } from './definition';

/** Means on practice data with the model that ships: a demonstration, a written completion with its prompt, and without it. */
const DEMONSTRATION = 315;
const COMPLETION = 240;
const WRITTEN = 85;
/** User turns of a conversation, where the file does not say how many. */
const TURNS = 2;
/** Of the time that training a token takes, what reading it takes: a third of the passes. */
const READING = 1 / 3;
/** Contested questions are asked a second time, sampled. */
const ASKED_TWICE = 0.3;

/** Tokens per second, as measured. */
export interface Speed {
  trained: number;
  generated: number;
}

/** What is to be done, in tokens. */
export interface Work {
  trained: number;
  generated: number;
}

const add = (a: Work, b: Work): Work => ({
  trained: a.trained + b.trained,
  generated: a.generated + b.generated,
});
const times = ({ trained, generated }: Work, factor: number): Work => ({
  trained: factor * trained,
  generated: factor * generated,
});

/** Writing so many completions: their prompts are read first. */
const writing = (count: number): Work => ({
  generated: WRITTEN * count,
  trained: READING * (COMPLETION - WRITTEN) * count,
});

/** Questions of an evaluation; of a file it is not known how many there are. */
export function questionsOf({ data, evaluation }: Experiment): number {
  const set = data[evaluation.data];
  if (set?.kind !== 'practice') return 300;
  return set.count * (set.options.turns ?? TURNS);
}

/** One measurement on all questions. */
export const measuring = (experiment: Experiment): Work =>
  writing(questionsOf(experiment) * (1 + ASKED_TWICE));

/** One step of an arm. */
export function stepWork({ training }: Arm): Work {
  if (!training) return { trained: 0, generated: 0 };
  const { objective, settings } = training;
  if (ON_POLICY.includes(objective.kind)) {
    const completions = objective.prompts * objective.groupSize;
    const updates = { trained: completions * COMPLETION * objective.updates, generated: 0 };
    return add(writing(completions), updates);
  }
  const units = settings.batchSize * (settings.accumulation ?? 1);
  if (objective.kind === 'sft') return { trained: units * DEMONSTRATION, generated: 0 };
  // Preferences are read under the model as it is, and under the one as loaded.
  const passes = objective.kind === 'dpo' || objective.kind === 'kto' ? 1 + 2 * READING : 1;
  const sequences = objective.kind === 'dpo' ? 2 * units : units;
  return { trained: sequences * COMPLETION * passes, generated: 0 };
}

/** Steps between two measurements of an arm. */
export const everyOf = ({ evaluation }: Experiment, { training }: Arm): number =>
  training?.every ?? evaluation.every;

/** All of a run: steps and measurements. */
export function runWork(experiment: Experiment, arm: Arm): Work {
  const { training } = arm;
  if (!training) return { trained: 0, generated: 0 };
  const { steps } = training.budget;
  const measurements = Math.ceil(steps / everyOf(experiment, arm));
  return add(times(stepWork(arm), steps), times(measuring(experiment), measurements));
}

/** Of the whole experiment: the base's measurement, rollouts of each seed, and every run. */
export function wholeWork(experiment: Experiment): Work {
  const { seeds, data } = experiment;
  const rollouts = Object.values(data).flatMap((set) => {
    if (set.kind !== 'rollouts') return [];
    const prompts = data[set.prompts];
    const all = prompts?.kind === 'practice' ? prompts.count * (prompts.options.turns ?? TURNS) : 100;
    return [times(writing((set.count ?? all) * set.perPrompt), seeds.length)];
  });
  const runs = runsOf(experiment).map(({ arm }) => runWork(experiment, arm));
  return [measuring(experiment), ...rollouts, ...runs].reduce(add);
}

/** Seconds. */
export const secondsOf = ({ trained, generated }: Work, speed: Speed): number =>
  trained / speed.trained + generated / speed.generated;
