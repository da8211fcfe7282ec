/**
 * @file A run on the command line: a line for each step, an interrupt, and what is said of its end.
 */
import { LosslightError } from '../errors';
import type { Engine } from '../model/engine';
import type { TrainingSequence } from '../sequence/types';
import type { ObjectiveSettings } from '../settings/objective';
import { TrainingLoop } from '../train/loop';
import { PolicyLoop } from '../train/policy-loop';
import type { RunControl, RunEvents } from '../train/run-control';
import type { RolloutTexts } from '../rollout/types';
import type { RolloutPrompt, RunEnding, StepReport, TrainSettings } from '../worker/protocol';
import type { Io } from './io';

/** What a run learns from, and how. */
export interface RecordedRun {
  sequences: readonly TrainingSequence[];
  heldOut: readonly TrainingSequence[] | undefined;
  settings: TrainSettings;
  objective: ObjectiveSettings;
  /** On policy, in place of sequences. */
  onPolicy?: { texts: RolloutTexts; prompts: readonly RolloutPrompt[] };
}

/**
 * The run, a line for each step; an interrupt ends it after the step that is under way.
 *
 * @throws LosslightError why it failed, saying that nothing is written.
 */
export async function runTraining(
  engine: Engine,
  { sequences, heldOut, settings, objective, onPolicy }: RecordedRun,
  io: Io,
  out: string,
  json: boolean,
): Promise<{ state: TrainingLoop['state']; steps: number; planned: number; ending?: RunEnding | undefined }> {
  let failure: unknown;
  let ending: RunEnding | undefined;
  let steps = 0;
  let idle = 0;
  /** The last step was made in part: it is the one that failed. */
  let partly = false;
  let printed: Promise<void> = Promise.resolve();
  const events: RunEvents = {
    onStep: (report) => {
      steps = report.step;
      partly = report.metrics?.updatesMade !== undefined;
      if (report.trainedTokens === 0) idle++;
      const line = json ? `${JSON.stringify(report)}\n` : stepLine(report, loop.steps);
      printed = printed.then(() => io.print(line));
    },
    onState: (state, error, end) => {
      if (state === 'failed') failure = error;
      ending = end;
    },
  };
  const loop: RunControl = onPolicy
    ? new PolicyLoop(engine, onPolicy.texts, onPolicy.prompts, settings, objective, events, heldOut)
    : new TrainingLoop(engine, sequences, settings, events, { objective, heldOut });
  io.hold?.(() => {
    io.warn(`Interrupted: ${out} is written after this step. Once more ends it at once, and all is lost.`);
    loop.stop();
  });
  await loop.run(false);
  await printed;
  if (ending) tellEnding(ending, steps, io);
  if (idle > 0) {
    io.warn(
      `${idle} of ${steps} steps trained nothing: no group had completions with different rewards. Larger groups, a higher temperature or other rewards tell them apart.`,
    );
  }
  const planned = loop.steps;
  if (loop.state !== 'failed') return { state: loop.state, steps, planned, ending };
  if (!(failure instanceof LosslightError)) throw failure;
  const { code, message } = failure;
  // What a page would say: there is nothing to be reset here.
  const remedy = code.startsWith('non-finite-')
    ? 'Lower the learning rate, or look for extreme weights of tokens.'
    : failure.remedy;
  const place = `Step ${partly ? steps : steps + 1} of ${planned}`;
  throw new LosslightError(code, `${place}: ${message} Nothing is written to ${out}.`, remedy, {
    cause: failure,
  });
}

function tellEnding({ early, restored }: RunEnding, steps: number, io: Io): void {
  if (early) io.warn(`Ended after step ${steps}: the held-out loss no longer fell.`);
  if (restored) {
    const { step, heldOutLoss } = restored;
    io.warn(
      `The weights of step ${step} were put back, where the held-out loss was ${heldOutLoss.toFixed(4)}.`,
    );
  }
}

/** Whole numbers, among shares and means. */
const COUNTS = new Set(['groups without variance', 'dropped completions', 'updates made']);

function stepLine(
  { step, loss, gradientNorm, trainedTokens, milliseconds, learningRate, metrics = {} }: StepReport,
  steps: number,
): string {
  const rate = (1000 * trainedTokens) / milliseconds;
  const more: [string, number | undefined][] = [
    ['held-out loss', metrics.heldOutLoss],
    ['held-out loss at the start', metrics.heldOutStart],
    ['reward', metrics.reward],
    ['right decisions', metrics.decision],
    ['groups without variance', metrics.flatGroups],
    ['updates made', metrics.updatesMade],
    ['KL not measured', metrics.klUnmeasured],
    ['dropped completions', metrics.dropped || undefined],
    ['tokens a completion', metrics.completionTokens],
    ['preferred', metrics.preferred],
    ['margin', metrics.margin],
  ];
  const told = more.flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${name} ${COUNTS.has(name) ? value : value.toFixed(4)}`],
  );
  return (
    `step ${step} of ${steps}  loss ${loss.toFixed(4)}  gradient norm ${gradientNorm.toFixed(3)}  ` +
    `learning rate ${learningRate.toPrecision(3)}  ${trainedTokens} trained tokens, ${rate.toFixed(0)} a second${told.join('')}\n`
  );
}
