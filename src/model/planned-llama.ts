/**
 * @file A Llama that is trained and scored by plans: keeps parameters and the optimizer's state in an executor's memory,
 * and builds a plan for each number of rows and bucket of lengths that it meets.
 */
import { LosslightError } from '../errors';
import { bucketLength } from '../plan/buckets';
import type { Executor, PreparedPlan } from '../plan/executor';
import type { MemoryPlan } from '../plan/memory';
import type { Parameter } from '../plan/parameters';
import type { Tensor } from '../plan/tensor';
import { Turns } from '../plan/turns';
import type { Batch } from '../sequence/types';
import { checkSettings } from './adamw';
import { checkBatch, checkObjective, nonFinite, type Quantity } from './check';
import { parameterShapes, type ModelConfig } from './config';
import type { AdamWSettings, StepResult, Which } from './engine';
import { writeInputs } from './llama-inputs';
import { planLlama, type LlamaPlan } from './llama-plan';
import { unpad } from './padding';
import { PlannedParameters } from './planned-parameters';

/** Plans that are kept for the next batch of their shape. */
const MOST_PLANS = 8;

export interface PlannedLlamaOptions {
  /** Compute each layer a second time in the backward pass instead of keeping what it computed. */
  recompute?: boolean;
  /** Most bytes of logits in memory at a time. */
  logitsBytes?: number;
}

/** A backward pass too, scores alone, or the logits of every token. */
export type Purpose = 'train' | 'score' | 'logits';

/** A copy of the tuned parameters at one moment. */
export interface Snapshot {
  /** Tells its plans from others. */
  readonly name: string;
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Gives its memory back. */
  dispose(): void;
}

interface Ready {
  llama: LlamaPlan;
  prepared: PreparedPlan;
}

export class PlannedLlama {
  readonly parameters: ReadonlyMap<string, readonly number[]>;
  /** Least recently used first. */
  readonly #plans = new Map<string, Ready>();
  /** Writing inputs, running and reading results: another batch of the same shape would come between. */
  readonly #runs = new Turns();
  /** Gradients are added up over several runs, with scores between them if anybody asks. */
  readonly #changes = new Turns();
  #snapshots = 0;
  #disposed = false;

  private constructor(
    readonly executor: Executor,
    readonly config: ModelConfig,
    readonly options: PlannedLlamaOptions,
    readonly state: PlannedParameters,
  ) {
    this.parameters = parameterShapes(config);
  }

  /**
   * @param weights values of every parameter by its name, see `parameterShapes`
   * @throws RangeError where one is missing or of another size.
   */
  static async create(
    executor: Executor,
    config: ModelConfig,
    weights: ReadonlyMap<string, Float32Array>,
    options: PlannedLlamaOptions = {},
  ): Promise<PlannedLlama> {
    const state = await PlannedParameters.create(executor, parameterShapes(config), weights);
    return new PlannedLlama(executor, config, options, state);
  }

  /** Logits [rows, length, V], flattened. */
  async logits(batch: Batch, which: Which = 'tuned'): Promise<Float32Array> {
    return this.#run(batch, 'logits', which, async ({ logits }, length) =>
      unpad(await this.#take(logits as Tensor, 'logits'), batch, length),
    );
  }

