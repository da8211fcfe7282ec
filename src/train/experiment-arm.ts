/**
 * @file One arm of an experiment with one seed: trains within its budget, measures every few steps, and logs all of it.
 */
import { LosslightError } from '../errors';
import type { Budget, Experiment, Run, Training } from '../experiment/definition';
import {
  addCost,
  tokensOf,
  type Cost,
  type EndLine,
  type EvaluationLine,
  type LogLine,
} from '../experiment/log';
import { LocalTexts } from '../rollout/local-texts';
import { ON_POLICY } from '../settings/objective';
import type { RolloutReport, StepReport } from '../worker/protocol';
import {
  chosen,
  conversationsOf,
  demonstrations,
  promptsFrom,
  rewardedSequences,
  rolloutsOf,
  scorerOf,
} from './experiment-data';
import type { Checkpoint } from './experiment-checkpoint';
import { clocks, Interrupted, noCost, type ExperimentHost } from './experiment-host';
import { TrainingLoop } from './loop';
import { PolicyLoop, type PolicyEvents } from './policy-loop';
import type { RunControl } from './run-control';

export interface ArmJob extends Run {
  training: Training;
  /** What was taken before its first step: by the arm that it begins with. */
  before: Cost;
  /** The weights that it begins with, where they are not those of the model as loaded. */
  weights?: ReadonlyMap<string, Float32Array>;
  /** The measurement before the first step. */
  first: string;
  /** Measures the model as it is now; gives `EvaluationLine.cases`. */
  evaluate(): Promise<string>;
  /** Where it was left, with what its log has up to there. */
  checkpoint?: Checkpoint;
  /** How it ended before, where it is made again: it ends there, whatever the clock says now. */
  again?: EndLine;
  /** Keeps where it is, so that it can be left there. */
  keep(checkpoint: Omit<Checkpoint, 'definition' | 'lines'>): Promise<void>;
  /** Writes lines down. */
  log(...lines: LogLine[]): Promise<void>;
}

/**
 * Trains. The model is left as it is at the end.
 *
 * @returns the last line of the log, which is not written yet
 * @throws Interrupted where the host's signal ended it; LosslightError what training fails with.
 */
export async function runArm(experiment: Experiment, job: ArmJob, host: ExperimentHost): Promise<EndLine> {
  const { training, seed, log, first, again } = job;
  const { engine, signal, say, checkpointEvery = 120 } = host;
  const { budget, lora } = training;
  const { open, cost: dataCost } = await openLoop(experiment, job, host);
  await engine.adapt(
    lora === undefined
      ? { kind: 'full' }
      : { kind: 'lora', rank: lora, alpha: 2 * lora, rsLora: false, targets: 'all-linear', seed },
  );
  const { checkpoint } = job;
  if (checkpoint) await engine.restore?.(checkpoint.engine);
  else if (job.weights) await engine.write(job.weights);
  let cost = checkpoint?.cost ?? addCost(job.before, dataCost);
  const every = training.every ?? experiment.evaluation.every;
  // A budget is of the arm's own tokens and time, its data among them.
  const spent = () => ({
    tokens: tokensOf(cost) - tokensOf(job.before),
    seconds: cost.seconds - job.before.seconds,
  });
  if (!checkpoint) await log({ type: 'evaluation', step: 0, ...job.before, cases: first });
  let clock = clocks(host);
  let kept = performance.now();
  let step = checkpoint?.run.step ?? 0;
  let keptStep = step;
  let generated = 0;
  let failure: unknown;
  const reports: StepReport[] = [];
  let wake: () => void = () => undefined;
  const events: PolicyEvents = {
    onRollouts: (_, rollouts: RolloutReport[]) => {
      generated += rollouts.reduce((sum, { completion }) => sum + completion.tokens, 0);
    },
    onStep: (report) => {
      reports.push(report);
      // Every step waits until it is logged, so that a budget ends a run at the step that reaches it.
      loop.pause();
    },
    onState: (state, error) => {
      if (state === 'failed') failure = error;
      if (state !== 'running') wake();
    },
  };
  const loop = open(events);
  if (checkpoint) loop.restore(checkpoint.run);
  const stop = () => loop.stop();
  signal?.addEventListener('abort', stop);
  const whole = loop.run(false);
  let by: EndLine['by'] = 'steps';
  let measured = checkpoint?.measured ?? 0;
  const keep = async () => {
    const run = loop.save();
    const state = run && (await engine.save?.());
    if (run && state) await job.keep({ cost, measured, run, engine: state });
    kept = performance.now();
    keptStep = step;
  };
  const measure = async (): Promise<EvaluationLine> => {
    measured = step;
    return { type: 'evaluation', step, ...cost, cases: await job.evaluate() };
  };
  try {
    for (;;) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (loop.state !== 'running' && loop.state !== 'new') resolve();
      });
      const passed = clock();
      const [report] = reports.splice(0);
      if (report) {
        step = report.step;
        cost = addCost(cost, { generated, trained: report.tokens, ...passed });
        generated = 0;
        const { loss, learningRate, gradientNorm, metrics } = report;
        const line = { step, loss, learningRate, gradientNorm, ...cost, ...(metrics && { metrics }) };
        await log({ type: 'step', ...line });
        by = again ? endAgain(again, step) : reached(spent(), budget);
        if (by === 'steps' && step % every === 0 && step < budget.steps) {
          await log(await measure());
          say(`${job.arm.name}, seed ${seed}: step ${step} of ${budget.steps}, loss ${loss.toFixed(4)}`);
        }
        if (by !== 'steps') loop.stop();
        else if (signal?.aborted || performance.now() - kept >= 1000 * checkpointEvery) await keep();
      }
      if (loop.ended) break;
      clock = clocks(host);
      loop.resume();
    }
    await whole;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  if (loop.state === 'failed') throw failed(failure, job, step);
  if (signal?.aborted) {
    // The step under way may have given up, and those before it were not kept yet.
    if (by === 'steps' && step > keptStep) await keep();
    throw new Interrupted('The experiment was ended.');
  }
  if (by === 'steps' && step < budget.steps) by = 'objective';
  if (measured < step) await log(await measure());
  return { type: 'end', step, by, ...cost };
}

