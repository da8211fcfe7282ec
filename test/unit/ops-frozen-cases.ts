/**
 * @file The operations with packed matrices and LoRA's, in odd shapes, with the same in tfjs. The tests on both executors go
 * through this list. What packed words mean is decoded here anew, bit by bit, from the description of the formats.
 */
import { frozenEmbedding } from '../../src/ops/frozen-embedding';
import {
  FROZEN_FORMATS,
  packMatrix,
  type FrozenFormat,
  type FrozenLayout,
  type GroupSize,
  type PackedMatrix,
} from '../../src/ops/frozen-format';
import { makeFrozen, type FrozenMatrix } from '../../src/ops/frozen-matrix';
import { lmHeadLoss } from '../../src/ops/lm-head';
import { addLora } from '../../src/ops/lora';
import { matmul } from '../../src/ops/matmul';
import { weightMatmul } from '../../src/ops/weight-product';
import { makeTensor, type Tensor } from '../../src/plan/tensor';
import { seededRandom } from '../../src/model/random';
import * as tf from '../../src/tensor/tf';
import { randomNumbers, type Input, type OperationCase } from './ops-run';

type Tensors<T> = Record<string, T>;
const from = <T>(tensors: Tensors<T>, name: string): T => {
  const found = tensors[name];
  if (!found) throw new Error(`The case has no ${name}.`);
  return found;
};
const trained = (...shape: number[]): Input => ({ shape, trained: true });

function halfValue(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
}

/** The weights that packed words stand for. */
export function decodePlainly(layout: FrozenLayout, { words, scales }: PackedMatrix): Float32Array {
  const { format, rows, columns, group, groups } = layout;
  const bytes = new DataView(words.buffer, words.byteOffset, words.byteLength);
  const rowBytes = 4 * layout.words;
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const scale = scales?.[row * groups + Math.floor(column / group)] as number;
      let value: number;
      if (format === 'f16') value = halfValue(bytes.getUint16(row * rowBytes + 2 * column, true));
      else if (format === 'int8') value = bytes.getInt8(row * rowBytes + column) * scale;
      else {
        const pair = bytes.getUint8(row * rowBytes + Math.floor(column / 2));
        const q = column % 2 ? Math.floor(pair / 16) : pair % 16;
        const ends = scale >>> 0;
        value = halfValue(Math.floor(ends / 65536)) + q * halfValue(ends % 65536);
      }
      values[row * columns + column] = value;
    }
  }
  return values;
}

/** A packed random matrix as the inputs of a case. */
interface Packed {
  inputs: Record<string, Input>;
  /** The matrix made of the inputs' tensors. */
  matrix(t: Tensors<Tensor>): FrozenMatrix;
  /** What it stands for, in tfjs. */
  values(): tf.Tensor2D;
}

function packed(format: FrozenFormat, rows: number, columns: number, group: GroupSize): Packed {
  const made = makeFrozen('w', [rows, columns], format, format === 'f16' ? undefined : group);
  const numbers = randomNumbers(rows * columns, rows + columns);
  // Some rows far smaller than others, one of zeros, one of a single value, one of subnormal halves.
  numbers.forEach((value, i) => {
    const row = Math.floor(i / columns);
    if (row % 11 === 5) numbers[i] = 0;
    else if (row % 11 === 7) numbers[i] = 0.37;
    else if (row % 11 === 9) numbers[i] = value * 4e-5;
    else if (row % 3 === 1) numbers[i] = value * 0.01;
  });
  const content = packMatrix(made.layout, numbers);
  const inputs: Record<string, Input> = { words: { shape: [content.words.length], values: content.words } };
  if (content.scales) inputs['scales'] = { shape: [content.scales.length], values: content.scales };
  return {
    inputs,
    matrix: (t) => ({
      ...made,
      words: from(t, 'words'),
      ...(content.scales && { scales: from(t, 'scales') }),
    }),
    values: () => tf.tensor2d(decodePlainly(made.layout, content), [rows, columns]),
  };
}

const GROUPS: readonly GroupSize[] = [32, 64, 128];

