/**
 * @file Settings of a training run, our own or another trainer's, as far as lints read them: one table with the names
 * that trainers have for each.
 */
import { STRATEGIES, type Strategy } from '../sequence/strategy';
import { TRUNCATIONS, type Truncation } from '../sequence/truncate';

export const PAD_MASKS = ['by-id', 'by-position'] as const;
export const REDUCTIONS = ['tokens', 'micro-batch', 'sequence'] as const;

export interface TrainerSettings {
  /** Longest sequence, in tokens. */
  maxLength?: number;
  /** What is cut off from a longer sequence; its end by default. */
  truncation?: Truncation;
  /** How conversations are divided into sequences; `whole` by default. */
  strategy?: Strategy;
  /** The token that fills rows up; the tokenizer's own by default. */
  padToken?: string;
  /**
   * How padding is kept out of the loss: `by-id`, every token with the pad token's id (transformers'
   * DataCollatorForLanguageModeling), or `by-position`, what was added (TRL).
   */
  padMask?: (typeof PAD_MASKS)[number];
  /** Whether the rendered text is tokenized with the special tokens that the tokenizer adds by itself. */
  addSpecialTokens?: boolean;
  /** TRL's `assistant_only_loss`: the mask is what the template's generation blocks hold. */
  assistantOnlyLoss?: boolean;
  /** Text after which the loss begins, and text at which it ends again (TRL's completion collator, Unsloth). */
  responseTemplate?: string;
  instructionTemplate?: string;
  /** Several conversations in one row. */
  packing?: boolean;
  /** TRL's `packing_strategy`: `bfd` keeps conversations whole, `wrapped` cuts them anywhere. */
  packingStrategy?: string;
  /** `attn_implementation`: `eager`, `sdpa`, `flash_attention_2`, … */
  attention?: string;
  /** Sequences of one forward pass on one device. */
  microBatchSize?: number;
  gradientAccumulationSteps?: number;
  /** Devices that train in parallel. */
  devices?: number;
  averageTokensAcrossDevices?: boolean;
  /** What the loss is a mean of. */
  lossReduction?: (typeof REDUCTIONS)[number];
  /** Version of transformers, such as `4.45.2`. */
  transformersVersion?: string;
}

export type SettingKey = keyof TrainerSettings;

export interface SettingRow {
  key: SettingKey;
  kind: 'count' | 'boolean' | 'text' | 'choice';
  choices?: readonly string[];
  /**
   * What files call it, besides the key itself: Hugging Face TrainingArguments, TRL, Axolotl, LLaMA-Factory, Unsloth. A
   * point leads into a section.
   */
  names: readonly string[];
  /** Values of other trainers, translated; what is not listed is taken as it is. */
  words?: Readonly<Record<string, string | boolean>>;
}

export const SETTING_ROWS: readonly SettingRow[] = [
  {
    key: 'maxLength',
    kind: 'count',
    names: ['max_length', 'max_seq_length', 'max_seq_len', 'sequence_len', 'cutoff_len'],
  },
  {
    key: 'truncation',
    kind: 'choice',
    choices: TRUNCATIONS,
    names: ['truncation_side', 'truncation_mode'],
    words: { right: 'end', left: 'start', keep_start: 'end', keep_end: 'start' },
  },
  { key: 'strategy', kind: 'choice', choices: STRATEGIES.map(({ name }) => name), names: [] },
  { key: 'padToken', kind: 'text', names: ['pad_token', 'special_tokens.pad_token'] },
  {
    key: 'padMask',
    kind: 'choice',
    choices: PAD_MASKS,
    names: ['data_collator'],
    words: {
      DataCollatorForLanguageModeling: 'by-id',
      DataCollatorForSeq2Seq: 'by-position',
      DataCollatorForCompletionOnlyLM: 'by-id',
    },
  },
  { key: 'addSpecialTokens', kind: 'boolean', names: ['add_special_tokens'] },
  { key: 'assistantOnlyLoss', kind: 'boolean', names: ['assistant_only_loss'] },
  { key: 'responseTemplate', kind: 'text', names: ['response_template', 'response_part'] },
  { key: 'instructionTemplate', kind: 'text', names: ['instruction_template', 'instruction_part'] },
  { key: 'packing', kind: 'boolean', names: ['sample_packing', 'neat_packing'] },
  { key: 'packingStrategy', kind: 'text', names: ['packing_strategy'] },
  {
    key: 'attention',
    kind: 'text',
    names: ['attn_implementation', 'model_init_kwargs.attn_implementation', 'flash_attention', 'flash_attn'],
    words: { true: 'flash_attention_2', fa2: 'flash_attention_2', false: 'sdpa' },
  },
  {
    key: 'microBatchSize',
    kind: 'count',
    names: ['per_device_train_batch_size', 'micro_batch_size'],
  },
  { key: 'gradientAccumulationSteps', kind: 'count', names: ['gradient_accumulation_steps'] },
  { key: 'devices', kind: 'count', names: ['num_processes', 'world_size', 'n_gpu'] },
  { key: 'averageTokensAcrossDevices', kind: 'boolean', names: ['average_tokens_across_devices'] },
  {
    key: 'lossReduction',
    kind: 'choice',
    choices: REDUCTIONS,
    names: ['loss_reduction'],
    words: { sum: 'tokens', token: 'tokens', mean: 'micro-batch', sample: 'sequence' },
  },
  { key: 'transformersVersion', kind: 'text', names: ['transformers_version'] },
];
