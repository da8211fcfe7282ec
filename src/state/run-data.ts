/**
 * @file What a new run learns from, made of the conversations that it takes: sequences, samples with their rewards, or prompts.
 */
import { runData as words } from '$strings/run-data';
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import { usesOwn } from '../reward/compose';
import { isDemonstration, type SampleKind } from '../sequence/samples';
import type { TrainingSequence } from '../sequence/types';
import { usableSamples } from '../sequence/usable-samples';
import { ON_POLICY, type ObjectiveKind } from '../settings/objective';
import { sampleKindOf } from '../settings/sample-kind';
import type { RolloutPrompt } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import { promptsOf } from './objective-data';
import { rewardRecords } from './recorded-rewards';
import type { RewardSource } from './reward-source';
import { makeSequences, type SequenceOptions } from './train-sequences';

export interface RunData {
  sequences: TrainingSequence[];
  /** On policy. */
  prompts: RolloutPrompt[] | undefined;
  /** Undefined where nothing is held out, or nothing of it has what the objective goes by: a run begins without. */
  heldOut: TrainingSequence[] | undefined;
  /** Conversations that the run learns from, or prompts. */
  conversations: number;
  /** What was left out, and why. */
  problems: { conversation: string; reason: string }[];
}

export interface RunDataOptions extends Omit<SequenceOptions, 'samples' | 'rewards'> {
  kind: ObjectiveKind;
  /** What recorded completions are rewarded by, in place of the records' own rewards. */
  composed?: RewardSource | undefined;
  /** The reward from which RAFT keeps; absent of every other objective. */
  keepFrom?: number | undefined;
}

/**
 * @param text of the page; a worker of its own is asked for where the person's own function rewards
 * @throws LosslightError `nothing-to-train`; what rendering fails with.
 */
export async function runData(
  text: Pick<TextService, 'sequences' | 'another'>,
  conversations: readonly Conversation[],
  heldOut: readonly Conversation[] | undefined,
  { kind, composed, keepFrom, ...options }: RunDataOptions,
): Promise<RunData> {
  const samples = sampleKindOf(kind);
  const source = samples === 'reward' ? composed : undefined;
  const make = async (all: readonly Conversation[]) => {
    if (!source || !usesOwn(source.parts)) {
      const rewards = source && [...source.parts];
      return makeSequences(text, all, { ...options, samples, rewards });
    }
    const own = await text.another();
    try {
      const rewarded = await rewardRecords(own, all, source.scorer());
      const made = await makeSequences(text, rewarded.conversations, { ...options, samples });
      return { ...made, problems: [...rewarded.problems, ...made.problems] };
    } finally {
      own.dispose();
    }
  };
  /** A loss over what is labelled bad would fall where the model gets worse. */
  const imitated = (all: readonly Conversation[]) => (samples ? all : all.filter(isDemonstration));
  const usable = (sequences: readonly TrainingSequence[]) =>
    samples
      ? usableSamples(sequences, samples, { ...(keepFrom !== undefined && { keepFrom }) }).kept
      : sequences;
  const made = heldOut?.length ? (await make(imitated(heldOut))).sequences : undefined;
  const measured = made && isMeasurable(usable(made), samples) ? made : undefined;
  if (ON_POLICY.includes(kind)) {
    const prompts = promptsOf(conversations);
    return { sequences: [], prompts, heldOut: measured, conversations: prompts.length, problems: [] };
  }
  const taken = imitated(conversations);
  const { sequences, problems } = await make(taken);
  if (sequences.length === 0) throw nothing(conversations.length - taken.length, problems[0]?.reason);
  const used = new Set(usable(sequences).map(({ origin }) => origin.conversation));
  return { sequences, prompts: undefined, heldOut: measured, conversations: used.size, problems };
}

/** Whether a loss can be made of what an objective can use: KTO compares good with bad. */
function isMeasurable(sequences: readonly TrainingSequence[], samples: SampleKind | undefined): boolean {
  if (samples !== 'label') return sequences.length > 0;
  return [true, false].every((label) => sequences.some(({ sample }) => sample?.desirable === label));
}

function nothing(bad: number, reason: string | undefined): LosslightError {
  const { allBad, none } = words.nothing;
  return bad > 0 && !reason
    ? new LosslightError('nothing-to-train', allBad.message, allBad.remedy)
    : new LosslightError('nothing-to-train', none.message(reason), none.remedy);
}
