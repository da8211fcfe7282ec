/**
 * @file What the model families need beside Llama's operations, in odd shapes, with the same in tfjs. The tests on both
 * executors go through this list.
 */
import { addBias } from '../../src/ops/bias';
import { layerNorm } from '../../src/ops/layer-norm';
import { rmsNorm } from '../../src/ops/rms-norm';
import { scaleInPlace } from '../../src/ops/scale';
import { splitColumns } from '../../src/ops/split-columns';
import * as tf from '../../src/tensor/tf';
import type { Input, OperationCase } from './ops-run';

const from = <T>(tensors: Record<string, T>, name: string): T => {
  const found = tensors[name];
  if (!found) throw new Error(`The case has no ${name}.`);
  return found;
};

const trained = (...shape: number[]): Input => ({ shape, trained: true });

/** Rows and columns that fill blocks, leave rests, or are a single one. */
const MATRICES: [rows: number, columns: number][] = [
  [1, 2],
  [1, 65],
  [2, 3],
  [2, 2],
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

function layerNormCases(): OperationCase[] {
  const norm = (x: tf.Tensor, factors: tf.Tensor, bias: tf.Tensor, epsilon: number) => {
    const distance = x.sub(x.mean(-1, true));
    return distance.mul(distance.square().mean(-1, true).add(epsilon).rsqrt()).mul(factors).add(bias);
  };
  return MATRICES.flatMap(([rows, columns], i): OperationCase[] => {
    // Of two numbers, the normed ones are ±1 whatever they are, but for a large ε.
    const epsilon = columns === 2 ? 0.3 : i % 2 === 0 ? 1e-5 : 1e-2;
    return [
      {
        name: `LayerNorm ${rows}×${columns}`,
        inputs: { x: trained(rows, columns), scale: trained(columns), bias: trained(columns) },
        build: (plan, t) => [layerNorm(plan, from(t, 'x'), from(t, 'scale'), from(t, 'bias'), epsilon).y],
        reference: (t) => [norm(from(t, 'x'), from(t, 'scale'), from(t, 'bias'), epsilon)],
      },
      {
        name: `LayerNorm of a sum ${rows}×${columns}`,
        inputs: {
          x: trained(rows, columns),
          residual: trained(rows, columns),
          scale: trained(columns),
          bias: trained(columns),
        },
        build: (plan, t) => {
          const options = { residual: from(t, 'residual') };
          const { sum, y } = layerNorm(
            plan,
            from(t, 'x'),
            from(t, 'scale'),
            from(t, 'bias'),
            epsilon,
            options,
          );
          return [sum, y];
        },
        reference: (t) => {
          const sum = from(t, 'x').add(from(t, 'residual'));
          return [sum, norm(sum, from(t, 'scale'), from(t, 'bias'), epsilon)];
        },
      },
    ];
  });
}

/** Heads of a row are normed each; the scale is kept less one in every other case. */
function headNormCases(): OperationCase[] {
  return MATRICES.map(([tokens, width], i): OperationCase => {
    const heads = (i % 4) + 1;
    const offset = i % 2;
    return {
      name: `RMSNorm ${tokens}×${heads} heads of ${width}, offset ${offset}`,
      inputs: { x: trained(tokens, heads * width), scale: trained(width) },
      build: (plan, t) => [rmsNorm(plan, from(t, 'x'), from(t, 'scale'), 1e-3, { offset }).y],
      reference: (t) => {
        const x = from(t, 'x').reshape([tokens, heads, width]);
        const r = x.square().mean(-1, true).add(1e-3).rsqrt();
        return [
          x
            .mul(r)
            .mul(from(t, 'scale').add(offset))
            .reshape([tokens, heads * width]),
        ];
      },
    };
  });
}

function offsetCases(): OperationCase[] {
  return MATRICES.map(([rows, columns]): OperationCase => ({
    name: `RMSNorm of a sum, offset 1, ${rows}×${columns}`,
    inputs: { x: trained(rows, columns), residual: trained(rows, columns), scale: trained(columns) },
    build: (plan, t) => {
      const { sum, y } = rmsNorm(plan, from(t, 'x'), from(t, 'scale'), 1e-3, {
        residual: from(t, 'residual'),
        offset: 1,
      });
      return [sum, y];
    },
    reference: (t) => {
      const sum = from(t, 'x').add(from(t, 'residual'));
      const r = sum.square().mean(-1, true).add(1e-3).rsqrt();
      return [sum, sum.mul(r).mul(from(t, 'scale').add(1))];
    },
  }));
}

function biasCases(): OperationCase[] {
  return MATRICES.map(([rows, columns]): OperationCase => ({
    name: `bias ${rows}×${columns}`,
    inPlace: true,
    inputs: { x: trained(rows, columns), bias: trained(columns) },
    build: (plan, t) => {
      addBias(plan, from(t, 'x'), from(t, 'bias'));
      return [from(t, 'x')];
    },
    reference: (t) => [from(t, 'x').add(from(t, 'bias'))],
  }));
}

function scaleCases(): OperationCase[] {
  return MATRICES.map(([rows, columns], i): OperationCase => {
    const factor = (i - 7) / 3;
    return {
      name: `scale ${rows}×${columns} by ${factor}`,
      inPlace: true,
      inputs: { x: trained(rows, columns) },
      build: (plan, t) => {
        scaleInPlace(plan, from(t, 'x'), factor);
        return [from(t, 'x')];
      },
      reference: (t) => [from(t, 'x').mul(factor)],
    };
  });
}

function splitCases(): OperationCase[] {
  return MATRICES.map(([rows, columns], i): OperationCase => {
    const widths = i % 3 === 0 ? [columns, columns, columns] : [columns, 1, i + 1].slice(0, (i % 3) + 1);
    const all = widths.reduce((sum, width) => sum + width, 0);
    return {
      name: `columns ${rows}×${widths.join('+')}`,
      inputs: { x: trained(rows, all) },
      build: (plan, t) => splitColumns(plan, from(t, 'x'), widths),
      reference: (t) => tf.split(from(t, 'x'), widths, 1),
    };
  });
}

/** Cases by operation. */
export const FAMILY_CASES: Record<string, OperationCase[]> = {
  LayerNorm: layerNormCases(),
  'RMSNorm by head': headNormCases(),
  'RMSNorm with an offset': offsetCases(),
  bias: biasCases(),
  scale: scaleCases(),
  columns: splitCases(),
};
