/**
 * @file Reading the fields of a `config.json`, each with an error that names it.
 */
import { LosslightError } from '../errors';
import type { ActivationName } from '../ops/gated-unit';

export type Fields = Record<string, unknown>;

const REMEDY =
  'Choose another version of the model, or another model: unquantized ones of the families Llama, Qwen2, Qwen3, SmolLM2, SmolLM3, Gemma 3 (text) and GPT-2 can be loaded.';
const INCOMPLETE = 'Check that the file is complete and was not changed by hand.';

/** @throws LosslightError `bad-model`, always. */
export function refuse(message: string, remedy = REMEDY): never {
  throw new LosslightError('bad-model', `config.json: ${message}`, remedy);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a field is there and not null. */
export function present(fields: Fields, name: string): boolean {
  return fields[name] !== undefined && fields[name] !== null;
}

/** A value as JSON, for messages. */
export function show(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}

export function positive(fields: Fields, name: string, fallback?: number): number {
  const value = fields[name] ?? fallback;
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
    refuse(`${name} must be a positive number, not ${show(value)}.`, INCOMPLETE);
  }
  return value;
}

/** A whole number from 1. */
export function count(fields: Fields, name: string, fallback?: number): number {
  const value = positive(fields, name, fallback);
  if (!Number.isSafeInteger(value)) refuse(`${name} must be a whole number, not ${value}.`, INCOMPLETE);
  return value;
}

/** More than any model has; each layer takes memory before a single weight is read. */
const MOST_LAYERS = 1000;

/** A number of layers. */
export function layerCount(fields: Fields, name: string): number {
  const layers = count(fields, name);
  if (layers > MOST_LAYERS) refuse(`${name} is ${layers}; at most ${MOST_LAYERS} can be loaded.`, INCOMPLETE);
  return layers;
}

export function flag(fields: Fields, name: string, fallback: boolean): boolean {
  const value = fields[name] ?? fallback;
  if (typeof value !== 'boolean') {
    refuse(`${name} must be true or false, not ${show(value)}.`, INCOMPLETE);
  }
  return value;
}

/** Of transformers' names; those side by side are the same function, up to the rounding of a constant. */
const ACTIVATIONS: Readonly<Record<string, ActivationName>> = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_new: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
};

export function activation(fields: Fields, name: string, fallback: string): ActivationName {
  const value = fields[name] ?? fallback;
  const found = typeof value === 'string' ? ACTIVATIONS[value] : undefined;
  return (
    found ?? refuse(`${name} is ${show(value)}; only ${Object.keys(ACTIVATIONS).join(', ')} are supported.`)
  );
}

/** Kinds of attention by layer, as configurations name them. */
export type LayerType = 'full_attention' | 'sliding_attention';

/** `layer_types`; undefined where the file has none. */
export function layerTypes(fields: Fields, layers: number): LayerType[] | undefined {
  const value = fields['layer_types'];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.length !== layers) {
    refuse(`layer_types must be a list of ${layers}, one for each layer.`, INCOMPLETE);
  }
  return value.map((type: unknown): LayerType => {
    if (type === 'full_attention' || type === 'sliding_attention') return type;
    return refuse(
      `layer_types holds ${show(type)}; only full_attention and sliding_attention are supported.`,
    );
  });
}
