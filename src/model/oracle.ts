/**
 * @file The engine in plain tfjs: slow, short, and what every faster engine is compared with.
 */
import { LosslightError } from '../errors';
import type { Batch } from '../sequence/types';
import type { TensorDevice } from '../tensor/device';
import * as tf from '../tensor/tf';
import { guarded } from '../tensor/guarded';
import { readBack } from '../tensor/tfjs';
import type { WeightValues } from './base-weights';
import { clipFactor } from './adamw';
import { KeyValueCache } from './cache';
import {
  checkBatch,
  checkObjective,
  checkPrompt,
  checkSettings,
  checkStepOptions,
  checkTemperature,
  nonFinite,
  type Quantity,
} from './check';
import type { ModelConfig } from './config';
import type { MergedPiece } from './merged-weights';
import { parameterShapes } from './parameter-names';
import { decode, predict, type Parameters } from './decoder';
import type {
  Adaptation,
  AdamWSettings,
  Engine,
  GeneratedToken,
  GenerateOptions,
  KeptWeights,
  StepOptions,
  StepResult,
  Which,
  GenerationPart,
  Predictions,
  GenerationRequest,
  ManyOptions,
} from './engine';
import { generateOneByOne } from './generate-one-by-one';
import { randomDraw } from '../ops/random-draw';
import { decoderInput } from './inputs';
import { PLAIN_LOSS } from './batch-loss';
import { noiseOn } from './embedding-noise';
import { predictedTokens, targetLogProbs, tokenLosses, weightedLoss } from './loss';
import { padBatch, roundUp, unpad } from './padding';
import { toPredictions } from './predictions';
import { checkReadable } from './readable';
import { checkOptions, sample } from './sample';
import { cloneAll, TunedParameters, type GradientSums } from './tuned';
import { uploadWeights } from './weights';

/** On the device: the loss, log-probabilities [rows · padded length], and the gradients in the order of `parameters`. */
type Differentiated = {
  loss: tf.Tensor;
  logProbs: tf.Tensor;
  gradients: tf.Tensor[];
};

