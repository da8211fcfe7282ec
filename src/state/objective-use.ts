/**
 * @file From which conversations an objective learns, and why it leaves the others out, as far as the records themselves tell: what
 * rewards that are composed on the page will say is known only once a run has asked them.
 */
import type { Conversation } from '../conversation/types';
import { recordedReaction } from '../reward/expected-turns';
import { hasCompletion, isDemonstration, samplesOf, type Sample, type SampleKind } from '../sequence/samples';
import type { ObjectiveSettings } from '../settings/objective';

/** Why an objective learns nothing from a conversation. */
export type LeftOut =
  | 'labelledBad'
  | 'unrewarded'
  | 'below'
  | 'noPair'
  | 'same'
  | 'noLabel'
  | 'weightless'
  | 'noCompletion'
  | 'noPrompt';

/** What one conversation offers to objectives. */
export interface Offer {
  demonstration: boolean;
  /** Of its completions. */
  rewards: readonly number[];
  pair: 'none' | 'same' | 'two';
  /** Its completions as labels: good or bad. */
  labels: readonly boolean[];
  /** For each of what objectives learn from: that there is a completion, of a pair both. */
  completes: Readonly<Record<SampleKind, boolean>>;
  /** There is a completion that reacts to a user, which is what composed rewards are for. */
  reacts: boolean;
  prompts: boolean;
}

/** A conversation never changes, an edited one is another. */
const known = new WeakMap<Conversation, Offer>();

/** What a conversation offers. */
export function offerOf(conversation: Conversation): Offer {
  let own = known.get(conversation);
  if (!own) known.set(conversation, (own = lookAt(conversation)));
  return own;
}

function lookAt(conversation: Conversation): Offer {
  const { messages, completionFrom = messages.length } = conversation;
  const user = messages.findLastIndex(({ role }, i) => role === 'user' && i < completionFrom);
  const reward = samplesOf(conversation, 'reward');
  const label = samplesOf(conversation, 'label');
  const pair = samplesOf(conversation, 'pair');
  const rewards = reward.map(({ facts }) => facts.reward ?? NaN);
  return {
    demonstration: isDemonstration(conversation),
    rewards: rewards.filter((reward) => Number.isFinite(reward)),
    pair: pairOf(pair),
    labels: label.map(({ facts }) => facts.desirable === true),
    completes: {
      reward: reward.every(hasCompletion),
      label: label.every(hasCompletion),
      pair: pair.every(hasCompletion),
    },
    reacts: recordedReaction(conversation, user).length > 0,
    prompts: messages.some(({ role }) => role === 'user'),
  };
}

/** By the messages themselves: only tokenizing would tell that two which differ in them come to the same tokens. */
function pairOf(pair: readonly Sample[]): Offer['pair'] {
  const [chosen, rejected] = pair.map((one) => JSON.stringify(one.conversation.messages));
  if (chosen === undefined) return 'none';
  return chosen === rejected ? 'same' : 'two';
}

type Settings = Pick<ObjectiveSettings, 'kind' | 'keepFrom' | 'desirableWeight' | 'undesirableWeight'>;

/**
 * Why the objective leaves a conversation out; undefined where it learns from it, as far as can be told.
 *
 * @param composes completions are rewarded by what is composed on the page, and not by their records
 */
export function leftOut(settings: Settings, composes: boolean, offer: Offer): LeftOut | undefined {
  switch (settings.kind) {
    case 'sft':
      return offer.demonstration ? undefined : 'labelledBad';
    case 'raft':
    case 'rwr':
    case 'awr':
      if (composes) return offer.reacts ? undefined : 'noCompletion';
      if (!offer.completes.reward) return 'noCompletion';
      if (!offer.rewards.length) return 'unrewarded';
      return settings.kind === 'raft' && Math.max(...offer.rewards) < settings.keepFrom ? 'below' : undefined;
    case 'dpo':
      if (offer.pair === 'none') return 'noPair';
      if (!offer.completes.pair) return 'noCompletion';
      return offer.pair === 'same' ? 'same' : undefined;
    case 'kto': {
      if (!offer.labels.length) return 'noLabel';
      if (!offer.completes.label) return 'noCompletion';
      const weightOf = (good: boolean) => (good ? settings.desirableWeight : settings.undesirableWeight);
      return offer.labels.every((good) => Math.fround(weightOf(good)) === 0) ? 'weightless' : undefined;
    }
    case 'reinforce':
    case 'rloo':
    case 'grpo':
    case 'gspo':
      return offer.prompts ? undefined : 'noPrompt';
    default:
      return settings.kind satisfies never;
  }
}

/** How many conversations an objective learns from, and of the others how many it leaves out for which reason, the most first. */
export interface ObjectiveUse {
  used: number;
  leftOut: readonly { why: LeftOut; conversations: number }[];
  /** Rewards that a run asks for first may leave out more. */
  atMost: boolean;
}

/** Counts them. */
export function objectiveUse(settings: Settings, composes: boolean, offers: readonly Offer[]): ObjectiveUse {
  const counts = new Map<LeftOut, number>();
  for (const offer of offers) {
    const why = leftOut(settings, composes, offer);
    if (why) counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  // A completion of weight 0 is one of a KTO batch all the same, and of what its rewards are compared with.
  const others = [...counts].reduce((sum, [why, some]) => (why === 'weightless' ? sum : sum + some), 0);
  const weightless = counts.get('weightless') ?? 0;
  if (others + weightless < offers.length) counts.delete('weightless');
  const left = [...counts].map(([why, conversations]) => ({ why, conversations }));
  left.sort((a, b) => b.conversations - a.conversations);
  const used = offers.length - left.reduce((sum, { conversations }) => sum + conversations, 0);
  // On policy every completion gets its own reward, and all prompts are taken.
  return { used, leftOut: left, atMost: composes && ['raft', 'rwr', 'awr'].includes(settings.kind) };
}

/** What is known of so many conversations: of other ones, it says nothing. */
export function useOf(use: ObjectiveUse | undefined, conversations: number): ObjectiveUse | undefined {
  if (!use) return undefined;
  return use.leftOut.reduce((sum, left) => sum + left.conversations, use.used) === conversations
    ? use
    : undefined;
}
