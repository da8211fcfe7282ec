/**
 * @file A conversation → training sequences, by a strategy.
 *
 * A sequence is a row of a data set: its weights are those of the policy (and of hand edits) on its own rendering, so a
 * policy that speaks of the last turn means the last of each sequence. A strategy then decides which messages a sequence
 * trains; the others are context.
 */
import { sequenceNotes } from '$strings/core-sequence-notes';
import type { Conversation } from '../conversation/types';
import type { Edit } from '../mask/edits';
import type { MaskPolicy } from '../mask/policy';
import type { ConversationViews } from './conversation-views';
import { unlessRefused, type Division, type Row, type SequenceNote, type SequenceView } from './division';
import { mergeAndFork } from './fork';
import { RowWeigher } from './row-weights';
import type { Strategy } from './strategy';
import { truncateView, type Truncation } from './truncate';
import { turnsOf } from './turns';
import type { TrainingSequence } from './types';

export interface DivideOptions {
  strategy: Strategy;
  /** Weights set by hand on the whole conversation; they hold in every sequence whose text is the same through them. */
  edits?: readonly Edit[];
  /** Most tokens of a sequence; absent: as many as there are. */
  maxLength?: number;
  /** What to do with a longer one; `end` by default. */
  truncate?: Truncation;
}

/**
 * The training sequences of a conversation.
 *
 * `whole` is the conversation as it is. The others end at a message of the assistant: what follows the last one (a user
 * without an answer) is in none of them. A prefix that the template refuses to render is left out, with a note.
 *
 * @throws LosslightError `bad-template` where the template refuses the whole conversation and the strategy or an edit
 * needs it; what `tokenWeights` throws.
 */
export function divide(
  views: ConversationViews,
  policy: MaskPolicy,
  { strategy, edits = [], maxLength = Infinity, truncate = 'end' }: DivideOptions,
): Division {
  const notes: SequenceNote[] = [];
  const weigher = new RowWeigher(views, policy, edits);
  const rows = rowsOf(views, strategy, weigher, notes);
  const { conversation } = views;
  const sequences = rows.flatMap((row, number) => {
    const made = makeView(conversation, row, strategy, number);
    const kept = truncateView(made, conversation.messages, maxLength, truncate);
    if (kept !== made) notes.push(...cutNotes(made, kept, number));
    return kept ? [withMessages(kept)] : [];
  });
  return { sequences, notes: [...notes, ...weigher.editNotes()] };
}

function rowsOf(
  views: ConversationViews,
  strategy: Strategy,
  weigher: RowWeigher,
  notes: SequenceNote[],
): Row[] {
  const { messages } = views.conversation;
  if (strategy === 'whole') {
    const weights = weigher.weigh(views.whole, messages.length - 1, 0);
    return [{ ...views.whole, weights }];
  }
  if (strategy === 'fork') return mergeAndFork(views, weigher, notes);
  const turns = turnsOf(messages);
  return (strategy === 'last' ? turns.slice(-1) : turns).flatMap(({ from, to }) => {
    const view = unlessRefused(() => views.through(to), to, notes);
    if (!view) return [];
    return [{ ...view, weights: weigher.weigh(view, to, strategy === 'prefixes' ? 0 : from) }];
  });
}

function makeView(
  conversation: Conversation,
  { rendered, encoded, weights }: Row,
  strategy: Strategy,
  number: number,
): SequenceView {
  const sequence: TrainingSequence = {
    ids: encoded.ids,
    weights,
    kind: encoded.kind,
    positions: Int32Array.from(encoded.ids, (_, i) => i),
    document: new Int32Array(encoded.ids.length).fill(1),
    origin: { conversation: conversation.id, strategy, sequence: number },
  };
  return { sequence, rendered, encoded, length: encoded.ids.length };
}

/** Trained tokens by message; the first token of a sequence is never predicted. */
function trainedTokens({ sequence: { weights }, encoded: { message } }: SequenceView): Map<number, number> {
  const found = new Map<number, number>();
  for (let i = 1; i < weights.length; i++) {
    const index = message[i] ?? -1;
    if (weights[i] !== 0) found.set(index, (found.get(index) ?? 0) + 1);
  }
  return found;
}

function withMessages(view: SequenceView): SequenceView {
  const counts = trainedTokens(view);
  const messages = [...new Set(view.encoded.message)].filter((m) => m >= 0).sort((a, b) => a - b);
  const trained = messages.filter((m) => counts.has(m));
  const context = messages.filter((m) => !counts.has(m));
  const { sequence } = view;
  return { ...view, sequence: { ...sequence, origin: { ...sequence.origin, trained, context } } };
}

/** What a cut took from training. */
function cutNotes(made: SequenceView, kept: SequenceView | undefined, sequence: number): SequenceNote[] {
  const left = kept ? trainedTokens(kept) : new Map<number, number>();
  return [...trainedTokens(made)].flatMap(([message, count]): SequenceNote[] => {
    const remain = left.get(message) ?? 0;
    if (remain === count) return [];
    const { cutAll, cutSome } = sequenceNotes;
    const text = remain === 0 ? cutAll : cutSome(remain, count);
    return [{ severity: 'warning', message, sequence, text }];
  });
}
