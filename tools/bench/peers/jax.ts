/**
 * @file A training step in jax-js (@jax-js/jax): one `jit` around value and gradient of the loss and the AdamW update, so
 * that everything which the library fuses is fused. Attention is its own `dotProductAttention`. The same maths as
 * src/model/decoder.ts. Sizes in comments: B rows, T tokens a row, N = B·T, d hidden, V vocabulary, h head.
 *
 * jax-js counts references: `x.ref` where a value is used again, `x` where it is used for the last time.
 */
import {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  nn,
  numpy as np,
  tree,
  valueAndGrad,
  type Device,
} from '@jax-js/jax';
import './iterator-helpers';
import type { Job } from '../step/job';
import type { Peer, Running } from './peer';

type Arrays = Record<string, np.Array>;
type State = { parameters: Arrays; first: Arrays; second: Arrays };
type Data = { ids: np.Array; targets: np.Array; weights: np.Array; cos: np.Array; sin: np.Array };

/** On the WebGPU device, or on the CPU in WebAssembly: with threads where the page may share memory. */
export function jaxPeer(device: Device): Peer {
  return { open: (job) => open(job, device) };
}

async function open(job: Job, device: Device): Promise<Running> {
  if (!(await init(device)).includes(device)) throw new Error(`jax-js offers no “${device}” here.`);
  defaultDevice(device);
  const { batch, rotation, settings, sizes } = job;
  const place = (values: Float32Array | Int32Array, shape: readonly number[]) =>
    np.array(values as Float32Array<ArrayBuffer>, {
      shape: [...shape],
      dtype: values instanceof Int32Array ? np.int32 : np.float32,
    });
  const { rows, length } = batch;
  const angles = [rows, length, 1, sizes.headSize / 2];
  const data: Data = {
    ids: place(batch.ids, [rows * length]),
    targets: place(batch.targets, [rows * length, 1]),
    weights: place(
      batch.weights.map((weight) => weight / batch.norm),
      [rows * length],
    ),
    cos: place(rotation.cos, angles),
    sin: place(rotation.sin, angles),
  };
  const zeros = () =>
    Object.fromEntries([...job.shapes].map(([name, shape]) => [name, np.zeros([...shape])]));
  let state: State = {
    parameters: Object.fromEntries(
      [...job.shapes].map(([name, shape]) => [name, place(job.weights.get(name) as Float32Array, shape)]),
    ),
    first: zeros(),
    second: zeros(),
  };
  await blockUntilReady([state, data]);

  const lossAndGradients = valueAndGrad((parameters: Arrays, inputs: Data) =>
    lossOf(job, parameters, inputs),
  );
  const update = jit((before: State, inputs: Data, rate: np.Array, scale: np.Array) => {
    const [loss, gradients] = lossAndGradients(tree.ref(before.parameters), inputs) as [np.Array, Arrays];
    const after: State = { parameters: {}, first: {}, second: {} };
    for (const name of job.shapes.keys()) {
      const gradient = gradients[name] as np.Array;
      const take = (arrays: Arrays) => arrays[name] as np.Array;
      const first = take(before.first)
        .mul(settings.beta1)
        .add(gradient.ref.mul(1 - settings.beta1));
      const second = take(before.second)
        .mul(settings.beta2)
        .add(np.square(gradient).mul(1 - settings.beta2));
      // θ − η/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε), with `rate` = η/(1 − β₁ᵗ) and `scale` = 1/√(1 − β₂ᵗ).
      const size = np.sqrt(second.ref).mul(scale.ref).add(settings.epsilon);
      after.parameters[name] = take(before.parameters).sub(first.ref.div(size).mul(rate.ref));
      after.first[name] = first;
      after.second[name] = second;
    }
    rate.dispose();
    scale.dispose();
    return { loss, after };
  });

  let steps = 0;
  return {
    async step() {
      steps++;
      const rate = settings.learningRate / (1 - settings.beta1 ** steps);
      const scale = 1 / Math.sqrt(1 - settings.beta2 ** steps);
      const { loss, after } = update(state, tree.ref(data), np.array(rate), np.array(scale));
      state = after;
      await blockUntilReady(state);
      return (await loss.data())[0] as number;
    },
    dispose() {
      tree.dispose([state, data]);
      update.dispose();
    },
  };
}

/** Σ weights · −log p(target), the weights being divided by the norm already. */
function lossOf({ sizes, batch }: Job, parameters: Arrays, data: Data): np.Array {
  const { rows: B, length: T } = batch;
  const { heads, keyValueHeads, headSize: h, hiddenSize: d, normEpsilon, vocabularySize: V } = sizes;
  const weight = (name: string) => {
    const found = parameters[`${name}.weight`];
    if (!found) throw new RangeError(`The model has no parameter “${name}.weight”.`);
    return found;
  };
  const linear = (x: np.Array, name: string) => np.matmul(x, np.matrixTranspose(weight(name)));
  const rmsNorm = (x: np.Array, name: string) => {
    const scale = np.reciprocal(np.sqrt(np.square(x.ref).mean(-1, { keepdims: true }).add(normEpsilon)));
    return x.mul(scale).mul(weight(name));
  };
  const rotate = (x: np.Array) => {
    const [a, b] = np.split(x, 2, -1) as [np.Array, np.Array];
    const turned = a.ref.mul(data.cos.ref).sub(b.ref.mul(data.sin.ref));
    return np.concatenate([turned, b.mul(data.cos.ref).add(a.mul(data.sin.ref))], -1);
  };

  const table = weight('model.embed_tokens');
  let x: np.Array = np.take(table.ref, data.ids, 0);
  for (let layer = 0; layer < sizes.layers; layer++) {
    const name = (part: string) => `model.layers.${layer}.${part}`;
    const y = rmsNorm(x.ref, name('input_layernorm'));
    const split = (part: string, count: number) =>
      linear(y.ref, name(`self_attn.${part}_proj`)).reshape([B, T, count, h]);
    const mixed = nn.dotProductAttention(
      rotate(split('q', heads)),
      rotate(split('k', keyValueHeads)),
      split('v', keyValueHeads),
      { isCausal: true },
    );
    y.dispose();
    x = x.add(linear(mixed.reshape([B * T, heads * h]), name('self_attn.o_proj')));
    const z = rmsNorm(x.ref, name('post_attention_layernorm'));
    const gate = nn.silu(linear(z.ref, name('mlp.gate_proj')));
    x = x.add(linear(gate.mul(linear(z, name('mlp.up_proj'))), name('mlp.down_proj')));
  }
  const hidden = rmsNorm(x, 'model.norm').reshape([B * T, d]);
  const logits = sizes.tied
    ? np.matmul(hidden, np.matrixTranspose(table))
    : (table.dispose(), linear(hidden, 'lm_head'));
  const logProbs = nn.logSoftmax(logits, -1);
  const chosen = np.where(np.arange(V).reshape([1, V]).equal(data.targets), logProbs, 0).sum(-1);
  data.cos.dispose();
  data.sin.dispose();
  return chosen.mul(data.weights).sum().neg();
}
