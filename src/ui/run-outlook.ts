/**
 * @file What a run will do, in a sentence beside its button, and what is said aloud while it goes: where it is at each
 * tenth, and not every step.
 */
import { runOutlook as words } from '$strings/run-outlook';
import { objectiveRow } from '../settings/objective-table';
import { useOf } from '../state/objective-use';
import type { RunTime } from '../state/run-time';
import type { TrainState } from '../state/train.svelte';
import type { TrainedPart } from '../worker/protocol';

type Run = Pick<TrainState, 'status' | 'step' | 'steps'>;

export interface OutlookFacts {
  train: Run & Pick<TrainState, 'settings' | 'objective'>;
  /** Conversations that a new run takes. */
  conversations: number;
  /** What of the model is trained; undefined before one is loaded. */
  trained: TrainedPart | undefined;
}

/** What the main button of a run does, or where the run is; empty where a setting is wrong or nothing is there to train. */
export function runOutlook({ train, conversations, trained }: OutlookFacts): string {
  const { status, step, steps, settings, objective } = train;
  if (status === 'preparing') return words.preparing;
  if (status === 'running') return words.running(step, steps);
  if (status === 'paused') return words.paused(step, steps);
  if (!settings || !conversations) return '';
  const { short } = objectiveRow(objective.kind);
  const use = useOf(objective.use, conversations);
  if (use && !use.used) return '';
  // Of what cannot be read, or not yet, nobody knows what it leaves out.
  const atMost = use?.atMost ?? objective.lacking !== undefined;
  const data = words.conversations(use?.used ?? conversations, conversations, atMost);
  // A run on policy goes by steps, whatever a run on recorded data would go by.
  const passes = objective.onPolicy ? 0 : (settings.epochs ?? 0);
  const long = passes ? words.passes(short, passes, data) : words.steps(short, settings.steps, data);
  if (!trained) return long;
  const { adaptation, trainedCount } = trained;
  const what =
    adaptation.kind === 'full' ? words.full(trainedCount) : words.lora(trainedCount, adaptation.rank);
  return `${long} ${what}`;
}

/** How long a run will about take, before its first step; `unknown` until that has been measured. */
export function runTimeText(time: RunTime | 'unknown' | undefined): string {
  if (!time) return '';
  return time === 'unknown' ? words.timeUnknown : words.time(time);
}

/** How often a run says where it is. */
const PARTS = 10;

export interface SpokenFacts extends Run {
  updates: readonly { loss: number; metrics?: { reward?: number } }[];
}

/**
 * What a screen reader says of a run: it changes when the run begins, rests or ends, and in between at each tenth. An error
 * speaks for itself.
 */
export function spokenRun({ status, step, steps, updates }: SpokenFacts): string {
  const { spoken } = words;
  switch (status) {
    case 'idle':
    case 'failed':
      return '';
    case 'preparing':
      return spoken.preparing;
    case 'paused':
      return spoken.paused(step, steps);
    case 'finished':
      return spoken.finished(step);
    case 'stopped':
      return spoken.stopped(step);
    case 'running': {
      const every = Math.max(1, Math.ceil(steps / PARTS));
      const at = Math.floor(step / every) * every;
      // Steps may arrive several at once: said is what was measured at that step, however late.
      const report = at > 0 ? updates[updates.length - 1 - (step - at)] : undefined;
      if (!report) return spoken.began(steps);
      const reward = report.metrics?.reward;
      return reward === undefined ? spoken.loss(at, steps, report.loss) : spoken.reward(at, steps, reward);
    }
    default:
      return status satisfies never;
  }
}
