/**
 * @file What the page's frame says: its top, the five steps, panels, columns and what is dropped on it.
 */
import { count, decimal, nats, natsChange, plural } from './numbers';

export const layout = {
  product: 'Losslight',
  tagline: 'See which tokens a language model learns from, then train it. Nothing leaves this tab.',
  skip: 'Skip to the steps',
  drop: 'Drop conversations, a tokenizer, a chat template or a model’s folder',
  navigation: 'Page',
  turn: {
    label: 'Previous and next step',
    next: (step: string) => `Next: ${step}`,
  },
  tools: {
    guide: 'Guide',
    share: 'Share',
    keys: 'Keys',
    keysHint: 'Keys (?)',
    darkTheme: 'Dark theme',
  },
  panel: {
    content: (step: number) => `Content of step ${step}`,
    fold: 'Fold',
    unfold: 'Unfold',
  },
  columns: {
    side: 'Width of Model and Data',
    lesson: 'Width of the lesson',
    value: (pixels: number) => `${pixels} pixels`,
    hint: 'Drag, or use the arrow keys; Enter is the usual width',
  },
  steps: {
    ready: ' (ready)',
    notReady: ' (not ready yet)',
    model: {
      label: 'Model',
      masksOnly: 'masks only',
      notLoaded: 'not loaded',
      loading: 'loading',
      loadingShare: (percent: number) => `loading, ${percent}%`,
    },
    data: {
      label: 'Data',
      none: 'none yet',
      some: (conversations: number) => plural(conversations, 'conversation'),
    },
    mask: {
      label: 'Mask',
      none: 'nothing shown',
      some: (trained: number, total: number, away: number) =>
        `${count(trained)} of ${count(total)} trained${away ? `, ${count(away)} away` : ''}`,
      /** By the objective, or because it is held out. */
      leftOut: 'left out',
      /** On policy, where none of these tokens is trained. */
      onPolicy: 'for new answers',
    },
    train: {
      label: 'Train',
      none: 'not trained',
      preparing: 'preparing',
      running: (step: number, steps: number) => `step ${count(step)} of ${count(steps)}`,
      paused: (step: number, steps: number) => `paused at ${count(step)} of ${count(steps)}`,
      failed: 'stopped by an error',
      done: (steps: number) => `${plural(steps, 'step')} trained`,
    },
    compare: {
      label: 'Compare',
      none: 'no change yet',
      /** Where the weights are others, and no change can be told; `same`: of a model that is compared with itself. */
      untold: {
        same: 'one model twice',
        measuring: 'measuring',
        nothing: 'not measured here',
        yet: 'not measured yet',
      },
      /** The mean change of a token's log-probability. */
      some: (logProb: number) => `${natsChange(logProb)} a token`,
      /** Of a run on preferences: how far the better completions have moved away from the worse. */
      parts: { chosen: 'chosen', rejected: 'rejected', good: 'good', bad: 'bad' },
      part: (name: string, logProb: number) => `${name} ${natsChange(logProb)}`,
      /** Of a run on policy, at its beginning and end. */
      reward: (before: number, after: number) => `reward ${decimal(before)} → ${decimal(after)}`,
    },
  },
  /** The tab's title; tabs are narrow, so what changes comes first. */
  tab: {
    preparing: 'Preparing',
    progress: {
      running: (step: number, steps: number) => `${step}/${steps}`,
      paused: (step: number, steps: number) => `Paused ${step}/${steps}`,
      finished: (step: number, steps: number) => `Done ${step}/${steps}`,
      stopped: (step: number, steps: number) => `Stopped ${step}/${steps}`,
      failed: (step: number, steps: number) => `Failed ${step}/${steps}`,
    },
    loss: (value: number) => `loss ${nats(value)}`,
    reward: (value: number) => `reward ${decimal(value)}`,
  },
};
