/**
 * @file What each token goes through, from its id to the hidden state that predicts the next one: the body of a decoder,
 * for training and for generation alike. Of Llama it is the same as decoder.ts, which is the readable one.
 * Sizes in comments: N tokens, d hidden, H query heads, K key heads, h components of a head.
 */
import type { Segments } from '../ops/embedding';
import { scaleInPlace } from '../ops/scale';
import { addUniformNoise, type NoiseInputs } from '../ops/uniform-noise';
import type { Rotation } from '../ops/rope';
import type { PlanBuilder } from '../plan/builder';
import type { Tensor } from '../plan/tensor';
import type { ModelConfig } from './config';
import { gpt2Layer } from './gpt2-layer';
import { embed } from './linear';
import { norm } from './norm';
import { tableName } from './parameter-names';
import type { PlanWeights } from './plan-weights';
import { rotaryLayer } from './rotary-layer';

/** What is known of the tokens before the first layer. */
export interface TokenInputs {
  /** [N] i32. */
  ids: Tensor;
  /** Of the ids, see `sortSegments`; only training needs them. */
  segments?: Segments<Tensor>;
  /** Cosines and sines of the tokens' positions, [N, h / 2], one for each of the configuration's `ropes`. */
  rotations: readonly Rotation[];
  /** [N] i32, where positions are learned. */
  positions?: Tensor;
  /** Of the positions; only training needs them. */
  positionSegments?: Segments<Tensor>;
  /** NEFTune's noise on the embeddings, where a step has it. */
  noise?: NoiseInputs;
}

/**
 * How a layer attends: appends what turns its queries [N, H · h] and its keys and values [N, K · h], RoPE done, into the
 * mix of values [N, H · h]. Where layers are computed again in the backward pass, it is called again, too.
 */
export type Attend = (layer: number, q: Tensor, k: Tensor, v: Tensor) => Tensor;

/** The residual stream is s + pending; every norm makes that sum. */
export type Stream = readonly [s: Tensor, pending: Tensor | undefined];

/** What the layers of every family are given. */
export interface LayerContext {
  plan: PlanBuilder;
  config: ModelConfig;
  weights: PlanWeights;
  inputs: TokenInputs;
  attend: Attend;
}

export interface LayerOptions {
  attend: Attend;
  /** Compute each layer a second time in the backward pass instead of keeping what it computed. */
  recompute?: boolean;
}

/**
 * Appends embedding, layers and the last norm.
 *
 * @returns hidden states [N, d], ready for the LM head
 * @throws RangeError where positions are learned and none are given.
 */
export function decoderLayers(
  plan: PlanBuilder,
  config: ModelConfig,
  weights: PlanWeights,
  inputs: TokenInputs,
  { attend, recompute = false }: LayerOptions,
): Tensor {
  const context: LayerContext = { plan, config, weights, inputs, attend };
  const [layer, lastNorm] =
    config.family === 'gpt2'
      ? ([gpt2Layer, 'transformer.ln_f'] as const)
      : ([rotaryLayer, 'model.norm'] as const);

  let stream = embedTokens(context);
  for (let number = 0; number < config.layers; number++) {
    const before = stream;
    stream = recompute
      ? (plan.recomputed(() => layer(context, number, before) as [Tensor, Tensor]) as [Tensor, Tensor])
      : layer(context, number, before);
  }
  const [s, residual] = stream;
  return norm(context, s, lastNorm, 'norm', residual).y;
}

/** The tokens' embeddings, and those of their positions where the model has any. */
function embedTokens({ plan, config, weights, inputs }: LayerContext): Stream {
  const s = embed(plan, weights.matrix(tableName(config)), inputs.ids, inputs.segments);
  if (config.embeddingScale !== 1) scaleInPlace(plan, s, config.embeddingScale);
  if (inputs.noise) addUniformNoise(plan, s, inputs.noise);
  if (!config.learnedPositions) return [s, undefined];
  if (!inputs.positions) throw new RangeError('The model needs the positions of its tokens.');
  const table = weights.matrix('transformer.wpe');
  return [s, embed(plan, table, inputs.positions, inputs.positionSegments, 'positions')];
}
