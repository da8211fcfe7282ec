/**
 * @file What the top of the page says of each step: whether it is ready, and its present state in a few words.
 */
import { layout } from '$strings/layout';
import type { Step } from '../state/layout.svelte';
import type { ModelState } from '../state/model.svelte';
import type { TrainState } from '../state/train.svelte';
import type { RewardChange } from './reward-change';
import type { ScoreRow } from './score-summary';
import type { Untold } from './shown-scores.svelte';

export interface PageStep {
  id: Step;
  label: string;
  /** True where the step has what the next one needs. */
  done: boolean;
  /** A few words. */
  state: string;
}

export interface StepFacts {
  model: Pick<ModelState, 'weights' | 'weightsFit' | 'weightsName' | 'progress'>;
  conversations: number;
  /** Tokens of the conversation that is shown, those that are trained away from among the trained ones, and whether a run would leave it out; undefined where none is. */
  mask: { trained: number; trainedAway: number; total: number; leftOut?: boolean } | undefined;
  train: Pick<TrainState, 'status' | 'step' | 'steps' | 'updates' | 'objective'>;
  /** Of the conversation that is shown; the row of all trained tokens says what changed. */
  rows: readonly ScoreRow[];
  /** What a run on policy gained: that is what it is about, and comes before what recorded text became. */
  gained?: RewardChange | undefined;
  /** Why no row says what changed, where the weights are others; undefined where they are the original ones. */
  untold?: Untold | undefined;
}

/** The five steps in their natural order. */
export function pageSteps({
  model,
  conversations,
  mask,
  train,
  rows,
  gained,
  untold,
}: StepFacts): PageStep[] {
  const { steps } = layout;
  // Between a model and itself there is nothing to tell, not a change of 0.
  const changed = untold === 'same' ? undefined : changeOf(rows);
  return [
    { id: 'model', label: steps.model.label, done: model.weights === 'ready', state: modelState(model) },
    {
      id: 'data',
      label: steps.data.label,
      done: conversations > 0,
      state: conversations ? steps.data.some(conversations) : steps.data.none,
    },
    {
      id: 'mask',
      label: steps.mask.label,
      done: mask !== undefined && (mask.trained > 0 || train.objective.onPolicy),
      state: maskState(mask, train.objective.onPolicy),
    },
    { id: 'train', label: steps.train.label, done: train.updates.length > 0, state: trainState(train) },
    {
      id: 'compare',
      label: steps.compare.label,
      done: changed !== undefined || gained !== undefined,
      state: gained
        ? steps.compare.reward(gained.reward.before, gained.reward.after)
        : (changed ?? (untold ? steps.compare.untold[untold] : steps.compare.none)),
    },
  ];
}

function maskState(mask: StepFacts['mask'], onPolicy: boolean): string {
  const words = layout.steps.mask;
  if (!mask) return words.none;
  if (onPolicy && !mask.leftOut) return words.onPolicy;
  return mask.leftOut
    ? words.leftOut
    : words.some(mask.trained - mask.trainedAway, mask.total, mask.trainedAway);
}

/** What changed, in a few words; completions of a pair, or good and bad ones, apart. */
function changeOf(rows: readonly ScoreRow[]): string | undefined {
  const { some, part: named, parts } = layout.steps.compare;
  const changes = rows.flatMap(({ kind, part, base, tuned }) => {
    if (kind !== 'all' || tuned === undefined) return [];
    return part ? named(parts[part], tuned - base) : some(tuned - base);
  });
  return changes.length ? changes.join(', ') : undefined;
}

function modelState({ weights, weightsFit, weightsName, progress }: StepFacts['model']): string {
  const { masksOnly, notLoaded, loading, loadingShare } = layout.steps.model;
  if (weights === 'ready') return weightsFit ? weightsName : masksOnly;
  if (weights !== 'loading') return weights === 'failed' ? masksOnly : notLoaded;
  const { done = 0, total = 0 } = progress.download ?? progress.read ?? {};
  return total > 0 && done < total ? loadingShare(Math.floor((100 * done) / total)) : loading;
}

function trainState(train: StepFacts['train']): string {
  const { status, step, steps, updates } = train;
  const words = layout.steps.train;
  switch (status) {
    case 'preparing':
      return words.preparing;
    case 'running':
      return words.running(step, steps);
    case 'paused':
      return words.paused(step, steps);
    case 'failed':
      return words.failed;
    default:
      return updates.length ? words.done(updates.length) : words.none;
  }
}

/** The number to watch: the reward where completions are judged, else the loss; undefined before the first step. */
function watched(train: StepFacts['train']): string | undefined {
  const last = train.updates.at(-1);
  if (!last) return undefined;
  const reward = train.objective.onPolicy ? last.metrics?.reward : undefined;
  return reward === undefined ? layout.tab.loss(last.loss) : layout.tab.reward(reward);
}

/** The tab's title, such as `37/200 · loss 1.23 · Losslight`: progress first, since tabs are narrow. */
export function pageTitle(train: StepFacts['train']): string {
  const { status, step, steps } = train;
  const { product, tab } = layout;
  if (status === 'idle') return product;
  if (status === 'preparing') return `${tab.preparing} · ${product}`;
  const parts = [tab.progress[status](step, steps), watched(train), product];
  return parts.filter((part) => part !== undefined).join(' · ');
}
