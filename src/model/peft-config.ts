/**
 * @file PEFT's `adapter_config.json`, written as PEFT writes it and read strictly: an adapter that is applied almost right
 * looks right. https://huggingface.co/docs/peft/package_reference/lora
 */
import { LosslightError } from '../errors';
import type { ModelConfig } from './config';
import type { LoraAdaptation } from './engine';
import { projectionEnds } from './lora';

/** What an adapter's configuration says of it. */
export interface AdapterConfig {
  rank: number;
  alpha: number;
  rsLora: boolean;
  /** Names of modules or their ends; undefined where it is a pattern, and the tensors' names must tell. */
  targets: readonly string[] | undefined;
  /** Share of inputs that were dropped while it was trained. Nothing is dropped here. */
  dropout: number;
}

type Fields = Record<string, unknown>;

/** Settings under which B · A is not all that there is, or not of one rank and scale. Absent, null, false and empty are fine. */
const UNSUPPORTED = [
  ...[
    'use_dora',
    'use_qalora',
    'use_bdlora',
    'lora_bias',
    'modules_to_save',
    'rank_pattern',
    'alpha_pattern',
  ],
  ...['layer_replication', 'trainable_token_indices', 'target_parameters', 'alora_invocation_tokens'],
  ...['megatron_config', 'arrow_config', 'kasa_config', 'monteclora_config', 'velora_config'],
];
/** Ways to begin that leave the base as it is; others, such as PiSSA, change it. */
const PLAIN_BEGINNINGS: readonly unknown[] = [true, false, 'gaussian', 'eva', 'orthogonal'];

/** @throws LosslightError `bad-adapter` */
export function refuseAdapter(message: string, remedy: string): never {
  throw new LosslightError('bad-adapter', message, remedy);
}

function refuse(
  message: string,
  remedy = 'Export the adapter as plain LoRA with PEFT’s save_pretrained.',
): never {
  refuseAdapter(`adapter_config.json: ${message}`, remedy);
}

/**
 * The text of `adapter_config.json`.
 *
 * @param base name or address of the model that the adapter belongs to
 */
export function writeAdapterConfig(config: ModelConfig, lora: LoraAdaptation, base: string): string {
  const fields = {
    alpha_pattern: {},
    base_model_name_or_path: base,
    bias: 'none',
    fan_in_fan_out: isConv1D(config),
    inference_mode: true,
    init_lora_weights: true,
    layers_to_transform: null,
    lora_alpha: lora.alpha,
    lora_dropout: 0,
    modules_to_save: null,
    peft_type: 'LORA',
    r: lora.rank,
    rank_pattern: {},
    target_modules: lora.targets === 'all-linear' ? projectionEnds(config) : lora.targets,
    task_type: 'CAUSAL_LM',
    use_dora: false,
    use_rslora: lora.rsLora,
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

/** @throws LosslightError `bad-adapter`, naming the field, where the file is malformed or asks for what is not supported. */
export function readAdapterConfig(config: ModelConfig, text: string): AdapterConfig {
  const fields = parse(text);
  if (fields['peft_type'] !== 'LORA') refuse(`peft_type is ${show(fields['peft_type'])}, not “LORA”.`);
  const task = fields['task_type'] ?? 'CAUSAL_LM';
  if (task !== 'CAUSAL_LM') refuse(`task_type is ${show(task)}; only language models can be adapted.`);
  const bias = fields['bias'] ?? 'none';
  if (bias !== 'none') refuse(`bias is ${show(bias)}; adapters that hold biases are not supported.`);
  for (const name of UNSUPPORTED) {
    if (isSet(fields[name])) refuse(`${name} is ${show(fields[name])}, which is not supported.`);
  }
  const beginning = fields['init_lora_weights'] ?? true;
  if (!PLAIN_BEGINNINGS.includes(beginning)) {
    refuse(
      `init_lora_weights is ${show(beginning)}, for which the base's weights were changed too.`,
      'Convert the adapter to plain LoRA, with path_initial_model_for_weight_conversion in PEFT.',
    );
  }
  const transposed = flag(fields, 'fan_in_fan_out');
  if (transposed !== isConv1D(config)) {
    const remedy = 'Check that the adapter belongs to this model.';
    refuse(`fan_in_fan_out is ${transposed}; for ${config.family} it must be ${!transposed}.`, remedy);
  }
  return {
    rank: rank(fields),
    alpha: number(fields, 'lora_alpha', 8),
    rsLora: flag(fields, 'use_rslora'),
    targets: targets(fields),
    dropout: dropout(fields),
  };
}

/** Whether the family keeps its projections [in, out], as transformers' Conv1D does. */
function isConv1D({ family }: ModelConfig): boolean {
  return family === 'gpt2';
}

function parse(text: string): Fields {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    refuse(`this is not JSON (${(cause as Error).message}).`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    refuse('the file must hold an object.');
  return json as Fields;
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

function rank(fields: Fields): number {
  const value = number(fields, 'r', 8);
  if (!Number.isSafeInteger(value)) refuse(`r must be a whole number, not ${value}.`);
  return value;
}

function number(fields: Fields, name: string, fallback: number): number {
  const value = fields[name] ?? fallback;
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
    refuse(`${name} must be a number above 0, not ${show(value)}.`);
  }
  return value;
}

function dropout(fields: Fields): number {
  const value = fields['lora_dropout'] ?? 0;
  if (typeof value !== 'number' || !(value >= 0 && value < 1)) {
    refuse(`lora_dropout must be a number from 0 to below 1, not ${show(value)}.`);
  }
  return value;
}

function flag(fields: Fields, name: string): boolean {
  const value = fields[name] ?? false;
  if (typeof value !== 'boolean') refuse(`${name} must be true or false, not ${show(value)}.`);
  return value;
}

function targets(fields: Fields): readonly string[] | undefined {
  const value = fields['target_modules'];
  if (typeof value === 'string') return undefined;
  const isList = Array.isArray(value) && value.length > 0;
  if (isList && value.every((entry): entry is string => typeof entry === 'string')) return value;
  return refuse(`target_modules must be a list of names, not ${show(value)}.`);
}

function show(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}
