/**
 * @file Every operation in odd shapes, with the same in tfjs. The tests on both executors go through this list.
 */
import { attention, documentRanges } from '../../src/ops/attention';
import { embedding, sortSegments } from '../../src/ops/embedding';
import { activate, gatedUnit, type ActivationName } from '../../src/ops/gated-unit';
import { lmHeadLoss } from '../../src/ops/lm-head';
import { matmul } from '../../src/ops/matmul';
import { rmsNorm } from '../../src/ops/rms-norm';
import { rope } from '../../src/ops/rope';
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

const PRODUCTS: [m: number, n: number, k: number][] = [
  [1, 1, 1],
  [1, 7, 5],
  [2, 3, 1],
  [3, 1, 9],
  [4, 8, 4],
  [5, 4, 8],
  [7, 12, 4],
  [8, 8, 8],
  [9, 16, 12],
  [12, 20, 36],
  [13, 11, 17],
  [16, 4, 64],
  [17, 33, 5],
  [20, 24, 28],
  [31, 9, 40],
  [33, 40, 44],
  [36, 61, 10],
  [64, 32, 16],
  [65, 7, 66],
  [100, 8, 4],
  [5, 70, 1030],
  [260, 12, 8],
];

function productCases(): OperationCase[] {
  return [false, true].flatMap((transposeA) =>
    [false, true].flatMap((transposeB) =>
      PRODUCTS.map(([m, n, k]): OperationCase => ({
        name: `matmul ${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'} ${m}×${n}×${k}`,
        inputs: {
          a: transposeA ? trained(k, m) : trained(m, k),
          b: transposeB ? trained(n, k) : trained(k, n),
        },
        build: (plan, t) => [matmul(plan, from(t, 'a'), from(t, 'b'), { transposeA, transposeB })],
        reference: (t) => [
          tf.matMul(from(t, 'a') as tf.Tensor2D, from(t, 'b') as tf.Tensor2D, transposeA, transposeB),
        ],
      })),
    ),
  );
}

/** Rows and columns that fill blocks, leave rests, or are a single one. */
const MATRICES: [rows: number, columns: number][] = [
  [1, 1],
  [1, 2],
  [1, 65],
  [2, 1],
  [2, 3],
  [3, 4],
  [3, 300],
  [4, 7],
  [5, 16],
  [7, 33],
  [8, 8],
  [9, 36],
  [11, 64],
  [13, 30],
  [16, 5],
  [17, 17],
  [31, 12],
  [33, 6],
  [63, 10],
  [64, 3],
  [65, 20],
  [130, 9],
];

function embeddingCases(): OperationCase[] {
  return MATRICES.map(([tokens, width], i): OperationCase => {
    const rows = (i % 5) * 7 + 1;
    const random = seededRandom(i);
    const ids = Int32Array.from({ length: tokens }, () => Math.floor(random() * rows));
    const { order, starts, rows: distinct } = sortSegments(ids);
    return {
      name: `embedding ${tokens} of ${rows}×${width}`,
      inputs: {
        table: trained(rows, width),
        ids: { shape: [tokens], values: ids },
        order: { shape: [tokens], values: order },
        starts: { shape: [tokens + 1], values: starts },
        rows: { shape: [tokens], values: distinct },
      },
      build: (plan, t) => [
        embedding(plan, from(t, 'table'), from(t, 'ids'), {
          order: from(t, 'order'),
          starts: from(t, 'starts'),
          rows: from(t, 'rows'),
        }),
      ],
      reference: (t) => [from(t, 'table').gather(from(t, 'ids') as tf.Tensor1D)],
    };
  });
}

function normCases(): OperationCase[] {
  const norm = (x: tf.Tensor, scale: tf.Tensor, epsilon: number) =>
    x.mul(x.square().mean(-1, true).add(epsilon).rsqrt()).mul(scale);
  // Of a single number, the gradient is what rounding leaves of a difference.
  const shapes = MATRICES.filter(([, columns]) => columns > 1);
  return shapes.flatMap(([rows, columns], i): OperationCase[] => {
    const epsilon = i % 2 === 0 ? 1e-5 : 1e-2;
    return [
      {
        name: `RMSNorm ${rows}×${columns}`,
        inputs: { x: trained(rows, columns), scale: trained(columns) },
        build: (plan, t) => [rmsNorm(plan, from(t, 'x'), from(t, 'scale'), epsilon).y],
        reference: (t) => [norm(from(t, 'x'), from(t, 'scale'), epsilon)],
      },
      {
        name: `RMSNorm of a sum ${rows}×${columns}`,
        inputs: { x: trained(rows, columns), residual: trained(rows, columns), scale: trained(columns) },
        build: (plan, t) => {
          const { sum, y } = rmsNorm(plan, from(t, 'x'), from(t, 'scale'), epsilon, {
            residual: from(t, 'residual'),
          });
          return [sum, y];
        },
        reference: (t) => {
          const sum = from(t, 'x').add(from(t, 'residual'));
          return [sum, norm(sum, from(t, 'scale'), epsilon)];
        },
      },
    ];
  });
}

