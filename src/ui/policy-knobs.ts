/**
 * @file Every knob of a policy besides the four switches and the rules: what it is called, what it may be, and one sentence
 * about it. The form of the mask panel is made from this table.
 */
import { policyKnobs as words } from '$strings/policy-knobs';
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

/** What a knob is called, without the words of its options. */
const named = ({ label, help }: Named): Named => ({ label, help });

export const KNOB_GROUPS: readonly KnobGroup[] = [
  {
    title: words.groups.decides,
    knobs: [
      {
        type: 'choice',
        key: 'basis',
        ...named(words.basis),
        options: [
          { value: 'segments', label: words.basis.segments },
          { value: 'generation-blocks', label: words.basis.blocks },
          { value: 'completion', label: words.basis.completion },
          { value: 'markers', label: words.basis.markers },
        ],
      },
      {
        type: 'choice',
        key: 'border',
        ...named(words.border),
        options: [
          { value: 'strict', label: words.border.strict },
          { value: 'first', label: words.border.first },
          { value: 'masked', label: words.border.masked },
          { value: 'majority', label: words.border.majority },
        ],
      },
    ],
  },
  {
    title: words.groups.turns,
    knobs: [
      {
        type: 'choice',
        key: 'turns',
        ...named(words.turns),
        options: [
          { value: 'all', label: words.turns.all },
          { value: 'last-turn', label: words.turns.lastTurn },
          { value: 'last-message', label: words.turns.lastMessage },
          { value: 'final-message', label: words.turns.finalMessage },
        ],
      },
    ],
  },
  {
    title: words.groups.ends,
    knobs: [
      {
        type: 'choice',
        key: 'endOfTurn',
        ...named(words.endOfTurn),
        options: [
          { value: 'each', label: words.endOfTurn.each },
          { value: 'last', label: words.endOfTurn.last },
          { value: 'none', label: words.endOfTurn.none },
        ],
      },
      {
        type: 'choice',
        key: 'promptEnds',
        ...named(words.promptEnds),
        options: [
          { value: 'none', label: words.promptEnds.none },
          { value: 'trained', label: words.promptEnds.trained },
          { value: 'all', label: words.promptEnds.all },
        ],
      },
      { type: 'weight', key: 'trailingNewline', ...words.trailingNewline },
    ],
  },
  {
    title: words.groups.prompt,
    knobs: [
      { type: 'weight', key: 'header', ...words.header },
      { type: 'weight', key: 'prompt', ...words.prompt },
      { type: 'weight', key: 'role:system', ...words.system },
      { type: 'weight', key: 'role:user', ...words.user },
      { type: 'weight', key: 'role:tool', ...words.tool },
    ],
  },
  {
    title: words.groups.thinking,
    knobs: [
      {
        type: 'choice',
        key: 'emptyThink',
        ...named(words.emptyThink),
        options: [
          { value: 'train', label: words.emptyThink.train },
          { value: 'mask', label: words.emptyThink.mask },
        ],
      },
      {
        type: 'choice',
        key: 'earlierThink',
        ...named(words.earlierThink),
        options: [
          { value: 'train', label: words.earlierThink.train },
          { value: 'mask', label: words.earlierThink.mask },
        ],
      },
    ],
  },
  {
    title: words.groups.fields,
    knobs: [
      {
        type: 'choice',
        key: 'messageFields',
        ...named(words.messageFields),
        options: [
          { value: 'honour', label: words.messageFields.honour },
          { value: 'every-role', label: words.messageFields.everyRole },
          { value: 'ignore', label: words.messageFields.ignore },
        ],
      },
      {
        type: 'choice',
        key: 'detail',
        ...named(words.detail),
        options: [
          { value: 'characters', label: words.detail.characters },
          { value: 'tokens', label: words.detail.tokens },
        ],
      },
    ],
  },
];