const PRODUCTS: [m: number, rows: number, columns: number][] = [
  [1, 1, 1],
  [1, 7, 5],
  [2, 3, 8],
  [3, 2, 9],
  [4, 8, 32],
  [5, 4, 33],
  [7, 12, 64],
  [8, 9, 31],
  [9, 16, 12],
  [12, 20, 36],
  [13, 11, 17],
  [16, 4, 65],
  [17, 33, 7],
  [20, 24, 128],
  [31, 9, 40],
  [33, 40, 130],
  [2, 61, 10],
  [64, 32, 16],
  [65, 7, 66],
  [3, 90, 4],
  [5, 70, 260],
  [1, 45, 200],
];

function productCases(): OperationCase[] {
  return FROZEN_FORMATS.flatMap((format) =>
    [false, true].flatMap((transposeB) =>
      PRODUCTS.map(([m, rows, columns], i): OperationCase => {
        const group = GROUPS[i % 3] as GroupSize;
        const w = packed(format, rows, columns, group);
        return {
          name: `${format} ${group} ${transposeB ? 'NT' : 'NN'} ${m} by ${rows}×${columns}`,
          inputs: { x: trained(m, transposeB ? columns : rows), ...w.inputs },
          build: (plan, t) => [weightMatmul(plan, from(t, 'x'), w.matrix(t), { transposeB })],
          reference: (t) => [tf.matMul(from(t, 'x') as tf.Tensor2D, w.values(), false, transposeB)],
        };
      }),
    ),
  );
}

function embeddingCases(): OperationCase[] {
  return FROZEN_FORMATS.flatMap((format) =>
    [1, 3, 8, 30, 33, 65, 100].map((columns, i): OperationCase => {
      const rows = 5 + 4 * i;
      const tokens = 3 * i + 1;
      const w = packed(format, rows, columns, GROUPS[i % 3] as GroupSize);
      const random = seededRandom(i);
      const ids = Int32Array.from({ length: tokens }, () => Math.floor(random() * rows));
      return {
        name: `${format}, ${tokens} of ${rows}×${columns}`,
        inputs: { ...w.inputs, ids: { shape: [tokens], values: ids } },
        build: (plan, t) => [frozenEmbedding(plan, w.matrix(t), from(t, 'ids'))],
        reference: (t) => [w.values().gather(from(t, 'ids') as tf.Tensor1D)],
      };
    }),
  );
}

function lossCases(): OperationCase[] {
  return FROZEN_FORMATS.flatMap((format) =>
    [
      [1, 2, 3],
      [2, 7, 33],
      [5, 61, 8],
      [64, 9, 5],
      [70, 33, 12],
      [131, 20, 40],
      [9, 100, 65],
    ].map(([tokens = 1, vocabulary = 1, width = 1], i): OperationCase => {
      const w = packed(format, vocabulary, width, GROUPS[i % 3] as GroupSize);
      const random = seededRandom(i + 5);
      const targets = Int32Array.from({ length: tokens }, () => Math.floor(random() * vocabulary));
      const weights = randomNumbers(tokens, i + 50);
      const bytes = i % 2 ? 4 * 64 * vocabulary : undefined;
      return {
        name: `${format}, ${tokens} of ${vocabulary}×${width}${bytes ? ', in chunks' : ''}`,
        inputs: {
          y: trained(tokens, width),
          ...w.inputs,
          targets: { shape: [tokens], values: targets },
          weights: { shape: [tokens], values: weights },
        },
        slopes: [weights.map((value) => -value), new Float32Array(tokens)],
        build: (plan, t) => {
          const logProbs = makeTensor('log-probabilities', [tokens], 'output');
          const entropy = makeTensor('entropy', [tokens], 'output');
          lmHeadLoss(plan, from(t, 'y'), w.matrix(t), from(t, 'targets'), from(t, 'weights'), {
            logProbs,
            entropy,
            ...(bytes && { bytes }),
          });
          return [logProbs, entropy];
        },
        reference: (t) => {
          const all = tf.logSoftmax(tf.matMul(from(t, 'y') as tf.Tensor2D, w.values(), false, true));
          const one = tf.oneHot(from(t, 'targets').toInt() as tf.Tensor1D, vocabulary);
          return [all.mul(one).sum(-1), all.mul(all.exp()).sum(-1).neg()];
        },
      };
    }),
  );
}

