/**
 * @file Building a plan: operations are appended one by one, forward, and then backward, each by its own rule.
 */
import { copy } from './copy';
import { assignSlots, checkOrder, type MemoryPlan } from './memory';
import type { Operation } from './operation';
import { Tape, type GradientTarget } from './tape';
import { makeTensor, type Dtype, type LogicalBuffer, type Tensor } from './tensor';

/** A static list of operations and the memory that it needs. */
export interface Plan {
  readonly operations: readonly Operation[];
  /** Every buffer that the operations use, activations too. */
  readonly buffers: readonly LogicalBuffer[];
  readonly memory: MemoryPlan;
}

export class PlanBuilder {
  readonly #operations: Operation[] = [];
  readonly #tape = new Tape();

  /** Adds an operation to the end of the list. */
  append(operation: Operation): void {
    this.#operations.push(operation);
  }

  /** A tensor that lives within a run, in memory shared with others. */
  activation(name: string, shape: readonly number[], dtype: Dtype = 'f32'): Tensor {
    return makeTensor(name, shape, 'activation', dtype);
  }

  /** A copy of `tensor`, as it is now, that can be read after a run. */
  output(tensor: Tensor, name = tensor.buffer.name): Tensor {
    const kept = makeTensor(name, tensor.shape, 'output', tensor.buffer.dtype);
    this.append(copy(tensor, kept));
    return kept;
  }

  /** From here on `value` is trained: its gradients are added to `gradient`. */
  trainable(value: Tensor, gradient: Tensor): void {
    this.#tape.leaf(value, gradient);
  }

  /** Whether anything that is trained goes into the tensor. */
  needsGradient(tensor: Tensor): boolean {
    return this.#tape.needsGradient(tensor);
  }

  /**
   * Remembers how the backward of what was just appended is appended later: at most once, after the gradients of all
   * `outputs` are complete, and only where one of them has any.
   */
  record(inputs: readonly Tensor[], outputs: readonly Tensor[], backward: () => void): void {
    this.#tape.record(inputs, outputs, backward);
  }

  /** The gradient of a tensor as it stands; undefined where there is none. */
  gradientOf(tensor: Tensor): Tensor | undefined {
    return this.#tape.gradientOf(tensor);
  }

  /** Begins a backward pass: `gradient` is that of `tensor`. */
  seedGradient(tensor: Tensor, gradient: Tensor): void {
    this.#tape.setGradient(tensor, gradient);
  }

  /** Where to put the gradient of an input; undefined where it needs none. */
  gradientTarget(tensor: Tensor): GradientTarget | undefined {
    if (!this.#tape.needsGradient(tensor)) return undefined;
    const found = this.#tape.gradientOf(tensor);
    if (!found) {
      const made = this.activation(`∂${tensor.buffer.name}`, tensor.shape);
      this.#tape.setGradient(tensor, made);
      return { tensor: made, accumulate: false };
    }
    if (!this.#tape.isShared(tensor)) return { tensor: found, accumulate: true };
    const own = this.activation(`∂${tensor.buffer.name}`, tensor.shape);
    this.append(copy(found, own));
    this.#tape.setGradient(tensor, own);
    return { tensor: own, accumulate: true };
  }

  /**
   * Hands the complete gradient of `from`, which nobody reads after this, to tensors that it was the sum of.
   *
   * @returns those that have a gradient already, to which the caller must add
   */
  passGradient(from: Tensor, tensors: readonly Tensor[]): Tensor[] {
    return this.#tape.share(from, tensors);
  }

  /**
   * Appends `layer` so that nothing it computed on the way is kept: the backward appends it once more. Costs one more
   * forward pass, saves the memory of all activations within the layer.
   *
   * @param layer appends operations and gives their results; must do the same each time
   */
  recomputed(layer: () => readonly Tensor[]): readonly Tensor[] {
    const { result } = this.#tape.recorded(layer);
    const trained = result.filter((tensor) => this.needsGradient(tensor));
    this.record(trained, trained, () => {
      const again = this.#tape.recorded(layer);
      result.forEach((tensor, i) => {
        const gradient = this.gradientOf(tensor);
        const twin = again.result[i];
        if (gradient && twin) this.seedGradient(twin, gradient);
      });
      again.unwind();
    });
    return result;
  }

  /** Appends the backward of everything recorded. */
  backward(): void {
    this.#tape.backward();
  }

  /**
   * The plan as it stands.
   *
   * @throws RangeError where an operation reads an activation that nothing wrote.
   */
  finish(): Plan {
    const operations = [...this.#operations];
    checkOrder(operations);
    const buffers = new Set(
      operations.flatMap(({ reads, writes }) => [...reads, ...writes].map(({ buffer }) => buffer)),
    );
    return { operations, buffers: [...buffers], memory: assignSlots(operations, buffers) };
  }
}
