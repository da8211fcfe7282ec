/**
 * @file The weights of a model as plans use them: matrices and vectors by the names that they have in the family's files,
 * whatever form they are kept in.
 */
import type { FrozenMatrix, Weight } from '../ops/frozen-matrix';
import type { LoraFactors } from '../ops/lora';
import type { Parameter } from '../plan/parameters';
import type { Tensor } from '../plan/tensor';
import type { ModelConfig } from './config';
import { isTransposed } from './parameter-names';

/** A matrix of the model as plans apply it: [out, in], or [in, out] where `transposed` (GPT-2's Conv1D). */
export interface Matrix {
  /** As in the family's files, without “.weight”. */
  name: string;
  shape: readonly [number, number];
  transposed?: boolean;
  /** 32-bit floats, or packed and not trained. */
  weight: Weight;
  /** [out], added to the product. */
  bias?: Tensor;
  /** What LoRA adds to the product. */
  lora?: LoraFactors;
}

export interface PlanWeights {
  /** @throws RangeError where the model has none of that name. */
  matrix(name: string): Matrix;
  /**
   * @param name of a norm's scale without “.weight”, or of a bias with “.bias”
   * @throws RangeError where the model has none of that name.
   */
  vector(name: string): Tensor;
  has(name: string): boolean;
  /** What a plan that trains adds gradients to. */
  trainable: Iterable<Parameter>;
}

/**
 * Weights of which some may be packed or adapted.
 *
 * @param parameters in 32-bit floats, by their Hugging Face names; see `parameterShapes`
 * @param frozen packed ones, by the same names
 * @param lora by the names of matrices, without “.weight”
 */
export function planWeights(
  config: ModelConfig,
  parameters: ReadonlyMap<string, Parameter>,
  {
    frozen,
    lora,
  }: { frozen?: ReadonlyMap<string, FrozenMatrix>; lora?: ReadonlyMap<string, LoraFactors> } = {},
): PlanWeights {
  const fullName = (name: string) => (name.endsWith('.bias') ? name : `${name}.weight`);
  const vector = (name: string): Tensor => {
    const found = parameters.get(fullName(name));
    if (!found) throw new RangeError(`The model has no parameter “${fullName(name)}”.`);
    return found.value;
  };
  return {
    matrix: (name) => {
      const weight = frozen?.get(fullName(name)) ?? vector(name);
      const [rows = 0, columns = 0] = weight.shape;
      const bias = parameters.get(`${name}.bias`)?.value;
      const factors = lora?.get(name);
      const transposed = isTransposed(config, name);
      return {
        ...{ name, shape: [rows, columns], weight, transposed },
        ...(bias && { bias }),
        ...(factors && { lora: factors }),
      };
    },
    vector,
    has: (name) => parameters.has(fullName(name)) || frozen?.has(fullName(name)) === true,
    trainable: parameters.values(),
  };
}
