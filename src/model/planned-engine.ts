/**
 * @file The engine by plans: our own operations, on the CPU or on the GPU, whichever executor it is given.
 */
import type { Executor } from '../plan/executor';
import { sizeOf } from '../plan/tensor';
import type { Batch } from '../sequence/types';
import type { WeightValues } from './base-weights';
import { FIRST_LENGTH } from './compile-ahead';
import type { ModelConfig } from './config';
import type {
  AdamWSettings,
  Adaptation,
  BaseFormat,
  BatchShape,
  Engine,
  EngineState,
  GeneratedToken,
  GenerateOptions,
  GenerationPart,
  GenerationRequest,
  KeptWeights,
  ManyOptions,
  MemoryForecast,
  Predictions,
  RunDemand,
  StepOptions,
  StepResult,
  Which,
} from './engine';
import { generateMany } from './generation';
import { mergedWeights, type MergedPiece } from './merged-weights';
import { PlannedModel, type PlannedModelOptions } from './planned-model';

/** Plans that are made ready before a run; batches of other shapes find every kernel compiled. */
const MOST_READY = 4;

export class PlannedEngine implements Engine {
  /** Runs that are being made ready, those that were stopped meanwhile, too. */
  #preparing = 0;

  private constructor(readonly model: PlannedModel) {}

  /**
   * Puts weights into the executor's memory and makes the first plan of a step. The executor stays the caller's.
   *
   * @param weights of every parameter, in memory or as they are read, see `loadWeights`
   * @param onCompile gets the kernels compiled so far, and all of them; not called on the CPU
   * @param options how weights are kept and what is trained, see `PlannedModelOptions`
   * @throws LosslightError `out-of-memory` and the device's own failures; RangeError where the CPU's memory is too small.
   */
  static async load(
    executor: Executor,
    config: ModelConfig,
    weights: WeightValues,
    onCompile?: (done: number, total: number) => void,
    options: PlannedModelOptions = {},
  ): Promise<PlannedEngine> {
    const model = await PlannedModel.create(executor, config, weights, options);
    try {
      // Shows whether the device takes the kernels, too.
      await model.prepare(1, FIRST_LENGTH, 'train', onCompile);
    } catch (error) {
      model.dispose();
      throw error;
    }
    return new PlannedEngine(model);
  }

  get parameters(): ReadonlyMap<string, readonly number[]> {
    return this.model.parameters;
  }

  get vocabularySize(): number {
    return this.model.config.vocabularySize;
  }

  get contextLength(): number {
    return this.model.config.contextLength;
  }

  logits(batch: Batch, which: Which): Promise<Float32Array> {
    return this.model.logits(batch, which);
  }

  async score(batch: Batch, which: Which, temperature = 1): Promise<Float32Array> {
    const { logProbs } = await this.model.score(batch, which, temperature);
    return logProbs;
  }

  predictions(batch: Batch, which: Which | KeptWeights): Promise<Predictions> {
    return this.model.predictions(batch, which);
  }

  lossAndGradients(
    batch: Batch,
    options?: StepOptions,
  ): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
    return this.model.lossAndGradients(batch, options);
  }

  async prepare(
    shapes: readonly BatchShape[],
    onProgress?: (share: number, programs: number) => void,
    options?: StepOptions,
    signal?: AbortSignal,
  ): Promise<void> {
    const size = ({ rows, length }: BatchShape) => rows * length;
    const [largest, ...others] = [...shapes].sort((a, b) => size(b) - size(a));
    // Its memory serves all others; asked for last, it would come on top of theirs.
    if (largest && !this.model.executor.compile)
      await this.model.prepare(largest.rows, largest.length, 'train', undefined, options);
    // The CPU compiles nothing.
    if (!largest || !this.model.executor.compile) return;
    const frequent = shapes.filter((shape) => others.includes(shape));
    const some = [largest, ...frequent].slice(0, MOST_READY);
    const { executor } = this.model;
    const before = executor.compiled ?? 0;
    let last = 0;
    let waited = false;
    const told = (share: number) => {
      waited = true;
      last = Math.max(last, share);
      onProgress?.(last, (executor.compiled ?? 0) - before);
    };
    // A run that was stopped meanwhile still compiles, and this one waits for it.
    if (this.#preparing > 0) told(0);
    this.#preparing++;
    try {
      for (const [i, { rows, length }] of some.entries()) {
        // Compiling cannot be broken off, but what follows it need not begin.
        if (signal?.aborted) return;
        // What has to be measured shows only then, so that the last bit of the way is kept for the end.
        const onCompile = (done: number, total: number) =>
          told((i + Math.min(0.99, done / total)) / some.length);
        await this.model.prepare(rows, length, 'train', onCompile, options);
        if (waited) told((i + 1) / some.length);
      }
    } finally {
      this.#preparing--;
    }
  }

  get recompute(): boolean {
    return this.model.recompute;
  }

  set recompute(on: boolean) {
    this.model.recompute = on;
  }

  get memoryBytes(): number {
    return this.model.executor.bytes;
  }

  forecast(shapes: readonly BatchShape[], recompute: boolean, demand?: RunDemand): MemoryForecast {
    return this.model.forecast(shapes, recompute, demand);
  }

  step(batches: Batch[], settings: AdamWSettings, options?: StepOptions): Promise<StepResult> {
    return this.model.step(batches, settings, options);
  }

  async *generate(
    prompt: Int32Array,
    options: GenerateOptions,
    which: Which | KeptWeights,
    signal?: AbortSignal,
  ): AsyncGenerator<GeneratedToken, void, void> {
    for await (const { tokens, error } of this.generateMany([{ prompt }], options, which, signal)) {
      if (error) throw error;
      for (const token of tokens) {
        yield token;
        if (signal?.aborted) return;
      }
    }
  }

  generateMany(
    requests: Iterable<GenerationRequest> | AsyncIterable<GenerationRequest>,
    options: ManyOptions,
    which: Which | KeptWeights,
    signal?: AbortSignal,
  ): AsyncGenerator<GenerationPart, void, void> {
    return generateMany(this.model, requests, options, which, signal);
  }

  get baseFormat(): BaseFormat {
    return this.model.state.loaded.format;
  }

  get adaptation(): Adaptation {
    return this.model.state.adaptation;
  }

  get trainedCount(): number {
    return [...this.model.state.trained.values()].reduce((sum, { value }) => sum + sizeOf(value.shape), 0);
  }

  adapt(adaptation: Adaptation): Promise<void> {
    return this.model.adapt(adaptation);
  }

  write(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    return this.model.set(values);
  }

  merged(): AsyncGenerator<MergedPiece, void, void> {
    const { executor, parameters, state } = this.model;
    return mergedWeights(executor, state.weightsOf('tuned'), parameters);
  }

  reset(): Promise<void> {
    return this.model.reset();
  }

  read(): Promise<Map<string, Float32Array>> {
    return this.model.read();
  }

  save(): Promise<EngineState> {
    return this.model.save();
  }

  restore(state: EngineState): Promise<void> {
    return this.model.restore(state);
  }

  dispose(): void {
    this.model.dispose();
  }
}
