/**
 * @file The Llama decoder as a plan: a forward pass, the loss, and the backward pass, for one number of rows of one length.
 * The same model as decoder.ts, which is the readable one. Sizes in comments: N tokens, d hidden, V vocabulary.
 */
import { attention } from '../ops/attention';
import { embedding } from '../ops/embedding';
import { gatedUnit } from '../ops/gated-unit';
import { lmHeadLoss } from '../ops/lm-head';
import { linear } from '../ops/matmul';
import { rmsNorm } from '../ops/rms-norm';
import { rope } from '../ops/rope';
import { PlanBuilder, type Plan } from '../plan/builder';
import type { Parameter } from '../plan/parameters';
import { makeTensor, type Tensor } from '../plan/tensor';
import type { ModelConfig } from './config';
import { makeInputs, type LlamaInputs } from './llama-inputs';

export interface LlamaPlan {
  plan: Plan;
  inputs: LlamaInputs;
  /** Of each target, [N]. */
  logProbs: Tensor;
  /** Of each prediction, [N]. */
  entropy: Tensor;
  /** [N, V], where they were asked for. */
  logits?: Tensor;
}

export interface LlamaPlanOptions {
  /** Append the backward pass, which adds to the parameters' gradients. */
  trains: boolean;
  /** Compute each layer a second time in the backward pass instead of keeping what it computed. */
  recompute?: boolean;
  /** Keep the logits of all tokens: for tests and for views of a few tokens. */
  logits?: boolean;
  /** Most bytes of logits in memory at a time, where they are not kept. */
  logitsBytes?: number;
}

/**
 * Builds the plan for so many tokens; how they make up rows and documents is among the inputs.
 *
 * @param parameters by their Hugging Face names, see `parameterShapes`
 */
export function planLlama(
  config: ModelConfig,
  parameters: ReadonlyMap<string, Parameter>,
  tokens: number,
  { trains, recompute = false, logits: keepsLogits = false, logitsBytes }: LlamaPlanOptions,
): LlamaPlan {
  const { heads, keyValueHeads, normEpsilon } = config;
  const plan = new PlanBuilder();
  const inputs = makeInputs(tokens, config.headSize / 2);
  const weight = (name: string): Tensor => {
    const found = parameters.get(`${name}.weight`);
    if (!found) throw new RangeError(`The model has no parameter “${name}.weight”.`);
    return found.value;
  };
  if (trains) for (const { value, gradient } of parameters.values()) plan.trainable(value, gradient);

  /** The residual stream is s + pending; every norm makes that sum. */
  const layer = (number: number, s: Tensor, pending?: Tensor): [s: Tensor, pending: Tensor] => {
    const name = (part: string) => `layers.${number}.${part}`;
    const of = (part: string) => weight(`model.${name(part)}`);
    const project = (x: Tensor, part: string) => linear(plan, x, of(part), name(part));

    const before = rmsNorm(plan, s, of('input_layernorm'), normEpsilon, {
      residual: pending,
      name: name('input_layernorm'),
    });
    const [q, k, v] = ['q', 'k', 'v'].map((part) => project(before.y, `self_attn.${part}_proj`)) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    rope(plan, q, inputs.rotation, heads);
    rope(plan, k, inputs.rotation, keyValueHeads);
    const { first, last } = inputs;
    const mixed = attention(
      plan,
      { q, k, v, first, last },
      { heads, keyValueHeads, name: name('attention') },
    );

    const between = rmsNorm(plan, before.sum, of('post_attention_layernorm'), normEpsilon, {
      residual: project(mixed, 'self_attn.o_proj'),
      name: name('post_attention_layernorm'),
    });
    const gate = project(between.y, 'mlp.gate_proj');
    const up = project(between.y, 'mlp.up_proj');
    const hidden = gatedUnit(plan, gate, up, 'silu', name('mlp'));
    return [between.sum, project(hidden, 'mlp.down_proj')];
  };

  let stream: readonly [Tensor, Tensor?] = [
    embedding(plan, weight('model.embed_tokens'), inputs.ids, inputs.segments),
  ];
  for (let number = 0; number < config.layers; number++) {
    const [s, pending] = stream;
    stream = recompute
      ? (plan.recomputed(() => layer(number, s, pending)) as [Tensor, Tensor])
      : layer(number, s, pending);
  }
  const [s, residual] = stream;
  const { y } = rmsNorm(plan, s, weight('model.norm'), normEpsilon, { residual, name: 'norm' });

  const head = config.tied ? weight('model.embed_tokens') : weight('lm_head');
  const logits = keepsLogits ? plan.output(linear(plan, y, head, 'logits')) : undefined;
  const logProbs = makeTensor('log-probabilities', [tokens], 'output');
  const entropy = makeTensor('entropy', [tokens], 'output');
  const { targets, weights } = inputs;
  lmHeadLoss(plan, y, head, targets, weights, { logProbs, entropy, bytes: logitsBytes });
  plan.backward();
  return { plan: plan.finish(), inputs, logProbs, entropy, logits };
}
