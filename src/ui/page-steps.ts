/**
 * @file What the top of the page says of each step: whether it is ready, and its present state in a few words.
 */
import type { Step } from '../state/layout.svelte';
import type { ModelState } from '../state/model.svelte';
import type { TrainState } from '../state/train.svelte';
import { change, count, decimal, plural } from './format';
import type { ScoreRow } from './score-summary';

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
  /** Tokens of the conversation that is shown; undefined where none is. */
  mask: { trained: number; total: number } | undefined;
  train: Pick<TrainState, 'status' | 'step' | 'steps' | 'updates' | 'objective'>;
  /** Of the conversation that is shown; the row of all trained tokens says what changed. */
  rows: readonly ScoreRow[];
}

/** The five steps in their natural order. */
export function pageSteps({ model, conversations, mask, train, rows }: StepFacts): PageStep[] {
  const all = rows.find(({ kind }) => kind === 'all');
  const changed = all?.tuned === undefined ? undefined : all.tuned - all.base;
  return [
    { id: 'model', label: 'Model', done: model.weights === 'ready', state: modelState(model) },
    {
      id: 'data',
      label: 'Data',
      done: conversations > 0,
      state: conversations ? plural(conversations, 'conversation') : 'none yet',
    },
    {
      id: 'mask',
      label: 'Mask',
      done: mask !== undefined && mask.trained > 0,
      state: mask ? `${count(mask.trained)} of ${count(mask.total)} trained` : 'nothing shown',
    },
    { id: 'train', label: 'Train', done: train.updates.length > 0, state: trainState(train) },
    {
      id: 'compare',
      label: 'Compare',
      done: changed !== undefined,
      state: changed === undefined ? 'no change yet' : `${change(changed)} a token`,
    },
  ];
}

function modelState({ weights, weightsFit, weightsName, progress }: StepFacts['model']): string {
  if (weights === 'ready') return weightsFit ? weightsName : 'masks only';
  if (weights !== 'loading') return weights === 'failed' ? 'masks only' : 'not loaded';
  const { done = 0, total = 0 } = progress.download ?? progress.read ?? {};
  return total > 0 && done < total ? `loading, ${Math.floor((100 * done) / total)}%` : 'loading';
}

function trainState(train: StepFacts['train']): string {
  const { status, step, steps, updates } = train;
  switch (status) {
    case 'preparing':
      return 'preparing';
    case 'running':
      return `step ${count(step)} of ${count(steps)}`;
    case 'paused':
      return `paused at ${count(step)} of ${count(steps)}`;
    case 'failed':
      return 'stopped by an error';
    default:
      return updates.length ? `${plural(updates.length, 'step')} trained` : 'not trained';
  }
}

/** The number to watch: the reward where completions are judged, else the loss; undefined before the first step. */
function watched(train: StepFacts['train']): string | undefined {
  const last = train.updates.at(-1);
  if (!last) return undefined;
  const reward = train.objective.onPolicy ? last.metrics?.reward : undefined;
  return reward === undefined ? `loss ${decimal(last.loss)}` : `reward ${decimal(reward)}`;
}

const ENDED: Partial<Record<TrainState['status'], string>> = {
  paused: 'Paused ',
  finished: 'Done ',
  stopped: 'Stopped ',
  failed: 'Failed ',
};

/** The tab's title, such as `37/200 · loss 1.23 · Losslight`: progress first, since tabs are narrow. */
export function pageTitle(train: StepFacts['train']): string {
  const { status, step, steps } = train;
  if (status === 'idle') return 'Losslight';
  if (status === 'preparing') return 'Preparing · Losslight';
  const parts = [`${ENDED[status] ?? ''}${step}/${steps}`, watched(train), 'Losslight'];
  return parts.filter((part) => part !== undefined).join(' · ');
}
