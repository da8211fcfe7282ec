/**
 * @file The engine's worker: owns the device, the model and the training run, and answers the page.
 *
 * Once the device has failed, every request is answered with that failure; the page restarts the worker.
 */
import { LosslightError } from '../errors';
import { downloadModel } from '../model/download';
import type { GeneratedToken } from '../model/engine';
import { OracleEngine } from '../model/oracle';
import { toBatch, toTokens } from '../sequence/batch';
import type { TrainingSequence } from '../sequence/types';
import { openDevice, type TensorDevice } from '../tensor/device';
import { nextTask } from '../tensor/task';
import { useDevice } from '../tensor/tfjs';
import { TrainingLoop } from '../train/loop';
import { reportError, serve, type HostPort } from './host';
import type { EngineEvent, EngineRequests, ModelInfo } from './protocol';

/** Most tokens, padding included, that are scored in one forward pass. */
const SCORE_TOKENS = 2048;

class EngineHost {
  #target: TensorDevice | undefined;
  #engine: OracleEngine | undefined;
  #loading = false;
  #run: { number: number; loop: TrainingLoop; end: Promise<void> } | undefined;
  #runs = 0;
  #generating = new Set<AbortController>();

  constructor(readonly emit: (event: EngineEvent) => void) {}

  async load({ url }: EngineRequests['load']['request']): Promise<ModelInfo> {
    if (this.#loading) {
      throw new LosslightError('busy', 'A model is being loaded.', 'Wait until it is there.');
    }
    this.#loading = true;
    try {
      const target = await this.#device();
      await this.#endWork();
      const { config, file } = await downloadModel(url, (done, total) =>
        this.emit({ type: 'progress', phase: 'download', done, total }),
      );
      const engine = await OracleEngine.load(target, config, file, (done, total) =>
        this.emit({ type: 'progress', phase: 'upload', done, total }),
      );
      this.#engine?.dispose();
      this.#engine = engine;
      const sizes = [...engine.parameters.values()].map((shape) => shape.reduce((a, b) => a * b, 1));
      return {
        parameterCount: sizes.reduce((a, b) => a + b, 0),
        vocabularySize: engine.vocabularySize,
        contextLength: engine.contextLength,
        device: target.description,
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
    const target = await this.#device();
    target.device.destroy();
    return null;
  }

  /** The device, opened at the first call. */
  async #device(): Promise<TensorDevice> {
    this.#target?.health.check();
    if (!this.#target) {
      const target = await openDevice();
      target.health.onFailure((failure) => this.emit({ type: 'fatal', error: reportError(failure) }));
      await useDevice(target);
      this.#target = target;
    }
    return this.#target;
  }

  #loaded(): OracleEngine {
    this.#target?.health.check();
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
