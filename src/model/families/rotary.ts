/**
 * @file The sizes that all families with rotary positions have in their `config.json` by the same names.
 */
import type { ModelConfig } from '../config';
import { count, flag, layerCount, positive, refuse, type Fields } from '../config-fields';

/** What the families' configurations in transformers say where the file says nothing. */
export interface RotaryDefaults {
  /** As many as query heads where absent. */
  keyValueHeads?: number;
  /** hidden_size / num_attention_heads where absent. */
  headSize?: number;
  contextLength: number;
  tied: boolean;
}

/** @throws LosslightError `bad-model`, naming the field. */
export function readSizes(fields: Fields, defaults: RotaryDefaults) {
  const hiddenSize = count(fields, 'hidden_size');
  const heads = count(fields, 'num_attention_heads');
  const keyValueHeads = count(fields, 'num_key_value_heads', defaults.keyValueHeads ?? heads);
  const headSize = count(fields, 'head_dim', defaults.headSize ?? hiddenSize / heads);
  if (heads % keyValueHeads !== 0) {
    refuse(`num_attention_heads (${heads}) is not a multiple of num_key_value_heads (${keyValueHeads}).`);
  }
  if (headSize % 2 !== 0) refuse(`head_dim (${headSize}) is odd; rotary positions need pairs.`);
  return {
    vocabularySize: count(fields, 'vocab_size'),
    hiddenSize,
    intermediateSize: count(fields, 'intermediate_size'),
    layers: layerCount(fields, 'num_hidden_layers'),
    heads,
    keyValueHeads,
    headSize,
    normEpsilon: positive(fields, 'rms_norm_eps', 1e-6),
    contextLength: count(fields, 'max_position_embeddings', defaults.contextLength),
    tied: flag(fields, 'tie_word_embeddings', defaults.tied),
  } satisfies Partial<ModelConfig>;
}