const HEADS: [tokens: number, heads: number, width: number, pairs: number][] = [
  [1, 1, 2, 1],
  [1, 3, 4, 2],
  [2, 1, 10, 5],
  [2, 2, 8, 4],
  [3, 1, 6, 3],
  [3, 5, 2, 1],
  [4, 2, 16, 8],
  [5, 3, 12, 6],
  [6, 1, 32, 16],
  [7, 2, 10, 5],
  [8, 4, 4, 2],
  [9, 3, 6, 2],
  [11, 1, 64, 32],
  [13, 2, 7, 3],
  [15, 3, 8, 2],
  [17, 1, 20, 10],
  [21, 2, 14, 7],
  [29, 5, 4, 1],
  [33, 2, 6, 3],
  [64, 1, 8, 4],
  [70, 3, 2, 1],
];

function ropeCases(): OperationCase[] {
  return HEADS.map(([tokens, heads, width, pairs], i): OperationCase => {
    const angles = randomNumbers(tokens * pairs, i, 20);
    // A factor on both, as YaRN has.
    const factor = i % 3 === 0 ? 1.3 : 1;
    return {
      name: `RoPE ${tokens}×${heads}×${width}, ${pairs} pairs`,
      inPlace: true,
      inputs: {
        x: trained(tokens, heads * width),
        cos: { shape: [tokens, pairs], values: angles.map((angle) => factor * Math.cos(angle)) },
        sin: { shape: [tokens, pairs], values: angles.map((angle) => factor * Math.sin(angle)) },
      },
      build: (plan, t) => {
        const x = from(t, 'x');
        rope(plan, x, { cos: from(t, 'cos'), sin: from(t, 'sin') }, heads);
        return [x];
      },
      reference: (t) => {
        const x = from(t, 'x').reshape([tokens, heads, width]);
        const [a, b, rest] = tf.split(x, [pairs, pairs, width - 2 * pairs], 2) as [
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
        ];
        const cos = from(t, 'cos').reshape([tokens, 1, pairs]);
        const sin = from(t, 'sin').reshape([tokens, 1, pairs]);
        const turned = [a.mul(cos).sub(b.mul(sin)), b.mul(cos).add(a.mul(sin)), rest];
        return [tf.concat(turned, 2).reshape([tokens, heads * width])];
      },
    };
  });
}