export class OracleEngine implements Engine {
  readonly parameters: ReadonlyMap<string, readonly number[]>;
  readonly baseFormat = 'f32';
  readonly adaptation: Adaptation = { kind: 'full' };
  readonly #tuned: TunedParameters;
  #disposed = false;
  /** The end of the queue of calls that change parameters. */
  #changes: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly target: TensorDevice,
    readonly config: ModelConfig,
    readonly base: Parameters,
  ) {
    this.parameters = parameterShapes(config);
    this.#tuned = new TunedParameters(base, this.parameters);
  }

  /**
   * Puts weights on the device, which tfjs must already use.
   *
   * @param weights every parameter whole, see `uploadWeights`
   * @throws LosslightError `unsupported` for models other than plain Llamas; `bad-model` where a weight is not finite; `out-of-memory` where a tensor is larger than the
   * device's buffers; and the device's own failures.
   */
  static async load(target: TensorDevice, config: ModelConfig, weights: WeightValues): Promise<OracleEngine> {
    checkReadable(config);
    return guarded(
      target.health,
      async () => new OracleEngine(target, config, await uploadWeights(target, config, weights)),
    );
  }

  get vocabularySize(): number {
    return this.config.vocabularySize;
  }

  get trainedCount(): number {
    return [...this.parameters.values()].reduce((sum, shape) => sum + tf.util.sizeFromShape([...shape]), 0);
  }

  get contextLength(): number {
    return this.config.contextLength;
  }

  async logits(batch: Batch, which: Which): Promise<Float32Array> {
    return this.#run(async () => {
      checkBatch(batch, this.config);
      const padded = padBatch(batch);
      const logits = tf.tidy(() => this.#predict(padded, this.#weights(which)));
      return unpad(await this.#take(logits, 'logits'), batch, padded.length);
    });
  }

  async score(batch: Batch, which: Which, temperature = 1): Promise<Float32Array> {
    return this.#run(async () => {
      checkTemperature(temperature);
      checkBatch(batch, this.config);
      const padded = padBatch(batch);
      const logProbs = tf.tidy(() =>
        targetLogProbs(this.#predict(padded, this.#weights(which)).div(temperature), padded.targets),
      );
      return unpad(await this.#take(logProbs, 'log-probabilities'), batch, padded.length);
    });
  }

  async predictions(batch: Batch, which: Which | KeptWeights): Promise<Predictions> {
    return this.#run(async () => {
      checkBatch(batch, this.config);
      const padded = padBatch(batch);
      const found = tf.tidy(() =>
        predictedTokens(this.#predict(padded, this.#borrow(which)), padded.targets),
      );
      const real = async (tensor: tf.Tensor) =>
        unpad(await this.#take(tensor, 'log-probabilities'), batch, padded.length);
      const [logProbs, entropy, ranks, alternatives] = await Promise.all(found.map(real));
      return toPredictions(
        logProbs as Float32Array,
        entropy as Float32Array,
        ranks as Float32Array,
        alternatives as Float32Array,
      );
    });
  }

  async lossAndGradients(
    batch: Batch,
    options: StepOptions = {},
  ): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
    return this.#run(async () => {
      checkBatch(batch, this.config);
      checkObjective([batch]);
      checkStepOptions(options, [batch]);
      const found = this.#differentiate(padBatch(batch), options);
      found.logProbs.dispose();
      const [loss, ...values] = await Promise.all([
        this.#takeNumber(found.loss, 'loss'),
        ...found.gradients.map((tensor) => this.#take(tensor, 'gradient')),
      ]);
      return {
        loss,
        gradients: new Map(this.#tuned.names.map((name, i) => [name, values[i] as Float32Array])),
      };
    });
  }

  async step(batches: Batch[], settings: AdamWSettings, options: StepOptions = {}): Promise<StepResult> {
    return this.#change(async () => {
      checkSettings(settings);
      checkObjective(batches);
      checkStepOptions(options, batches);
      for (const batch of batches) checkBatch(batch, this.config);

      const logProbs: Float32Array[] = [];
      let loss = 0;
      let firstRow = 0;
      let gradients: GradientSums = [];
      try {
        for (const batch of batches) {
          const padded = padBatch(batch);
          const found = this.#differentiate(padded, options, firstRow);
          firstRow += batch.rows;
          gradients = this.#tuned.accumulate(gradients, found.gradients);
          const [part, scores] = await Promise.all([
            this.#takeNumber(found.loss, 'loss'),
            this.#take(found.logProbs, 'log-probabilities'),
          ]);
          loss += part;
          logProbs.push(unpad(scores, batch, padded.length));
        }
        const gradientNorm = await this.#globalNorm(gradients);
        // Nothing was changed so far, and from here to the end of the update nothing is waited for.
        this.#checkOpen();
        this.target.health.check();
        this.#tuned.update(gradients, clipFactor(gradientNorm, settings.clipNorm), settings);
        return { loss, gradientNorm, logProbs };
      } finally {
        tf.dispose(gradients);
      }
    });
  }

  async *generate(
    prompt: Int32Array,
    options: GenerateOptions,
    which: Which | KeptWeights,
    signal?: AbortSignal,
  ): AsyncGenerator<GeneratedToken, void, void> {
    this.#checkOpen();
    // A snapshot: training may go on meanwhile, and one text must come from one model.
    const weights = this.#borrow(which);
    try {
      yield* this.#write(weights, prompt, options, 0, signal);
    } finally {
      tf.dispose([...weights.values()]);
    }
  }

  async *generateMany(
    requests: Iterable<GenerationRequest> | AsyncIterable<GenerationRequest>,
    options: ManyOptions,
    which: Which | KeptWeights,
    signal?: AbortSignal,
  ): AsyncGenerator<GenerationPart, void, void> {
    this.#checkOpen();
    checkOptions(options);
    const weights = this.#borrow(which);
    try {
      yield* generateOneByOne(requests, options, this.contextLength, signal, (prompt, its, stream) =>
        this.#write(weights, prompt, its, stream, signal),
      );
    } finally {
      tf.dispose([...weights.values()]);
    }
  }

  /** @throws LosslightError `unsupported` for LoRA: this decoder trains all parameters. */
  async adapt({ kind }: Adaptation): Promise<void> {
    if (kind === 'full') return this.reset();
    throw new LosslightError(
      'unsupported',
      'The readable decoder cannot train with LoRA.',
      'Load the model with the planned engine: leave “engine=oracle” out of the page’s address.',
    );
  }

  async reset(): Promise<void> {
    return this.#change(() => this.#tuned.reset());
  }

  async write(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    for (const [name, shape] of this.parameters) {
      const size = tf.util.sizeFromShape([...shape]);
      if (values.get(name)?.length !== size) throw new RangeError(`“${name}” needs ${size} values.`);
    }
    const tensors = () =>
      [...this.parameters].map(([name, shape]): [string, tf.Tensor] => [
        name,
        tf.tensor(values.get(name) as Float32Array, [...shape]),
      ]);
    return this.#change(() => this.#tuned.set(new Map(tensors())));
  }

  async *merged(): AsyncGenerator<MergedPiece, void, void> {
    const values = await this.read();
    for (const [name, shape] of this.parameters) {
      yield { name, shape, firstRow: 0, values: values.get(name) as Float32Array };
    }
  }

  async read(): Promise<Map<string, Float32Array>> {
    return this.#run(async () => {
      // Copies on the device: reading leaves the values in memory beside the tensor that was read.
      const copies = this.#tuned.list().map(copyOf);
      const values = await Promise.all(copies.map((copy) => this.#take(copy, 'parameters')));
      return new Map(this.#tuned.names.map((name, i) => [name, values[i] as Float32Array]));
    });
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#tuned.dispose();
    tf.dispose([...this.base.values()]);
  }

  /** One text, token by token. */
  async *#write(
    weights: Parameters,
    prompt: Int32Array,
    options: GenerateOptions,
    stream: number,
    signal?: AbortSignal,
  ): AsyncGenerator<GeneratedToken, void, void> {
    checkOptions(options);
    checkPrompt(prompt, this.config);
    const limit = Math.min(options.maxNewTokens, this.config.contextLength - prompt.length);
    const passLength = roundUp(prompt.length);
    const room = Math.max(passLength, roundUp(prompt.length + limit, 64));
    const cache = new KeyValueCache(this.config, weights, room);
    const read = (compute: () => tf.Tensor) => this.#run(() => this.#take(compute(), 'logits'));
    try {
      if (signal?.aborted) return;
      let logits = await read(() => cache.fill(prompt, passLength));
      for (let made = 1; !signal?.aborted; made++) {
        const place = prompt.length + made - 1;
        const token = sample(logits, options, () => randomDraw(options.seed, stream, place));
        yield token;
        if (made === limit || options.stopIds.includes(token.id) || signal?.aborted) return;
        logits = await read(() => cache.append(token.id));
      }
    } finally {
      cache.dispose();
    }
  }

  /** Tensors of the caller's own. */
  #borrow(which: Which | KeptWeights): Map<string, tf.Tensor> {
    if (typeof which === 'string') return cloneAll(this.#weights(which));
    const misfit = [...this.parameters].find(
      ([name, shape]) => which.values.get(name)?.length !== tf.util.sizeFromShape([...shape]),
    );
    if (which.adaptation.kind !== 'full' || misfit) {
      throw new LosslightError(
        'kept-misfit',
        'The kept weights are not those of all parameters of this model.',
        'The readable decoder has no LoRA: leave “engine=oracle” out of the page’s address.',
      );
    }
    return new Map(
      [...this.parameters].map(([name, shape]): [string, tf.Tensor] => [
        name,
        tf.tensor(which.values.get(name) as Float32Array, [...shape]),
      ]),
    );
  }

  #weights(which: Which): Parameters {
    return which === 'base' ? this.base : this.#tuned.parameters;
  }

  #predict(batch: Batch, weights: Parameters, noise?: tf.Tensor): tf.Tensor2D {
    const input = { ...decoderInput(this.config, batch), ...(noise && { noise }) };
    return predict(this.config, weights, decode(this.config, weights, input));
  }

  /** @param firstRow number of the batch's first row among all rows of the step */
  #differentiate(
    batch: Batch,
    { loss = PLAIN_LOSS, neftune, temperature = 1 }: StepOptions,
    firstRow = 0,
  ): Differentiated {
    return tf.tidy(() => {
      const kept: tf.Tensor[] = [];
      const shape = { ...batch, firstRow, width: this.config.hiddenSize };
      const noise =
        neftune && tf.tensor2d(noiseOn(shape, neftune), [batch.rows * batch.length, this.config.hiddenSize]);
      const lossOf = () => {
        const logits = this.#predict(batch, this.#tuned.parameters, noise).div<tf.Tensor2D>(temperature);
        const logProbs = targetLogProbs(logits, batch.targets);
        kept.push(tf.keep(logProbs));
        const losses = tokenLosses(loss, logits, logProbs, batch.policy);
        return weightedLoss(losses, batch.weights, batch.norm);
      };
      const { value, grads } = tf.valueAndGrads(lossOf)(this.#tuned.list());
      return { loss: value, logProbs: kept[0] as tf.Tensor, gradients: grads };
    });
  }

  async #globalNorm(gradients: GradientSums): Promise<number> {
    const squares = gradients.map((gradient) => tf.tidy(() => gradient.square().sum()));
    const sums = await Promise.all(squares.map((sum) => this.#takeNumber(sum, 'gradient')));
    return Math.sqrt(sums.reduce((total, sum) => total + sum, 0));
  }

  /** Reads a tensor back and frees it. What is not finite is refused: nobody should see it as a result. */
  async #take(tensor: tf.Tensor, what: Quantity): Promise<Float32Array> {
    try {
      const values = await readBack(this.target, tensor);
      if (!values.every(Number.isFinite)) throw nonFinite(what);
      return values;
    } finally {
      tensor.dispose();
    }
  }

  async #takeNumber(scalar: tf.Tensor, what: Quantity): Promise<number> {
    return (await this.#take(scalar, what))[0] as number;
  }

  async #run<T>(work: () => Promise<T> | T): Promise<T> {
    this.#checkOpen();
    return guarded(this.target.health, work);
  }

  /** Runs work that replaces parameters, after all such work before it. */
  #change<T>(work: () => Promise<T> | T): Promise<T> {
    const result = this.#changes.then(() => this.#run(work));
    this.#changes = result.catch(() => undefined);
    return result;
  }

  #checkOpen(): void {
    if (!this.#disposed) return;
    throw new LosslightError('disposed', 'The model was unloaded.', 'Load it again.');
  }
}

/** The same values in a buffer of their own; `clone` would share it. */
function copyOf(tensor: tf.Tensor): tf.Tensor {
  return tf.slice(
    tensor,
    tensor.shape.map(() => 0),
  );
}
