/**
 * @file The next token of each sequence, drawn where the logits are: greedy, or by temperature, top-k, top-p and min-p.
 *
 * Shapes: logits [N, V]; choices [N, 4] f32: temperature, top-p, min-p, unused; draws [N, 4] i32: top-k, seed, stream,
 * unused; slots [N] i32, −1 for rows that do nothing; positions [N] i32: of the token that each row was computed from.
 * Results: ids [N] i32, which become the next inputs; drawn, whose first 3 · N elements become, of each row, the id, its
 * log-probability under the model itself (temperature 1, all tokens allowed) and the entropy of the model's prediction.
 *
 * With temperature 0 the most probable token is taken. Otherwise the tokens stand in falling order of w = exp((logit −
 * largest) / temperature), the lowest id first among equals, and a beginning of that order is kept:
 *   top-k: so many tokens; 0 keeps all (Fan et al. 2018, https://arxiv.org/abs/1805.04833);
 *   top-p: of these the fewest whose w add up to that share of them all (Holtzman et al. 2019,
 *   https://arxiv.org/abs/1904.09751); 1 keeps all;
 *   min-p: of these, tokens with w of at least min-p times the largest (Nguyen et al. 2024,
 *   https://arxiv.org/abs/2407.01082); 0 keeps all.
 * This is the order in which transformers applies them. Of what is kept, a token is drawn in proportion to w: the first, in
 * the order of ids, at which the sum of w exceeds u times the whole. u depends on seed, stream and position alone, see
 * random-draw.ts, so a sequence's text does not depend on what is computed beside it.
 *
 * What is kept is found without sorting: floats from 0 up are in the order of their bits, and the smallest w that is kept
 * is found bit by bit, counting or adding up what is not below. There is no backward.
 */
import type { PlanBuilder } from '../plan/builder';
import type { Operation } from '../plan/operation';
import { expectShape, sizeOf, type Tensor } from '../plan/tensor';
import { makeDispatch, rowGroups } from '../plan/wgsl';
import { sampleOnCpu } from './sampler-cpu';
import { samplerKernel } from './sampler-wgsl';

/** Numbers of a row of choices and of draws. */
export const CHOICES = 4;
/** Numbers of a row that is drawn: id, log-probability, entropy. */
export const DRAWN = 3;

export interface SamplerCall {
  logits: Tensor;
  choices: Tensor;
  draws: Tensor;
  slots: Tensor;
  positions: Tensor;
  ids: Tensor;
  drawn: Tensor;
  /** w, [N, V]. */
  weights: Tensor;
}

/** How a sequence's tokens are chosen. */
export interface Choice {
  /** 0 is greedy. */
  temperature: number;
  /** 1 keeps all. */
  topP: number;
  /** 0 keeps all. */
  topK?: number;
  /** 0 keeps all. */
  minP?: number;
  seed: number;
  /** Tells sequences of one seed apart. */
  stream?: number;
}

/** Puts a choice into row `n` of the values of `choices` and `draws`. */
export function writeChoice(choices: Float32Array, draws: Int32Array, n: number, choice: Choice): void {
  const { temperature, topP, topK = 0, minP = 0, seed, stream = 0 } = choice;
  choices.set([temperature, topP, minP, 0], CHOICES * n);
  draws.set([topK, seed | 0, stream | 0, 0], CHOICES * n);
}

/**
 * Appends the sampler.
 *
 * @param drawn at least 3 · N elements of a buffer of floats that is kept
 * @throws RangeError where sizes do not fit, or a vocabulary is too large for its ids to be floats.
 */
export function sampleTokens(plan: PlanBuilder, inputs: Omit<SamplerCall, 'weights'>): void {
  const { logits, choices, draws, slots, positions, ids, drawn } = inputs;
  const [rows = 0, vocabulary = 0] = logits.shape;
  for (const tensor of [choices, draws]) expectShape('The sampler', tensor, [rows, CHOICES]);
  for (const tensor of [slots, positions, ids]) expectShape('The sampler', tensor, [rows]);
  if (sizeOf(drawn.shape) < DRAWN * rows || vocabulary > 2 ** 24) {
    throw new RangeError(`The sampler cannot draw ${rows} of ${vocabulary} tokens.`);
  }
  const weights = plan.activation('weights of tokens', [rows, vocabulary]);
  const call: SamplerCall = { ...inputs, weights };
  const operation: Operation = {
    name: 'sampler',
    reads: [logits, choices, draws, slots, positions],
    writes: [weights, ids, drawn],
    work: 60 * rows * vocabulary,
    wgsl: ({ lanes }) => [
      makeDispatch(
        samplerKernel(lanes),
        { ...call },
        { rows, vocabulary, chunk: Math.ceil(vocabulary / lanes) },
        rowGroups(lanes, rows),
      ),
    ],
    cpu: (context) => sampleOnCpu(context, call),
  };
  plan.append(operation);
}
