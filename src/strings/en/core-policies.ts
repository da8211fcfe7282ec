/**
 * @file Mask policies in words, by the name that files and the command line have for them: a title, and a sentence on what is special
 * about each. `src/mask/presets.ts` has what they train.
 */

export const corePolicies = {
  default: {
    title: 'Losslight',
    about: 'Everything that the model itself generates, through the end-of-turn token; nothing after it.',
  },
  'trl-assistant-only': {
    title: 'TRL, assistant only',
    about:
      'Follows the template’s generation blocks; without them, every assistant turn through the line break after it.',
  },
  'trl-completion-only': {
    title: 'TRL, completion only',
    about:
      'Everything after the prompt: the last assistant message, or the completion where the data has one.',
  },
  axolotl: {
    title: 'Axolotl, default',
    about:
      'Assistant turns through the end-of-turn token; empty thinking and tokens across a border are masked; honours train and train_detail.',
  },
  'axolotl-eos-all': {
    title: 'Axolotl, train_on_eos: all',
    about: 'As its default, and the end-of-turn tokens of everybody, also of turns that are not trained.',
  },
  'axolotl-eos-last': {
    title: 'Axolotl, train_on_eos: last',
    about: 'As its default, but only the end-of-turn token of the last trained turn.',
  },
  'axolotl-eos-none': {
    title: 'Axolotl, train_on_eos: none',
    about: 'As its default, without any end-of-turn token: the model does not learn to stop.',
  },
  unsloth: {
    title: 'Unsloth, responses only',
    about: 'Everything between an assistant’s header and the next user’s header; tool output can leak in.',
  },
  'unsloth-last-response': {
    title: 'Unsloth, last response only',
    about: 'As responses only, from the last assistant’s header on.',
  },
  'llama-factory': {
    title: 'LLaMA-Factory, default',
    about: 'Every assistant message through the line break after its end of turn.',
  },
  'llama-factory-mask-history': {
    title: 'LLaMA-Factory, mask_history',
    about: 'The last assistant message alone. (It also strips earlier thinking from the text.)',
  },
  'llama-factory-train-on-prompt': {
    title: 'LLaMA-Factory, train_on_prompt',
    about: 'Every token: prompts, headers and tool results too.',
  },
  'nemo-automodel': {
    title: 'NeMo Automodel',
    about: 'Every assistant turn through the line break after its end of turn.',
  },
  'nemo-mask-reasoning': {
    title: 'NeMo Automodel, mask_reasoning_content',
    about: 'As its default, without thinking.',
  },
  'nemo-last-turn': {
    title: 'NeMo Automodel, train_on_last_turn_only',
    about: 'The last assistant message alone, through the line break after its end of turn.',
  },
  'tinker-last-assistant': {
    title: 'Tinker, last assistant message',
    about:
      'The last message, if it is the assistant’s, from after the generation prompt through the end-of-turn token.',
  },
  'tinker-last-turn': {
    title: 'Tinker, last assistant turn',
    about: 'Every assistant message after the last user message.',
  },
  'tinker-all-assistant': {
    title: 'Tinker, all assistant messages',
    about: 'Every assistant message, from after the generation prompt through the end-of-turn token.',
  },
  'tinker-all-messages': {
    title: 'Tinker, all messages',
    about: 'What everybody says, with its end-of-turn token and without headers.',
  },
  'tinker-all-tokens': {
    title: 'Tinker, all tokens',
    about: 'Every token, headers included. (Tinker leaves out a token that begins the text.)',
  },
  'tinker-user-and-system': {
    title: 'Tinker, all user and system messages',
    about: 'What users and the system say, with its end-of-turn token: for a model of users.',
  },
  'tinker-customized': {
    title: 'Tinker, customized',
    about: 'Each message as its own field says, of any role, with its end-of-turn token.',
  },
  torchtune: {
    title: 'torchtune, train on assistant',
    about: 'Assistant messages whole, their headers included.',
  },
  'torchtune-last': {
    title: 'torchtune, train on last',
    about: 'The last assistant message whole, its header included.',
  },
  'torchtune-all': { title: 'torchtune, train on all', about: 'Every token.' },
  'prime-rl': {
    title: 'prime-rl',
    about:
      'What the model would sample: assistant messages from after the generation prompt through the end-of-turn token.',
  },
  'ms-swift': {
    title: 'ms-swift, default',
    about:
      'Every assistant message, but only the last end-of-turn token, with the line break after it; honours a message’s loss.',
  },
  'ms-swift-last-round': {
    title: 'ms-swift, last_round',
    about: 'As its default, after the last user message alone.',
  },
  'ms-swift-all': { title: 'ms-swift, all', about: 'Every token.' },
  'ms-swift-ignore-empty-think': {
    title: 'ms-swift, ignore_empty_think',
    about: 'As its default, without empty think blocks.',
  },
  'ms-swift-hermes': { title: 'ms-swift, hermes', about: 'As its default, with weight 2 on tool calls.' },
};
