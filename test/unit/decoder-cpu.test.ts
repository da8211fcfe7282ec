/**
 * @file The decoder and its loss on tfjs's own CPU backend, with none of our kernels, against transformers: what is left
 * to be wrong on a GPU is then the GPU's.
 */
import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/model/config';
import { decode, predict } from '../../src/model/decoder';
import { decoderInput } from '../../src/model/inputs';
import { targetLogProbs, weightedLoss } from '../../src/model/loss';
import { decodeTensor, parseSafetensors } from '../../src/model/safetensors';
import * as tf from '../../src/tensor/tf';
import { storedParameters } from './stored-parameters';

interface Case {
  rows: number;
  length: number;
  ids: number[];
  targets: number[];
  weights: number[];
  positions: number[];
  documents: number[];
  norm: number;
  loss: number;
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe.each(['tied', 'untied'])('golden Llama, %s', (name) => {
  const read = (file: string) => readFileSync(`test/golden/llama/${name}/${file}`);
  const config = parseConfig(read('config.json').toString());
  const stored = storedParameters(config, read('model.safetensors'));
  const expected = parseSafetensors(read('expected.safetensors')).tensors;
  const { cases } = JSON.parse(read('expected.json').toString()) as { cases: Record<string, Case> };

  test.each(Object.keys(cases))('case %s: loss and every gradient', (key) => {
    const one = cases[key];
    if (!one) throw new Error(`no case ${key}`);
    const names = [...stored.keys()];
    const values = [...stored.values()].map((t) => tf.tensor(decodeTensor(t), [...t.shape]));
    const input = decoderInput(config, {
      rows: one.rows,
      length: one.length,
      ids: Int32Array.from(one.ids),
      positions: Int32Array.from(one.positions),
      documents: Int32Array.from(one.documents),
    });
    const loss = (...tensors: tf.Tensor[]) => {
      const parameters = new Map(names.map((n, i) => [n, tensors[i] as tf.Tensor]));
      const logits = predict(config, parameters, decode(config, parameters, input));
      return weightedLoss(
        targetLogProbs(logits, Int32Array.from(one.targets)).neg(),
        Float32Array.from(one.weights),
        one.norm,
      );
    };
    const { value, grads } = tf.valueAndGrads(loss)(values);
    expect(value.dataSync()[0]).toBeCloseTo(one.loss, 5);
    names.forEach((parameter, i) => {
      const golden = expected.get(`${key}/gradients/${parameter}`);
      if (!golden) throw new Error(`no golden gradient of ${parameter}`);
      const want = decodeTensor(golden);
      const got = grads[i]?.dataSync() ?? new Float32Array();
      expect(got.length).toBe(want.length);
      const off = Math.sqrt(want.reduce((sum, w, j) => sum + (w - (got[j] ?? NaN)) ** 2, 0));
      const size = Math.sqrt(want.reduce((sum, w) => sum + w * w, 0));
      expect(off / size, parameter).toBeLessThan(1e-5);
    });
  });
});
