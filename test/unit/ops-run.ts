/**
 * @file Running one operation, with its backward, on any executor: what the tests of operations share.
 */
import { PlanBuilder } from '../../src/plan/builder';
import { copy } from '../../src/plan/copy';
import type { CpuExecutor } from '../../src/plan/cpu-executor';
import type { Executor, PreparedPlan } from '../../src/plan/executor';
import type { FloatArray } from '../../src/plan/operation';
import { makeTensor, sizeOf, type Tensor } from '../../src/plan/tensor';
import { addTo } from '../../src/ops/add';
import { zero } from '../../src/ops/zero';
import { seededRandom } from '../../src/model/random';
import type * as tf from '../../src/tensor/tf';

export interface Input {
  shape: number[];
  /** Random numbers around 0 by default. */
  values?: Float32Array | Int32Array;
  /** Gets a gradient. */
  trained?: boolean;
}

export interface OperationCase {
  /** The operation and its sizes. */
  name: string;
  inputs: Record<string, Input>;
  build(plan: PlanBuilder, inputs: Record<string, Tensor>): Tensor[];
  /** The same in tfjs. */
  reference(inputs: Record<string, tf.Tensor>): tf.Tensor[];
  /**
   * The operation begins the backward pass itself, of the loss Σ (slopes · output) with these slopes. Else they are random.
   */
  slopes?: Float32Array[];
  /** The operation changes its input, which so cannot be one that is kept. */
  inPlace?: boolean;
  /** What a finite difference may be off by, relative; 1e-6 by default. */
  differenceLimit?: number;
}

export type Values = Record<string, Float32Array | Int32Array | Float64Array>;

export function randomNumbers(count: number, seed: number, scale = 1): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => scale * (2 * random() - 1));
}

/** Values of all inputs of a case. */
export function valuesOf({ inputs }: OperationCase): Values {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, values }], i) => [
      name,
      values ?? randomNumbers(sizeOf(shape), i + 17),
    ]),
  );
}

/** Σ over all outputs. */
export function weightedSum(slopes: readonly FloatArray[], outputs: readonly ArrayLike<number>[]): number {
  let sum = 0;
  slopes.forEach((slope, i) =>
    slope.forEach((s, j) => (sum += s * ((outputs[i] as ArrayLike<number>)[j] ?? NaN))),
  );
  return sum;
}

/** A copy that takes part in the backward pass: what uses it writes its gradient instead of adding to one. */
function through(plan: PlanBuilder, x: Tensor): Tensor {
  const y = plan.activation(`copy of ${x.buffer.name}`, x.shape);
  plan.append(copy(x, y));
  plan.record([x], [y], () => {
    const dy = plan.gradientOf(y);
    const target = plan.gradientTarget(x);
    if (dy && target) plan.append(addTo(target.tensor, dy));
  });
  return y;
}

/** A case as a plan, ready to run again and again with other values. */
export class PreparedCase {
  private constructor(
    readonly executor: Executor,
    readonly prepared: PreparedPlan,
    readonly inputs: Record<string, Tensor>,
    readonly outputs: readonly Tensor[],
    readonly slopeTensors: readonly Tensor[],
    readonly slopes: readonly Float32Array[],
    readonly gradients: Record<string, Tensor>,
  ) {}

  /** @param direct whether gradients go to the inputs' own, which are added to, or to fresh ones first */
  static async create(executor: Executor, one: OperationCase, direct: boolean): Promise<PreparedCase> {
    const plan = new PlanBuilder();
    const inputs: Record<string, Tensor> = {};
    const given: Record<string, Tensor> = {};
    const gradients: Record<string, Tensor> = {};
    for (const [name, { shape, values, trained }] of Object.entries(one.inputs)) {
      const tensor = makeTensor(name, shape, 'input', values instanceof Int32Array ? 'i32' : 'f32');
      inputs[name] = tensor;
      if (trained) {
        const gradient = makeTensor(`gradient of ${name}`, shape, 'gradient');
        plan.append(zero(gradient));
        plan.trainable(tensor, gradient);
        gradients[name] = gradient;
      }
      given[name] = trained && (one.inPlace || !direct) ? through(plan, tensor) : tensor;
    }
    const made = one.build(plan, given);
    const outputs = made.map((tensor, i) =>
      tensor.buffer.role === 'output' ? tensor : plan.output(tensor, `output ${i}`),
    );
    const slopes = one.slopes ?? made.map(({ shape }, i) => randomNumbers(sizeOf(shape), i + 99));
    const slopeTensors = made.map(({ shape }, i) => makeTensor(`slope ${i}`, shape, 'input'));
    if (!one.slopes) {
      made.forEach((tensor, i) => {
        if (!plan.needsGradient(tensor)) return;
        const slope = plan.activation(`slope ${i}`, tensor.shape);
        plan.append(copy(slopeTensors[i] as Tensor, slope));
        plan.seedGradient(tensor, slope);
      });
    }
    plan.backward();
    const prepared = await executor.prepare(plan.finish());
    return new PreparedCase(executor, prepared, inputs, outputs, slopeTensors, slopes, gradients);
  }

  async run(values: Values): Promise<void> {
    for (const [name, tensor] of Object.entries(this.inputs)) {
      (this.executor as CpuExecutor).write(tensor, values[name] as Float32Array);
    }
    this.slopes.forEach((slope, i) => this.executor.write(this.slopeTensors[i] as Tensor, slope));
    await this.prepared.run();
  }

  readOutputs(): Promise<Float32Array[]> {
    return Promise.all(this.outputs.map((tensor) => this.executor.read(tensor)));
  }

  async readGradients(): Promise<Record<string, Float32Array>> {
    const entries = Object.entries(this.gradients).map(
      async ([name, tensor]) => [name, await this.executor.read(tensor)] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  dispose(): void {
    this.prepared.dispose();
    this.executor.release(this.prepared.plan.buffers.filter(({ role }) => role !== 'activation'));
  }
}

/** Outputs and gradients of a case with its own values. */
export async function runCase(executor: Executor, one: OperationCase, direct: boolean) {
  const prepared = await PreparedCase.create(executor, one, direct);
  await prepared.run(valuesOf(one));
  const result = {
    outputs: await prepared.readOutputs(),
    gradients: await prepared.readGradients(),
    slopes: prepared.slopes,
  };
  prepared.dispose();
  return result;
}

/** Root mean square below which numbers may be nothing but the rounding of a difference: all inputs are around 1. */
const NOTHING = 1e-2;

/** Σ(a − b)² / Σb², with Σb² no less than that of numbers around `NOTHING`; NaN where anything is not finite. */
export function meanSquaredError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    difference += ((a[i] ?? NaN) - (b[i] ?? NaN)) ** 2;
    size += (b[i] ?? NaN) ** 2;
  }
  return difference / Math.max(size, b.length * NOTHING ** 2);
}
