/**
 * @file What the page says of a run’s charts: what is measured, and how the charts are read and saved.
 */
import { count, decimal } from './numbers';

export const metrics = {
  charts: {
    label: 'Charts',
    step: (step: number) => `Step ${count(step)}`,
    smoothing: 'Smoothing',
    smoothingOff: 'off',
    smoothingAt: (factor: number) => decimal(factor),
    /** How the two kinds of lines are read. */
    smoothed: 'Bold lines are smoothed; thin lines and all numbers are as measured.',
    saveCsv: 'Save as CSV',
    saveSvg: 'Save as SVG',
    mark: 'A mark on the charts',
    marks: (marks: number) => `${count(marks)} marks on the charts`,
    absent: '–',
    /** Of runs that do not end at the same step. */
    lastOfEach: 'Last step of each run',
    /** `which` is what the step is called; `numbers` are lines with their values. */
    spoken: (which: string, numbers: readonly string[]) => `${which}: ${numbers.join(', ')}`,
    line: (line: string, value: string) => `${line} ${value}`,
    none: 'No step yet',
    /** A line of a chart that shows several runs. */
    ofRun: (run: string, line: string) => `${run}, ${line}`,
  },
  loss: {
    title: 'Loss',
    help: 'What the run makes smaller; for SFT the mean over trained tokens in nats.',
    all: 'all trained tokens',
    heldOut: 'held out',
  },
  /** Of a run on policy, whose loss is another quantity. */
  crossEntropy: {
    title: 'Cross-entropy',
    help: 'Mean −log p in nats: of trained completions by segment, in steps that had any, and of held-out answers.',
  },
  reward: {
    title: 'Reward',
    help: 'Mean over the completions of a step; parts before their weights.',
    total: 'total',
  },
  decision: {
    title: 'Right decisions',
    help: 'Share of prompts where calling or not calling was right.',
  },
  falseCalls: { title: 'False calls', help: 'Share of prompts where a tool was called without need.' },
  missedCalls: { title: 'Missed calls', help: 'Share of prompts where a needed call was not made.' },
  kl: {
    title: 'KL to the base',
    help: 'How far the model has gone from the one that was loaded, in nats a token (k3 estimate; at KL weight 0 from one completion a prompt).',
  },
  klUnmeasured: {
    title: 'KL not measured',
    help: '1 at a step where the pass of the original model failed. The run goes on: at KL weight 0 nothing depends on it.',
  },
  entropy: { title: 'Entropy', help: 'How undecided the model is about its next token, in nats.' },
  length: { title: 'Length', help: 'Mean tokens of a completion.' },
  truncated: { title: 'Broken off', help: 'Share of completions that a limit broke off.' },
  clipFraction: {
    title: 'Clip fraction',
    help: 'Share of trained tokens that no longer push the model, because their probability changed too much.',
  },
  updatesMade: {
    title: 'Updates made',
    help: 'Of a last step in which a later update failed: those before it changed the weights.',
  },
  flatGroups: {
    title: 'Groups without variance',
    help: 'All rewards are equal there, so nothing is learnt.',
  },
  dropped: { title: 'Dropped samples', help: 'No finite reward; they are never counted as 0.' },
  preferred: {
    title: 'Chosen preferred',
    help: 'Share of pairs where the chosen completion has the higher implicit reward.',
  },
  margin: { title: 'Margin', help: 'Mean implicit reward of chosen less rejected completions.' },
  learningRate: {
    title: 'Learning rate',
    help: 'Size of the update at each step, after the schedule.',
  },
  gradientNorm: { title: 'Gradient norm', help: 'Length of the gradient before clipping.' },
  tokensPerSecond: {
    title: 'Tokens a second',
    help: 'All tokens of a step, padding excluded, over the time that it took.',
  },
  /** Of a run on policy. */
  learntPerSecond: {
    title: 'Tokens learnt from a second',
    help: 'Tokens of the completions that a step learnt from, with their prompts, over its whole time: writing and rewarding included. 0 where no group had variance.',
  },
};
