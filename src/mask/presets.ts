/**
 * @file Policies named after the systems whose masks they reproduce on one sequence a conversation, so that a user sees
 * at a glance how two systems differ.
 *
 * A preset says what is trained, not how the text is written: where a system patches a template or strips thinking, give
 * the template that it would use.
 */
import { corePolicies as words } from '$strings/core-policies';
import { DEFAULT_POLICY, type MaskPolicy } from './knobs';

export interface Preset {
  /** What the command line and files call it. */
  name: string;
  /** For people. */
  title: string;
  /** One sentence on what is special about it. */
  about: string;
  /** Where the behaviour was read. */
  source: string;
  policy: Readonly<MaskPolicy>;
}

/** All segments at weight 1, the message's own fields unknown, and what `change` says. */
const unlike = (change: Partial<MaskPolicy>): Readonly<MaskPolicy> =>
  Object.freeze({ ...DEFAULT_POLICY, messageFields: 'ignore', ...change });

/** Axolotl's default (`roles_to_train: [assistant]`, `train_on_eos: turn`), and what `change` says. */
const axolotl = (change: Partial<MaskPolicy>): Readonly<MaskPolicy> =>
  Object.freeze({
    ...DEFAULT_POLICY,
    emptyThink: 'mask',
    border: 'masked',
    messageFields: 'every-role',
    detail: 'tokens',
    promptEnds: 'trained',
    ...change,
  });

/** ms-swift's `default`: what the model answers, and the suffix of the whole conversation. */
const swift = (change: Partial<MaskPolicy>): Readonly<MaskPolicy> =>
  Object.freeze({ ...DEFAULT_POLICY, endOfTurn: 'last', trailingNewline: 1, ...change });

const OFF = { train: false, weight: 1 };

