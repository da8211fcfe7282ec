/**
 * @file The engine's worker: owns what computes, the model and the training run, and answers the page.
 *
 * Once a GPU device has failed, every request is answered with that failure; the page restarts the worker.
 */
import { LosslightError } from '../errors';
import { loadEngine, openBackend, otherBackend, type Backend } from '../model/backend';
import { blobFolder } from '../model/byte-file';
import { describeModel } from '../model/describe-model';
import type { Engine, EngineKind, GeneratedToken, ModelDescription } from '../model/engine';
import { httpFolder } from '../model/http-folder';
import { projectionEnds } from '../model/lora';
import { openModelFolder, type OpenedFolder } from '../model/model-folder';
import type { ParameterOptions } from '../model/planned-parameters';
import { Turns } from '../plan/turns';
import { toBatch, toTokens } from '../sequence/batch';
import type { TrainingSequence } from '../sequence/types';
import { nextTask } from '../tensor/task';
import { TrainingLoop } from '../train/loop';
import { chooseMemory, largestShape } from '../train/memory-choice';
import { MICRO_BATCH_TOKENS } from '../train/micro-batches';
import { anyRows } from '../train/policy-lengths';
import { measurePace } from '../train/pace';
import type { RunControl, RunEvents } from '../train/run-control';
import { PolicyLoop } from '../train/policy-loop';
import { batchSizeOf, demandOf } from '../train/run-memory';
import { ON_POLICY, type ObjectiveSettings } from '../settings/objective';
import { predictTokens } from './engine-predictions';
import { saveTuned } from './engine-save';
import { AskedTexts } from './engine-texts';
import { cachedChoices } from './engine-tuned';
import { reportError, serve, type HostPort } from './host';
import type {
  EngineEvent,
  EngineRequests,
  LoadPhase,
  MeasuredPace,
  MemoryChoice,
  ModelInfo,
  ModelPlace,
  RolloutPrompt,
  RolloutReport,
  TrainedPart,
  TrainSettings,
} from './protocol';

/** Most tokens, padding included, that are scored in one forward pass. */
const SCORE_TOKENS = 2048;

/** Failures of a load that another backend would meet as well. */
const NOT_OF_BACKEND = new Set([
  'bad-model',
  'bad-adapter',
  'packed-base',
  'cancelled',
  'download-failed',
  'unreadable-file',
]);

class EngineHost {
  /** Opened at the first load. */
  #backend: Backend | undefined;
  #engine: Engine | undefined;
  /** What `#engine` was loaded from; its weights are closed. */
  #folder: OpenedFolder | undefined;
  /** Ends the load that was asked for last, until it is over. */
  #load: AbortController | undefined;
  readonly #loads = new Turns();
  /** While what was trained is being written. */
  #saving = false;
  /** While another model takes the place of `#engine`. */
  #replacing = false;
  /** Scores and generations that are being computed. */
  readonly #working = new Set<Promise<unknown>>();
  #run: { number: number; loop: RunControl; end: Promise<void> } | undefined;
  #runs = 0;
  /** What the latest run on policy asks the page. */
  #texts: AskedTexts | undefined;
  #asked = 0;
  #generating = new Set<AbortController>();
  /** The trial of the model's speed, for which nothing waits. */
  #pacing: AbortController | undefined;

  constructor(readonly emit: (event: EngineEvent) => void) {}

