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
    /**
     * Header 0, empty think 0, end of turn `train_on_eos: turn`, line break 0; a token across a border is masked, after
     * `adjust_train_details` has widened the ranges of `train_detail`.
     */
    name: 'axolotl',
    title: 'Axolotl, default',
    about:
      'Assistant turns through the end-of-turn token; empty thinking and tokens across a border are masked; honours train and train_detail.',
    source: 'axolotl-ai-cloud/axolotl: src/axolotl/prompt_strategies/chat_template.py',
    policy: axolotl({}),
  },
  {
    name: 'axolotl-eos-all',
    title: 'Axolotl, train_on_eos: all',
    about: 'As its default, and the end-of-turn tokens of everybody, also of turns that are not trained.',
    source:
      'axolotl-ai-cloud/axolotl: src/axolotl/prompt_strategies/chat_template.py (_tokenize_single_prompt)',
    policy: axolotl({ promptEnds: 'all' }),
  },
  {
    name: 'axolotl-eos-last',
    title: 'Axolotl, train_on_eos: last',
    about: 'As its default, but only the end-of-turn token of the last trained turn.',
    source:
      'axolotl-ai-cloud/axolotl: src/axolotl/prompt_strategies/chat_template.py (_tokenize_single_prompt)',
    policy: axolotl({ endOfTurn: 'last', promptEnds: 'none' }),
  },
  {
    name: 'axolotl-eos-none',
    title: 'Axolotl, train_on_eos: none',
    about: 'As its default, without any end-of-turn token: the model does not learn to stop.',
    source:
      'axolotl-ai-cloud/axolotl: src/axolotl/prompt_strategies/chat_template.py (_tokenize_single_prompt)',
    policy: axolotl({ endOfTurn: 'none', promptEnds: 'none' }),
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
    name: 'unsloth-last-response',
    title: 'Unsloth, last response only',
    about: 'As responses only, from the last assistant’s header on.',
    source:
      'unslothai/unsloth-zoo: unsloth_zoo/dataset_utils.py (train_on_responses_only, last_response_only)',
    policy: unlike({ basis: 'markers', turns: 'last-message' }),
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
    name: 'llama-factory-train-on-prompt',
    title: 'LLaMA-Factory, train_on_prompt',
    about: 'Every token: prompts, headers and tool results too.',
    source: 'hiyouga/LLaMA-Factory: src/llamafactory/data/processor/supervised.py (train_on_prompt)',
    policy: unlike({ prompt: 1 }),
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
    name: 'nemo-mask-reasoning',
    title: 'NeMo Automodel, mask_reasoning_content',
    about: 'As its default, without thinking.',
    source:
      'NVIDIA-NeMo/Automodel: nemo_automodel/components/datasets/llm/formatting_utils.py (mask_reasoning_content)',
    policy: unlike({ trailingNewline: 1, think: OFF }),
  },
  {
    name: 'nemo-last-turn',
    title: 'NeMo Automodel, train_on_last_turn_only',
    about: 'The last assistant message alone, through the line break after its end of turn.',
    source:
      'NVIDIA-NeMo/Automodel: nemo_automodel/components/datasets/llm/formatting_utils.py (train_on_last_turn_only)',
    policy: unlike({ trailingNewline: 1, turns: 'last-message' }),
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
    name: 'tinker-last-turn',
    title: 'Tinker, last assistant turn',
    about: 'Every assistant message after the last user message.',
    source: 'thinking-machines-lab/tinker-cookbook: tinker_cookbook/renderers/base.py (TrainOnWhat)',
    policy: unlike({ turns: 'last-turn' }),
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
    name: 'tinker-all-messages',
    title: 'Tinker, all messages',
    about: 'What everybody says, with its end-of-turn token and without headers.',
    source: 'thinking-machines-lab/tinker-cookbook: tinker_cookbook/renderers/base.py (TrainOnWhat)',
    policy: unlike({ roles: { system: 1, user: 1, tool: 1 }, promptEnds: 'trained' }),
  },
  {
    name: 'tinker-all-tokens',
    title: 'Tinker, all tokens',
    about: 'Every token, headers included. (Tinker leaves out a token that begins the text.)',
    source: 'thinking-machines-lab/tinker-cookbook: tinker_cookbook/renderers/base.py (TrainOnWhat)',
    policy: unlike({ prompt: 1 }),
  },
  {
    name: 'tinker-user-and-system',
    title: 'Tinker, all user and system messages',
    about: 'What users and the system say, with its end-of-turn token: for a model of users.',
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
    title: 'Tinker, customized',
    about: 'Each message as its own field says, of any role, with its end-of-turn token.',
    source: 'thinking-machines-lab/tinker-cookbook: tinker_cookbook/renderers/base.py (TrainOnWhat)',
    policy: unlike({ messageFields: 'every-role', promptEnds: 'trained' }),
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
  {
    name: 'torchtune-all',
    title: 'torchtune, train on all',
    about: 'Every token.',
    source: 'pytorch/torchtune: torchtune/data/_messages.py (masking_strategy)',
    policy: unlike({ prompt: 1 }),
  },
  {
    name: 'prime-rl',
    title: 'prime-rl',
    about:
      'What the model would sample: assistant messages from after the generation prompt through the end-of-turn token.',
    source:
      'PrimeIntellect-ai/renderers: renderers/base.py (build_training_sample), renderers/qwen3.py (sampled_mask)',
    policy: unlike({}),
  },
  {
    /** Between rounds it writes the separator of its template, which never trains; after the last one the suffix, which does. */
    name: 'ms-swift',
    title: 'ms-swift, default',
    about:
      'Every assistant message, but only the last end-of-turn token, with the line break after it; honours a message’s loss.',
    source: 'modelscope/ms-swift: swift/loss_scale/base.py, swift/template/base.py (chat_sep, suffix)',
    policy: swift({}),
  },
  {
    name: 'ms-swift-last-round',
    title: 'ms-swift, last_round',
    about: 'As its default, after the last user message alone.',
    source: 'modelscope/ms-swift: swift/loss_scale/base.py (base_strategy)',
    policy: swift({ turns: 'last-turn' }),
  },
  {
    name: 'ms-swift-all',
    title: 'ms-swift, all',
    about: 'Every token.',
    source: 'modelscope/ms-swift: swift/loss_scale/base.py (base_strategy)',
    policy: swift({ endOfTurn: 'each', prompt: 1 }),
  },
  {
    name: 'ms-swift-ignore-empty-think',
    title: 'ms-swift, ignore_empty_think',
    about: 'As its default, without empty think blocks.',
    source: 'modelscope/ms-swift: swift/loss_scale/config/ignore_empty_think.json',
    policy: swift({ emptyThink: 'mask' }),
  },
  {
    /** A regular expression and the weight of what it matches. */
    name: 'ms-swift-hermes',
    title: 'ms-swift, hermes',
    about: 'As its default, with weight 2 on tool calls.',
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
