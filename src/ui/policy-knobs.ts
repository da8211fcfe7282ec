/**
 * @file Every knob of a policy besides the four switches and the rules: what it is called, what it may be, and one sentence
 * about it. The form of the mask panel is made from this table.
 */
import type { MaskOptions, PromptRole } from '../mask/knobs';

/** Knobs whose value is one of a few words. The first option is the default, and is left out of a policy. */
export type ChoiceKey = Exclude<
  keyof MaskOptions,
  'header' | 'trailingNewline' | 'prompt' | 'roles' | 'rules'
>;
/** Knobs whose value is a weight, 0 by default or, for the first two, the weight of all context. */
export type WeightKey = 'header' | 'trailingNewline' | 'prompt' | `role:${PromptRole}`;

interface Named {
  label: string;
  help: string;
}
export interface ChoiceKnob<Key extends ChoiceKey = ChoiceKey> extends Named {
  type: 'choice';
  key: Key;
  options: readonly { value: NonNullable<MaskOptions[Key]>; label: string }[];
}
export interface WeightKnob extends Named {
  type: 'weight';
  key: WeightKey;
}
export type Knob = { [Key in ChoiceKey]: ChoiceKnob<Key> }[ChoiceKey] | WeightKnob;

export interface KnobGroup {
  title: string;
  knobs: readonly Knob[];
}

export const KNOB_GROUPS: readonly KnobGroup[] = [
  {
    title: 'What decides',
    knobs: [
      {
        type: 'choice',
        key: 'basis',
        label: 'Decided by',
        help: 'The last three find their own stretches of text; most other knobs then do not apply.',
        options: [
          { value: 'segments', label: 'the segments' },
          { value: 'generation-blocks', label: 'the template’s generation blocks' },
          { value: 'completion', label: 'everything after the prompt' },
          { value: 'markers', label: 'text between headers' },
        ],
      },
      {
        type: 'choice',
        key: 'border',
        label: 'A token across a border',
        help: 'Which weight a token gets whose characters belong to two segments.',
        options: [
          { value: 'strict', label: 'its first character’s, context if any is' },
          { value: 'first', label: 'its first character’s' },
          { value: 'masked', label: '0 where they differ' },
          { value: 'majority', label: 'that of most characters' },
        ],
      },
    ],
  },
  {
    title: 'Turns',
    knobs: [
      {
        type: 'choice',
        key: 'turns',
        label: 'Assistant messages',
        help: 'Which of them are trained; the others are context.',
        options: [
          { value: 'all', label: 'all' },
          { value: 'last-turn', label: 'those after the last user message' },
          { value: 'last-message', label: 'the last that it wrote' },
          { value: 'final-message', label: 'the last message, if it is its own' },
        ],
      },
    ],
  },
  {
    title: 'End of turn',
    knobs: [
      {
        type: 'choice',
        key: 'endOfTurn',
        label: 'End-of-turn tokens',
        help: 'Which of them are trained, where “End of turn” is switched on.',
        options: [
          { value: 'each', label: 'each' },
          { value: 'last', label: 'the last' },
          { value: 'none', label: 'none' },
        ],
      },
      {
        type: 'choice',
        key: 'promptEnds',
        label: 'Those of other roles',
        help: 'End-of-turn tokens that the model never writes; Axolotl trains them after content that it trains.',
        options: [
          { value: 'none', label: 'none' },
          { value: 'trained', label: 'after content that trains' },
          { value: 'all', label: 'all' },
        ],
      },
      {
        type: 'weight',
        key: 'trailingNewline',
        label: 'Line break after it',
        help: 'The model never has to write it, yet TRL, Unsloth and NeMo train it with 1.',
      },
    ],
  },
  {
    title: 'What the prompt supplies',
    knobs: [
      {
        type: 'weight',
        key: 'header',
        label: 'Assistant’s header',
        help: 'Also a think block that the generation prompt opens; torchtune trains it with 1.',
      },
      {
        type: 'weight',
        key: 'prompt',
        label: 'All other context',
        help: 'Everything that the model does not write; 1 is LLaMA-Factory’s train_on_prompt.',
      },
      {
        type: 'weight',
        key: 'role:system',
        label: 'System prompt and tools',
        help: 'Their content without headers.',
      },
      {
        type: 'weight',
        key: 'role:user',
        label: 'What the user says',
        help: 'Its content without headers (Axolotl: roles_to_train).',
      },
      {
        type: 'weight',
        key: 'role:tool',
        label: 'Tool results',
        help: 'A model that is trained on them learns to invent results.',
      },
    ],
  },
  {
    title: 'Thinking',
    knobs: [
      {
        type: 'choice',
        key: 'emptyThink',
        label: 'Empty think blocks',
        help: 'A think block without a word in it; Axolotl masks it.',
        options: [
          { value: 'train', label: 'like other thinking' },
          { value: 'mask', label: 'masked' },
        ],
      },
      {
        type: 'choice',
        key: 'earlierThink',
        label: 'Earlier thinking',
        help: 'Thinking before the last user message, where the template keeps it.',
        options: [
          { value: 'train', label: 'like other thinking' },
          { value: 'mask', label: 'masked' },
        ],
      },
    ],
  },
  {
    title: 'Messages’ own fields',
    knobs: [
      {
        type: 'choice',
        key: 'messageFields',
        label: 'weight, train, train_detail',
        help: 'Whether such fields of the data count.',
        options: [
          { value: 'honour', label: 'count for the assistant' },
          { value: 'every-role', label: 'count for every role' },
          { value: 'ignore', label: 'are ignored' },
        ],
      },
      {
        type: 'choice',
        key: 'detail',
        label: 'Ranges of train_detail',
        help: 'Axolotl widens ranges to whole tokens, and trains nothing else of such a message but its end.',
        options: [
          { value: 'characters', label: 'by characters' },
          { value: 'tokens', label: 'by whole tokens' },
        ],
      },
    ],
  },
];