const ADAPTED: [tokens: number, width: number, out: number, rank: number][] = [
  [1, 1, 1, 1],
  [1, 5, 3, 2],
  [2, 3, 7, 1],
  [3, 4, 4, 4],
  [4, 8, 16, 3],
  [5, 17, 2, 8],
  [7, 12, 12, 4],
  [8, 16, 8, 16],
  [9, 6, 30, 5],
  [12, 20, 36, 2],
  [13, 11, 17, 7],
  [16, 64, 4, 8],
  [17, 33, 5, 1],
  [20, 24, 28, 32],
  [31, 9, 40, 8],
  [33, 40, 44, 4],
  [36, 61, 10, 6],
  [64, 16, 32, 8],
  [65, 66, 7, 16],
  [100, 4, 8, 2],
  [5, 130, 70, 12],
  [2, 12, 260, 64],
];

/** What the adapter is added to: a trained matrix, one that is kept as it is, or a packed one. */
function loraCases(): OperationCase[] {
  return ADAPTED.map(([tokens, width, out, rank], i): OperationCase => {
    const scale = [2, 0.5, 1, 16 / Math.sqrt(rank)][i % 4] as number;
    const kind = (['trained', 'kept', ...FROZEN_FORMATS] as const)[i % 5] as
      'trained' | 'kept' | FrozenFormat;
    const held = kind !== 'trained' && kind !== 'kept';
    const transposeB = i % 3 !== 2;
    const stored: [number, number] = transposeB ? [out, width] : [width, out];
    const w = held ? packed(kind, ...stored, GROUPS[i % 3] as GroupSize) : undefined;
    return {
      name: `rank ${rank} on ${kind} ${transposeB ? 'NT' : 'NN'}, ${tokens}×${width} to ${out}`,
      inputs: {
        x: trained(tokens, width),
        a: trained(rank, width),
        b: trained(out, rank),
        ...(w?.inputs ?? { w: kind === 'trained' ? trained(...stored) : { shape: stored } }),
      },
      build: (plan, t) => {
        const x = from(t, 'x');
        const y = w
          ? weightMatmul(plan, x, w.matrix(t), { transposeB })
          : matmul(plan, x, from(t, 'w'), { transposeB });
        addLora(plan, x, y, { a: from(t, 'a'), b: from(t, 'b'), scale });
        return [y];
      },
      reference: (t) => {
        const two = (name: string) => from(t, name) as tf.Tensor2D;
        const base = tf.matMul(two('x'), w?.values() ?? two('w'), false, transposeB);
        const low = tf.matMul(tf.matMul(two('x'), two('a'), false, true), two('b'), false, true);
        return [base.add(low.mul(scale))];
      },
    };
  });
}

/** A table that is embedding and output at once, as in tied models, packed. */
function tiedCases(): OperationCase[] {
  return FROZEN_FORMATS.map((format): OperationCase => {
    const w = packed(format, 21, 12, 32);
    const ids = Int32Array.from({ length: 9 }, (_, i) => (5 * i) % 21);
    return {
      name: `${format}, embedding and product`,
      inputs: { ...w.inputs, ids: { shape: [9], values: ids } },
      build: (plan, t) => [
        weightMatmul(plan, frozenEmbedding(plan, w.matrix(t), from(t, 'ids')), w.matrix(t), {
          transposeB: true,
        }),
      ],
      reference: (t) => [
        tf.matMul(w.values().gather(from(t, 'ids') as tf.Tensor1D) as tf.Tensor2D, w.values(), false, true),
      ],
    };
  });
}

/** Cases by operation. */
export const FROZEN_CASES: Record<string, OperationCase[]> = {
  'product with a packed matrix': productCases(),
  'embedding of a packed table': [...embeddingCases(), ...tiedCases()],
  'LM head and loss, packed': lossCases(),
  LoRA: loraCases(),
};
