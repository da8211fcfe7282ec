/**
 * @file Fixes as data, and what applying them gives.
 */
import type { Conversation, Message } from '../conversation/types';
import type { MaskPolicy } from '../mask/policy';
import type { SegmentKind } from '../template/rendered';
import type { TokenRow } from './row-file';
import type { Fix, TrainerSettings } from './types';

/** A fix that changes the mask. */
export function policyFix(title: string, change: Partial<MaskPolicy>): Fix {
  return { kind: 'policy', title, change };
}

export function settingFix(title: string, change: Partial<TrainerSettings>): Fix {
  return { kind: 'setting', title, change };
}

/** A fix that changes one message. */
export function messageFix(
  title: string,
  conversation: Conversation,
  index: number,
  change: (message: Message) => Message,
): Fix {
  const messages = conversation.messages.map((message, i) => (i === index ? change(message) : message));
  return { kind: 'conversation', title, conversation: { ...conversation, messages } };
}

/**
 * What takes the mask from another basis to the segments, where it is on another: the knobs that say what is context
 * apply to segments alone.
 */
export function bySegments({ basis = 'segments', turns }: MaskPolicy): Partial<MaskPolicy> {
  if (basis === 'segments') return {};
  // The completion is what follows the prompt: in most data the last user turn.
  return { basis: 'segments', ...(basis === 'completion' && { turns: turns ?? 'last-turn' }) };
}

/** The rules of a policy without those that set weights in `kind`; no field at all where nothing changes. */
export function rulesWithout({ rules }: MaskPolicy, kind: SegmentKind): Pick<MaskPolicy, 'rules'> {
  if (!rules?.some(({ kinds }) => kinds?.includes(kind))) return {};
  return {
    rules: rules.flatMap((rule) => {
      const kinds = rule.kinds?.filter((other) => other !== kind);
      return kinds?.length === 0 ? [] : [kinds ? { ...rule, kinds } : rule];
    }),
  };
}

/** What a fix may change. */
export interface Fixable {
  policy: MaskPolicy;
  settings: TrainerSettings;
  conversation?: Conversation;
  templateSource?: string;
  row?: TokenRow;
}

/** The same with a fix applied; nothing of the argument is changed. */
export function applyFix<T extends Fixable>(fix: Fix, state: T): T {
  switch (fix.kind) {
    case 'policy':
      return { ...state, policy: { ...state.policy, ...fix.change } };
    case 'setting':
      return { ...state, settings: { ...state.settings, ...fix.change } };
    case 'conversation':
      return { ...state, conversation: fix.conversation };
    case 'template':
      return { ...state, templateSource: fix.source };
    case 'row':
      return state.row ? { ...state, row: { ...state.row, ...fix.change } } : state;
  }
}
