/**
 * @file The steps of a run on policy: prompts are drawn, answered by the model as it is now, rewarded, and learnt from.
 */
import { LosslightError } from '../errors';
import type { AdamWSettings, Engine, StepResult } from '../model/engine';
import { isAnswered } from '../rollout/answered';
import type { RolloutTexts } from '../rollout/types';
import type { TrainingSequence } from '../sequence/types';
import { changesOf } from '../settings/changes';
import type { ObjectiveSettings } from '../settings/objective';
import type {
  RolloutPrompt,
  RolloutReport,
  RunEnding,
  SettingChange,
  SettingsPatch,
  StepReport,
  TrainSettings,
} from '../worker/protocol';
import { HeldOutWatch } from './held-out-watch';
import { chooseMemory, largestShape, provideMemory } from './memory-choice';
import { batchSizeOf, demandOf, policyStepOptions } from './run-memory';
import { MICRO_BATCH_TOKENS } from './micro-batches';
import { meanReward } from './objectives/advantages';
import { sft } from './objectives/sft';
import { shuffledForever, take } from './order';
import { checkComparison, noPrompts, whyNone } from './policy-checks';
import { policyRows } from './policy-lengths';
import { completionMetrics, defined } from './policy-metrics';
import { policyBatch, rolloutReports, type RewardedTurn } from './policy-samples';
import { updatePolicy, type PolicyUpdate } from './policy-update';
import { ADAM } from './recorded-steps';
import { makeReport } from './report';
import { sampleTurns, seedsOf, type Draw } from './rollouts';
import type { Stepper } from './run-control';
import { checkObjectiveSettings, checkRunSettings, patched } from './run-settings';
import { learningRateAt } from './schedule';
import { scorerOf, type Scorer } from './scorer';

/** How much of REINFORCE's moving baseline a step keeps. */
const BASELINE_KEPT = 0.9;

/** Where a run stands in its prompts. */
interface PolicyState {
  drawn: number;
  baseline?: number;
}

interface Settings {
  run: TrainSettings;
  objective: ObjectiveSettings;
}

/** Who is told of completions beside the step's report. */
export interface PolicyListener {
  /** How many of a step's completions are written. */
  onWriting?(step: number, done: number, total: number): void;
  onRollouts?(step: number, rollouts: RolloutReport[]): void;
}

export class PolicySteps implements Stepper {
  #settings: Settings;
  /** Of the prompts that can be had, their numbers. */
  #usable: { prompt: number; ids: Int32Array }[] = [];
  #order: Generator<number, never, void> | undefined;
  #stopIds: number[] = [];
  /** Prompts taken so far. */
  #drawn = 0;
  /** REINFORCE's moving mean of rewards. */
  #baseline: number | undefined;
  /** Why a later update of the last step failed. */
  #failure: LosslightError | undefined;
  readonly #score: Scorer;
  readonly #heldOut: HeldOutWatch;

  /**
   * @param told of each step's completions: while they are written, and before the step's report
   * @param heldOut conversations as they are recorded: their supervised loss is measured, which tells of what the model
   * forgets, not of its rewards
   * @throws LosslightError `bad-settings`, naming the setting; `no-prompts` where there is none; `no-held-out`.
   */
  constructor(
    readonly engine: Engine,
    readonly texts: RolloutTexts,
    readonly prompts: readonly RolloutPrompt[],
    run: TrainSettings,
    objective: ObjectiveSettings,
    readonly told: PolicyListener = {},
    heldOut: readonly TrainingSequence[] = [],
  ) {
    checkRunSettings(run);
    checkObjectiveSettings(objective);
    checkComparison(objective);
    if (prompts.length === 0) throw noPrompts('There is no user message to react to.');
    // A run on policy goes by steps, whatever a run on recorded data would go by.
    this.#settings = { run: { ...run, epochs: 0 }, objective };
    this.#score = scorerOf(engine);
    this.#heldOut = new HeldOutWatch(engine, heldOut, this.#limit(run), sft, this.#score);
    this.#heldOut.check(run);
  }

  get steps(): number {
    return this.#settings.run.steps;
  }

  /** Also where an update failed behind others of its step: those changed the weights, so that the step is reported first. */
  get done(): boolean {
    return this.#heldOut.done || this.#failure !== undefined;
  }

