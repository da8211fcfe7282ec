/**
 * @file The plans of generation. One puts tokens into the caches and nothing else: all of a text but its last token. One
 * takes the last token of each sequence, draws the next one, and makes that the last, as many times as it has steps. And one
 * copies the beginning of a text from one place of the caches to another.
 * Sizes in comments: N rows, V vocabulary.
 */
import { advance } from '../ops/advance';
import { cachedAttention } from '../ops/cached-attention';
import { embedding } from '../ops/embedding';
import { CHOICES, DRAWN, sampleTokens } from '../ops/sampler';
import { shareCache, type Shares } from '../ops/share-cache';
import { PlanBuilder, type Plan } from '../plan/builder';
import { prune } from '../plan/prune';
import { align, makeTensor, rowsOf, type Tensor } from '../plan/tensor';
import { attentionOptions, type ModelConfig } from './config';
import { decoderLayers, type Attend, type TokenInputs } from './decoder-layers';
import type { GenerationCache } from './generation-cache';
import { headLogits } from './linear';
import { headName } from './parameter-names';
import type { PlanWeights } from './plan-weights';

/** What each row of a run is; all [N] i32. */
export interface TokenRows {
  ids: Tensor;
  positions: Tensor;
  /** Where its sequence is kept; −1 for a row that does nothing. */
  slots: Tensor;
}

export interface FillPlan {
  plan: Plan;
  rows: TokenRows;
}

export interface DrawPlan {
  plan: Plan;
  /** They become the next ones. */
  rows: TokenRows;
  /** Positions that a row does not come to, [N] i32. */
  ends: Tensor;
  /** See ops/sampler.ts; [N, 4] f32 and i32. */
  choices: Tensor;
  draws: Tensor;
  /** A row for each step, which begins with what the sampler gives: 3 · N numbers. */
  drawn: Tensor;
}

export interface SharePlan {
  plan: Plan;
  shares: Shares;
}

function makeRows(count: number): TokenRows {
  const input = (name: string) => makeTensor(name, [count], 'input', 'i32');
  return { ids: input('ids'), positions: input('positions'), slots: input('slots') };
}

/** Appends everything up to the hidden states of the rows' tokens, [N, d]. */
function hiddenStates(
  plan: PlanBuilder,
  config: ModelConfig,
  weights: PlanWeights,
  { layers, tables }: GenerationCache,
  { ids, positions, slots }: TokenRows,
): Tensor {
  const rotations = tables.map(({ cos, sin }) => ({
    cos: embedding(plan, cos, positions, undefined, 'cosines'),
    sin: embedding(plan, sin, positions, undefined, 'sines'),
  }));
  const attend: Attend = (layer, q, k, v) => {
    const cache = layers[layer];
    if (!cache) throw new RangeError(`There is no cache for layer ${layer}.`);
    const options = { ...attentionOptions(config, layer), name: `layers.${layer}.attention` };
    return cachedAttention(plan, { q, k, v, slots, positions, ...cache }, options);
  };
  const inputs: TokenInputs = { ids, positions, rotations };
  return decoderLayers(plan, config, weights, inputs, { attend });
}

/** Puts `tokens` tokens into the caches: what comes after the last layer's keys and values is left out. */
export function planFill(
  config: ModelConfig,
  weights: PlanWeights,
  cache: GenerationCache,
  tokens: number,
): FillPlan {
  const plan = new PlanBuilder();
  const rows = makeRows(tokens);
  hiddenStates(plan, config, weights, cache, rows);
  return { plan: prune(plan.finish()), rows };
}

/** Copies tokens from one slot to another. */
export function planShare({ slots, layers }: GenerationCache): SharePlan {
  const plan = new PlanBuilder();
  const input = (name: string) => makeTensor(name, [slots], 'input', 'i32');
  const shares: Shares = { from: input('origins'), begins: input('begins'), ends: input('ends') };
  for (const { keys, values } of layers) for (const cache of [keys, values]) shareCache(plan, cache, shares);
  return { plan: plan.finish(), shares };
}

/** Draws `steps` tokens for each of `count` rows. */
export function planDraw(
  config: ModelConfig,
  weights: PlanWeights,
  cache: GenerationCache,
  count: number,
  steps: number,
): DrawPlan {
  const plan = new PlanBuilder();
  const rows = makeRows(count);
  const ends = makeTensor('ends', [count], 'input', 'i32');
  const choices = makeTensor('choices', [count, CHOICES], 'input');
  const draws = makeTensor('draws', [count, CHOICES], 'input', 'i32');
  const drawn = makeTensor('drawn', [steps, align(DRAWN * count)], 'output');
  const head = weights.matrix(headName(config));
  for (let step = 0; step < steps; step++) {
    const y = hiddenStates(plan, config, weights, cache, rows);
    const logits = headLogits(plan, y, head);
    sampleTokens(plan, { logits, choices, draws, ...rows, drawn: rowsOf(drawn, step, 1) });
    advance(plan, rows.slots, rows.positions, ends);
  }
  return { plan: plan.finish(), rows, ends, choices, draws, drawn };
}
