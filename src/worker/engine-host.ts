/**
 * @file The engine's worker: owns what computes, the model and the training run, and answers the page.
 *
 * Once a GPU device has failed, every request is answered with that failure; the page restarts the worker.
 */
import { LosslightError } from '../errors';
import { loadEngine, openBackend, otherBackend, type Backend } from '../model/backend';
import type { ModelConfig } from '../model/config';
import { downloadModel } from '../model/download';
import type { Engine, EngineKind, GeneratedToken } from '../model/engine';
import type { SafetensorsFile } from '../model/safetensors';
import { toBatch, toTokens } from '../sequence/batch';
import type { TrainingSequence } from '../sequence/types';
import { nextTask } from '../tensor/task';
import { TrainingLoop } from '../train/loop';
import { reportError, serve, type HostPort } from './host';
import type { EngineEvent, EngineRequests, ModelInfo } from './protocol';

/** Most tokens, padding included, that are scored in one forward pass. */
const SCORE_TOKENS = 2048;

class EngineHost {
  /** Opened at the first load. */
  #backend: Backend | undefined;
  #engine: Engine | undefined;
  #loading = false;
  #run: { number: number; loop: TrainingLoop; end: Promise<void> } | undefined;
  #runs = 0;
  #generating = new Set<AbortController>();

  constructor(readonly emit: (event: EngineEvent) => void) {}

  async load({ url, engine: wanted }: EngineRequests['load']['request']): Promise<ModelInfo> {
    if (this.#loading) {
      throw new LosslightError('busy', 'A model is being loaded.', 'Wait until it is there.');
    }
    this.#loading = true;
    try {
      this.#backend?.target?.health.check();
      this.#backend ??= await openBackend(wanted);
      await this.#endWork();
      const { config, file } = await downloadModel(url, (done, total) =>
        this.emit({ type: 'progress', phase: 'download', done, total }),
      );
      const { engine, backend } = await this.#setUp(this.#backend, config, file, wanted);
      this.#engine?.dispose();
      this.#engine = engine;
      const sizes = [...engine.parameters.values()].map((shape) => shape.reduce((a, b) => a * b, 1));
      return {
        parameterCount: sizes.reduce((a, b) => a + b, 0),
        vocabularySize: engine.vocabularySize,
        contextLength: engine.contextLength,
        engine: { kind: backend.kind, reason: backend.reason },
        device: backend.target?.description,
      };
    } finally {
      this.#loading = false;
    }
  }

  async score({
    sequences,
    which,
  }: EngineRequests['score']['request']): Promise<{ logProbs: Float32Array[] }> {
    const engine = this.#loaded();
    const logProbs: Float32Array[] = [];
    for (const group of groupsInOrder(sequences, SCORE_TOKENS)) {
      const batch = toBatch(group);
      logProbs.push(...toTokens(await engine.score(batch, which), batch, group));
      await nextTask();
    }
    return { logProbs };
  }

  train({ sequences, settings, startPaused }: EngineRequests['train']['request']): { run: number } {
    const engine = this.#loaded();
    if (this.#run && !this.#run.loop.ended) {
      throw new LosslightError('busy', 'A run is under way.', 'Stop it before another one begins.');
    }
    const number = this.#runs + 1;
    const loop = new TrainingLoop(engine, sequences, settings, {
      onStep: (report) => this.emit({ type: 'step', run: number, report }),
      onState: (state, error) =>
        this.emit({
          type: 'run',
          run: number,
          state,
          ...(state === 'failed' && { error: reportError(error) }),
        }),
    });
    this.#runs = number;
    // After the reply, so that the page knows the run's number before its first event.
    this.#run = { number, loop, end: nextTask().then(() => loop.run(startPaused)) };
    return { run: number };
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
    config: ModelConfig,
    file: SafetensorsFile,
    wanted: EngineKind | undefined,
  ): Promise<{ engine: Engine; backend: Backend }> {
    const progress = (phase: 'upload' | 'compile') => (done: number, total: number) =>
      this.emit({ type: 'progress', phase, done, total });
    const listeners = { onUpload: progress('upload'), onCompile: progress('compile') };
    const watched = this.#engine !== undefined;
    let chosen = backend;
    let engine: Engine;
    try {
      engine = await loadEngine(backend, config, file, listeners);
    } catch (error) {
      const isModel = error instanceof LosslightError && error.code === 'bad-model';
      if (watched || wanted || isModel) throw error;
      this.#backend = undefined;
      chosen = await otherBackend(backend, error);
      engine = await loadEngine(chosen, config, file, listeners);
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
    if (!this.#engine) throw new LosslightError('no-model', 'No model is loaded.', 'Load a model first.');
    return this.#engine;
  }

  async #endWork(): Promise<void> {
    this.cancelGenerate();
    this.#run?.loop.stop();
    await this.#run?.end;
  }
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
    score: (request) => host.score(request),
    train: (request) => host.train(request),
    control: (request) => host.control(request),
    reset: () => host.reset(),
    generate: (request, id) => host.generate(request, id),
    cancelGenerate: () => host.cancelGenerate(),
    loseDevice: () => host.loseDevice(),
  });
}

if (typeof DedicatedWorkerGlobalScope !== 'undefined' && self instanceof DedicatedWorkerGlobalScope)
  serveEngine(self);
