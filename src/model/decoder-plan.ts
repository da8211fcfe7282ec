/**
 * @file The decoder as a plan: a forward pass, the loss, and the backward pass, for one number of rows of one length.
 * What a token goes through is in decoder-layers.ts, which generation shares. Sizes in comments: N tokens, V vocabulary.
 */
import { attention } from '../ops/attention';
import type { LossForm } from '../ops/loss';
import { ALTERNATIVE, type RankOutputs } from '../ops/token-rank';
import { scaleInPlace } from '../ops/scale';
import { PlanBuilder, type Plan } from '../plan/builder';
import { makeTensor, type Tensor } from '../plan/tensor';
import { attentionOptions, type ModelConfig } from './config';
import { makeInputs, type DecoderInputs, type InputOptions } from './decoder-inputs';
import { decoderLayers, type Attend } from './decoder-layers';
import { headLogits, headLoss } from './linear';
import { headName } from './parameter-names';
import type { PlanWeights } from './plan-weights';
import { ALTERNATIVES } from './predictions';

export interface DecoderPlan {
  plan: Plan;
  inputs: DecoderInputs;
  /** Of each target, [N]. */
  logProbs: Tensor;
  /** Of each prediction, [N]. */
  entropy: Tensor;
  /** Mean log-probability of the vocabulary, [N], where the loss is shaped. */
  means?: Tensor;
  /** [N, V], where they were asked for. */
  logits?: Tensor;
  /** Ranks of the targets and the most probable tokens, where they were asked for. */
  ranked?: RankOutputs;
}

export interface DecoderPlanOptions extends InputOptions {
  /** Append the backward pass, which adds to the parameters' gradients. */
  trains: boolean;
  /** Compute each layer a second time in the backward pass instead of keeping what it computed. */
  recompute?: boolean;
  /** Keep the logits of all tokens: for tests and for views of a few tokens. */
  logits?: boolean;
  /** Tell ranks and alternatives; not of a plan that trains. */
  ranks?: boolean;
  /** Most bytes of logits in memory at a time, where they are not kept. */
  logitsBytes?: number;
  /** What log-probabilities are taken of is logits / temperature; 1 where it is left out. */
  temperature?: number;
}

/** Builds the plan for so many tokens; how they make up rows and documents is among the inputs. */
export function planDecoder(
  config: ModelConfig,
  weights: PlanWeights,
  tokens: number,
  {
    trains,
    recompute = false,
    logits: keepsLogits = false,
    logitsBytes,
    loss,
    noise,
    temperature = 1,
    ranks: ranksToo = false,
  }: DecoderPlanOptions,
): DecoderPlan {
  const plan = new PlanBuilder();
  const inputs = makeInputs(config, tokens, { loss, noise });
  if (trains) for (const { value, gradient } of weights.trainable) plan.trainable(value, gradient);

  const { first, last } = inputs;
  const attend: Attend = (layer, q, k, v) => {
    const options = { ...attentionOptions(config, layer), name: `layers.${layer}.attention` };
    return attention(plan, { q, k, v, first, last }, options);
  };
  const y = decoderLayers(plan, config, weights, inputs, { attend, recompute });

  const head = weights.matrix(headName(config));
  const logits = keepsLogits ? plan.output(headLogits(plan, y, head)) : undefined;
  // The head is linear: its input divided by the temperature gives logits that are.
  if (temperature !== 1) scaleInPlace(plan, y, 1 / temperature);
  const logProbs = makeTensor('log-probabilities', [tokens], 'output');
  const entropy = makeTensor('entropy', [tokens], 'output');
  const means = loss === 'shaped' ? makeTensor('mean log-probabilities', [tokens], 'output') : undefined;
  const form = lossForm(inputs, means);
  const ranked = ranksToo ? rankOutputs(tokens, config.vocabularySize) : undefined;
  const outputs = { logProbs, entropy, form, ranked, bytes: logitsBytes };
  headLoss(plan, y, head, inputs.targets, inputs.weights, outputs);
  plan.backward();
  return { plan: plan.finish(), inputs, logProbs, entropy, logits, means, ranked };
}

function rankOutputs(tokens: number, vocabulary: number): RankOutputs {
  const shape = [tokens, Math.min(ALTERNATIVES, vocabulary), ALTERNATIVE];
  return {
    ranks: makeTensor('ranks', [tokens], 'output'),
    alternatives: makeTensor('alternatives', shape, 'output'),
  };
}

/** The loss that the inputs are for; undefined where it is the plain one. */
function lossForm({ lossSettings: settings, terms }: DecoderInputs, means?: Tensor): LossForm | undefined {
  if (settings && terms) return { kind: 'policy', settings, terms };
  return settings && means ? { kind: 'shaped', settings, means } : undefined;
}
