/**
 * @file config.json: both spellings are read, and what the decoder cannot do is refused by name.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LosslightError } from '../../src/errors';
import { parseConfig, type ModelConfig } from '../../src/model/config';
import { matchWeights } from '../../src/model/match-weights';
import { isTransposed, parameterShapes } from '../../src/model/parameter-names';
import { checkReadable } from '../../src/model/readable';
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
      family: 'llama',
      vocabularySize: 100,
      hiddenSize: 48,
      intermediateSize: 64,
      layers: 2,
      heads: 6,
      keyValueHeads: 2,
      headSize: 8,
      norm: 'rms',
      normEpsilon: 1e-5,
      normsAfter: false,
      ropes: [{ type: 'default', theta: 10000 }],
      learnedPositions: false,
      attention: [{ rope: 0 }, { rope: 0 }],
      attentionScale: 1 / Math.sqrt(8),
      queryKeyNorm: false,
      biases: { queryKeyValue: false, output: false, feedForward: false },
      activation: 'silu',
      embeddingScale: 1,
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
    expect(read(fields).ropes).toEqual([{ type: 'default', theta: 500 }]);
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
    expect([...matchWeights(config, tensors).stored.keys()]).toEqual([...parameterShapes(config).keys()]);
  });
});

describe('what transformers fills in', () => {
  const pairs = JSON.parse(readFileSync('test/golden/families/configs.json', 'utf8')) as {
    name: string;
    short: object;
    full: object;
  }[];

  test.each(pairs)('$name: short or older, and with every field', ({ short, full }) => {
    expect(parseConfig(JSON.stringify(short))).toEqual(parseConfig(JSON.stringify(full)));
  });

  test('windows, positions and forms of RoPE by layer', () => {
    const found = (name: string) =>
      parseConfig(JSON.stringify(pairs.find((pair) => pair.name === name)?.short));
    const windows = ({ attention }: ModelConfig) => attention.map(({ window }) => window);
    expect(windows(found('Qwen2'))).toEqual(new Array(8).fill(undefined));
    expect(windows(found('Qwen2, windows'))).toEqual([
      ...[undefined, undefined, undefined],
      ...[4096, 4096, 4096, 4096, 4096],
    ]);
    expect(found('SmolLM3').attention.map(({ rope }) => rope)).toEqual([
      ...[0, 0, 0, undefined],
      ...[0, 0, 0, undefined],
    ]);
    const gemma = found('Gemma 3, older');
    expect(gemma.ropes).toEqual([
      { type: 'linear', theta: 5000, factor: 8 },
      { type: 'default', theta: 700 },
    ]);
    expect(gemma.attention.slice(2, 5)).toEqual([
      { rope: 1, window: 512 },
      { rope: 0 },
      { rope: 1, window: 512 },
    ]);
    expect(gemma).toMatchObject({ attentionScale: 168 ** -0.5, embeddingScale: 8, headSize: 256 });
    expect(found('Qwen3').headSize).toBe(128);
    expect(found('Llama, llama3').ropes).toEqual([
      {
        ...{ type: 'llama3', theta: 500_000, factor: 32, originalContext: 64 },
        ...{ lowFrequencyFactor: 1, highFrequencyFactor: 4 },
      },
    ]);
    expect(found('GPT-2')).toMatchObject({
      intermediateSize: 256,
      contextLength: 1024,
      activation: 'gelu-tanh',
    });
  });
});

describe('parameters of models that people have', () => {
  const sizes = (hidden: number, inner: number, layers: number, heads: number, keyHeads: number) => ({
    ...{ hidden_size: hidden, intermediate_size: inner, num_hidden_layers: layers },
    ...{ num_attention_heads: heads, num_key_value_heads: keyHeads, tie_word_embeddings: true },
  });
  // Counted by transformers; the same as on their pages.
  test.each<[string, object, number]>([
    ['SmolLM2-135M', { model_type: 'llama', vocab_size: 49152, ...sizes(576, 1536, 30, 9, 3) }, 134_515_008],
    [
      'Llama-3.2-1B',
      { model_type: 'llama', vocab_size: 128256, head_dim: 64, ...sizes(2048, 8192, 16, 32, 8) },
      1_235_814_400,
    ],
    [
      'Qwen2.5-0.5B',
      { model_type: 'qwen2', vocab_size: 151936, ...sizes(896, 4864, 24, 14, 2) },
      494_032_768,
    ],
    ['Qwen3-0.6B', { model_type: 'qwen3', vocab_size: 151936, ...sizes(1024, 3072, 28, 16, 8) }, 596_049_920],
    [
      'SmolLM3-3B',
      { model_type: 'smollm3', vocab_size: 128256, ...sizes(2048, 11008, 36, 16, 4) },
      3_075_098_624,
    ],
    [
      'Gemma 3 270M',
      { model_type: 'gemma3_text', vocab_size: 262144, head_dim: 256, ...sizes(640, 2048, 18, 4, 1) },
      268_098_176,
    ],
    ['GPT-2', { model_type: 'gpt2', vocab_size: 50257, n_embd: 768, n_layer: 12, n_head: 12 }, 124_439_808],
  ])('%s', (_, fields, parameters) => {
    const shapes = parameterShapes(parseConfig(JSON.stringify(fields)));
    const total = [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(total).toBe(parameters);
  });
});

describe('what is refused', () => {
  const gemma = { model_type: 'gemma3_text', head_dim: 8 };
  const gpt2 = { model_type: 'gpt2', n_embd: 48, n_layer: 2, n_head: 6 };
  test.each<[string, object, RegExp]>([
    ['another architecture', { model_type: 'mamba' }, /model_type is "mamba"/],
    ['a name that every object has', { model_type: 'constructor' }, /model_type is "constructor"/],
    ['no architecture', { model_type: undefined }, /model_type is missing/],
    ['a model that reads images', { model_type: 'gemma3' }, /reads images, too; only the text models/],
    ['an older Gemma', { model_type: 'gemma2' }, /soft caps are not supported/],
    ['another head', { architectures: ['LlamaForSequenceClassification'] }, /only language models/],
    ['quantized weights', { quantization_config: { quant_method: 'gptq' } }, /quantization_config, gptq/],
    ['another activation', { hidden_act: 'relu' }, /hidden_act is "relu"/],
    ['a sliding window that Llama has not', { sliding_window: 64 }, /sliding_window/],
    [
      'an unknown form of RoPE',
      { rope_scaling: { rope_type: 'longrope' } },
      /rope_scaling asks for "longrope"/,
    ],
    [
      'llama3 RoPE without its borders',
      { rope_scaling: { rope_type: 'llama3', factor: 8 } },
      /rope_scaling.low_freq_factor must be a positive number, not missing/,
    ],
    [
      'linear RoPE without a factor',
      { rope_parameters: { rope_type: 'linear' } },
      /rope_parameters.factor must/,
    ],
    ['RoPE that is no object', { rope_scaling: 'linear' }, /rope_scaling must be an object or null/],
    [
      'two different forms of RoPE',
      { rope_scaling: { type: 'linear', factor: 2 }, rope_parameters: { rope_type: 'default' } },
      /rope_parameters and rope_scaling differ/,
    ],
    [
      'partial RoPE',
      { rope_parameters: { rope_theta: 1e4, partial_rotary_factor: 0.5 } },
      /rope_parameters.partial_rotary_factor is 0.5/,
    ],
    ['partial RoPE, version 4', { partial_rotary_factor: 0.5 }, /partial_rotary_factor is 0.5/],
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
    ['more layers than there are', { num_hidden_layers: 1e9 }, /num_hidden_layers is 1000000000; at most/],
    ['a flag in quotes', { tie_word_embeddings: 'false' }, /tie_word_embeddings must be true or false/],
    [
      'Qwen: too few kinds of layers',
      { model_type: 'qwen2', layer_types: ['full_attention'] },
      /layer_types must be a list of 2/,
    ],
    [
      'Qwen: another kind of layer',
      { model_type: 'qwen3', layer_types: ['full_attention', 'linear_attention'] },
      /layer_types holds "linear_attention"/,
    ],
    [
      'Qwen: a layer with a window that is switched off',
      { model_type: 'qwen2', layer_types: ['full_attention', 'sliding_attention'], sliding_window: 8 },
      /asks for sliding_attention, yet use_sliding_window/,
    ],
    [
      'Qwen: a window of half a token',
      { model_type: 'qwen2', use_sliding_window: true, sliding_window: 0.5 },
      /sliding_window must be a whole number/,
    ],
    [
      'SmolLM3: too few marks of layers',
      { model_type: 'smollm3', no_rope_layers: [1] },
      /no_rope_layers must be a list of 0 and 1 for 2 layers/,
    ],
    ['SmolLM3: other marks', { model_type: 'smollm3', no_rope_layers: [1, 2] }, /no_rope_layers must be/],
    ['Gemma: soft caps', { ...gemma, final_logit_softcapping: 30 }, /final_logit_softcapping is 30/],
    ['Gemma: looking ahead', { ...gemma, use_bidirectional_attention: true }, /only models that look back/],
    [
      'Gemma: one RoPE for all',
      { ...gemma, rope_parameters: { rope_theta: 1e4 } },
      /rope_parameters.rope_theta is not supported/,
    ],
    [
      'Gemma: a form of RoPE by layer that is unknown',
      { ...gemma, rope_parameters: { full_attention: { rope_type: 'proportional' } } },
      /rope_parameters.full_attention asks for "proportional"/,
    ],
    ['GPT-2: an encoder', { ...gpt2, add_cross_attention: true }, /add_cross_attention is true/],
    ['GPT-2: heads that do not divide', { ...gpt2, n_head: 5 }, /n_embd \(48\) is not a multiple of n_head/],
    ['GPT-2: no size', { ...gpt2, n_embd: undefined }, /n_embd must be a positive number, not missing/],
    ['GPT-2: another activation', { ...gpt2, activation_function: 'relu' }, /activation_function is "relu"/],
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

test('the readable decoder refuses what it does not compute', () => {
  expect(() => checkReadable(read({ rope_scaling: { type: 'linear', factor: 2 } }))).not.toThrow();
  const message = (fields: object) => refusal(() => checkReadable(read(fields))).message;
  expect(message({ model_type: 'qwen3', head_dim: 8 })).toMatch(/of the family qwen3/);
  expect(message({ mlp_bias: true })).toMatch(/has biases/);
  expect(message({ hidden_act: 'gelu' })).toMatch(/activation is gelu/);
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

  test('a tied model needs no lm_head; one that is there is to be compared with the table', () => {
    expect(matchWeights(config, stored(parameterShapes(config))).copy).toBeUndefined();
    const weights = stored([...parameterShapes(config), ['lm_head.weight', [100, 48]]]);
    const { stored: matched, copy } = matchWeights(config, weights);
    expect(matched.has('lm_head.weight')).toBe(false);
    expect(copy).toBe('lm_head.weight');
    weights.set('lm_head.weight', { ...(weights.get('lm_head.weight') as StoredTensor), shape: [100, 47] });
    expect(refusal(() => matchWeights(config, weights)).message).toMatch(/lm_head.weight” has the shape/);
  });

  test('an untied model needs its lm_head', () => {
    expect(
      refusal(() => matchWeights({ ...config, tied: false }, stored(parameterShapes(config)))).message,
    ).toMatch(/hold no tensor “lm_head.weight”/);
  });

  test('a missing, a superfluous and a misshapen tensor', () => {
    const missing = stored(parameterShapes(config));
    missing.delete('model.norm.weight');
    expect(refusal(() => matchWeights(config, missing)).message).toMatch(
      /hold no tensor “model.norm.weight”/,
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

  describe('of GPT-2', () => {
    const gpt2 = parseConfig(
      JSON.stringify({
        model_type: 'gpt2',
        vocab_size: 9,
        n_embd: 8,
        n_layer: 2,
        n_head: 2,
        n_positions: 16,
      }),
    );
    const names = [...parameterShapes(gpt2).keys()];

    test('with and without the prefix, with the masks that older files carry', () => {
      const plain = stored(parameterShapes(gpt2));
      expect([...matchWeights(gpt2, plain).stored].every(([name, from]) => name === from)).toBe(true);
      const older = stored(
        [...parameterShapes(gpt2)].map(([name, shape]) => [name.replace('transformer.', ''), shape]),
      );
      for (const layer of [0, 1]) {
        const mask = { dtype: 'U8', bytes: new Uint8Array() };
        older.set(`h.${layer}.attn.bias`, { name: `h.${layer}.attn.bias`, shape: [1, 1, 16, 16], ...mask });
        older.set(`h.${layer}.attn.masked_bias`, { name: 'masked', shape: [], ...mask });
      }
      const { stored: matched } = matchWeights(gpt2, older);
      expect([...matched.keys()]).toEqual(names);
      expect(matched.get('transformer.h.1.attn.c_attn.bias')).toBe('h.1.attn.c_attn.bias');
    });

    test('matrices are [in, out]; a missing bias and a mask of no layer are named', () => {
      expect(parameterShapes(gpt2).get('transformer.h.0.attn.c_attn.weight')).toEqual([8, 24]);
      expect(parameterShapes(gpt2).get('transformer.h.0.mlp.c_proj.weight')).toEqual([32, 8]);
      expect(isTransposed(gpt2, 'transformer.h.0.mlp.c_proj')).toBe(true);
      expect(isTransposed(gpt2, 'transformer.wte')).toBe(false);
      const missing = stored(parameterShapes(gpt2));
      missing.delete('transformer.ln_f.bias');
      expect(refusal(() => matchWeights(gpt2, missing)).message).toMatch(
        /hold no tensor “transformer.ln_f.bias”/,
      );
      const odd = stored([...parameterShapes(gpt2), ['h.0.attn.biases', [8]]]);
      expect(refusal(() => matchWeights(gpt2, odd)).message).toMatch(
        /“h.0.attn.biases” that the model has no use/,
      );
    });
  });
});
