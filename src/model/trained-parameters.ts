/**
 * @file The parameters that a run changes, with their gradients and the optimizer's state, in an executor's memory: all of
 * the model's, or the factors of LoRA.
 */
import { adamW, SETTINGS, updateSettings } from '../ops/adamw';
import { zero } from '../ops/zero';
import { PlanBuilder } from '../plan/builder';
import { copy } from '../plan/copy';
import type { Executor, PreparedPlan } from '../plan/executor';
import { makePools, type Parameter, type ParameterPools } from '../plan/parameters';
import { makeTensor, sizeOf, type LogicalBuffer } from '../plan/tensor';
import { nonFinite } from './check';
import type { AdamWSettings, Adaptation, EngineState } from './engine';

/** A copy of the parameters as they were once. */
export interface ParameterCopy {
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** What it takes in memory. */
  readonly buffers: readonly LogicalBuffer[];
  /** What was trained then; what is trained now where it is left out. */
  readonly adaptation?: Adaptation;
}

interface Plans {
  clear: PreparedPlan;
  update: PreparedPlan;
  /** Moments become zeros, and parameters what they began with where that is kept. */
  reset: PreparedPlan;
}

export class TrainedParameters {
  readonly #pools: ParameterPools;
  readonly #settings = makeTensor('settings of the update', [SETTINGS], 'input');
  readonly #norm = makeTensor('gradient norm', [4], 'output');
  #plans: Plans | undefined;
  /** All that were made, also where making the last of them failed. */
  readonly #made: PreparedPlan[] = [];
  #steps = 0;

  private constructor(
    readonly executor: Executor,
    readonly shapes: ReadonlyMap<string, readonly number[]>,
    /** Values to begin with: in memory, in pools of the same shapes, or made anew each time. */
    readonly initial: ParameterPools | ((name: string, shape: readonly number[]) => Float32Array),
  ) {
    this.#pools = makePools(shapes);
  }

  /** Parameters with the values that they begin with. */
  static async create(
    executor: Executor,
    shapes: ReadonlyMap<string, readonly number[]>,
    initial: TrainedParameters['initial'],
  ): Promise<TrainedParameters> {
    const made = new TrainedParameters(executor, shapes, initial);
    try {
      await made.#prepare();
      await made.reset();
    } catch (error) {
      made.dispose();
      throw error;
    }
    return made;
  }

  get parameters(): ReadonlyMap<string, Parameter> {
    return this.#pools.parameters;
  }

  /** Gradients become zeros, before the first batch of a step is added. */
  async clear(): Promise<void> {
    await this.#plans?.clear.run();
  }

  /**
   * One AdamW update with the gradients as they are.
   *
   * @returns their global norm before clipping
   * @throws LosslightError `non-finite-gradient`; then nothing was changed.
   */
  async update(settings: AdamWSettings): Promise<number> {
    this.executor.write(this.#settings, updateSettings(settings, this.#steps + 1));
    await this.#plans?.update.run();
    const [, norm = NaN, , finite] = await this.executor.read(this.#norm);
    if (finite !== 1) throw nonFinite('gradient');
    this.#steps++;
    return norm;
  }

  /** Back to the values that they began with; the optimizer forgets. */
  async reset(): Promise<void> {
    await this.#plans?.reset.run();
    const { initial } = this;
    if (typeof initial === 'function') {
      for (const [name, { value }] of this.parameters) this.executor.write(value, initial(name, value.shape));
    }
    this.#steps = 0;
  }

  /**
   * Puts values in place of the present ones; the optimizer forgets.
   *
   * @param values of all parameters, by name
   * @throws RangeError where one is missing or of another size; then nothing was changed.
   */
  async set(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    for (const [name, { value }] of this.parameters) {
      if (values.get(name)?.length === sizeOf(value.shape)) continue;
      throw new RangeError(`“${name}” needs ${sizeOf(value.shape)} values.`);
    }
    await this.#plans?.reset.run();
    for (const [name, { value }] of this.parameters) {
      this.executor.write(value, values.get(name) as Float32Array);
    }
    this.#steps = 0;
  }

  /** The optimizer's state: its moments, pool by pool, and its updates. */
  async optimizer(): Promise<Pick<EngineState, 'moments' | 'steps'>> {
    const { executor } = this;
    const moments: EngineState['moments'][number][] = [];
    for (const { first, second } of this.#pools.pools) {
      moments.push({ first: await executor.read(first), second: await executor.read(second) });
    }
    return { moments, steps: this.#steps };
  }

  /**
   * Goes on from values and the optimizer's state.
   *
   * @throws RangeError where something is missing or of another size; then nothing was changed.
   */
  async resume({ values, moments, steps }: EngineState): Promise<void> {
    const { pools } = this.#pools;
    const fits = pools.every(({ first }, i) => {
      const own = moments[i];
      return own?.first.length === sizeOf(first.shape) && own.second.length === sizeOf(first.shape);
    });
    if (!fits || moments.length !== pools.length)
      throw new RangeError('The optimizer’s state is that of other parameters.');
    await this.set(values);
    pools.forEach(({ first, second }, i) => {
      const own = moments[i];
      if (!own) return;
      this.executor.write(first, own.first);
      this.executor.write(second, own.second);
    });
    this.#steps = steps;
  }

  /** A copy of the parameters, which later updates leave alone. Its memory is given back by releasing its buffers. */
  async copy(): Promise<ParameterCopy> {
    const copied = makePools(this.shapes);
    const builder = new PlanBuilder();
    this.#pools.pools.forEach(({ parameters }, i) => {
      const pool = copied.pools[i];
      if (pool) builder.append(copy(parameters, pool.parameters));
    });
    const buffers = copied.pools.map(({ parameters }) => parameters.buffer);
    let plan: PreparedPlan | undefined;
    try {
      plan = await this.executor.prepare(builder.finish());
      await plan.run();
    } catch (error) {
      this.executor.release(buffers);
      throw error;
    } finally {
      plan?.dispose();
    }
    return { parameters: copied.parameters, buffers };
  }

  dispose(): void {
    for (const plan of this.#made) plan.dispose();
    this.#plans = undefined;
    const tensors = this.#pools.pools.flatMap(({ parameters, gradient, first, second }) => [
      ...[parameters, gradient, first, second],
    ]);
    this.executor.release([...tensors, this.#settings, this.#norm].map(({ buffer }) => buffer));
  }

  async #prepare(): Promise<void> {
    const plan = async (build: (builder: PlanBuilder) => void): Promise<PreparedPlan> => {
      const builder = new PlanBuilder();
      build(builder);
      const made = await this.executor.prepare(builder.finish());
      this.#made.push(made);
      return made;
    };
    const { pools } = this.#pools;
    const kept = typeof this.initial === 'function' ? [] : this.initial.pools;
    this.#plans = {
      clear: await plan((builder) => {
        for (const { gradient } of pools) builder.append(zero(gradient));
      }),
      update: await plan((builder) => adamW(builder, pools, this.#settings, this.#norm)),
      reset: await plan((builder) => {
        pools.forEach(({ parameters, first, second }, i) => {
          const from = kept[i];
          if (from) builder.append(copy(from.parameters, parameters));
          builder.append(zero(first));
          builder.append(zero(second));
        });
      }),
    };
  }
}
