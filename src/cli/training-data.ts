/**
 * @file The training sequences of the conversations that a run is given, checked against the model before it begins.
 */
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import type { EditBook } from '../mask/edit-file';
import type { MaskPolicy } from '../mask/policy';
import type { RewardPart } from '../reward/types';
import { NOTHING, withRecordedReward } from '../rollout/recorded-reward';
import type { DivideOptions } from '../sequence/divide';
import type { Inspector } from '../sequence/inspector';
import { isDemonstration, type SampleKind } from '../sequence/samples';
import type { TrainingSequence } from '../sequence/types';
import type { Given } from './arguments';
import { readConversations, type Tally } from './data';
import { tellUnread } from './expected-notes';
import type { Io } from './io';
import { oneLine } from './paint';
import { divided } from './sequence-rows';
import { Weigher } from './weigh';

export interface TrainingData {
  sequences: TrainingSequence[];
  /** Conversations of which at least one sequence is trained. */
  conversations: number;
  /** Records and edits that were left out, each told on standard error. */
  left: number;
}

export interface TrainingDataOptions extends DivideOptions {
  /** Of the model. */
  vocabularySize: number;
  /** Completions with what was said about them, in place of conversations as they are. */
  samples?: SampleKind | undefined;
  /** What recorded completions are rewarded for, in place of the records' own rewards. */
  rewards?: readonly RewardPart[] | undefined;
  /** The flag that names the files; `--data` by default. */
  flag?: string;
}

/**
 * Reads, divides and weighs all conversations.
 *
 * @throws UsageError as `readConversations`; LosslightError `zero-norm` where nothing is trained, `bad-model` where the
 * tokenizer has ids that the model does not know.
 */
export async function readTrainingData(
  given: Given,
  io: Io,
  inspector: Inspector,
  policy: MaskPolicy,
  edits: EditBook,
  { vocabularySize, samples, rewards, flag = '--data', ...options }: TrainingDataOptions,
): Promise<TrainingData> {
  const tally: Tally = { records: 0, left: 0 };
  const weigher = new Weigher(inspector, [policy], edits, io);
  const sequences: TrainingSequence[] = [];
  let [conversations, labelledBad] = [0, 0];
  for await (const conversation of readConversations(given, io, tally, inspector, flag)) {
    if (!samples && !isDemonstration(conversation)) {
      labelledBad++;
      continue;
    }
    const own = { ...options, edits: weigher.editsOf(conversation) };
    const made = samples
      ? sampled(inspector, conversation, policy, samples, own, rewards, io)
      : divided(inspector, conversation, policy, own, io, weigher).map(({ sequence }) => sequence);
    if (made.length === 0) tally.left++;
    else conversations++;
    for (const sequence of made) {
      checkIds(sequence, vocabularySize);
      sequences.push(sequence);
    }
  }
  const left = tally.left + weigher.finish();
  if (labelledBad > 0) {
    const what = labelledBad === 1 ? '1 conversation is' : `${labelledBad} conversations are`;
    io.warn(
      `note: ${what} labelled bad (“label” is false) and left out: supervised training would imitate them. --objective kto learns from them.`,
    );
  }
  if (sequences.length === 0) {
    throw samples
      ? new LosslightError(
          'zero-norm',
          'No record holds a completion that the objective can learn from.',
          'Give records with rewards, pairs or labels as it needs them, or choose another objective.',
        )
      : new LosslightError(
          'zero-norm',
          'No token of any conversation is trained.',
          'Choose another policy, or longer sequences.',
        );
  }
  return { sequences, conversations, left };
}

/** The completions of a record, none where the template refuses it or it has none; standard error tells what is amiss. */
function sampled(
  inspector: Inspector,
  conversation: Conversation,
  policy: MaskPolicy,
  samples: SampleKind,
  options: DivideOptions,
  rewards: readonly RewardPart[] | undefined,
  io: Io,
): TrainingSequence[] {
  const { file, line, record } = conversation.source;
  const tell = (severity: string, text: string) =>
    io.warn(oneLine(`${file}:${line}: ${severity}: record ${record}${text}`));
  try {
    if (rewards) tellUnread(conversation, io);
    const scored = rewards && withRecordedReward(inspector, conversation, rewards);
    if (scored && scored.conversation.reward === undefined) {
      tell('warning', ` has no reward: ${scored.score?.problem ?? NOTHING}`);
    }
    const { sequences, problem } = inspector.samples(
      scored?.conversation ?? conversation,
      policy,
      samples,
      options,
    );
    if (problem !== undefined) tell('warning', ` is left out: ${problem}`);
    return sequences;
  } catch (error) {
    if (!(error instanceof LosslightError) || error.code === 'bad-reward') throw error;
    tell('error', `: ${error.message} ${error.remedy}`);
    return [];
  }
}

function checkIds({ ids, origin }: TrainingSequence, vocabularySize: number): void {
  const odd = ids.find((id) => id >= vocabularySize);
  if (odd === undefined) return;
  throw new LosslightError(
    'bad-model',
    `The tokenizer gives ${origin.conversation} the token id ${odd}, and the model has ${vocabularySize} tokens.`,
    'Take tokenizer and weights of one model.',
  );
}
