/**
 * @file What a policy can say: a switch and a weight for each segment that a model generates, and further knobs.
 */
import type { SegmentKind } from '../template/rendered';

/** The segments a model generates, and so the only ones that the four switches train. */
export const TRAINABLE_KINDS = ['think', 'call', 'answer', 'end'] as const;
export type TrainableKind = (typeof TRAINABLE_KINDS)[number];

/** Roles other than the assistant, whose content a policy may train too. */
export const PROMPT_ROLES = ['system', 'user', 'tool'] as const;
export type PromptRole = (typeof PROMPT_ROLES)[number];

/** What decides between trained and context; see `MaskOptions.basis`. */
export const BASES = ['segments', 'generation-blocks', 'completion', 'markers'] as const;
export const TURNS = ['all', 'last-turn', 'last-message', 'final-message'] as const;
export const END_OF_TURN = ['each', 'last', 'none'] as const;
export const PROMPT_ENDS = ['none', 'trained', 'all'] as const;
export const TRAIN_OR_MASK = ['train', 'mask'] as const;
export const MESSAGE_FIELDS = ['honour', 'every-role', 'ignore'] as const;
export const DETAILS = ['characters', 'tokens'] as const;
export const BORDERS = ['strict', 'first', 'masked', 'majority'] as const;

export type Basis = (typeof BASES)[number];
export type Border = (typeof BORDERS)[number];

/** Is this segment trained, and with which weight: any finite number, negative ones included. */
export interface SegmentRule {
  train: boolean;
  weight: number;
}

/** Sets the weight of what a regular expression matches in the text of a segment (ms-swift: regex `loss_scale`). */
export interface MaskRule {
  /** A JavaScript regular expression. It sees the text of one span at a time, delimiters included. */
  pattern: string;
  /** Any of `i`, `m`, `s`; `g` and `u` are always on. */
  flags?: string;
  /** Segments that it looks into; absent means those the model generates. */
  kinds?: readonly SegmentKind[];
  /** Replaces the weight of the segment; a message's own weight and the choice of turns still apply. */
  weight: number;
}

/**
 * Knobs beyond the four switches. An absent field means what its comment calls the default. Sources are in
 * `presets.ts`, which also shows which system has which knob.
 */
export interface MaskOptions {
  /**
   * `segments` (default): the switches decide, by what each character is.
   * `generation-blocks`: the template's `{% generation %}` blocks, verbatim, with weight 1; where the template has none,
   * as `segments` (TRL's assistant-only loss, whose patched templates have them).
   * `completion`: everything after the generation prompt of the message where the completion begins, tool results
   * included (TRL's completion-only loss). Without `completionFrom` that is the last assistant message.
   * `markers`: everything from after an assistant's header to the next user's header, found as text (Unsloth).
   * The last three take weights from nowhere but themselves: the other knobs do not apply, except that `turns` other
   * than `all` makes `markers` take the last response alone.
   */
  basis?: Basis;
  /**
   * Which assistant messages train: `all` (default; torchtune's train_on_assistant, Tinker's all assistant messages);
   * `last-turn`, those after the last user message (Tinker's last assistant turn); `last-message`, the last that the
   * assistant wrote (LLaMA-Factory's `mask_history`, NeMo's `train_on_last_turn_only`, torchtune's train_on_last);
   * `final-message`, the same, but none where somebody else spoke last (Tinker's last assistant message).
   */
  turns?: (typeof TURNS)[number];
  /** Which end-of-turn tokens train, where the switch `end` is on: `each` (default), `last`, `none` (Axolotl: `train_on_eos`). */
  endOfTurn?: (typeof END_OF_TURN)[number];
  /**
   * End-of-turn tokens of other roles: `none` train (default); `trained`, those after content that trains, with its weight
   * (Tinker: all messages); `all` train with weight 1, and those of assistant messages that do not train too (Axolotl:
   * `train_on_eos: all`).
   */
  promptEnds?: (typeof PROMPT_ENDS)[number];
  /**
   * Weight of the white space after an assistant's end-of-turn token, where `endOfTurn` trains that; 0 by default, 1 in
   * TRL, Unsloth and NeMo.
   */
  trailingNewline?: number;
  /** Weight of what the generation prompt supplies at inference: an assistant's header and think block that it opens; 0 by default. */
  header?: number;
  /** A think block without a word in it: `train` (default) or `mask` (Axolotl; ms-swift: `ignore_empty_think`). */
  emptyThink?: (typeof TRAIN_OR_MASK)[number];
  /**
   * Thinking before the last user message, where the template keeps it: `train` (default) or `mask`. This changes
   * weights alone; NeMo's `drop_history_reasoning_content` takes the thinking out of the text.
   */
  earlierThink?: (typeof TRAIN_OR_MASK)[number];
  /**
   * Weight of everything that the model does not generate: headers, prompts, tool results, line breaks. 0 by default;
   * 1 is LLaMA-Factory's `train_on_prompt` and torchtune's train_on_all. The more special knobs go before it.
   */
  prompt?: number;
  /** Weight of the content of other roles, without their headers (Axolotl: `roles_to_train`). Tool schemas count as `system`. */
  roles?: Partial<Record<PromptRole, number>>;
  /**
   * `honour` (default): a message's `weight` multiplies, and its `detail` gives ranges of its content weights of their own
   * (OpenAI: `weight`; Axolotl: `train`, `train_detail`). `every-role`: the same, and a message of another role that has
   * such fields is trained (Axolotl). `ignore`: as systems that do not know these fields.
   */
  messageFields?: (typeof MESSAGE_FIELDS)[number];
  /**
   * What a message's `detail` divides. `characters` (default): each has the weight of its range. `tokens`: as Axolotl does,
   * which widens a range to the tokens at its ends (see `whole-tokens.ts`), trains what is wholly in a range with weight 1,
   * and nothing of the message's thinking and calls.
   */
  detail?: (typeof DETAILS)[number];
  /** Later rules win over earlier ones, and a message's `detail` over all of them. */
  rules?: readonly MaskRule[];
  /**
   * A token across a border. `strict` (default): the weight of its first character, but context where any of its
   * characters is; `first`: the weight of its first character; `masked`: 0 where its characters have different weights
   * (Axolotl); `majority`: the weight of most of its characters, the earlier one where two are even.
   */
  border?: Border;
}

/** A switch and a weight for each trainable segment, and further knobs. */
export type MaskPolicy = Record<TrainableKind, SegmentRule> & MaskOptions;

/** Trains thinking, calls, answers and the end of turn with weight 1; everything else is context. */
export const DEFAULT_POLICY: Readonly<MaskPolicy> = Object.freeze({
  think: { train: true, weight: 1 },
  call: { train: true, weight: 1 },
  answer: { train: true, weight: 1 },
  end: { train: true, weight: 1 },
});

/** A weight as it is stored, in 32 bits. @throws RangeError where that is not finite. */
export function finiteWeight(weight: number, what: string): number {
  if (!Number.isFinite(Math.fround(weight))) {
    throw new RangeError(`The weight of ${what} must be a finite number, not ${weight}.`);
  }
  return weight;
}