/** Documents by their lengths, row by row; a negative length is padding. */
const ATTENTIONS: {
  rows: number[][];
  heads: number;
  keyValueHeads: number;
  headSize: number;
  window?: number;
}[] = [
  { rows: [[1]], heads: 1, keyValueHeads: 1, headSize: 1 },
  { rows: [[2]], heads: 1, keyValueHeads: 1, headSize: 4 },
  { rows: [[3]], heads: 2, keyValueHeads: 1, headSize: 2 },
  { rows: [[5]], heads: 3, keyValueHeads: 3, headSize: 5 },
  { rows: [[7]], heads: 4, keyValueHeads: 2, headSize: 8 },
  { rows: [[13]], heads: 6, keyValueHeads: 2, headSize: 10 },
  { rows: [[13]], heads: 5, keyValueHeads: 1, headSize: 6 },
  { rows: [[6, 9]], heads: 2, keyValueHeads: 2, headSize: 4 },
  {
    rows: [
      [5, 4, -8],
      [3, 8, 6],
    ],
    heads: 4,
    keyValueHeads: 2,
    headSize: 3,
  },
  { rows: [[11], [7, -4]], heads: 2, keyValueHeads: 1, headSize: 12 },
  { rows: [[16]], heads: 2, keyValueHeads: 1, headSize: 4, window: 1 },
  { rows: [[17]], heads: 1, keyValueHeads: 1, headSize: 4, window: 5 },
  { rows: [[9, 8]], heads: 3, keyValueHeads: 1, headSize: 7, window: 3 },
  { rows: [[20], [20], [20]], heads: 2, keyValueHeads: 2, headSize: 2, window: 20 },
  { rows: [[1, 1, 1, 1]], heads: 1, keyValueHeads: 1, headSize: 8 },
  { rows: [[-5]], heads: 2, keyValueHeads: 1, headSize: 4 },
  { rows: [[63]], heads: 1, keyValueHeads: 1, headSize: 4 },
  { rows: [[64]], heads: 2, keyValueHeads: 1, headSize: 4 },
  { rows: [[65]], heads: 1, keyValueHeads: 1, headSize: 16 },
  { rows: [[60, 70]], heads: 2, keyValueHeads: 1, headSize: 4, window: 66 },
  { rows: [[100], [30, 70]], heads: 1, keyValueHeads: 1, headSize: 3, window: 40 },
  { rows: [[140]], heads: 2, keyValueHeads: 2, headSize: 32 },
  // Heads that kernels go through in loops.
  { rows: [[4, 5]], heads: 2, keyValueHeads: 1, headSize: 33 },
  { rows: [[7]], heads: 2, keyValueHeads: 2, headSize: 132, window: 4 },
  { rows: [[3, 2]], heads: 2, keyValueHeads: 1, headSize: 256 },
];

function attentionCases(): OperationCase[] {
  return ATTENTIONS.map(({ rows, heads, keyValueHeads, headSize, window }): OperationCase => {
    const documents = Int32Array.from(
      rows.flatMap((row) =>
        row.flatMap((size, i) => new Array<number>(Math.abs(size)).fill(size < 0 ? 0 : i + 1)),
      ),
    );
    const tokens = documents.length;
    const length = tokens / rows.length;
    const { first, last } = documentRanges(documents, rows.length, length);
    const mask = Float32Array.from({ length: tokens * tokens }, (_, place) => {
      const [query, key] = [Math.floor(place / tokens), place % tokens];
      const seen = key <= query && key >= (first[query] as number) && key > query - (window ?? Infinity);
      return seen ? 0 : -1e9;
    });
    const scale = heads % 2 === 0 ? undefined : 0.7;
    return {
      name: `attention ${JSON.stringify(rows)}, ${heads} and ${keyValueHeads} heads of ${headSize}, window ${window ?? 'none'}`,
      inputs: {
        q: trained(tokens, heads * headSize),
        k: trained(tokens, keyValueHeads * headSize),
        v: trained(tokens, keyValueHeads * headSize),
        first: { shape: [tokens], values: first },
        last: { shape: [tokens], values: last },
      },
      build: (plan, t) => {
        const [q, k, v] = [from(t, 'q'), from(t, 'k'), from(t, 'v')];
        const options = { heads, keyValueHeads, ...(window ? { window } : {}), ...(scale ? { scale } : {}) };
        return [attention(plan, { q, k, v, first: from(t, 'first'), last: from(t, 'last') }, options)];
      },
      reference: (t) => {
        const split = (name: string, count: number) =>
          from(t, name).reshape([tokens, count, headSize]).transpose([1, 0, 2]);
        // Each key head once for every query head that it serves.
        const spread = (x: tf.Tensor) =>
          tf
            .tile(x.reshape([keyValueHeads, 1, tokens, headSize]), [1, heads / keyValueHeads, 1, 1])
            .reshape([heads, tokens, headSize]);
        const keys = spread(split('k', keyValueHeads));
        const values = spread(split('v', keyValueHeads));
        const scores = tf.matMul(split('q', heads), keys, false, true).mul(scale ?? 1 / Math.sqrt(headSize));
        const share = tf.softmax(scores.add(tf.tensor(mask, [1, tokens, tokens])));
        const mixed = tf.matMul(share, values);
        return [mixed.transpose([1, 0, 2]).reshape([tokens, heads * headSize])];
      },
    };
  });
}

