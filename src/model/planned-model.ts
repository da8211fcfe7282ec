/**
 * @file A decoder that is trained and scored by plans: keeps parameters and the optimizer's state in an executor's memory,
 * and builds a plan for each number of rows and bucket of lengths that it meets.
 */
import { LosslightError } from '../errors';
import { bucketLength } from '../plan/buckets';
import type { RankOutputs } from '../ops/token-rank';
import type { Plan } from '../plan/builder';
import type { Executor, PreparedPlan } from '../plan/executor';
import type { MemoryPlan } from '../plan/memory';
import type { LogicalBuffer, Tensor } from '../plan/tensor';
import { Turns } from '../plan/turns';
import type { Batch } from '../sequence/types';
import { batchLoss, isPlain } from './batch-loss';
import {
  checkBatch,
  checkObjective,
  checkSettings,
  checkStepOptions,
  checkTemperature,
  nonFinite,
  type Quantity,
} from './check';
import type { ModelConfig } from './config';
import { writeInputs, type InputOptions } from './decoder-inputs';
import { planDecoder, type DecoderPlan, type DecoderPlanOptions } from './decoder-plan';
import type {
  AdamWSettings,
  Adaptation,
  BatchShape,
  EngineState,
  KeptWeights,
  MemoryForecast,
  Predictions,
  RunDemand,
  StepOptions,
  StepResult,
  Which,
} from './engine';
import { layOutGeneration } from './generation-forecast';
import { forecastOf } from './memory-forecast';
import { unpad } from './padding';
import { toPredictions } from './predictions';
import { parameterShapes } from './parameter-names';
import type { WeightValues } from './base-weights';
import { PlannedParameters, type ParameterOptions } from './planned-parameters';
import type { ParameterCopy } from './trained-parameters';
import { WeightLeases, type WeightLease } from './weight-leases';

/** Plans that are kept for the next batch of their shape. */
const MOST_PLANS = 8;

export interface PlannedModelOptions extends ParameterOptions {
  /** Compute each layer a second time in the backward pass instead of keeping what it computed. */
  recompute?: boolean;
  /** Most bytes of logits in memory at a time. */
  logitsBytes?: number;
}

/** A backward pass too, scores alone, scores with ranks and alternatives, or the logits of every token. */
export type Purpose = 'train' | 'score' | 'rank' | 'logits';

/** Of each target, [rows · length]. */
interface TokenScores {
  logProbs: Float32Array;
  /** Of the prediction, in nats. */
  entropy: Float32Array;
  /** Mean log-probability of the vocabulary, where the loss is shaped. */
  means?: Float32Array;
}

interface Ready {
  decoder: DecoderPlan;
  prepared: PreparedPlan;
}

export class PlannedModel {
  readonly parameters: ReadonlyMap<string, readonly number[]>;
  /** Of steps from now on; plans of both kinds are kept. */
  recompute: boolean;
  /** Least recently used first. */
  readonly #plans = new Map<string, Ready>();
  /** Writing inputs, running and reading results: another batch of the same shape would come between. */
  readonly #runs = new Turns();
  /** Gradients are added up over several runs, with scores between them if anybody asks. */
  readonly #changes = new Turns();
  readonly #leases = new WeightLeases((work) => this.#turn(this.#runs, work));
  #disposed = false;

  private constructor(
    readonly executor: Executor,
    readonly config: ModelConfig,
    readonly options: PlannedModelOptions,
    readonly state: PlannedParameters,
  ) {
    this.parameters = parameterShapes(config);
    this.recompute = options.recompute ?? false;
  }

  /**
   * @param weights values of every parameter by its name, see `parameterShapes`
   * @throws RangeError where one is missing or of another size.
   */
  static async create(
    executor: Executor,
    config: ModelConfig,
    weights: WeightValues,
    options: PlannedModelOptions = {},
  ): Promise<PlannedModel> {
    const state = await PlannedParameters.create(executor, config, weights, options);
    return new PlannedModel(executor, config, options, state);
  }

  /** Logits [rows, length, V], flattened. */
  async logits(batch: Batch, which: Which = 'tuned'): Promise<Float32Array> {
    return this.#run(batch, 'logits', which, async ({ logits }, length) =>
      unpad(await this.#take(logits as Tensor, 'logits'), batch, length),
    );
  }

  /** Log-probability of each target and entropy of each prediction, both [rows · length]. */
  async score(
    batch: Batch,
    which: Which = 'tuned',
    temperature = 1,
  ): Promise<{ logProbs: Float32Array; entropy: Float32Array }> {
    checkTemperature(temperature);
    const scores = (decoder: DecoderPlan, length: number) => this.#scores(batch, decoder, length);
    return this.#run(batch, 'score', which, scores, { temperature });
  }

