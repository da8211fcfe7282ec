/**
 * @file What generation will hold beside the weights: the cache of keys and values, and the largest of its plans, laid out but
 * not given memory.
 */
import type { Plan } from '../plan/builder';
import type { ModelConfig } from './config';
import type { PlanWeights } from './plan-weights';
import { cacheBuffers, capacityFor, makeCache, slotsFor } from './generation-cache';
import { planDraw, planFill } from './generation-plan';
import { FILL_TOKENS, rowsFor } from './generation-runner';
import type { LogicalBuffer } from '../plan/tensor';

/** Texts at once where the caller does not say. */
const SEQUENCES = { cpu: 32, wgsl: 64 };
/** Most of them on the CPU, see `FILL_TOKENS`. */
const MOST_SEQUENCES = { cpu: 64, wgsl: 256 };
/** Tokens that a device draws before they are read. */
export const STEPS = { cpu: 1, wgsl: 4 };

/** Texts that are to be written. */
export interface WritingPlan {
  /** How many; Infinity where that is not known. */
  texts: number;
  /** Tokens that the longest may come to, its prompt included. */
  tokens: number;
  /** Texts at once, where the caller says. */
  sequences?: number;
}

/** How many texts are written at once: what is wanted, as far as the cache may be so large. */
export function placesFor(kind: 'cpu' | 'wgsl', config: ModelConfig, writing: WritingPlan): number {
  const { texts, tokens, sequences = SEQUENCES[kind] } = writing;
  return slotsFor(config, Math.max(1, Math.min(sequences, MOST_SEQUENCES[kind], texts)), tokens);
}

export interface GenerationLayout {
  plans: Plan[];
  /** Of the cache. */
  cache: LogicalBuffer[];
}

/** The cache for these texts, and the plans that fill it and draw from it with most rows. */
export function layOutGeneration(
  kind: 'cpu' | 'wgsl',
  config: ModelConfig,
  weights: PlanWeights,
  writing: WritingPlan,
): GenerationLayout {
  const slots = placesFor(kind, config, writing);
  const cache = makeCache(config, slots, capacityFor(writing.tokens));
  const plans = [
    planFill(config, weights, cache, FILL_TOKENS[kind]).plan,
    planDraw(config, weights, cache, rowsFor(slots), STEPS[kind]).plan,
  ];
  return { plans, cache: cacheBuffers(cache) };
}