/** Which part of a budget a step has used up; `steps` where there is some of each left, or only steps are counted. */
function reached(spent: { tokens: number; seconds: number }, { tokens, seconds }: Budget): EndLine['by'] {
  if (spent.tokens >= (tokens ?? Infinity)) return 'tokens';
  return spent.seconds >= (seconds ?? Infinity) ? 'seconds' : 'steps';
}

/** The same of a run that is made again. */
function endAgain(end: EndLine, step: number): EndLine['by'] {
  return step >= end.step && (end.by === 'tokens' || end.by === 'seconds') ? end.by : 'steps';
}

/** What the arm learns from, and how its loop is made once the model is ready. */
async function openLoop(
  experiment: Experiment,
  { training, seed }: ArmJob,
  host: ExperimentHost,
): Promise<{ open: (events: PolicyEvents) => RunControl; cost: Cost }> {
  const { engine, inspector } = host;
  const { objective, data, take } = training;
  const settings = { ...training.settings, steps: training.budget.steps, seed };
  const cost = noCost(host);
  if (experiment.data[data]?.kind === 'rollouts') {
    const rollouts = await rolloutsOf(experiment, data, seed, host);
    const groups = [...new Set(rollouts.completions.map(({ group }) => group))];
    const kept = new Set(chosen(groups, take, seed));
    const completions = rollouts.completions.filter(({ group }) => kept.has(group));
    const sequences = rewardedSequences(completions, objective);
    const open = (events: PolicyEvents) =>
      new TrainingLoop(engine, sequences, settings, events, { objective });
    return { open, cost: rollouts.cost };
  }
  const conversations = await conversationsOf(experiment, data, seed, host);
  if (ON_POLICY.includes(objective.kind)) {
    const prompts = chosen(promptsFrom(conversations), take, seed);
    const texts = new LocalTexts(inspector, prompts, scorerOf(training.rewards, host));
    return {
      open: (events) => new PolicyLoop(engine, texts, prompts, settings, objective, events),
      cost,
    };
  }
  const sequences = demonstrations(chosen(conversations, take, seed), host, settings);
  return { open: (events) => new TrainingLoop(engine, sequences, settings, events, { objective }), cost };
}

function failed(error: unknown, { arm, seed }: Run, step: number): unknown {
  if (!(error instanceof LosslightError)) return error;
  const place = `${arm.name}, seed ${seed}, step ${step + 1}`;
  return new LosslightError(error.code, `${place}: ${error.message}`, error.remedy, { cause: error });
}
