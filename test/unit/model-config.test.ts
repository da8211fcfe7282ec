/**
 * @file config.json: both spellings are read, and what the decoder cannot do is refused by name.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LosslightError } from '../../src/errors';
import { parameterShapes, parseConfig } from '../../src/model/config';
import { matchWeights } from '../../src/model/match-weights';
import { parseSafetensors, type StoredTensor } from '../../src/model/safetensors';

const base = {
  model_type: 'llama',
  hidden_size: 48,
  intermediate_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 6,
  num_key_value_heads: 2,
  vocab_size: 100,
  max_position_embeddings: 128,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: true,
};
const read = (fields: object) => parseConfig(JSON.stringify({ ...base, ...fields }));

function refusal(run: () => unknown): LosslightError {
  try {
    run();
  } catch (error) {
    if (error instanceof LosslightError) return error;
    throw error;
  }
  throw new Error('Nothing was refused.');
}

describe('what is read', () => {
  test('all sizes', () => {
    expect(read({})).toEqual({
      vocabularySize: 100,
      hiddenSize: 48,
      intermediateSize: 64,
      layers: 2,
      heads: 6,
      keyValueHeads: 2,
      headSize: 8,
      normEpsilon: 1e-5,
      ropeTheta: 10000,
      contextLength: 128,
      tied: true,
    });
  });

  test.each([
    ['transformers 4', { rope_theta: 500, rope_scaling: null }],
    ['transformers 4 with a default scaling', { rope_theta: 500, rope_scaling: { type: 'default' } }],
    ['transformers 5', { rope_parameters: { rope_type: 'default', rope_theta: 500 } }],
    ['both, in agreement', { rope_theta: 500, rope_parameters: { rope_type: 'default', rope_theta: 500 } }],
  ])('rope_theta in the spelling of %s', (_, fields) => {
    expect(read(fields).ropeTheta).toBe(500);
  });

  test('defaults of LlamaConfig', () => {
    const {
      num_key_value_heads: _k,
      rms_norm_eps: _e,
      max_position_embeddings: _m,
      tie_word_embeddings: _t,
      ...few
    } = base;
    expect(parseConfig(JSON.stringify(few))).toMatchObject({
      keyValueHeads: 6,
      normEpsilon: 1e-6,
      contextLength: 2048,
      tied: false,
    });
  });

  test('a head_dim of its own', () => {
    expect(read({ head_dim: 10 }).headSize).toBe(10);
  });

  test('the shipped model', () => {
    const config = parseConfig(readFileSync('public/models/pocket/config.json', 'utf8'));
    const { tensors } = parseSafetensors(readFileSync('public/models/pocket/model.safetensors'));
    expect([...matchWeights(config, tensors).keys()]).toEqual([...parameterShapes(config).keys()]);
  });
});

describe('what is refused', () => {
  test.each<[string, object, RegExp]>([
    ['another architecture', { model_type: 'qwen2' }, /model_type is "qwen2"/],
    ['no architecture', { model_type: undefined }, /model_type is missing/],
    ['quantized weights', { quantization_config: { quant_method: 'gptq' } }, /quantization_config/],
    ['biases in attention', { attention_bias: true }, /attention_bias is true/],
    ['biases in the MLP', { mlp_bias: true }, /mlp_bias is true/],
    ['another activation', { hidden_act: 'gelu' }, /hidden_act is "gelu"/],
    ['a sliding window', { sliding_window: 64 }, /sliding_window/],
    [
      'scaled RoPE, version 4',
      { rope_scaling: { rope_type: 'llama3', factor: 8 } },
      /rope_scaling asks for "llama3"/,
    ],
    [
      'scaled RoPE, the older key',
      { rope_scaling: { type: 'linear', factor: 2 } },
      /rope_scaling asks for "linear"/,
    ],
    [
      'scaled RoPE, version 5',
      { rope_parameters: { rope_type: 'yarn', rope_theta: 1e4 } },
      /rope_parameters asks for "yarn"/,
    ],
    [
      'partial RoPE',
      { rope_parameters: { rope_theta: 1e4, partial_rotary_factor: 0.5 } },
      /partial_rotary_factor/,
    ],
    [
      'two different bases',
      { rope_theta: 500, rope_parameters: { rope_theta: 1e4 } },
      /rope_theta is given as 10000 and as 500/,
    ],
    ['heads that do not divide', { num_key_value_heads: 4 }, /not a multiple of num_key_value_heads/],
    ['an odd head size', { head_dim: 7 }, /head_dim \(7\) is odd/],
    ['a head size with a fraction', { hidden_size: 50 }, /head_dim must be a whole number/],
    ['a missing size', { vocab_size: undefined }, /vocab_size must be a positive number, not missing/],
    ['a size in quotes', { hidden_size: '48' }, /hidden_size must be a positive number, not "48"/],
    ['a size of zero', { num_hidden_layers: 0 }, /num_hidden_layers must be a positive number, not 0/],
    ['a flag in quotes', { tie_word_embeddings: 'false' }, /tie_word_embeddings must be true or false/],
  ])('%s', (_, fields, reason) => {
    const error = refusal(() => read(fields));
    expect(error.code).toBe('bad-model');
    expect(error.message).toMatch(reason);
  });

  test('text that is not JSON, and JSON that is no object', () => {
    expect(refusal(() => parseConfig('<html>')).message).toMatch(/this is not JSON/);
    expect(refusal(() => parseConfig('[]')).message).toMatch(/must hold an object/);
  });
});

describe('weights against the configuration', () => {
  const config = read({});
  const stored = (shapes: Iterable<[string, number[]]>) =>
    new Map<string, StoredTensor>(
      [...shapes].map(([name, shape]) => [
        name,
        { name, dtype: 'F32', shape, bytes: new Uint8Array([1, 2, 3, 4]) },
      ]),
    );

  test('a tied model needs no lm_head, and one of the same bytes is dropped', () => {
    const weights = stored([...parameterShapes(config), ['lm_head.weight', [100, 48]]]);
    expect(matchWeights(config, weights).has('lm_head.weight')).toBe(false);
  });

  test('an lm_head that differs is refused', () => {
    const weights = stored([...parameterShapes(config), ['lm_head.weight', [100, 48]]]);
    weights.set('lm_head.weight', {
      name: 'lm_head.weight',
      dtype: 'F32',
      shape: [100, 48],
      bytes: new Uint8Array([1, 2, 3, 5]),
    });
    expect(refusal(() => matchWeights(config, weights)).message).toMatch(/lm_head.weight that differs/);
  });

  test('an untied model needs its lm_head', () => {
    expect(
      refusal(() => matchWeights({ ...config, tied: false }, stored(parameterShapes(config)))).message,
    ).toMatch(/holds no tensor “lm_head.weight”/);
  });

  test('a missing, a superfluous and a misshapen tensor', () => {
    const missing = stored(parameterShapes(config));
    missing.delete('model.norm.weight');
    expect(refusal(() => matchWeights(config, missing)).message).toMatch(
      /holds no tensor “model.norm.weight”/,
    );
    const superfluous = stored([...parameterShapes(config), ['model.layers.0.self_attn.q_proj.bias', [48]]]);
    expect(refusal(() => matchWeights(config, superfluous)).message).toMatch(
      /q_proj.bias” that the model has no use for/,
    );
    const misshapen = stored([...parameterShapes(config), ['model.norm.weight', [47]]]);
    expect(refusal(() => matchWeights(config, misshapen)).message).toMatch(
      /has the shape \[47\]; config.json asks for \[48\]/,
    );
  });
});