  /** Logits [V] of the token after a document's first ones. */
  async nextLogits(ids: Int32Array, weights: Which | Snapshot): Promise<Float32Array> {
    const batch: Batch = {
      rows: 1,
      length: ids.length,
      ids,
      targets: new Int32Array(ids.length),
      weights: new Float32Array(ids.length),
      positions: ids.map((_, i) => i),
      documents: new Int32Array(ids.length).fill(1),
      kind: new Uint8Array(ids.length),
      norm: 0,
    };
    return this.#run(batch, 'logits', weights, ({ logits }) => {
      const { buffer, offset } = logits as Tensor;
      const width = this.config.vocabularySize;
      return this.#take({ buffer, offset: offset + (ids.length - 1) * width, shape: [width] }, 'logits');
    });
  }

  /** Log-probability of each target and entropy of each prediction, both [rows · length]. */
  async score(
    batch: Batch,
    which: Which = 'tuned',
  ): Promise<{ logProbs: Float32Array; entropy: Float32Array }> {
    return this.#run(batch, 'score', which, (llama, length) => this.#scores(batch, llama, length));
  }

  /** The loss and the gradient of every parameter, which stay as they are. */
  async lossAndGradients(batch: Batch): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
    return this.#turn(this.#changes, async () => {
      checkObjective([batch]);
      await this.state.clear();
      const { logProbs } = await this.#train(batch);
      const gradients = new Map<string, Float32Array>();
      for (const [name, { gradient }] of this.state.tuned) {
        gradients.set(name, await this.#take(gradient, 'gradient'));
      }
      return { loss: lossOf(batch, logProbs), gradients };
    });
  }

  /** One AdamW update over accumulated micro-batches, which all carry the norm of the whole. */
  async step(batches: readonly Batch[], settings: AdamWSettings): Promise<StepResult> {
    return this.#turn(this.#changes, async () => {
      checkSettings(settings);
      checkObjective(batches);
      const result: StepResult = { loss: 0, gradientNorm: 0, logProbs: [] };
      await this.state.clear();
      for (const batch of batches) {
        const { logProbs } = await this.#train(batch);
        result.logProbs.push(logProbs);
        result.loss += lossOf(batch, logProbs);
      }
      this.#checkOpen();
      result.gradientNorm = await this.state.update(settings);
      return result;
    });
  }

  /** The tuned parameters as they are now, to be run while they are trained on. */
  async snapshot(): Promise<Snapshot> {
    const { parameters, pools } = await this.#turn(this.#changes, () => this.state.snapshot());
    const name = `snapshot ${++this.#snapshots}`;
    const dispose = () => {
      for (const key of [...this.#plans.keys()]) if (key.includes(` ${name} `)) this.#forget(key);
      this.executor.release(pools.map((pool) => pool.parameters.buffer));
    };
    return { name, parameters, dispose };
  }

  /** Tuned parameters back to the loaded ones; the optimizer forgets. */
  async reset(): Promise<void> {
    await this.#turn(this.#changes, () => this.state.reset());
  }

  /** A copy of the parameters, by their names. */
  async read(): Promise<Map<string, Float32Array>> {
    const values = new Map<string, Float32Array>();
    for (const [name, { value }] of this.state.tuned) {
      values.set(name, await this.#take(value, 'parameters'));
    }
    return values;
  }

  /**
   * Makes ready for batches of so many rows of up to so many tokens: builds the plan and compiles what it needs.
   *
   * @param onProgress gets the kernels that are compiled and all of them; not called on the CPU
   */
  async prepare(
    rows: number,
    length: number,
    purpose: Purpose,
    onProgress?: (done: number, total: number) => void,
  ): Promise<void> {
    await this.#turn(this.#runs, () =>
      this.#planFor(rows, bucketLength(length), purpose, 'tuned', onProgress),
    );
  }

  /** What a batch of these rows takes, before it is run. */
  memoryOf(rows: number, length: number, purpose: Purpose): MemoryPlan {
    return this.#build(rows * bucketLength(length), purpose).plan.memory;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const key of [...this.#plans.keys()]) this.#forget(key);
    this.state.dispose();
  }

  /** Runs the batch through the plan for its shape; `read` gets what its rows were padded to. */
  async #run<T>(
    batch: Batch,
    purpose: Purpose,
    weights: Which | Snapshot,
    read: (llama: LlamaPlan, length: number) => Promise<T>,
  ): Promise<T> {
    return this.#turn(this.#runs, async () => {
      checkBatch(batch, this.config);
      const length = bucketLength(batch.length);
      const { llama, prepared } = await this.#planFor(batch.rows, length, purpose, weights);
      writeInputs(this.executor, this.config, llama, batch, length);
      await prepared.run();
      return read(llama, length);
    });
  }

  #train(batch: Batch): Promise<{ logProbs: Float32Array }> {
    return this.#run(batch, 'train', 'tuned', (llama, length) => this.#scores(batch, llama, length));
  }

  /** Whatever goes wrong in a model that was unloaded meanwhile went wrong because of that. */
  #turn<T>(turns: Turns, work: () => Promise<T>): Promise<T> {
    return turns.take(async () => {
      this.#checkOpen();
      try {
        return await work();
      } catch (error) {
        this.#checkOpen();
        throw error;
      }
    });
  }

  #checkOpen(): void {
    if (!this.#disposed) return;
    throw new LosslightError('disposed', 'The model was unloaded.', 'Load it again.');
  }

  async #planFor(
    rows: number,
    length: number,
    purpose: Purpose,
    weights: Which | Snapshot,
    onProgress?: (done: number, total: number) => void,
  ): Promise<Ready> {
    const key = `${purpose} ${typeof weights === 'string' ? weights : weights.name} ${rows}×${length}`;
    let ready = this.#plans.get(key);
    if (!ready) {
      const llama = this.#build(rows * length, purpose, weights);
      ready = { llama, prepared: await this.executor.prepare(llama.plan, onProgress) };
    }
    this.#plans.delete(key);
    this.#plans.set(key, ready);
    const [oldest] = this.#plans.keys();
    if (this.#plans.size > MOST_PLANS && oldest !== undefined) this.#forget(oldest);
    return ready;
  }

  #build(tokens: number, purpose: Purpose, weights: Which | Snapshot = 'tuned'): LlamaPlan {
    const parameters = typeof weights === 'string' ? this.state[weights] : weights.parameters;
    return planLlama(this.config, parameters, tokens, {
      ...this.options,
      trains: purpose === 'train',
      logits: purpose === 'logits',
    });
  }

  #forget(key: string): void {
    const ready = this.#plans.get(key);
    if (!ready) return;
    this.#plans.delete(key);
    ready.prepared.dispose();
    const own = ready.llama.plan.buffers.filter(({ role }) => role === 'input' || role === 'output');
    this.executor.release(own);
  }

  async #scores(batch: Batch, llama: LlamaPlan, length: number) {
    const logProbs = unpad(await this.#take(llama.logProbs, 'log-probabilities'), batch, length);
    return { logProbs, entropy: unpad(await this.executor.read(llama.entropy), batch, length) };
  }

  /** Reads a tensor back. What is not finite is refused: nobody should see it as a result. */
  async #take(tensor: Tensor, what: Quantity): Promise<Float32Array> {
    const values = await this.executor.read(tensor);
    if (!values.every(Number.isFinite)) throw nonFinite(what);
    return values;
  }
}

/** −Σ weights · log-probability / norm, summed in 64 bits. */
function lossOf({ weights, norm }: Batch, logProbs: Float32Array): number {
  return -weights.reduce((sum, weight, n) => sum + weight * (logProbs[n] ?? NaN), 0) / norm;
}
