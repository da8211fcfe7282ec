/**
 * @file The training sequences of the conversations that a run is given, checked against the model before it begins.
 */
import { LosslightError } from '../errors';
import type { EditBook } from '../mask/edit-file';
import type { MaskPolicy } from '../mask/policy';
import type { DivideOptions } from '../sequence/divide';
import type { Inspector } from '../sequence/inspector';
import type { TrainingSequence } from '../sequence/types';
import type { Given } from './arguments';
import { readConversations, type Tally } from './data';
import type { Io } from './io';
import { divided } from './sequence-rows';
import { Weigher } from './weigh';

export interface TrainingData {
  sequences: TrainingSequence[];
  /** Conversations of which at least one sequence is trained. */
  conversations: number;
  /** Records and edits that were left out, each told on standard error. */
  left: number;
}

/**
 * Reads, divides and weighs all conversations.
 *
 * @param vocabularySize of the model
 * @throws UsageError as `readConversations`; LosslightError `zero-norm` where nothing is trained, `bad-model` where the
 * tokenizer has ids that the model does not know.
 */
export async function readTrainingData(
  given: Given,
  io: Io,
  inspector: Inspector,
  policy: MaskPolicy,
  edits: EditBook,
  options: DivideOptions,
  vocabularySize: number,
): Promise<TrainingData> {
  const tally: Tally = { records: 0, left: 0 };
  const weigher = new Weigher(inspector, [policy], edits, io);
  const sequences: TrainingSequence[] = [];
  let conversations = 0;
  for await (const conversation of readConversations(given, io, tally, inspector)) {
    const own = { ...options, edits: weigher.editsOf(conversation) };
    const views = divided(inspector, conversation, policy, own, io, weigher);
    if (views.length === 0) tally.left++;
    else conversations++;
    for (const { sequence } of views) {
      checkIds(sequence, vocabularySize);
      sequences.push(sequence);
    }
  }
  const left = tally.left + weigher.finish();
  if (sequences.length === 0) {
    throw new LosslightError(
      'zero-norm',
      'No token of any conversation is trained.',
      'Choose another policy, or longer sequences.',
    );
  }
  return { sequences, conversations, left };
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
