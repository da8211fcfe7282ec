/**
 * @file The engine by plans: our own operations, on the CPU or on the GPU, whichever executor it is given.
 */
import type { Executor } from '../plan/executor';
import type { Batch } from '../sequence/types';
import { checkOptions, sample } from './sample';
import { checkPrompt } from './check';
import type { ModelConfig } from './config';
import type { AdamWSettings, Engine, GeneratedToken, GenerateOptions, StepResult, Which } from './engine';
import { PlannedLlama } from './planned-llama';
import { seededRandom } from './random';

/** A step so small compiles nearly every kernel that larger ones need, and shows whether the device takes them. */
const FIRST_LENGTH = 16;

export class PlannedEngine implements Engine {
  private constructor(readonly llama: PlannedLlama) {}

  /**
   * Puts weights into the executor's memory and makes the first plan of a step. The executor stays the caller's.
   *
   * @param weights of every parameter, see `decodeWeights`
   * @param onCompile gets the kernels compiled so far, and all of them; not called on the CPU
   * @throws LosslightError `out-of-memory` and the device's own failures; RangeError where the CPU's memory is too small.
   */
  static async load(
    executor: Executor,
    config: ModelConfig,
    weights: ReadonlyMap<string, Float32Array>,
    onCompile?: (done: number, total: number) => void,
  ): Promise<PlannedEngine> {
    const llama = await PlannedLlama.create(executor, config, weights);
    try {
      await llama.prepare(1, FIRST_LENGTH, 'train', onCompile);
    } catch (error) {
      llama.dispose();
      throw error;
    }
    return new PlannedEngine(llama);
  }

  get parameters(): ReadonlyMap<string, readonly number[]> {
    return this.llama.parameters;
  }

  get vocabularySize(): number {
    return this.llama.config.vocabularySize;
  }

  get contextLength(): number {
    return this.llama.config.contextLength;
  }

  logits(batch: Batch, which: Which): Promise<Float32Array> {
    return this.llama.logits(batch, which);
  }

  async score(batch: Batch, which: Which): Promise<Float32Array> {
    const { logProbs } = await this.llama.score(batch, which);
    return logProbs;
  }

  lossAndGradients(batch: Batch): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
    return this.llama.lossAndGradients(batch);
  }

  step(batches: Batch[], settings: AdamWSettings): Promise<StepResult> {
    return this.llama.step(batches, settings);
  }

  /**
   * Each token is computed from the whole text so far, in the buckets of lengths that scores use: keys and values are not
   * kept, because the plans have no operation that attends from one token to a cache. A text of n tokens so costs n passes
   * over it, which is little for models and texts of this page's size.
   */
  async *generate(
    prompt: Int32Array,
    options: GenerateOptions,
    which: Which,
    signal?: AbortSignal,
  ): AsyncGenerator<GeneratedToken, void, void> {
    const { config } = this.llama;
    checkOptions(options);
    checkPrompt(prompt, config);
    const limit = Math.min(options.maxNewTokens, config.contextLength - prompt.length);
    const random = seededRandom(options.seed);
    const text = new Int32Array(prompt.length + limit);
    text.set(prompt);
    // Training may go on meanwhile, and one text must come from one model. The loaded parameters never change.
    const snapshot = which === 'tuned' ? await this.llama.snapshot() : undefined;
    try {
      for (let length = prompt.length; length < text.length && !signal?.aborted; length++) {
        const logits = await this.llama.nextLogits(text.subarray(0, length), snapshot ?? 'base');
        const token = sample(logits, options, random);
        yield token;
        if (options.stopIds.includes(token.id)) return;
        text[length] = token.id;
      }
    } finally {
      snapshot?.dispose();
    }
  }

  reset(): Promise<void> {
    return this.llama.reset();
  }

  read(): Promise<Map<string, Float32Array>> {
    return this.llama.read();
  }

  dispose(): void {
    this.llama.dispose();
  }
}
