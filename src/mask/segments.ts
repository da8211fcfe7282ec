/**
 * @file The weight of a segment: the switches, which turns train, prompts, and a message's own fields.
 */
import type { Message } from '../conversation/types';
import type { Span } from '../template/rendered';
import { finiteWeight, PROMPT_ROLES, TRAINABLE_KINDS, type MaskPolicy, type PromptRole } from './knobs';

/** A stretch of text or one token, by what it is. */
export type Unit = Pick<Span, 'kind' | 'message' | 'generated'>;

export class SegmentWeigher {
  readonly #policy: MaskPolicy;
  readonly #messages: readonly Message[];
  readonly #selected: ReadonlySet<number>;
  readonly #lastUser: number;
  readonly #lastEnd: number;

  /** @throws RangeError where a weight of the policy is not finite. */
  constructor(policy: MaskPolicy, messages: readonly Message[], units: readonly Unit[]) {
    checkWeights(policy);
    this.#policy = policy;
    this.#messages = messages;
    this.#lastUser = messages.findLastIndex((message) => message.role === 'user');
    const speakers = new Set(units.filter((unit) => unit.generated).map((unit) => unit.message));
    const last = Math.max(-1, ...speakers);
    const chosen = {
      all: () => true,
      'last-turn': (message: number) => message > this.#lastUser,
      'last-message': (message: number) => message === last,
      'final-message': (message: number) => message === messages.length - 1,
    }[policy.turns ?? 'all'];
    this.#selected = new Set([...speakers].filter(chosen));
    const trains = (unit: Unit) => unit.generated && unit.kind === 'end' && this.messageFactor(unit) !== 0;
    this.#lastEnd = units.findLast(trains)?.message ?? -1;
  }

  /** The weight of a unit; `before` is the unit in front of it, by which a trailing line break is known. */
  weigh(unit: Unit, before: Unit | undefined): number {
    // Axolotl finds these tokens turn by turn, whether the turn trains or not.
    if (this.#policy.promptEnds === 'all' && unit.generated && unit.kind === 'end')
      return this.#generated(unit);
    const base = unit.generated ? this.#generated(unit) : this.#context(unit, before);
    return base === 0 ? 0 : base * this.messageFactor(unit);
  }

  /** What the choice of turns and the message's own fields multiply every weight by. */
  messageFactor({ message, generated }: Unit): number {
    if (generated && !this.#selected.has(message)) return 0;
    if (this.#policy.messageFields === 'ignore') return 1;
    const { weight, detail } = this.#messages[message] ?? {};
    // Axolotl takes an empty list of ranges for a message that does not train.
    if (this.#policy.detail === 'tokens' && weight === undefined && detail?.length === 0) return 0;
    return weight ?? 1;
  }

  #generated({ kind, message }: Unit): number {
    const policy = this.#policy;
    const trainable = TRAINABLE_KINDS.find((other) => other === kind);
    const rule = trainable && policy[trainable];
    if (!rule?.train) return 0;
    if (kind === 'end' && !this.#endsTrain(message)) return 0;
    if (kind === 'think') {
      if (policy.emptyThink === 'mask' && !this.#messages[message]?.reasoning?.trim()) return 0;
      if (policy.earlierThink === 'mask' && message < this.#lastUser) return 0;
    }
    return rule.weight;
  }

  #context({ kind, message }: Unit, before: Unit | undefined): number {
    const { header, trailingNewline, roles, prompt = 0 } = this.#policy;
    const speaks = this.#messages[message]?.role === 'assistant';
    if (speaks && !this.#selected.has(message)) return prompt;
    if (kind === 'header' && speaks) return header ?? prompt;
    const ends = kind === 'scaffold' && before?.kind === 'end' && before.generated;
    if (ends && before.message === message)
      return this.#endsTrain(message) ? (trailingNewline ?? prompt) : prompt;
    const role = roleOf(kind);
    if (!role) return prompt;
    return roles?.[role] ?? (this.#asksToTrain(message) ? 1 : prompt);
  }

  /** Whether `endOfTurn` trains the end of an assistant's message. */
  #endsTrain(message: number): boolean {
    const which = this.#policy.endOfTurn ?? 'each';
    return which === 'each' || (which === 'last' && message === this.#lastEnd);
  }

  /** Whether a message of another role has fields of its own that train it, and they count. */
  #asksToTrain(index: number): boolean {
    const message = this.#messages[index];
    if (this.#policy.messageFields !== 'every-role' || !message) return false;
    return message.weight !== undefined || (message.detail?.length ?? 0) > 0;
  }
}

/** Whose content a segment is; undefined for what the assistant writes and what the template does. */
function roleOf(kind: Unit['kind']): PromptRole | undefined {
  switch (kind) {
    case 'system':
    case 'tools':
      return 'system';
    case 'user':
      return 'user';
    case 'result':
      return 'tool';
    default:
      return undefined;
  }
}

function checkWeights(policy: MaskPolicy): void {
  for (const kind of TRAINABLE_KINDS) {
    if (policy[kind].train) finiteWeight(policy[kind].weight, `segment “${kind}”`);
  }
  for (const knob of ['trailingNewline', 'header', 'prompt'] as const) {
    finiteWeight(policy[knob] ?? 0, `“${knob}”`);
  }
  for (const role of PROMPT_ROLES) finiteWeight(policy.roles?.[role] ?? 0, `role “${role}”`);
  for (const rule of policy.rules ?? []) finiteWeight(rule.weight, `rule /${rule.pattern}/`);
}
