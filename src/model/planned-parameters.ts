/**
 * @file The parameters that plans train, with what belongs to them: the values they were loaded with, their gradients, and
 * the optimizer's state, all in an executor's memory.
 */
import { adamW, SETTINGS, updateSettings } from '../ops/adamw';
import { zero } from '../ops/zero';
import { PlanBuilder } from '../plan/builder';
import { copy } from '../plan/copy';
import type { Executor, PreparedPlan } from '../plan/executor';
import { makePools, type Parameter, type ParameterPools } from '../plan/parameters';
import { makeTensor } from '../plan/tensor';
import { nonFinite } from './check';
import type { AdamWSettings } from './engine';

export class PlannedParameters {
  readonly #tuned: ParameterPools;
  readonly #base: ParameterPools;
  readonly #settings = makeTensor('settings of the update', [SETTINGS], 'input');
  readonly #norm = makeTensor('gradient norm', [4], 'output');
  #plans: { clear: PreparedPlan; update: PreparedPlan; reset: PreparedPlan } | undefined;
  #steps = 0;

  private constructor(
    readonly executor: Executor,
    readonly shapes: ReadonlyMap<string, readonly number[]>,
  ) {
    this.#tuned = makePools(shapes);
    this.#base = makePools(shapes);
  }

  /**
   * @param shapes of all parameters by their names
   * @param weights values of every one of them
   * @throws RangeError where one is missing or of another size.
   */
  static async create(
    executor: Executor,
    shapes: ReadonlyMap<string, readonly number[]>,
    weights: ReadonlyMap<string, Float32Array>,
  ): Promise<PlannedParameters> {
    const made = new PlannedParameters(executor, shapes);
    try {
      await made.#prepare(weights);
    } catch (error) {
      made.dispose();
      throw error;
    }
    return made;
  }

  /** As trained so far, with their gradients. */
  get tuned(): ReadonlyMap<string, Parameter> {
    return this.#tuned.parameters;
  }

  /** As loaded; their gradients are nobody's. */
  get base(): ReadonlyMap<string, Parameter> {
    return this.#base.parameters;
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

  /** Back to the values that were loaded; the optimizer forgets. */
  async reset(): Promise<void> {
    await this.#plans?.reset.run();
    this.#steps = 0;
  }

  /** A copy of the parameters as trained so far, which later updates leave alone. */
  async snapshot(): Promise<ParameterPools> {
    const copied = makePools(this.shapes);
    const builder = new PlanBuilder();
    this.#tuned.pools.forEach(({ parameters }, i) => {
      const pool = copied.pools[i];
      if (pool) builder.append(copy(parameters, pool.parameters));
    });
    const plan = await this.executor.prepare(builder.finish());
    await plan.run();
    plan.dispose();
    return copied;
  }

  dispose(): void {
    for (const plan of Object.values(this.#plans ?? {})) plan.dispose();
    const tensors = [...this.#tuned.pools, ...this.#base.pools].flatMap((pool) => [
      ...[pool.parameters, pool.gradient, pool.first, pool.second],
    ]);
    this.executor.release([...tensors, this.#settings, this.#norm].map(({ buffer }) => buffer));
  }

  async #prepare(weights: ReadonlyMap<string, Float32Array>): Promise<void> {
    const { executor } = this;
    for (const [name, { value }] of this.#base.parameters) {
      executor.write(value, weights.get(name) ?? new Float32Array());
    }
    const plan = (build: (builder: PlanBuilder) => void): Promise<PreparedPlan> => {
      const builder = new PlanBuilder();
      build(builder);
      return executor.prepare(builder.finish());
    };
    this.#plans = {
      clear: await plan((builder) => {
        for (const { gradient } of this.#tuned.pools) builder.append(zero(gradient));
      }),
      update: await plan((builder) => adamW(builder, this.#tuned.pools, this.#settings, this.#norm)),
      reset: await plan((builder) => {
        this.#tuned.pools.forEach(({ parameters, first, second }, i) => {
          const base = this.#base.pools[i];
          if (base) builder.append(copy(base.parameters, parameters));
          builder.append(zero(first));
          builder.append(zero(second));
        });
      }),
    };
    await this.reset();
  }
}
