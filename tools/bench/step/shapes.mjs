// @ts-check
/**
 * @file The models that the step benchmark trains, each with a smaller batch for software devices, and the grid by which
 * growth is measured.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {import('./job').ShapeRequest} ShapeRequest */
/** @typedef {{ rows: number, length: number }} Size of a batch */
/** @typedef {{ name: string, about: string, config: Record<string, unknown>, full: Size, twin: Size, weights?: string }} Shape */

const POCKET = 'models/pocket';
const PUBLIC = fileURLToPath(new URL('../../../public', import.meta.url));

/**
 * A Llama with tied embeddings and two query heads for each key head.
 *
 * @param {{ vocabulary: number, width: number, between: number, layers: number, heads: number, context?: number }} sizes
 */
export function llama({ vocabulary, width, between, layers, heads, context = 1024 }) {
  return {
    model_type: 'llama',
    vocab_size: vocabulary,
    hidden_size: width,
    intermediate_size: between,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: heads / 2,
    max_position_embeddings: context,
    rms_norm_eps: 1e-5,
    rope_theta: 10_000,
    tie_word_embeddings: true,
  };
}

/** @returns {Promise<Shape[]>} */
export async function loadShapes() {
  const config = JSON.parse(await readFile(path.join(PUBLIC, POCKET, 'config.json'), 'utf8'));
  return [
    {
      name: 'pocket',
      about: 'the model that ships',
      config,
      full: { rows: 4, length: 256 },
      twin: { rows: 1, length: 128 },
      weights: `${POCKET}/model.safetensors`,
    },
    {
      name: '4m',
      about: '4.2 million parameters',
      config: llama({ vocabulary: 4096, width: 256, between: 768, layers: 4, heads: 8 }),
      full: { rows: 4, length: 256 },
      twin: { rows: 1, length: 128 },
    },
    {
      name: '30m',
      about: '29 million parameters',
      config: llama({ vocabulary: 8192, width: 512, between: 1536, layers: 8, heads: 8 }),
      full: { rows: 4, length: 256 },
      twin: { rows: 1, length: 32 },
    },
  ];
}

/**
 * What a row is asked for.
 *
 * @param {Shape} shape
 * @param {boolean} full
 * @param {boolean} inNode weights come from the file itself, in a page from the server
 * @returns {ShapeRequest}
 */
export function requestOf({ name, config, full: large, twin, weights }, full, inNode) {
  const address = weights && (inNode ? path.join(PUBLIC, weights) : `/${weights}`);
  return { name, config, ...(full ? large : twin), ...(address && { weights: address }) };
}

/**
 * A model around which one size at a time is changed.
 *
 * @param {boolean} full
 * @returns {{ axis: 'tokens' | 'width' | 'length', x: number, shape: ShapeRequest }[]}
 */
export function growthGrid(full) {
  const made = (/** @type {number} */ width, /** @type {number} */ rows, /** @type {number} */ length) => ({
    name: `d ${width}, ${rows} × ${length}`,
    config: llama({ vocabulary: 1024, width, between: 3 * width, layers: 2, heads: 4, context: 4096 }),
    rows,
    length,
  });
  const scale = full ? 4 : 1;
  return [
    ...[1, 2, 4, 8].map((rows) => ({
      axis: /** @type {const} */ ('tokens'),
      x: rows * 64 * scale,
      shape: made(128, rows, 64 * scale),
    })),
    ...[64, 128, 256, 512].map((width) => ({
      axis: /** @type {const} */ ('width'),
      x: width,
      shape: made(width, 1, 64 * scale),
    })),
    ...[64, 128, 256, 512].map((length) => ({
      axis: /** @type {const} */ ('length'),
      x: length * scale,
      shape: made(128, 1, length * scale),
    })),
  ];
}
