/**
 * @file One sentence of what a run will do, beside its button; and what is said aloud while it goes.
 */
import { count, decimal, largeCount, nats, plural, roughDuration } from './numbers';

interface TimeFacts {
  all: number;
  steps: number;
  step: number;
  /** A run that trained the same numbers or others, a trial, or both. */
  by: { run?: 'same' | 'other'; trial: boolean };
  /** The run may be shorter. */
  atMost: boolean;
}

function measuredBy({ run, trial }: TimeFacts['by']): string {
  if (!run) return 'a short trial on this device';
  if (run === 'same')
    return trial ? 'an earlier run and a short trial on this device' : 'an earlier run on this device';
  return trial
    ? 'a short trial on this device and an earlier run, which trained other numbers of the model'
    : 'an earlier run on this device, which trained other numbers of the model';
}

export const runOutlook = {
  /** What a run that begins now does. `objective` is its short name, such as GRPO; `data` says how many conversations. */
  steps: (objective: string, steps: number, data: string) =>
    `${objective}: ${plural(steps, 'step')} on ${data}.`,
  passes: (objective: string, passes: number, data: string) =>
    passes === 1
      ? `${objective}: once through ${data}.`
      : `${objective}: ${count(passes)} times through ${data}.`,
  /** Conversations that it learns from, of those that it takes; `atMost`: rewards that are not known yet may leave out more. */
  conversations: (used: number, of: number, atMost: boolean) =>
    (atMost ? 'at most ' : '') +
    (used === of ? plural(of, 'conversation') : `${count(used)} of ${plural(of, 'conversation')}`),
  /** Behind it, what changes. */
  full: (parameters: number) => `All ${largeCount(parameters)} parameters change.`,
  lora: (numbers: number, rank: number) =>
    `${largeCount(numbers)} numbers beside the weights change (LoRA, rank ${rank}).`,
  /** Before the first step. `all` and `step` in milliseconds; `by` is what the speed was measured of. */
  time: ({ all, steps, step, by, atMost }: TimeFacts) =>
    `Time: ${atMost ? 'at most ' : ''}about ${roughDuration(all)} (${plural(steps, 'step')} of about ${roughDuration(step)}): rough, before the first step, ` +
    `by ${measuredBy(by)}.`,
  timeUnknown: 'Time: measured at the first step.',
  /** Where a run is. */
  preparing: 'The run is being set up.',
  running: (step: number, steps: number) => `In progress: step ${count(step)} of ${count(steps)}.`,
  paused: (step: number, steps: number) => `Paused after step ${count(step)} of ${count(steps)}.`,
  /** Said aloud, at most some ten times a run. */
  spoken: {
    preparing: 'Preparing the run.',
    began: (steps: number) => `The run has begun: ${plural(steps, 'step')}.`,
    loss: (step: number, steps: number, loss: number) =>
      `${count(step)} of ${count(steps)} steps done, loss ${nats(loss)}.`,
    reward: (step: number, steps: number, reward: number) =>
      `${count(step)} of ${count(steps)} steps done, mean reward ${decimal(reward)}.`,
    paused: (step: number, steps: number) =>
      `The run is paused after step ${count(step)} of ${count(steps)}.`,
    finished: (steps: number) => `The run has ended after ${plural(steps, 'step')}.`,
    stopped: (steps: number) => `The run was stopped after ${plural(steps, 'step')}.`,
  },
};
