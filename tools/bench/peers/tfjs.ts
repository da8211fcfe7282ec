/**
 * @file A training step in plain tfjs: its operations, its automatic differentiation, its Adam, its WebGPU backend, all
 * with the settings that they come with. None of Losslight's kernels are registered. The same maths as
 * src/model/decoder.ts. Sizes in comments: B rows, T tokens a row, N = B·T, h head.
 */
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { openDevice } from '../../../src/tensor/device';
import * as tf from '../../../src/tensor/tf';
import type { Job } from '../step/job';
import type { Peer, Running } from './peer';

export const tfjsPeer: Peer = { open };

/** Added to scores that must not count; finite, so that no NaN can come of it. */
const FORBIDDEN = -1e9;

interface Data {
  ids: tf.Tensor1D;
  targets: tf.Tensor1D;
  /** Divided by the norm. */
  weights: tf.Tensor1D;
  cos: tf.Tensor;
  sin: tf.Tensor;
  /** [T, T] */
  mask: tf.Tensor;
}

async function open(job: Job): Promise<Running> {
  const { batch, rotation, settings, sizes } = job;
  const { device, adapterInfo, health } = await openDevice();
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, adapterInfo), 3);
  if (!(await tf.setBackend('webgpu'))) throw new Error('tfjs could not start on the GPU device.');

  const { rows, length } = batch;
  const angles: [number, number, number, number] = [rows, 1, length, sizes.headSize / 2];
  const forbidden = new Float32Array(length * length);
  for (let query = 0; query < length; query++) {
    forbidden.fill(FORBIDDEN, query * length + query + 1, (query + 1) * length);
  }
  const data: Data = {
    ids: tf.tensor1d(batch.ids, 'int32'),
    targets: tf.tensor1d(batch.targets, 'int32'),
    weights: tf.tensor1d(batch.weights.map((weight) => weight / batch.norm)),
    cos: tf.tensor4d(rotation.cos, angles),
    sin: tf.tensor4d(rotation.sin, angles),
    mask: tf.tensor2d(forbidden, [length, length]),
  };
  const variables = new Map<string, tf.Variable>();
  for (const [name, shape] of job.shapes) {
    variables.set(name, tf.variable(tf.tensor(job.weights.get(name) ?? [], [...shape]), true, name));
  }
  const list = [...variables.values()];
  const { learningRate, beta1, beta2, epsilon } = settings;
  const optimizer = tf.train.adam(learningRate, beta1, beta2, epsilon);
  return {
    async step() {
      const loss = optimizer.minimize(() => lossOf(job, variables, data), true, list);
      if (!loss) throw new Error('tfjs gave no loss.');
      const [value] = await loss.data();
      loss.dispose();
      health.check();
      return value as number;
    },
    dispose() {
      optimizer.dispose();
      tf.dispose([...list, ...Object.values(data)]);
      device.destroy();
    },
  };
}

/** Σ weights · −log p(target). */
function lossOf({ sizes }: Job, variables: ReadonlyMap<string, tf.Tensor>, data: Data): tf.Scalar {
  const { normEpsilon, vocabularySize, layers, tied } = sizes;
  const weight = (name: string): tf.Tensor => {
    const found = variables.get(`${name}.weight`);
    if (!found) throw new RangeError(`The model has no parameter “${name}.weight”.`);
    return found;
  };
  const linear = (x: tf.Tensor, name: string) =>
    tf.matMul(x as tf.Tensor2D, weight(name) as tf.Tensor2D, false, true);
  const rmsNorm = (x: tf.Tensor, name: string) =>
    x.mul(x.square().mean(-1, true).add(normEpsilon).rsqrt()).mul(weight(name));

  let x: tf.Tensor = tf.gather(weight('model.embed_tokens'), data.ids);
  for (let layer = 0; layer < layers; layer++) {
    const name = (part: string) => `model.layers.${layer}.${part}`;
    const y = rmsNorm(x, name('input_layernorm'));
    const mixed = attention(
      sizes,
      ['q', 'k', 'v'].map((part) => linear(y, name(`self_attn.${part}_proj`))) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ],
      data,
    );
    x = x.add(linear(mixed, name('self_attn.o_proj')));
    const z = rmsNorm(x, name('post_attention_layernorm'));
    const gate = linear(z, name('mlp.gate_proj'));
    x = x.add(linear(gate.mul(gate.sigmoid()).mul(linear(z, name('mlp.up_proj'))), name('mlp.down_proj')));
  }
  const logits = linear(rmsNorm(x, 'model.norm'), tied ? 'model.embed_tokens' : 'lm_head');
  const goals = tf.oneHot(data.targets, vocabularySize);
  return tf.losses.softmaxCrossEntropy(goals, logits, data.weights, 0, tf.Reduction.SUM) as tf.Scalar;
}

/** Query heads that share a key head are stacked, so that no key is copied. */
function attention(
  { heads: H, keyValueHeads: K, headSize: h }: Job['sizes'],
  [q, k, v]: readonly [tf.Tensor, tf.Tensor, tf.Tensor],
  { cos, sin, mask }: Data,
): tf.Tensor {
  const [B = 0, , T = 0] = cos.shape;
  const split = (y: tf.Tensor, heads: number) => y.reshape([B, T, heads, h]).transpose([0, 2, 1, 3]);
  const rotate = (y: tf.Tensor) => {
    const [a, b] = tf.split(y, 2, 3) as [tf.Tensor, tf.Tensor];
    return tf.concat([a.mul(cos).sub(b.mul(sin)), b.mul(cos).add(a.mul(sin))], 3);
  };
  const grouped = rotate(split(q, H)).reshape([B, K, (H / K) * T, h]);
  const scores = tf.matMul(grouped, rotate(split(k, K)), false, true).mul(1 / Math.sqrt(h));
  const share = tf.softmax(scores.reshape([B, H, T, T]).add(mask));
  const mixed = tf.matMul(share.reshape([B, K, (H / K) * T, T]), split(v, K));
  return mixed
    .reshape([B, H, T, h])
    .transpose([0, 2, 1, 3])
    .reshape([B * T, H * h]);
}