  load({
    engine: wanted,
    base,
    adaptation,
    ...place
  }: EngineRequests['load']['request']): Promise<ModelInfo> {
    if (this.#load && !this.#load.signal.aborted) {
      throw new LosslightError('busy', 'A model is being loaded.', 'Wait until it is there, or cancel it.');
    }
    const controller = new AbortController();
    this.#load = controller;
    // One that was cancelled may still be giving back what it took.
    return this.#loads.take(async () => {
      try {
        return await this.#loadNow(place, wanted, { base, adaptation }, controller.signal);
      } finally {
        if (this.#load === controller) this.#load = undefined;
      }
    });
  }

  cancelLoad(): null {
    this.#load?.abort();
    return null;
  }

  async inspectModel({
    folder,
    files,
  }: EngineRequests['inspectModel']['request']): Promise<ModelDescription> {
    const opened = await openModelFolder(blobFolder(folder, files));
    opened.source.close();
    return describeModel(opened);
  }

  async #loadNow(
    place: ModelPlace,
    wanted: EngineKind | undefined,
    kept: ParameterOptions,
    signal: AbortSignal,
  ): Promise<ModelInfo> {
    this.#backend?.target?.health.check();
    this.#backend ??= await openBackend(wanted, cachedChoices());
    const isLocal = 'files' in place;
    const folder = isLocal ? blobFolder(place.folder, place.files) : httpFolder(place.url);
    const opened = await openModelFolder(folder, signal);
    try {
      // From here on the executor is busy with the new model, and the one before waits.
      this.#replacing = true;
      await this.#endWork();
      const phase = isLocal ? 'read' : 'download';
      const { engine, backend } = await this.#setUp(this.#backend, opened, wanted, kept, phase, signal);
      this.#engine?.dispose();
      this.#engine = engine;
      this.#folder = opened;
      const model = describeModel(opened);
      return {
        model,
        parameterCount: model.parameterCount,
        baseFormat: engine.baseFormat,
        trained: trainedPart(engine),
        projections: projectionEnds(opened.config),
        vocabularySize: engine.vocabularySize,
        contextLength: engine.contextLength,
        engine: { kind: backend.kind, reason: backend.reason },
        device: backend.target?.description,
      };
    } finally {
      this.#replacing = false;
      opened.source.close();
    }
  }

  async score({
    sequences,
    which,
    predictions,
  }: EngineRequests['score']['request']): Promise<EngineRequests['score']['reply']> {
    const engine = this.#loaded();
    if (predictions || typeof which !== 'string')
      return predictTokens(engine, groupsInOrder(sequences, SCORE_TOKENS), which);
    const logProbs: Float32Array[] = [];
    for (const group of groupsInOrder(sequences, SCORE_TOKENS)) {
      const batch = toBatch(group);
      logProbs.push(...toTokens(await engine.score(batch, which), batch, group));
      await nextTask();
    }
    return { logProbs };
  }

  train({
    sequences,
    settings,
    startPaused,
    objective,
    prompts = [],
    heldOut,
  }: EngineRequests['train']['request']): { run: number } {
    const engine = this.#loaded();
    if (this.#run && !this.#run.loop.ended) {
      throw new LosslightError('busy', 'A run is under way.', 'Stop it before another one begins.');
    }
    if (this.#saving) {
      throw new LosslightError('busy', 'What was trained is being saved.', 'Train when that is done.');
    }
    this.#pacing?.abort();
    const number = this.#runs + 1;
    const events: RunEvents = {
      onPreparing: (share, programs) => this.emit({ type: 'preparing', run: number, share, programs }),
      onStep: (report) => this.emit({ type: 'step', run: number, report }),
      onState: (state, error, ending) =>
        this.emit({
          type: 'run',
          run: number,
          state,
          ...(state === 'failed' && { error: reportError(error) }),
          ...(ending && { ending }),
          ...(this.#backend?.tuner && { tuned: { ...this.#backend.tuner.choices } }),
        }),
    };
    const loop =
      objective && ON_POLICY.includes(objective.kind)
        ? this.#policyLoop(engine, number, { prompts, heldOut }, settings, objective, events)
        : new TrainingLoop(engine, sequences, settings, events, { objective, heldOut });
    this.#runs = number;
    // After the reply, so that the page knows the run's number before its first event.
    const end = nextTask()
      .then(() => loop.run(startPaused))
      .then(() => this.#forgetRun(number));
    this.#run = { number, loop, end };
    return { run: number };
  }

  /** An ended run has no more to say: its data is let go of, which may be thousands of sequences. */
  #forgetRun(number: number): void {
    if (this.#run?.number !== number) return;
    this.#run = undefined;
    this.#texts = undefined;
  }

  #policyLoop(
    engine: Engine,
    run: number,
    { prompts, heldOut }: { prompts: readonly RolloutPrompt[]; heldOut?: TrainingSequence[] | undefined },
    settings: TrainSettings,
    objective: ObjectiveSettings,
    events: RunEvents,
  ): PolicyLoop {
    const texts = new AskedTexts(this.emit, run, () => ++this.#asked);
    const onRollouts = (step: number, rollouts: RolloutReport[]) =>
      this.emit({ type: 'rollouts', run, step, rollouts });
    const onWriting = (step: number, done: number, total: number) =>
      this.emit({ type: 'writing', run, step, done, total });
    const told = { ...events, onRollouts, onWriting };
    const loop = new PolicyLoop(engine, texts, prompts, settings, objective, told, heldOut);
    this.#texts = texts;
    return loop;
  }

  answer({ ask, answer }: EngineRequests['answer']['request']): null {
    this.#texts?.answer(ask, answer);
    return null;
  }

  memory(settings: EngineRequests['memory']['request']): MemoryChoice | null {
    const engine = this.#loaded();
    const { contextLength } = engine;
    const { objective, ...run } = settings;
    const batchSize = batchSizeOf(run, objective);
    // Its prompts are rendered only when the run begins, which then looks at what they really ask for.
    const onPolicy = objective && ON_POLICY.includes(objective.kind);
    const rowsAt = onPolicy ? anyRows(objective) : undefined;
    const shape = largestShape({ ...run, batchSize }, contextLength, MICRO_BATCH_TOKENS, rowsAt);
    const demand = objective && demandOf(run, objective, contextLength);
    const choice = chooseMemory(engine, [shape], run.recompute, demand);
    return choice ? { ...choice, ...(onPolicy && { anyPrompts: true as const }) } : null;
  }

  async pace(): Promise<MeasuredPace | null> {
    const engine = this.#loaded();
    if (this.#run && !this.#run.loop.ended) return null;
    const controller = new AbortController();
    this.#generating.add(controller);
    this.#pacing = controller;
    try {
      return await measurePace(engine, controller.signal);
    } finally {
      this.#generating.delete(controller);
    }
  }

  control({ run, action }: EngineRequests['control']['request']): null {
    this.#loaded();
    // A request about an earlier run comes too late to mean anything.
    if (this.#run?.number !== run) return null;
    const { loop } = this.#run;
    if (action === 'pause') loop.pause();
    else if (action === 'resume') loop.resume();
    else if (action === 'step') loop.stepOnce();
    else loop.stop();
    return null;
  }

  change({ run, patch }: EngineRequests['change']['request']): null {
    this.#loaded();
    if (this.#run?.number !== run) {
      throw new LosslightError('no-run', 'The run has ended.', 'Change the settings of the next one.');
    }
    this.#run.loop.change(patch);
    return null;
  }

  async adapt({ adaptation }: EngineRequests['adapt']['request']): Promise<TrainedPart> {
    const engine = this.#loaded();
    await this.#endWork();
    await engine.adapt(adaptation);
    return trainedPart(engine);
  }

  async save(request: EngineRequests['save']['request']): Promise<Blob> {
    const engine = this.#loaded();
    if (this.#saving || (this.#run && !this.#run.loop.ended)) {
      const what = this.#saving ? 'What was trained is being saved already.' : 'A run is under way.';
      throw new LosslightError('busy', what, 'Save when that is done.');
    }
    this.#saving = true;
    try {
      return await saveTuned(engine, this.#folder as OpenedFolder, request);
    } finally {
      this.#saving = false;
    }
  }

  async snapshot(): Promise<{ values: ReadonlyMap<string, Float32Array> }> {
    const engine = this.#loaded();
    // In the middle of a step they would be neither those before nor those after it.
    await this.#run?.loop.rest();
    const state = this.#run?.loop.state;
    if (state === 'new' || state === 'running') {
      throw new LosslightError('busy', 'A run is changing the weights.', 'Pause it first.');
    }
    return { values: await engine.read() };
  }

  async restore({ values }: EngineRequests['restore']['request']): Promise<null> {
    const engine = this.#loaded();
    await this.#endWork();
    await engine.write(values);
    return null;
  }

  async reset(): Promise<null> {
    const engine = this.#loaded();
    await this.#endWork();
    await engine.reset();
    return null;
  }

  async generate(
    { prompt, options, which }: EngineRequests['generate']['request'],
    request: number,
  ): Promise<{ tokens: GeneratedToken[] }> {
    const engine = this.#loaded();
    const controller = new AbortController();
    this.#generating.add(controller);
    const tokens: GeneratedToken[] = [];
    try {
      for await (const token of engine.generate(prompt, options, which, controller.signal)) {
        tokens.push(token);
        this.emit({ type: 'token', request, token });
        await nextTask();
      }
    } finally {
      this.#generating.delete(controller);
    }
    return { tokens };
  }

  cancelGenerate(): null {
    for (const controller of this.#generating) controller.abort();
    return null;
  }

  async loseDevice(): Promise<null> {
    this.#loaded();
    const target = this.#backend?.target;
    if (!target) {
      const remedy = 'Load the model with an engine that computes on the GPU.';
      throw new LosslightError('no-device', 'The CPU computes; there is no GPU device to lose.', remedy);
    }
    target.device.destroy();
    return null;
  }

  /**
   * The model on the backend. Where the first model cannot be set up on a backend that nobody asked for, the other one is
   * tried; later ones must do with what computes then.
   */
  async #setUp(
    backend: Backend,
    { config, source }: OpenedFolder,
    wanted: EngineKind | undefined,
    kept: ParameterOptions,
    reading: LoadPhase,
    signal: AbortSignal,
  ): Promise<{ engine: Engine; backend: Backend }> {
    const progress = (phase: LoadPhase) => (done: number, total: number) =>
      this.emit({ type: 'progress', phase, done, total });
    const options = {
      ...kept,
      signal,
      onBytes: progress(reading),
      onParameters: progress('upload'),
      onCompile: progress('compile'),
    };
    const watched = this.#engine !== undefined;
    let chosen = backend;
    let engine: Engine;
    try {
      engine = await loadEngine(backend, config, source, options);
    } catch (error) {
      const notOfBackend = error instanceof LosslightError && NOT_OF_BACKEND.has(error.code);
      if (watched || wanted || notOfBackend) throw error;
      this.#backend = undefined;
      chosen = await otherBackend(backend, error, cachedChoices());
      // Nothing is compiled any more of what the other one began with.
      options.onCompile(0, 0);
      engine = await loadEngine(chosen, config, source, options);
      this.#backend = chosen;
    }
    // Only from here on is a failure of the device one that the page must act on.
    if (!watched) {
      const { health } = chosen.target ?? {};
      health?.check();
      health?.onFailure((failure) => this.emit({ type: 'fatal', error: reportError(failure) }));
    }
    return { engine, backend: chosen };
  }

  #loaded(): Engine {
    this.#backend?.target?.health.check();
    if (this.#replacing) {
      throw new LosslightError(
        'busy',
        'Another model is being loaded.',
        'Wait until it is there, or cancel it.',
      );
    }
    if (!this.#engine) throw new LosslightError('no-model', 'No model is loaded.', 'Load a model first.');
    return this.#engine;
  }

  /** Keeps the work in mind until it is done, so that another model waits for it. */
  track<T>(work: Promise<T>): Promise<T> {
    this.#working.add(work);
    const forget = () => this.#working.delete(work);
    work.then(forget, forget);
    return work;
  }

  async #endWork(): Promise<void> {
    this.cancelGenerate();
    this.#run?.loop.stop();
    await this.#run?.end;
    // Their failures are told to who asked for them.
    await Promise.allSettled(this.#working);
  }
}

function trainedPart({ adaptation, trainedCount }: Engine): TrainedPart {
  return { adaptation, trainedCount };
}

/** Sequences in their order, in groups whose padded size stays within `limit` tokens; at least one a group. */
function groupsInOrder(sequences: readonly TrainingSequence[], limit: number): TrainingSequence[][] {
  const groups: TrainingSequence[][] = [];
  let longest = 0;
  for (const sequence of sequences) {
    const last = groups.at(-1);
    longest = Math.max(longest, sequence.ids.length);
    if (last && (last.length + 1) * longest <= limit) last.push(sequence);
    else {
      groups.push([sequence]);
      longest = sequence.ids.length;
    }
  }
  return groups;
}

/** Serves a page on `port`; the worker below does so on its own. */
export function serveEngine(port: HostPort<EngineEvent>): void {
  const host = new EngineHost((event) => port.postMessage({ event }));
  serve<EngineRequests, EngineEvent>(port, {
    load: (request) => host.load(request),
    cancelLoad: () => host.cancelLoad(),
    inspectModel: (request) => host.inspectModel(request),
    score: (request) => host.track(host.score(request)),
    train: (request) => host.train(request),
    memory: (request) => host.memory(request),
    pace: () => host.track(host.pace()),
    control: (request) => host.control(request),
    change: (request) => host.change(request),
    answer: (request) => host.answer(request),
    adapt: (request) => host.adapt(request),
    save: (request) => host.track(host.save(request)),
    snapshot: () => host.track(host.snapshot()),
    restore: (request) => host.restore(request),
    reset: () => host.reset(),
    generate: (request, id) => host.track(host.generate(request, id)),
    cancelGenerate: () => host.cancelGenerate(),
    loseDevice: () => host.loseDevice(),
  });
}

if (typeof DedicatedWorkerGlobalScope !== 'undefined' && self instanceof DedicatedWorkerGlobalScope)
  serveEngine(self);
