/**
 * @file What a run trained of conversations: the same sequences again, made as the run made them, and whether the run took them.
 *
 * What it took is kept as a digest a conversation, so that one that was held out, brought later or changed since is told from what
 * was trained.
 */
import { trained as words } from '$strings/trained';
import type { Conversation } from '../conversation/types';
import { usesOwn } from '../reward/compose';
import type { RewardPart } from '../reward/types';
import type { TrainingSequence } from '../sequence/types';
import { usableSamples, type Unused } from '../sequence/usable-samples';
import { ON_POLICY, type ObjectiveKind, type ObjectiveSettings } from '../settings/objective';
import { sampleKindOf } from '../settings/sample-kind';
import type { DivisionSettings } from '../settings/train';
import type { TextService } from '../worker/text-client';
import { digestOf } from './fingerprint';
import { isReached, isTaken, reachedOf, reachOf, type Reach } from './run-reach';
import { byConversation, sequencesOf } from './run-sequences';
import { entryOf } from './run-taken';
import type { KeptRun, RunFacts, RunMask } from './runs.svelte';

/** A conversation of which a run was offered something: what its objective or its steps left out is among it. */
export interface TakenConversation {
  id: string;
  /** Of all that was made of it, see `digestOf`. */
  digest: string;
  /** Of its sequences, in the list that the run was given; the run's reports name those that its steps trained. */
  places?: readonly number[];
  /** Of its completion, where a run composed rewards: the record does not hold it. */
  reward?: number;
}

/**
 * Whether a run trained a conversation, and as it is now; `other` took no part in it, `unreached` was in its data and no step had
 * trained it by then, `unknown` where nobody wrote that down. Of what is `changed` only the id is known to be the same: data that
 * comes in the place of other data gives its ids again.
 */
export type Standing = 'taken' | 'unreached' | 'other' | 'changed' | 'unknown';

/**
 * What an older session file does not say of a run: which conversations it took; nor by which rewards; nor by which mask, where what
 * the page would train stands in its place.
 */
export type Doubt = 'conversations' | 'rewards' | 'mask';

/** What decides which tokens a run trains of its conversations. */
export interface RunMaking {
  mask: RunMask;
  division: DivisionSettings;
  kind: ObjectiveKind;
  /** The reward from which RAFT keeps. */
  keepFrom: number;
  /** What it was rewarded by, where it did not go by the records' own rewards. */
  composed?: readonly RewardPart[] | undefined;
  taken?: ReadonlyMap<string, TakenConversation> | undefined;
  /** How far it had come in its data; absent where its reports do not say. */
  reach?: Reach | undefined;
  /** What KTO multiplies good and bad completions by, at its step. */
  labelWeights?: Pick<ObjectiveSettings, 'desirableWeight' | 'undesirableWeight'> | undefined;
  /** Of a run of an older session file. */
  doubt?: Doubt | undefined;
}

/** Sequences of a conversation that a run had trained, of all that it makes of it. */
export interface Partly {
  trained: number;
  made: number;
}

export interface TrainedParts {
  sequences: TrainingSequence[];
  /** Of conversations that have sequences. */
  standing: Map<string, Standing>;
  /** Of conversations of which the run had trained some sequences and others not: how many of how many. `sequences` has the former. */
  partly?: Map<string, Partly>;
  /** Conversations of which nothing is trained, and why. */
  problems: { conversation: string; reason: string }[];
}

/** What a run of these sequences is offered. */
export function takenOf(sequences: readonly TrainingSequence[], composed: boolean): TakenConversation[] {
  const placeOf = new Map(sequences.map((sequence, place) => [sequence, place]));
  return [...byConversation(sequences)].map(([id, own]) => {
    const reward = own[0]?.sample?.reward;
    return {
      id,
      digest: digestOf(own),
      places: own.map((sequence) => placeOf.get(sequence) ?? -1),
      ...(composed && reward !== undefined && { reward }),
    };
  });
}

type RunSoFar = Pick<KeptRun, 'facts' | 'reports'>;

const makings = new WeakMap<RunFacts, { step: number; making: RunMaking }>();

/**
 * How a run makes its sequences, and which of them it had trained by a step; the same object each time that it is asked for one.
 *
 * @param step how far the weights have come in the run
 * @param page the page's own mask, asked for only where the run is of an older session file, which has none
 * @param contextLength tokens that the model can read
 */
export function makingOf(
  run: RunSoFar,
  step: number,
  page: () => Pick<RunMask, 'policy' | 'edits'>,
  contextLength = Infinity,
): RunMaking {
  const { facts, reports } = run;
  const { division, objective, composed, rewards, settings, taken } = facts;
  const own: RunMask = facts.mask ?? { ...page(), maxLength: settings.maxLength };
  const mask = { ...own, maxLength: Math.min(own.maxLength, contextLength) };
  const known = makings.get(facts);
  if (known?.step === step && isSameMask(known.making.mask, mask)) return known.making;
  const reach = reachOf(reports, step);
  const making: RunMaking = {
    mask,
    division,
    kind: objective.kind,
    keepFrom: objective.keepFrom,
    composed: composed ? rewards : undefined,
    // Digests are of what the run's own mask made.
    taken: facts.mask && taken && new Map(taken.map((one) => [one.id, one])),
    reach,
    labelWeights: labelWeightsAt(run, step),
    doubt: doubtOf(facts, reach),
  };
  makings.set(facts, { step, making });
  return making;
}