  /** What the model predicted at each place, all [rows · length]. */
  async predictions(batch: Batch, which: Which | KeptWeights = 'tuned'): Promise<Predictions> {
    const read = async (decoder: DecoderPlan, length: number) => {
      const { ranks, alternatives } = decoder.ranked as RankOutputs;
      const [{ logProbs, entropy }, places, found] = await Promise.all([
        this.#scores(batch, decoder, length),
        this.executor.read(ranks),
        this.executor.read(alternatives),
      ]);
      return toPredictions(logProbs, entropy, unpad(places, batch, length), unpad(found, batch, length));
    };
    return typeof which === 'string'
      ? this.#run(batch, 'rank', which, read)
      : this.#runOnce(batch, 'rank', which, read);
  }

  /** The loss and the gradient of everything that is trained, which stays as it is. */
  async lossAndGradients(
    batch: Batch,
    options: StepOptions = {},
  ): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
    return this.#turn(this.#changes, async () => {
      checkObjective([batch]);
      checkStepOptions(options, [batch]);
      await this.state.clear();
      const { scored } = await this.#train(batch, options);
      const { logProbs, means } = await scored;
      const gradients = new Map<string, Float32Array>();
      for (const [name, { gradient }] of this.state.trained) {
        gradients.set(name, await this.#take(gradient, 'gradient'));
      }
      return { loss: batchLoss(batch, logProbs, options.loss, means), gradients };
    });
  }

  /** One AdamW update over accumulated micro-batches, which all carry the norm of the whole. */
  async step(
    batches: readonly Batch[],
    settings: AdamWSettings,
    options: StepOptions = {},
  ): Promise<StepResult> {
    return this.#turn(this.#changes, async () => {
      checkSettings(settings);
      checkObjective(batches);
      checkStepOptions(options, batches);
      await this.state.clear();
      const scores: Promise<TokenScores>[] = [];
      let firstRow = 0;
      for (const batch of batches) {
        const { scored } = await this.#train(batch, options, firstRow);
        firstRow += batch.rows;
        // Its failure is seen below, where nothing fails before.
        scored.catch(() => undefined);
        scores.push(scored);
      }
      await this.#protect();
      this.#checkOpen();
      // Asked for before anything is waited for, so that a device is never idle within a step. Log-probabilities that are
      // not finite have gradients that are not, with which nothing is updated; they are the clearer message.
      const [scored, updated] = await Promise.allSettled([Promise.all(scores), this.state.update(settings)]);
      if (scored.status === 'rejected') throw scored.reason;
      if (updated.status === 'rejected') throw updated.reason;
      const logProbs = scored.value.map((scores) => scores.logProbs);
      const entropies = scored.value.map(({ entropy }) => entropy);
      const loss = batches.reduce((sum, batch, i) => {
        const { logProbs, means } = scored.value[i] as TokenScores;
        return sum + batchLoss(batch, logProbs, options.loss, means);
      }, 0);
      return { loss, gradientNorm: updated.value, logProbs, entropies };
    });
  }

  /**
   * The weights as they are now, to be run while they are trained on; or weights that were kept, in memory until they are
   * given back.
   *
   * @throws LosslightError `kept-misfit` where kept weights are not this model's.
   */
  async lend(which: Which | KeptWeights): Promise<WeightLease> {
    if (typeof which === 'object') {
      return this.#turn(this.#runs, async () => {
        const kept = this.state.hold(which);
        const release = () => this.executor.release(kept.buffers);
        return this.#leases.lendFixed(this.state.weightsOf(kept), release);
      });
    }
    if (which === 'base')
      return this.#turn(this.#runs, async () => this.#leases.lendFixed(this.state.weightsOf(which)));
    return this.#turn(this.#changes, async () => this.#leases.lend(this.state.weightsOf(which)));
  }

  /**
   * Trains something else from now on; what was trained is given up. Who borrowed it keeps it.
   *
   * @throws LosslightError `bad-adapter` or `packed-base`; then all stays as it was.
   */
  async adapt(adaptation: Adaptation): Promise<void> {
    await this.#turn(this.#changes, async () => {
      await this.#protect();
      await this.#turn(this.#runs, async () => {
        for (const key of [...this.#plans.keys()]) this.#forget(key);
        await this.state.adapt(adaptation);
      });
    });
  }

  /** Tuned parameters back to the loaded ones; the optimizer forgets. */
  async reset(): Promise<void> {
    await this.#turn(this.#changes, async () => {
      await this.#protect();
      await this.state.reset();
    });
  }

  /** Puts values in place of those of all that is trained; the optimizer forgets. */
  async set(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    await this.#turn(this.#changes, async () => {
      await this.#protect();
      await this.state.set(values);
    });
  }

  /** A copy of what is trained: all parameters by Hugging Face's names, or LoRA's factors by PEFT's. */
  async read(): Promise<Map<string, Float32Array>> {
    // Between steps: not some tensors from before an update and some from after it.
    return this.#turn(this.#changes, async () => {
      const values = new Map<string, Float32Array>();
      for (const [name, { value }] of this.state.trained) {
        values.set(name, await this.#take(value, 'parameters'));
      }
      return values;
    });
  }

  /** All that the next step depends on. */
  async save(): Promise<EngineState> {
    return this.#turn(this.#changes, async () => {
      const values = new Map<string, Float32Array>();
      for (const [name, { value }] of this.state.trained) {
        values.set(name, await this.#take(value, 'parameters'));
      }
      return { values, ...(await this.state.optimizer()) };
    });
  }

  /** Goes on from there. */
  async restore(saved: EngineState): Promise<void> {
    await this.#turn(this.#changes, async () => {
      await this.#protect();
      await this.state.resume(saved);
    });
  }

  /**
   * Makes ready for batches of so many rows of up to so many tokens: builds the plan and compiles what it needs.
   *
   * @param onProgress gets the kernels that are compiled and all of them; not called on the CPU
   * @param options of the steps
   */
  async prepare(
    rows: number,
    length: number,
    purpose: Purpose,
    onProgress?: (done: number, total: number) => void,
    options: StepOptions = {},
  ): Promise<void> {
    const padded = bucketLength(length);
    await this.#turn(this.#runs, () =>
      this.#planFor(rows, padded, purpose, 'tuned', inputsFor(options), onProgress),
    );
  }

  /** What will be held once batches of these shapes were trained on, the largest first. */
  forecast(
    shapes: readonly BatchShape[],
    recompute = this.recompute,
    { step = {}, writing }: RunDemand = {},
  ): MemoryForecast {
    const size = ({ rows, length }: BatchShape) => rows * length;
    const inputs = inputsFor(step);
    const plans = [...shapes]
      .sort((a, b) => size(b) - size(a))
      .slice(0, MOST_PLANS)
      .map(
        ({ rows, length }) =>
          this.#build(rows * bucketLength(length), 'train', 'tuned', recompute, inputs).plan,
      );
    if (!writing) return forecastOf(this.executor, plans);
    const { kind } = this.executor;
    const layout = layOutGeneration(kind, this.config, this.state.weightsOf('tuned'), writing);
    const forecast = forecastOf(this.executor, [...plans, ...layout.plans], layout.cache);
    return { ...forecast, textTokens: writing.tokens };
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
    weights: Which,
    read: (decoder: DecoderPlan, length: number) => Promise<T>,
    options: StepOptions & { firstRow?: number } = {},
  ): Promise<T> {
    return this.#turn(this.#runs, async () => {
      checkBatch(batch, this.config);
      const length = bucketLength(batch.length);
      const inputs = inputsFor(options);
      const { decoder, prepared } = await this.#planFor(batch.rows, length, purpose, weights, inputs);
      writeInputs(this.executor, this.config, decoder, batch, length, options);
      await prepared.run();
      return read(decoder, length);
    });
  }

  /** The same with kept weights, which are in memory for that long alone. */
  async #runOnce<T>(
    batch: Batch,
    purpose: Exclude<Purpose, 'train'>,
    weights: KeptWeights,
    read: (decoder: DecoderPlan, length: number) => Promise<T>,
  ): Promise<T> {
    return this.#turn(this.#runs, async () => {
      checkBatch(batch, this.config);
      const length = bucketLength(batch.length);
      const kept = this.state.hold(weights);
      let prepared: PreparedPlan | undefined;
      const decoder = this.#build(batch.rows * length, purpose, kept);
      try {
        prepared = await this.#prepared(decoder.plan);
        writeInputs(this.executor, this.config, decoder, batch, length);
        await prepared.run();
        return await read(decoder, length);
      } finally {
        prepared?.dispose();
        this.executor.release([...kept.buffers, ...inputsAndOutputs(decoder.plan)]);
      }
    });
  }

  /** Before the weights change: whoever borrowed them keeps them as they are. */
  #protect(): Promise<void> {
    return this.#leases.protect(async () => {
      const copy = await this.state.copy();
      return {
        weights: this.state.weightsOf(copy),
        release: () => this.executor.release(copy.buffers),
      };
    });
  }

  /** Adds to the gradients. What comes of it is on its way: whatever runs next does not change it. */
  #train(batch: Batch, options: StepOptions, firstRow = 0): Promise<{ scored: Promise<TokenScores> }> {
    return this.#run(
      batch,
      'train',
      'tuned',
      (decoder, length) => Promise.resolve({ scored: this.#scores(batch, decoder, length) }),
      { ...options, firstRow },
    );
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
    weights: Which,
    inputs: PlanInputs,
    onProgress?: (done: number, total: number) => void,
  ): Promise<Ready> {
    const twice = purpose === 'train' && this.recompute ? ' twice' : '';
    const { loss = '', noise, temperature } = inputs;
    const kind = `${loss}${noise ? ' noise' : ''}${temperature === undefined ? '' : ` at ${temperature}`}`;
    const key = `${purpose}${twice} ${weights} ${rows}×${length} ${kind}`;
    let ready = this.#plans.get(key);
    if (!ready) {
      const decoder = this.#build(rows * length, purpose, weights, this.recompute, inputs);
      ready = { decoder, prepared: await this.#prepared(decoder.plan, onProgress) };
    }
    this.#plans.delete(key);
    this.#plans.set(key, ready);
    const [oldest] = this.#plans.keys();
    if (this.#plans.size > MOST_PLANS && oldest !== undefined) this.#forget(oldest);
    return ready;
  }

  /** @throws what `prepare` throws, or that the model was unloaded meanwhile; then the plan holds no memory. */
  async #prepared(plan: Plan, onProgress?: (done: number, total: number) => void): Promise<PreparedPlan> {
    let prepared: PreparedPlan | undefined;
    try {
      prepared = await this.executor.prepare(plan, onProgress);
      this.#checkOpen();
      return prepared;
    } catch (error) {
      prepared?.dispose();
      // Preparing gave memory to the model's own buffers once more, if they had been given up.
      this.executor.release(this.#disposed ? plan.buffers : inputsAndOutputs(plan));
      throw error;
    }
  }

  #build(
    tokens: number,
    purpose: Purpose,
    weights: Which | ParameterCopy = 'tuned',
    recompute = this.recompute,
    inputs: PlanInputs = {},
  ): DecoderPlan {
    return planDecoder(this.config, this.state.weightsOf(weights), tokens, {
      ...this.options,
      ...inputs,
      recompute,
      trains: purpose === 'train',
      logits: purpose === 'logits',
      ranks: purpose === 'rank',
    });
  }

  #forget(key: string): void {
    const ready = this.#plans.get(key);
    if (!ready) return;
    this.#plans.delete(key);
    ready.prepared.dispose();
    this.executor.release(inputsAndOutputs(ready.decoder.plan));
  }

  async #scores(batch: Batch, decoder: DecoderPlan, length: number): Promise<TokenScores> {
    const [logProbs, entropy, means] = await Promise.all([
      this.#take(decoder.logProbs, 'log-probabilities'),
      this.executor.read(decoder.entropy),
      decoder.means && this.executor.read(decoder.means),
    ]);
    return {
      logProbs: unpad(logProbs, batch, length),
      entropy: unpad(entropy, batch, length),
      ...(means && { means: unpad(means, batch, length) }),
    };
  }

  /** Reads a tensor back. What is not finite is refused: nobody should see it as a result. */
  async #take(tensor: Tensor, what: Quantity): Promise<Float32Array> {
    // What was given up would be made anew to be read.
    this.#checkOpen();
    const values = await this.executor.read(tensor);
    if (!values.every(Number.isFinite)) throw nonFinite(what);
    return values;
  }
}

/** What a plan has for itself; the rest of what it keeps is the model's. */
function inputsAndOutputs({ buffers }: Plan): LogicalBuffer[] {
  return buffers.filter(({ role }) => role === 'input' || role === 'output');
}

/** What tells plans for the same tokens apart. */
type PlanInputs = InputOptions & Pick<DecoderPlanOptions, 'temperature'>;

/** What the plan of a step with these options takes beside a plain one. */
function inputsFor({ loss, neftune, temperature = 1 }: StepOptions): PlanInputs {
  return {
    ...(loss && !isPlain(loss) && { loss: loss.kind === 'policy' ? 'policy' : 'shaped' }),
    ...(neftune && neftune.alpha > 0 && { noise: true }),
    ...(temperature !== 1 && { temperature }),
  };
}
