/**
 * @file A model's weights in an executor's memory as a run needs them. What was loaded stays as it is; beside it there are
 * either tuned copies of all parameters, or the factors of LoRA, with gradients and the optimizer's state for those alone.
 */
import { LosslightError } from '../errors';
import type { Executor } from '../plan/executor';
import { makePools, type Parameter } from '../plan/parameters';
import { sizeOf } from '../plan/tensor';
import { BaseWeights, type WeightValues } from './base-weights';
import type { ModelConfig } from './config';
import type { AdamWSettings, Adaptation, BaseFormat, EngineState, KeptWeights, Which } from './engine';
import { DEFAULT_LORA, factorShapes, factorsOf, initialFactor } from './lora';
import { parameterShapes } from './parameter-names';
import { planWeights, type PlanWeights } from './plan-weights';
import { TrainedParameters, type ParameterCopy } from './trained-parameters';

export interface ParameterOptions {
  /** How the loaded weights are kept; F32 by default. */
  base?: BaseFormat;
  /** What is trained: everything by default, or LoRA's usual factors where the base is packed. */
  adaptation?: Adaptation;
}

export class PlannedParameters {
  #adaptation: Adaptation;
  #trained: TrainedParameters | undefined;

  private constructor(
    readonly config: ModelConfig,
    readonly loaded: BaseWeights,
    adaptation: Adaptation,
  ) {
    this.#adaptation = adaptation;
  }

  /**
   * @param weights of every parameter, see `parameterShapes`
   * @throws RangeError where one is missing or of another size; LosslightError `bad-adapter`, see `adapt`.
   */
  static async create(
    executor: Executor,
    config: ModelConfig,
    weights: WeightValues,
    { base = 'f32', adaptation }: ParameterOptions = {},
  ): Promise<PlannedParameters> {
    const wanted = adaptation ?? (base === 'f32' ? { kind: 'full' } : DEFAULT_LORA);
    checkAdaptation(config, base, wanted);
    const loaded = await BaseWeights.load(executor, parameterShapes(config), weights, base);
    const made = new PlannedParameters(config, loaded, wanted);
    try {
      await made.adapt(wanted);
    } catch (error) {
      made.dispose();
      throw error;
    }
    return made;
  }

  get adaptation(): Adaptation {
    return this.#adaptation;
  }

  /** What is trained, with its gradients: all parameters by Hugging Face's names, or LoRA's factors by PEFT's. */
  get trained(): ReadonlyMap<string, Parameter> {
    return this.#trained?.parameters ?? new Map<string, Parameter>();
  }

  /**
   * Begins anew with another set of trained parameters; what was trained is given up.
   *
   * @throws LosslightError `bad-adapter` where a setting makes no sense for this model; `packed-base` where everything
   * is to be trained and the weights are packed. Then all stays as it was.
   */
  async adapt(adaptation: Adaptation): Promise<void> {
    const { config, loaded } = this;
    checkAdaptation(config, loaded.format, adaptation);
    // Before the new ones: a device need not hold both.
    this.#trained?.dispose();
    this.#trained = undefined;
    this.#adaptation = adaptation;
    this.#trained =
      adaptation.kind === 'full'
        ? await TrainedParameters.create(loaded.executor, loaded.shapes, loaded.pools)
        : await TrainedParameters.create(loaded.executor, factorShapes(config, adaptation), (name, shape) =>
            initialFactor(adaptation.seed, name, shape),
          );
  }

  /** The weights as plans use them: as loaded, as trained so far, or as they were when they were copied. */
  weightsOf(which: Which | ParameterCopy): PlanWeights {
    const { config, loaded } = this;
    const adaptation = (typeof which === 'object' && which.adaptation) || this.#adaptation;
    const trained = typeof which === 'string' ? this.trained : which.parameters;
    if (which !== 'base' && adaptation.kind === 'full') return planWeights(config, trained);
    const { frozen, pools } = loaded;
    if (which === 'base' || adaptation.kind === 'full') {
      return { ...planWeights(config, pools.parameters, { frozen }), trainable: [] };
    }
    const lora = factorsOf(config, adaptation, trained);
    return { ...planWeights(config, pools.parameters, { frozen, lora }), trainable: trained.values() };
  }

  /**
   * Puts weights that were kept beside those that are trained. Their memory is given back by releasing their buffers.
   *
   * @throws LosslightError `kept-misfit` where one is missing or of another size; `bad-adapter`, `packed-base` as `adapt`.
   */
  hold({ adaptation, values }: KeptWeights): ParameterCopy {
    const { config, loaded } = this;
    checkAdaptation(config, loaded.format, adaptation);
    const shapes = adaptation.kind === 'full' ? loaded.shapes : factorShapes(config, adaptation);
    for (const [name, shape] of shapes) {
      if (values.get(name)?.length === sizeOf(shape)) continue;
      throw new LosslightError(
        'kept-misfit',
        `The kept weights do not fit the model: “${name}” needs ${sizeOf(shape)} values.`,
        'Load the model that they were trained from.',
      );
    }
    const { parameters, pools } = makePools(shapes);
    for (const [name, { value }] of parameters) {
      loaded.executor.write(value, values.get(name) as Float32Array);
    }
    return { parameters, buffers: pools.map((pool) => pool.parameters.buffer), adaptation };
  }

  /** Gradients become zeros, before the first batch of a step is added. */
  async clear(): Promise<void> {
    await this.#trained?.clear();
  }

  /** One AdamW update of what is trained; see `TrainedParameters`. */
  async update(settings: AdamWSettings): Promise<number> {
    if (!this.#trained) throw new RangeError('Nothing is trained.');
    return this.#trained.update(settings);
  }

  /** Back to what the run began with; the optimizer forgets. */
  async reset(): Promise<void> {
    await this.#trained?.reset();
  }

  /** Puts values in place of those of all that is trained; see `TrainedParameters`. */
  async set(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    await this.#trained?.set(values);
  }

  /** The optimizer's state; see `TrainedParameters`. */
  async optimizer(): Promise<Pick<EngineState, 'moments' | 'steps'>> {
    if (!this.#trained) throw new RangeError('Nothing is trained.');
    return this.#trained.optimizer();
  }

  /** Goes on from values and the optimizer's state; see `TrainedParameters`. */
  async resume(state: EngineState): Promise<void> {
    if (!this.#trained) throw new RangeError('Nothing is trained.');
    await this.#trained.resume(state);
  }

  /** A copy of what is trained, which later updates leave alone. */
  async copy(): Promise<ParameterCopy> {
    if (!this.#trained) throw new RangeError('Nothing is trained.');
    return this.#trained.copy();
  }

  dispose(): void {
    this.#trained?.dispose();
    this.#trained = undefined;
    this.loaded.dispose();
  }
}

function checkAdaptation(config: ModelConfig, base: BaseFormat, adaptation: Adaptation): void {
  if (adaptation.kind === 'lora') factorShapes(config, adaptation);
  else if (base !== 'f32') {
    throw new LosslightError(
      'packed-base',
      `The weights are kept as ${base}, and cannot be trained themselves.`,
      'Train with LoRA, or load the model with its base as F32.',
    );
  }
}
