/**
 * @file Policies named after the systems whose masks they reproduce on one sequence a conversation, so that a user sees
 * at a glance how two systems differ.
 *
 * A preset says what is trained, not how the text is written: where a system patches a template or strips thinking, give
 * the template that it would use.
 */
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

export const PRESETS: readonly Preset[] = [
  {
    name: 'default',
    title: 'Losslight',
    about: 'Everything that the model itself generates, through the end-of-turn token; nothing after it.',
    source: 'this project',
    policy: DEFAULT_POLICY,
  },
  {
    /** Header 0, empty think 1, end of turn 1, line break after it 1. Blocks verbatim, where the template has them. */
    name: 'trl-assistant-only',
    title: 'TRL, assistant only',
    about:
      'Follows the template’s generation blocks; without them, every assistant turn through the line break after it.',
    source:
      'huggingface/trl: trl/trainer/sft_trainer.py (assistant_only_loss), chat_templates/*_training.jinja',
    policy: unlike({ basis: 'generation-blocks', trailingNewline: 1 }),
  },
  {
    /** The completion's tokens are all that follow the prompt's, so tool results inside a completion are trained too. */
    name: 'trl-completion-only',
    title: 'TRL, completion only',
    about:
      'Everything after the prompt: the last assistant message, or the completion where the data has one.',
    source: 'huggingface/trl: trl/trainer/sft_trainer.py (completion_only_loss, completion_mask)',
    policy: unlike({ basis: 'completion' }),
  },
  {
    /** Header 0, empty think 0, end of turn `train_on_eos: turn`, line break 0; a token across a border is masked. */
    name: 'axolotl',
    title: 'Axolotl, default',
    about:
      'Assistant turns through the end-of-turn token; empty thinking and tokens across a border are masked; honours train and train_detail.',
    source: 'axolotl-ai-cloud/axolotl: src/axolotl/prompt_strategies/chat_template.py',
    policy: Object.freeze({
      ...DEFAULT_POLICY,
      emptyThink: 'mask',
      border: 'masked',
      messageFields: 'every-role',
    }),
  },
  {
    /** Header 0, empty think 1, end of turn 1, line break 1; a tool result leaks in where its header is not the user's. */
    name: 'unsloth',
    title: 'Unsloth, responses only',
    about: 'Everything between an assistant’s header and the next user’s header; tool output can leak in.',
    source: 'unslothai/unsloth-zoo: unsloth_zoo/dataset_utils.py (train_on_responses_only)',
    policy: unlike({ basis: 'markers' }),
  },
  {
    /** Header 0, empty think 1 or in the prompt, end of turn 1; the assistant's slot of its ChatML templates ends with the line break. */
    name: 'llama-factory',
    title: 'LLaMA-Factory, default',
    about: 'Every assistant message through the line break after its end of turn.',
    source: 'hiyouga/LLaMA-Factory: src/llamafactory/data/processor/supervised.py, data/template.py',
    policy: unlike({ trailingNewline: 1 }),
  },
  {
    /** The last pair alone is trained; a call and the answer to its result are two pairs. */
    name: 'llama-factory-mask-history',
    title: 'LLaMA-Factory, mask_history',
    about: 'The last assistant message alone. (It also strips earlier thinking from the text.)',
    source: 'hiyouga/LLaMA-Factory: src/llamafactory/data/processor/supervised.py (mask_history)',
    policy: unlike({ trailingNewline: 1, turns: 'last-message' }),
  },
  {
    /** Header 0, empty think 1, end of turn 1, line break 1; `mask_reasoning_content` and `train_on_last_turn_only` are off. */
    name: 'nemo-automodel',
    title: 'NeMo Automodel',
    about: 'Every assistant turn through the line break after its end of turn.',
    source: 'NVIDIA-NeMo/Automodel: nemo_automodel/components/datasets/llm/formatting_utils.py',
    policy: unlike({ trailingNewline: 1 }),
  },
  {
    /** What the generation prompt supplies is 0, a prefilled think block with it; end of turn 1; the line break is the next header's. */
    name: 'tinker-last-assistant',
    title: 'Tinker, last assistant message',
    about:
      'The last message, if it is the assistant’s, from after the generation prompt through the end-of-turn token.',
    source: 'thinking-machines-lab/tinker-cookbook: tinker_cookbook/renderers/base.py (TrainOnWhat)',
    policy: unlike({ turns: 'final-message' }),
  },
  {
    /** As tinker-last-assistant, for every assistant message. */
    name: 'tinker-all-assistant',
    title: 'Tinker, all assistant messages',
    about: 'Every assistant message, from after the generation prompt through the end-of-turn token.',
    source: 'thinking-machines-lab/tinker-cookbook: tinker_cookbook/renderers/base.py (TrainOnWhat)',
    policy: unlike({}),
  },
  {
    /**
     * One flag a message covers header, content, end of turn and line break alike. Its tokenizers write no line break
     * after the last turn; where a template does, it is trained here as after every other turn.
     */
    name: 'torchtune',
    title: 'torchtune, train on assistant',
    about: 'Assistant messages whole, their headers included.',
    source:
      'pytorch/torchtune: torchtune/models/qwen2_5/_tokenizer.py (tokenize_messages), torchtune/data/_messages.py',
    policy: unlike({ header: 1, trailingNewline: 1 }),
  },
  {
    /** As torchtune, with `masking_strategy: train_on_last`. */
    name: 'torchtune-last',
    title: 'torchtune, train on last',
    about: 'The last assistant message whole, its header included.',
    source: 'pytorch/torchtune: torchtune/data/_messages.py (masking_strategy)',
    policy: unlike({ header: 1, trailingNewline: 1, turns: 'last-message' }),
  },
];

/** A preset by its name; undefined where there is none. */
export function presetNamed(name: string): Preset | undefined {
  return PRESETS.find((preset) => preset.name === name);
}