function gatedCases(): OperationCase[] {
  const erf = (x: tf.Tensor) => tf.erf(x.div(Math.SQRT2)).add(1);
  const tanh = (x: tf.Tensor) =>
    tf.tanh(x.add(x.mul(x).mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI))).add(1);
  const functions: Record<ActivationName, (x: tf.Tensor) => tf.Tensor> = {
    silu: (x) => x.mul(x.sigmoid()),
    gelu: (x) => x.mul(0.5).mul(erf(x)),
    'gelu-tanh': (x) => x.mul(0.5).mul(tanh(x)),
  };
  return (Object.keys(functions) as ActivationName[]).flatMap((kind) =>
    MATRICES.flatMap(([rows, columns], i): OperationCase[] => {
      const shape = [rows, columns];
      // Its erf is exact to 1.5e-7 only, and so is not quite the integral of its slope.
      const looser = kind === 'gelu' ? { differenceLimit: 1e-5 } : {};
      const wide = { shape, trained: true, values: randomNumbers(rows * columns, i, 6) };
      return [
        {
          name: `${kind} ${rows}×${columns}`,
          ...looser,
          inputs: { x: wide },
          build: (plan, t) => [activate(plan, from(t, 'x'), kind)],
          reference: (t) => [functions[kind](from(t, 'x'))],
        },
        {
          name: `${kind}, gated ${rows}×${columns}`,
          ...looser,
          inputs: { gate: wide, up: trained(rows, columns) },
          build: (plan, t) => [gatedUnit(plan, from(t, 'gate'), from(t, 'up'), kind)],
          reference: (t) => [functions[kind](from(t, 'gate')).mul(from(t, 'up'))],
        },
      ];
    }),
  );
}

const LOSSES: [tokens: number, vocabulary: number, width: number, bytes?: number][] = [
  [1, 2, 1],
  [1, 2, 3],
  [1, 67, 30],
  [2, 5, 4],
  [3, 61, 36],
  [4, 8, 8],
  [5, 3, 7],
  [6, 130, 2],
  [7, 12, 12],
  [9, 33, 5],
  [13, 20, 16],
  [16, 64, 4],
  [17, 9, 9],
  [30, 11, 6],
  [63, 4, 5],
  [64, 7, 3],
  // In chunks of 64 tokens.
  [65, 6, 4, 1],
  [100, 10, 8, 1],
  [128, 3, 5, 1],
  [130, 17, 2, 1],
  [200, 5, 3, 64 * 5 * 4 * 2],
];

function lossCases(): OperationCase[] {
  return LOSSES.map(([tokens, vocabulary, width, bytes], i): OperationCase => {
    const random = seededRandom(i);
    const targets = Int32Array.from({ length: tokens }, () => Math.floor(random() * vocabulary));
    const weights = randomNumbers(tokens, i).map((weight, n) => (n % 4 === 1 ? 0 : weight));
    return {
      name: `loss ${tokens} tokens, ${vocabulary}×${width}${bytes === undefined ? '' : ', in chunks'}`,
      inputs: {
        y: { shape: [tokens, width], trained: true, values: randomNumbers(tokens * width, i, 3) },
        weight: trained(vocabulary, width),
        targets: { shape: [tokens], values: targets },
        weights: { shape: [tokens], values: weights },
      },
      slopes: [weights.map((weight) => -weight), new Float32Array(tokens)],
      build: (plan, t) => {
        const logProbs: Tensor = makeTensor('log-probabilities', [tokens], 'output');
        const entropy: Tensor = makeTensor('entropy', [tokens], 'output');
        lmHeadLoss(plan, from(t, 'y'), from(t, 'weight'), from(t, 'targets'), from(t, 'weights'), {
          logProbs,
          entropy,
          ...(bytes === undefined ? {} : { bytes }),
        });
        return [logProbs, entropy];
      },
      reference: (t) => {
        const logits = tf.matMul(from(t, 'y') as tf.Tensor2D, from(t, 'weight') as tf.Tensor2D, false, true);
        const all = tf.logSoftmax(logits);
        const one = tf.oneHot(from(t, 'targets').toInt() as tf.Tensor1D, vocabulary);
        return [all.mul(one).sum(-1), all.mul(all.exp()).sum(-1).neg()];
      },
    };
  });
}

/** Cases by operation. */
export const CASES: Record<string, OperationCase[]> = {
  matmul: productCases(),
  embedding: embeddingCases(),
  RMSNorm: normCases(),
  RoPE: ropeCases(),
  attention: attentionCases(),
  'gated unit': gatedCases(),
  'LM head and loss': lossCases(),
};