export const PRESETS: readonly Preset[] = [
  {
    name: 'default',
    ...words.default,
    source: 'this project',
    policy: DEFAULT_POLICY,
  },
  {
    /** Header 0, empty think 1, end of turn 1, line break after it 1. Blocks verbatim, where the template has them. */
    name: 'trl-assistant-only',
    ...words['trl-assistant-only'],
    source:
      'huggingface/trl: trl/trainer/sft_trainer.py (assistant_only_loss), chat_templates/*_training.jinja',
    policy: unlike({ basis: 'generation-blocks', trailingNewline: 1 }),
  },
  {
    /** The completion's tokens are all that follow the prompt's, so tool results inside a completion are trained too. */
    name: 'trl-completion-only',
    ...words['trl-completion-only'],
    source: 'huggingface/trl: trl/trainer/sft_trainer.py (completion_only_loss, completion_mask)',
    policy: unlike({ basis: 'completion' }),
  },
  {
    /**
     * Header 0, empty think 0, end of turn `train_on_eos: turn`, line break 0; a token across a border is masked, after
     * `adjust_train_details` has widened the ranges of `train_detail`.
     */
    name: 'axolotl',
    ...words.axolotl,
    source: 'axolotl-ai-cloud/axolotl: src/axolotl/prompt_strategies/chat_template.py',
    policy: axolotl({}),
  },
  {
    name: 'axolotl-eos-all',
    ...words['axolotl-eos-all'],
    source:
      'axolotl-ai-cloud/axolotl: src/axolotl/prompt_strategies/chat_template.py (_tokenize_single_prompt)',
    policy: axolotl({ promptEnds: 'all' }),
  },
  {
    name: 'axolotl-eos-last',
    ...words['axolotl-eos-last'],
    source:
      'axolotl-ai-cloud/axolotl: src/axolotl/prompt_strategies/chat_template.py (_tokenize_single_prompt)',
    policy: axolotl({ endOfTurn: 'last', promptEnds: 'none' }),
  },
  {
    name: 'axolotl-eos-none',
    ...words['axolotl-eos-none'],
    source:
      'axolotl-ai-cloud/axolotl: src/axolotl/prompt_strategies/chat_template.py (_tokenize_single_prompt)',
    policy: axolotl({ endOfTurn: 'none', promptEnds: 'none' }),
  },
  {
    /** Header 0, empty think 1, end of turn 1, line break 1; a tool result leaks in where its header is not the user's. */
    name: 'unsloth',
    ...words.unsloth,
    source: 'unslothai/unsloth-zoo: unsloth_zoo/dataset_utils.py (train_on_responses_only)',
    policy: unlike({ basis: 'markers' }),
  },
  {
    name: 'unsloth-last-response',
    ...words['unsloth-last-response'],
    source:
      'unslothai/unsloth-zoo: unsloth_zoo/dataset_utils.py (train_on_responses_only, last_response_only)',
    policy: unlike({ basis: 'markers', turns: 'last-message' }),
  },
  {
    /** Header 0, empty think 1 or in the prompt, end of turn 1; the assistant's slot of its ChatML templates ends with the line break. */
    name: 'llama-factory',
    ...words['llama-factory'],
    source: 'hiyouga/LLaMA-Factory: src/llamafactory/data/processor/supervised.py, data/template.py',
    policy: unlike({ trailingNewline: 1 }),
  },
  {
    /** The last pair alone is trained; a call and the answer to its result are two pairs. */
    name: 'llama-factory-mask-history',
    ...words['llama-factory-mask-history'],
    source: 'hiyouga/LLaMA-Factory: src/llamafactory/data/processor/supervised.py (mask_history)',
    policy: unlike({ trailingNewline: 1, turns: 'last-message' }),
  },
  {
    name: 'llama-factory-train-on-prompt',
    ...words['llama-factory-train-on-prompt'],
    source: 'hiyouga/LLaMA-Factory: src/llamafactory/data/processor/supervised.py (train_on_prompt)',
    policy: unlike({ prompt: 1 }),
  },
  {
    /** Header 0, empty think 1, end of turn 1, line break 1; `mask_reasoning_content` and `train_on_last_turn_only` are off. */
    name: 'nemo-automodel',
    ...words['nemo-automodel'],
    source: 'NVIDIA-NeMo/Automodel: nemo_automodel/components/datasets/llm/formatting_utils.py',
    policy: unlike({ trailingNewline: 1 }),
  },
  {
    name: 'nemo-mask-reasoning',
    ...words['nemo-mask-reasoning'],
    source:
      'NVIDIA-NeMo/Automodel: nemo_automodel/components/datasets/llm/formatting_utils.py (mask_reasoning_content)',
    policy: unlike({ trailingNewline: 1, think: OFF }),
  },
  {
    name: 'nemo-last-turn',
    ...words['nemo-last-turn'],
    source:
      'NVIDIA-NeMo/Automodel: nemo_automodel/components/datasets/llm/formatting_utils.py (train_on_last_turn_only)',
    policy: unlike({ trailingNewline: 1, turns: 'last-message' }),
  },
  {
    /** What the generation prompt supplies is 0, a prefilled think block with it; end of turn 1; the line break is the next header's. */
    name: 'tinker-last-assistant',
    ...words['tinker-last-assistant'],
    source: 'thinking-machines-lab/tinker-cookbook: tinker_cookbook/renderers/base.py (TrainOnWhat)',
    policy: unlike({ turns: 'final-message' }),
  },
  {
    name: 'tinker-last-turn',
    ...words['tinker-last-turn'],
    source: 'thinking-machines-lab/tinker-cookbook: tinker_cookbook/renderers/base.py (TrainOnWhat)',
    policy: unlike({ turns: 'last-turn' }),
  },
  {
    /** As tinker-last-assistant, for every assistant message. */
    name: 'tinker-all-assistant',
    ...words['tinker-all-assistant'],
    source: 'thinking-machines-lab/tinker-cookbook: tinker_cookbook/renderers/base.py (TrainOnWhat)',
    policy: unlike({}),
  },
  {
    name: 'tinker-all-messages',
    ...words['tinker-all-messages'],
    source: 'thinking-machines-lab/tinker-cookbook: tinker_cookbook/renderers/base.py (TrainOnWhat)',
    policy: unlike({ roles: { system: 1, user: 1, tool: 1 }, promptEnds: 'trained' }),
  },
  {
    name: 'tinker-all-tokens',
    ...words['tinker-all-tokens'],
    source: 'thinking-machines-lab/tinker-cookbook: tinker_cookbook/renderers/base.py (TrainOnWhat)',
    policy: unlike({ prompt: 1 }),
  },
  {
    name: 'tinker-user-and-system',
    ...words['tinker-user-and-system'],
    source: 'thinking-machines-lab/tinker-cookbook: tinker_cookbook/renderers/base.py (TrainOnWhat)',
    policy: unlike({
      ...{ think: OFF, call: OFF, answer: OFF, end: OFF },
      roles: { system: 1, user: 1 },
      promptEnds: 'trained',
    }),
  },
  {
    /** Tinker demands `trainable` on every message; here a message without a weight of its own is an assistant's or context. */
    name: 'tinker-customized',
    ...words['tinker-customized'],
    source: 'thinking-machines-lab/tinker-cookbook: tinker_cookbook/renderers/base.py (TrainOnWhat)',
    policy: unlike({ messageFields: 'every-role', promptEnds: 'trained' }),
  },
  {
    /**
     * One flag a message covers header, content, end of turn and line break alike. Its tokenizers write no line break
     * after the last turn; where a template does, it is trained here as after every other turn.
     */
    name: 'torchtune',
    ...words.torchtune,
    source:
      'pytorch/torchtune: torchtune/models/qwen2_5/_tokenizer.py (tokenize_messages), torchtune/data/_messages.py',
    policy: unlike({ header: 1, trailingNewline: 1 }),
  },
  {
    /** As torchtune, with `masking_strategy: train_on_last`. */
    name: 'torchtune-last',
    ...words['torchtune-last'],
    source: 'pytorch/torchtune: torchtune/data/_messages.py (masking_strategy)',
    policy: unlike({ header: 1, trailingNewline: 1, turns: 'last-message' }),
  },
  {
    name: 'torchtune-all',
    ...words['torchtune-all'],
    source: 'pytorch/torchtune: torchtune/data/_messages.py (masking_strategy)',
    policy: unlike({ prompt: 1 }),
  },
  {
    name: 'prime-rl',
    ...words['prime-rl'],
    source:
      'PrimeIntellect-ai/renderers: renderers/base.py (build_training_sample), renderers/qwen3.py (sampled_mask)',
    policy: unlike({}),
  },
  {
    /** Between rounds it writes the separator of its template, which never trains; after the last one the suffix, which does. */
    name: 'ms-swift',
    ...words['ms-swift'],
    source: 'modelscope/ms-swift: swift/loss_scale/base.py, swift/template/base.py (chat_sep, suffix)',
    policy: swift({}),
  },
  {
    name: 'ms-swift-last-round',
    ...words['ms-swift-last-round'],
    source: 'modelscope/ms-swift: swift/loss_scale/base.py (base_strategy)',
    policy: swift({ turns: 'last-turn' }),
  },
  {
    name: 'ms-swift-all',
    ...words['ms-swift-all'],
    source: 'modelscope/ms-swift: swift/loss_scale/base.py (base_strategy)',
    policy: swift({ endOfTurn: 'each', prompt: 1 }),
  },
  {
    name: 'ms-swift-ignore-empty-think',
    ...words['ms-swift-ignore-empty-think'],
    source: 'modelscope/ms-swift: swift/loss_scale/config/ignore_empty_think.json',
    policy: swift({ emptyThink: 'mask' }),
  },
  {
    /** A regular expression and the weight of what it matches. */
    name: 'ms-swift-hermes',
    ...words['ms-swift-hermes'],
    source: 'modelscope/ms-swift: swift/loss_scale/agent.py (HermesLossScale), config/hermes.json',
    policy: swift({
      rules: [{ pattern: '<tool_call>.+?</tool_call>', flags: 's', kinds: ['call'], weight: 2 }],
    }),
  },
];

/** A preset by its name; undefined where there is none. */
export function presetNamed(name: string): Preset | undefined {
  return PRESETS.find((preset) => preset.name === name);
}
