/**
 * @file What a planned Llama is given before a run, and how a batch becomes that.
 */
import { documentRanges } from '../ops/attention';
import { sortSegments, type Segments } from '../ops/embedding';
import type { Rotation } from '../ops/rope';
import { ropeFrequencies, rotationTables } from '../ops/rope-tables';
import type { Plan } from '../plan/builder';
import type { Executor } from '../plan/executor';
import { makeTensor, type Dtype, type Tensor } from '../plan/tensor';
import type { Batch } from '../sequence/types';
import type { ModelConfig } from './config';

/** What is written before a run; all [N] but where it says otherwise. */
export interface LlamaInputs {
  ids: Tensor;
  /** Cosines and sines of the tokens' positions, [N, h / 2]. */
  rotation: Rotation;
  /** What each token looks at, and is looked at by; see `documentRanges`. */
  first: Tensor;
  last: Tensor;
  /** Of the ids, see `sortSegments`. */
  segments: Segments<Tensor>;
  targets: Tensor;
  /** Weights of the targets, divided by the norm. */
  weights: Tensor;
}

export function makeInputs(tokens: number, pairs: number): LlamaInputs {
  const input = (name: string, dtype: Dtype, shape = [tokens]) => makeTensor(name, shape, 'input', dtype);
  return {
    ids: input('ids', 'i32'),
    rotation: { cos: input('cos', 'f32', [tokens, pairs]), sin: input('sin', 'f32', [tokens, pairs]) },
    first: input('first', 'i32'),
    last: input('last', 'i32'),
    segments: {
      order: input('order', 'i32'),
      starts: input('starts', 'i32', [tokens + 1]),
      rows: input('rows', 'i32'),
    },
    targets: input('targets', 'i32'),
    weights: input('weights', 'f32'),
  };
}

/**
 * Writes a batch into the inputs of a plan.
 *
 * @param length what the batch's rows are padded to
 * @throws LosslightError `bad-batch` where a document is interrupted by another one.
 */
export function writeInputs(
  executor: Executor,
  config: ModelConfig,
  { plan, inputs }: { plan: Plan; inputs: LlamaInputs },
  batch: Batch,
  length: number,
): void {
  const widen = <T extends Int32Array | Float32Array>(values: T, made: T): T => {
    for (let row = 0; row < batch.rows; row++) {
      made.set(values.subarray(row * batch.length, (row + 1) * batch.length), row * length);
    }
    return made;
  };
  const ints = (values: Int32Array) => widen(values, new Int32Array(batch.rows * length));
  const ids = ints(batch.ids);
  const documents = ints(batch.documents);
  const { first, last } = documentRanges(documents, batch.rows, length);
  const { order, starts, rows } = sortSegments(ids, (n) => documents[n] !== 0);
  const frequencies = ropeFrequencies({ type: 'default', theta: config.ropeTheta }, config.headSize);
  const { cos, sin } = rotationTables(ints(batch.positions), frequencies);
  // Scores have no norm.
  const weights = batch.weights.map((weight) => (batch.norm > 0 ? weight / batch.norm : 0));
  const pairs: [Tensor, Int32Array | Float32Array][] = [
    [inputs.ids, ids],
    [inputs.rotation.cos, cos],
    [inputs.rotation.sin, sin],
    [inputs.first, first],
    [inputs.last, last],
    [inputs.segments.order, order],
    [inputs.segments.starts, starts],
    [inputs.segments.rows, rows],
    [inputs.targets, ints(batch.targets)],
    [inputs.weights, widen(weights, new Float32Array(batch.rows * length))],
  ];
  // A plan that only scores has no use for some of them.
  const used = new Set(plan.buffers);
  for (const [tensor, values] of pairs) if (used.has(tensor.buffer)) executor.write(tensor, values);
}
