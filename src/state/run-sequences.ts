/**
 * @file The sequences of conversations as a run makes them, with the rewards that its completions had where it composed them.
 */
import { trained as words } from '$strings/trained';
import type { Conversation } from '../conversation/types';
import { usesOwn } from '../reward/compose';
import type { RewardPart } from '../reward/types';
import { isDemonstration } from '../sequence/samples';
import type { TrainingSequence } from '../sequence/types';
import { sampleKindOf } from '../settings/sample-kind';
import type { ReplyOf } from '../worker/client';
import type { TextRequests } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import { digestOf, digestsWith, rewardedAs } from './fingerprint';
import type { RunMaking, TakenConversation } from './run-trained';
import { makeSequences } from './train-sequences';

type Made = ReplyOf<TextRequests, 'sequences'>;
type Text = Pick<TextService, 'sequences'>;

/** All that a run makes of conversations, before its objective chooses; and of those of which it makes nothing, why. */
export async function sequencesOf(
  text: Text,
  conversations: readonly Conversation[],
  how: RunMaking,
): Promise<Made> {
  const samples = sampleKindOf(how.kind);
  const make = (all: readonly Conversation[], rewards?: readonly RewardPart[]) =>
    makeSequences(text, all, {
      ...how.mask,
      division: how.division,
      samples,
      ...(rewards && { rewards: [...rewards] }),
    });
  if (samples === 'reward' && how.composed) return rewarded(conversations, how.composed, how.taken, make);
  const bad = how.kind === 'sft' ? conversations.filter((one) => !isDemonstration(one)) : [];
  const made = await make(conversations.filter((one) => !bad.includes(one)));
  return joined(left(bad, words.labelledBad), made);
}

/**
 * A completion that is as the run took it, be it under another id, has the reward that it had then. Any other is rewarded anew; that
 * cannot be done here where the person's own function has a part.
 */
async function rewarded(
  conversations: readonly Conversation[],
  composed: readonly RewardPart[],
  taken: RunMaking['taken'],
  make: (all: readonly Conversation[], rewards?: readonly RewardPart[]) => Promise<Made>,
): Promise<Made> {
  const entryOf = ({ id }: Conversation): TakenConversation | undefined => taken?.get(id);
  const known = conversations.filter(entryOf);
  const others = conversations.filter((one) => !entryOf(one));
  const before = await make(known.map((one) => withReward(one, entryOf(one)?.reward)));
  const own = byConversation(before.sequences);
  const changed = known.filter((one) => {
    const sequences = own.get(one.id);
    return sequences && digestOf(sequences) !== entryOf(one)?.digest;
  });
  const ids = new Set(changed.map(({ id }) => id));
  const same: Made = {
    sequences: before.sequences.filter(({ origin }) => !ids.has(origin.conversation)),
    problems: before.problems.filter(({ conversation }) => !ids.has(conversation)),
  };
  if (!usesOwn(composed)) return joined(same, await make([...changed, ...others], composed));
  const copies = await asTaken([...changed, ...others], taken, make);
  const found = byConversation(copies);
  const isLeft = ({ id }: Conversation) => !found.has(id);
  // Those that cannot be rendered, or have no completion, lack more than a reward.
  const unrewarded = await make(others.filter(isLeft).map((one) => withReward(one, undefined)));
  return joined(
    { sequences: [...same.sequences, ...copies], problems: same.problems },
    left(changed.filter(isLeft), words.notRewardedSince),
    unrewarded,
  );
}

/** The sequences of conversations that are the same as one that the run took under another id, with the reward of that. */
async function asTaken(
  conversations: readonly Conversation[],
  taken: RunMaking['taken'],
  make: (all: readonly Conversation[]) => Promise<Made>,
): Promise<TrainingSequence[]> {
  const entries = [...(taken?.values() ?? [])];
  if (entries.length === 0) return [];
  const digests = new Set(entries.map(({ digest }) => digest));
  const rewards = [...new Set(entries.flatMap(({ reward }) => reward ?? []))];
  const { sequences } = await make(conversations.map((one) => withReward(one, 0)));
  return [...byConversation(sequences).values()].flatMap((own) => {
    const found = [...digestsWith(own, rewards)].find(([, digest]) => digests.has(digest));
    return found ? rewardedAs(own, found[0]) : [];
  });
}

/** Sequences by the conversation that they are of. */
export function byConversation(sequences: readonly TrainingSequence[]): Map<string, TrainingSequence[]> {
  const found = new Map<string, TrainingSequence[]>();
  for (const sequence of sequences) {
    const { conversation } = sequence.origin;
    const own = found.get(conversation);
    if (own) own.push(sequence);
    else found.set(conversation, [sequence]);
  }
  return found;
}

const left = (conversations: readonly Conversation[], reason: string): Made => ({
  sequences: [],
  problems: conversations.map(({ id: conversation }) => ({ conversation, reason })),
});

const joined = (...all: readonly Made[]): Made => ({
  sequences: all.flatMap(({ sequences }) => sequences),
  problems: all.flatMap(({ problems }) => problems),
});

/** Without what the record itself says, which would stand in for a reward. */
function withReward(
  { reward: _, label: __, preference: ___, ...rest }: Conversation,
  reward: number | undefined,
): Conversation {
  return { ...rest, ...(reward !== undefined && { reward }) };
}