function doubtOf(
  { mask, taken, objective: { kind } }: RunFacts,
  reach: Reach | undefined,
): Doubt | undefined {
  // What it trained on policy is in no file.
  if (ON_POLICY.includes(kind)) return undefined;
  if (!mask) return 'mask';
  if (taken) return reach ? undefined : 'conversations';
  return sampleKindOf(kind) === 'reward' ? 'rewards' : 'conversations';
}

function isSameMask(a: RunMask, b: RunMask): boolean {
  return a.policy === b.policy && a.edits === b.edits && a.maxLength === b.maxLength;
}

/**
 * The sequences whose tokens a run trains; of a conversation of which it had trained some up to its step, those. On policy they are the
 * recorded turns, of which the run trains none: what it trains is what the model writes.
 */
export async function trainedOf(
  text: Pick<TextService, 'sequences'>,
  conversations: readonly Conversation[],
  how: RunMaking,
): Promise<TrainedParts> {
  const { kind, keepFrom, taken, reach } = how;
  const { sequences: made, problems } = await sequencesOf(text, conversations, how);
  const all = byConversation(made);
  const entries = new Map([...all].map(([id, own]) => [id, entryOf(how, id, digestOf(own))] as const));
  const asTaken = new Set([...entries].flatMap(([id, entry]) => (entry?.same ? [id] : [])));
  const stepped = new Set(
    [...asTaken].flatMap((id) => takenBySteps(how, all.get(id), entries.get(id)?.known)),
  );
  const samples = sampleKindOf(kind);
  const { kept, unused } = samples
    ? usableSamples(made, samples, {
        ...(kind === 'raft' && { keepFrom }),
        // What the run's steps took of its data is known, whatever the weights are now.
        labelWeight: (one) => (stepped.has(one) ? 1 : labelWeight(how, one)),
      })
    : { kept: made, unused: new Map<string, Unused>() };
  const said = new Set(problems.map(({ conversation }) => conversation));
  for (const [conversation, why] of unused)
    if (!said.has(conversation)) problems.push({ conversation, reason: reasonOf(why, how.composed) });
  const sequences: TrainingSequence[] = [];
  const standing = new Map<string, Standing>();
  const partly = new Map<string, Partly>();
  for (const [id, used] of byConversation(kept)) {
    const places = reach && entries.get(id)?.known.places;
    if (!places || !asTaken.has(id)) {
      standing.set(id, standingOf(how, entries.get(id)?.known));
      sequences.push(...used);
      continue;
    }
    const found = reachedOf(reach, places, all.get(id) ?? [], used);
    sequences.push(...found.sequences);
    if (found.sequences.length === 0) problems.push({ conversation: id, reason: words.weightless });
    else standing.set(id, found.reached ? 'taken' : 'unreached');
    // Of labels, only those of the weight 0 are not among what is used.
    const makes = samples === 'label' ? (all.get(id) ?? used).length : used.length;
    if (found.reached && found.sequences.length < makes)
      partly.set(id, { trained: found.sequences.length, made: makes });
  }
  const trainedThen = (id: string) => reach && isReached(reach, taken?.get(id)?.places ?? []);
  return {
    sequences,
    standing,
    partly,
    problems: problems.map(({ conversation, reason }) => ({
      conversation,
      reason: trainedThen(conversation) ? words.trainedThen(reason) : reason,
    })),
  };
}

/** Whether tokens of the conversations are what the run trained, rather than what it wrote answers to. */
export const trainsRecorded = ({ kind }: Pick<RunMaking, 'kind'>): boolean => !ON_POLICY.includes(kind);

/** Of sequences of a conversation that is as the run took it, those that its steps took. */
function takenBySteps(
  { reach }: RunMaking,
  made: readonly TrainingSequence[] = [],
  known: TakenConversation | undefined,
): TrainingSequence[] {
  return made.filter((_, i) => reach && isTaken(reach, known?.places?.[i] ?? -1));
}

/** Of a conversation that is not, or not known to be, as the run took it. */
function standingOf({ taken, reach }: RunMaking, known: TakenConversation | undefined): Standing {
  if (!taken) return 'unknown';
  if (!known) return 'other';
  if (!reach || !known.places) return 'unknown';
  return isReached(reach, known.places) ? 'changed' : 'unreached';
}

/** What KTO multiplies the tokens of a completion by. */
function labelWeight({ labelWeights }: RunMaking, { sample }: TrainingSequence): number {
  const { desirableWeight = 1, undesirableWeight = 1 } = labelWeights ?? {};
  return sample?.desirable ? desirableWeight : undesirableWeight;
}

/** Those weights at a step: they may change while a run goes on. */
function labelWeightsAt({ facts, reports }: RunSoFar, step: number): RunMaking['labelWeights'] {
  const { desirableWeight, undesirableWeight } = facts.objective;
  const weights = { desirableWeight, undesirableWeight };
  for (const { key, to } of reports.slice(0, step).flatMap(({ changed = [] }) => changed)) {
    if ((key === 'desirableWeight' || key === 'undesirableWeight') && typeof to === 'number')
      weights[key] = to;
  }
  return weights;
}

function reasonOf(unused: Unused, composed: RunMaking['composed']): string {
  switch (unused.why) {
    case 'unrewarded':
      // The function runs with a run alone, and rewards nothing here.
      return composed && usesOwn(composed) ? words.unknownReward : words.unrewarded;
    case 'below':
      return words.below(unused.reward, unused.keepFrom);
    case 'same':
      return words.same;
    case 'weightless':
      return words.wouldBeWeightless;
  }
}
