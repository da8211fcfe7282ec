/**
 * @file What training on sequences costs, by the usual estimate.
 */

/** What the estimate reads of a model. */
export interface ModelShape {
  /** Parameters that take part in matrix products: all but the input embedding. */
  parameters: number;
  layers: number;
  /** Width of all attention heads of a layer together. */
  width: number;
}

/**
 * Floating-point operations of one forward and backward pass over documents of these lengths:
 *
 *     Σ_T  6 · N · T  +  6 · L · d · T · (T + 1)
 *
 * with N parameters, L layers of attention width d and T tokens. 6 · N a token is that of Kaplan et al. (arXiv
 * 2001.08361); attention costs 12 · L · d for each key that a token sees (Chowdhery et al., arXiv 2204.02311, appendix B),
 * and a causal model's token t sees t keys. Padding, recomputation and the optimizer are not counted.
 */
export function trainingFlops({ parameters, layers, width }: ModelShape, lengths: Iterable<number>): number {
  let sum = 0;
  for (const length of lengths) sum += 6 * parameters * length + 6 * layers * width * length * (length + 1);
  return sum;
}

/**
 * The shape of a Llama-like decoder from its config.json; undefined where the fields are not there. Biases and norms are
 * not counted; of experts, those that a token visits.
 */
export function shapeFromConfig(config: unknown): ModelShape | undefined {
  if (typeof config !== 'object' || config === null) return undefined;
  const fields = config as Record<string, unknown>;
  const number = (name: string): number | undefined => {
    const value = fields[name];
    return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
  };
  const hidden = number('hidden_size');
  const layers = number('num_hidden_layers');
  const heads = number('num_attention_heads');
  const vocabulary = number('vocab_size');
  const experts = number('num_experts_per_tok') ?? 1;
  const inner = number('moe_intermediate_size') ?? number('intermediate_size');
  if (!hidden || !layers || !heads || !vocabulary || !inner) return undefined;
  const headSize = number('head_dim') ?? hidden / heads;
  const keyHeads = number('num_key_value_heads') ?? heads;
  const attention = 2 * hidden * headSize * (heads + keyHeads);
  const parameters = layers * (attention + experts * 3 * hidden * inner) + vocabulary * hidden;
  return { parameters, layers, width: headSize * heads };
}
