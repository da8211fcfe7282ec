/**
 * @file A model's parameters as one who does not know LoRA needs them: packed matrices as floats again, and what the adapter
 * adds put into the matrices, W + s · B · A. A tensor, or some rows of a large one, at a time.
 */
import { frozenEmbedding } from '../ops/frozen-embedding';
import { isFrozen } from '../ops/frozen-matrix';
import { product } from '../ops/matmul';
import { scale } from '../ops/scale';
import { PlanBuilder } from '../plan/builder';
import { copy } from '../plan/copy';
import type { Executor } from '../plan/executor';
import { makeTensor, type Tensor } from '../plan/tensor';
import type { Matrix, PlanWeights } from './plan-weights';

/** Some rows of a parameter. */
export interface MergedPiece {
  name: string;
  shape: readonly number[];
  firstRow: number;
  values: Float32Array;
}

/** Elements of a packed matrix that are unpacked at a time, where nothing is added to it. */
const PIECE = 2 ** 22;

/**
 * All parameters, in the order of `shapes`. Nothing may change them meanwhile.
 *
 * @param shapes by their Hugging Face names
 */
export async function* mergedWeights(
  executor: Executor,
  weights: PlanWeights,
  shapes: ReadonlyMap<string, readonly number[]>,
): AsyncGenerator<MergedPiece, void, void> {
  for (const [name, shape] of shapes) {
    if (shape.length !== 2) {
      const values = await executor.read(weights.vector(name.replace(/\.weight$/, '')));
      yield { name, shape, firstRow: 0, values };
      continue;
    }
    const matrix = weights.matrix(name.replace(/\.weight$/, ''));
    const [rows, columns] = matrix.shape;
    if (!isFrozen(matrix.weight) && !matrix.lora) {
      yield { name, shape, firstRow: 0, values: await executor.read(matrix.weight) };
      continue;
    }
    const most = matrix.lora ? rows : Math.max(1, Math.floor(PIECE / columns));
    for (let firstRow = 0; firstRow < rows; firstRow += most) {
      const count = Math.min(most, rows - firstRow);
      yield { name, shape, firstRow, values: await mergedRows(executor, matrix, firstRow, count) };
    }
  }
}

/** Rows of a matrix as they are stored; all of them where LoRA adds to it. */
async function mergedRows(
  executor: Executor,
  { weight, lora, transposed = false, shape: [, columns] }: Matrix,
  firstRow: number,
  count: number,
): Promise<Float32Array> {
  const plan = new PlanBuilder();
  const result = makeTensor('merged', [count, columns], 'output');
  const rows = makeTensor('rows', [count], 'input', 'i32');
  plan.append(copy(isFrozen(weight) ? frozenEmbedding(plan, weight, rows) : weight, result));
  if (lora) {
    const b: Tensor = plan.activation('scaled B', lora.b.shape);
    plan.append(copy(lora.b, b));
    plan.append(scale(b, lora.scale));
    plan.append(
      transposed
        ? product(lora.a, b, result, { transposeA: true, transposeB: true, accumulate: true })
        : product(b, lora.a, result, { accumulate: true }),
    );
  }
  const prepared = await executor.prepare(plan.finish());
  try {
    if (isFrozen(weight))
      executor.write(
        rows,
        Int32Array.from({ length: count }, (_, i) => firstRow + i),
      );
    await prepared.run();
    return await executor.read(result);
  } finally {
    prepared.dispose();
    executor.release([result.buffer, rows.buffer]);
  }
}