  async prepare(onProgress: (share: number, programs: number) => void, signal: AbortSignal): Promise<void> {
    const opened = await unlessAborted(this.texts.open(), signal);
    if (!opened) return;
    const { prompts, stopIds } = opened;
    this.#stopIds = stopIds;
    const limit = this.#limit(this.#settings.run);
    this.#usable = prompts.flatMap((opened, prompt) =>
      'ids' in opened && opened.ids.length < limit ? [{ prompt, ids: opened.ids }] : [],
    );
    if (this.#usable.length === 0) throw noPrompts(whyNone(prompts, limit));
    this.#order = shuffledForever(this.#usable.length, this.#settings.run.seed);
    // Of a run that was taken up again.
    take(this.#order, this.#drawn);
    const shapes = this.#shapes(this.#settings);
    provideMemory(this.engine, shapes, this.#asRun(this.#settings), this.#demand(this.#settings));
    await this.engine.prepare?.(shapes, onProgress, policyStepOptions(this.#settings.objective), signal);
  }

  async step(step: number, signal: AbortSignal): Promise<StepReport | undefined> {
    const start = performance.now();
    const { run, objective } = this.#settings;
    const before = await this.#heldOut.before(step, run);
    const drawn = this.#drawn;
    const turns = await this.#rollOut(step, signal);
    if (!turns || signal.aborted) return this.#giveUp(drawn);
    const samples = turns.map(({ turn, read }) => ({ group: turn.group, reward: read.reward.total }));
    const baseline = objective.baseline === 'moving' ? this.#baseline : undefined;
    const batch = await policyBatch(turns, objective, this.#score, this.#limit(run), baseline);
    if (signal.aborted) return this.#giveUp(drawn);
    const rate = learningRateAt(step, run.steps, run);
    const adam: AdamWSettings = {
      ...ADAM,
      learningRate: rate,
      weightDecay: run.weightDecay,
      clipNorm: run.clipNorm,
    };
    const updates: PolicyUpdate[] = [];
    for (let n = 0; n < objective.updates && !this.#failure; n++) {
      try {
        updates.push(await updatePolicy(this.engine, batch, objective, adam, this.#score, n === 0));
      } catch (error) {
        if (!updates.some(({ stepped }) => stepped)) throw error;
        this.#failure = failedWithin(step, updates.length, objective.updates, error);
      }
    }
    this.#follow(meanReward(samples));
    this.told.onRollouts?.(step, rolloutReports(turns, this.prompts, batch));
    const after = await this.#heldOut.after(step, run.steps, run);
    const { values, dropped, flatGroups } = batch.advantages;
    // A group of which no completion has a reward is neither flat nor anything else.
    const groups = new Set(samples.flatMap(({ group }, i) => (values[i] === undefined ? [] : group))).size;
    const metrics = {
      ...completionMetrics(turns),
      groups,
      ...(batch.klFailed && { klUnmeasured: 1 }),
      ...defined({ dropped, flatGroups, kl: meanOf(updates.map(({ kl }) => kl)) ?? batch.kl }),
      clipFraction: meanOf(updates.map(({ clipFraction }) => clipFraction)) ?? 0,
      ...(this.#failure && { updatesMade: updates.length }),
      ...before,
      ...after,
    };
    const { memoryBytes, recompute } = this.engine;
    return {
      ...reportOf(step, updates, rate, performance.now() - start),
      ...(memoryBytes !== undefined && { memoryBytes }),
      ...(recompute && { recomputed: true }),
      metrics,
    };
  }

  /** A step that was given up took no prompts: a run that is taken up again draws the same ones. */
  #giveUp(drawn: number): undefined {
    this.#drawn = drawn;
  }

  save(): PolicyState {
    return { drawn: this.#drawn, ...(this.#baseline !== undefined && { baseline: this.#baseline }) };
  }

  restore(saved: unknown): void {
    const { drawn, baseline } = saved as PolicyState;
    this.#drawn = drawn;
    this.#baseline = baseline;
  }

  checkChange(patch: SettingsPatch): void {
    const next = patched(this.#settings, patch);
    checkComparison(next.objective);
    this.#heldOut.check(next.run);
    const choice = chooseMemory(this.engine, this.#shapes(next), next.run.recompute, this.#demand(next));
    if (choice?.problem) {
      throw new LosslightError('out-of-memory', choice.problem, 'Choose fewer completions, or shorter ones.');
    }
  }

  change(patch: SettingsPatch): SettingChange[] {
    const before = this.#settings;
    const next = patched(before, patch);
    this.#settings = next;
    provideMemory(this.engine, this.#shapes(next), this.#asRun(next), this.#demand(next));
    return changesOf({ ...before.run, ...before.objective }, { ...next.run, ...next.objective });
  }

  async finish(stopped: boolean): Promise<RunEnding | undefined> {
    if (this.#failure) throw this.#failure;
    return this.#heldOut.finish(stopped, this.steps, this.#settings.run);
  }

  /** The completions of a step, read and rewarded; undefined where the run is to stop. */
  async #rollOut(step: number, signal: AbortSignal): Promise<RewardedTurn[] | undefined> {
    const { run, objective } = this.#settings;
    const { temperature, topP, maxNewTokens, groupSize } = objective;
    const seeds = seedsOf(run.seed, step, objective.prompts * groupSize);
    const draws = this.#take(objective.prompts).flatMap(({ prompt, ids }, group) =>
      Array.from({ length: groupSize }, (_, i): Draw => {
        return { prompt, ids, group, seed: seeds[group * groupSize + i] ?? 0 };
      }),
    );
    const options = {
      ...{ temperature, topP, maxNewTokens },
      seed: run.seed,
      stopIds: this.#stopIds,
      reproducible: true,
      // As it was foreseen.
      longest: this.#demand(this.#settings).writing?.tokens ?? this.engine.contextLength,
    };
    const onDone = (done: number) => this.told.onWriting?.(step, done, draws.length);
    onDone(0);
    const turns = await sampleTurns(this.engine, this.texts, draws, options, signal, onDone);
    if (!turns) return undefined;
    const written = turns.map(({ prompt, rounds }) => ({
      prompt,
      rounds: rounds.map(({ prompt: before, ids, ending }) => ({ prompt: before, ids, ending })),
    }));
    const reads = await unlessAborted(this.texts.finish(written), signal);
    return (
      reads &&
      turns.flatMap((turn, i) => {
        const read = reads[i];
        return read ? [{ turn, read }] : [];
      })
    );
  }

  #take(count: number) {
    const order = this.#order;
    if (!order) throw new Error('The run was not prepared.');
    this.#drawn += count;
    return take(order, count).flatMap((i) => this.#usable[i] ?? []);
  }

  #follow(mean: number | undefined): void {
    if (mean === undefined) return;
    this.#baseline =
      this.#baseline === undefined ? mean : BASELINE_KEPT * this.#baseline + (1 - BASELINE_KEPT) * mean;
  }

  /** Tokens of a sequence that are trained at most. */
  #limit({ maxLength }: TrainSettings): number {
    return Math.min(maxLength, this.engine.contextLength);
  }

  /** The run as memory sees it: a batch is all completions of a step. */
  #asRun({ run, objective }: Settings): TrainSettings {
    return { ...run, batchSize: batchSizeOf(run, objective) };
  }

  #demand({ run, objective }: Settings) {
    return demandOf(run, objective, this.engine.contextLength);
  }

  /** The largest batch that the prompts leave possible. */
  #shapes(settings: Settings) {
    const run = this.#asRun(settings);
    const prompts = this.#usable.map(({ prompt, ids }) => ({
      tokens: ids.length,
      goesOn: isAnswered(this.prompts[prompt]?.conversation),
    }));
    const rowsAt = prompts.length
      ? policyRows(prompts, settings.objective, this.#limit(settings.run))
      : undefined;
    return [largestShape(run, this.engine.contextLength, MICRO_BATCH_TOKENS, rowsAt)];
  }
}

/** What is promised; undefined where the signal comes first: nobody may be left to answer. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const give = () => resolve(undefined);
    signal.addEventListener('abort', give, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}

function meanOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : undefined;
}

/** What ends a run of which the last step was made in part. */
function failedWithin(step: number, made: number, updates: number, error: unknown): LosslightError {
  const known = error instanceof LosslightError ? error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const why = /[.!?]$/.test(message) ? message : `${message}.`;
  const those = made === 1 ? 'The update before it was made' : `The ${made} updates before it were made`;
  return new LosslightError(
    known?.code ?? 'unexpected',
    `Update ${made + 1} of ${updates} of step ${step} failed: ${why} ${those} and changed the weights; the step’s figures are of ${made === 1 ? 'it' : 'them'} alone.`,
    known?.remedy ?? 'Begin another run from the weights as they were before this one.',
    { cause: error },
  );
}

/** The report of a step: loss and gradient are means over its updates, tokens those that were computed in all of them. */
function reportOf(
  step: number,
  updates: readonly PolicyUpdate[],
  rate: number,
  milliseconds: number,
): StepReport {
  const stepped = updates.flatMap(({ stepped: one }) => one ?? []);
  const batches = stepped.flatMap((one) => one.batches);
  const result: StepResult = {
    loss: meanOf(updates.map(({ loss }) => loss)) ?? 0,
    gradientNorm: meanOf(stepped.map(({ result: { gradientNorm } }) => gradientNorm)) ?? 0,
    logProbs: stepped.flatMap(({ result: { logProbs } }) => logProbs),
  };
  return makeReport(step, batches, result, rate, milliseconds);
}
