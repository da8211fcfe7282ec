/**
 * @file The conversations of a run as training sequences, made a part at a time, so that a long list does not miss the
 * deadline of one request.
 */
import type { Conversation } from '../conversation/types';
import { editsOf, type EditBook } from '../mask/edit-file';
import type { MaskPolicy } from '../mask/policy';
import type { RewardPart } from '../reward/types';
import type { SampleKind } from '../sequence/samples';
import type { DivisionSettings } from '../settings/train';
import type { ReplyOf } from '../worker/client';
import type { TextRequests } from '../worker/protocol';
import type { TextService } from '../worker/text-client';

/** Conversations made into sequences in one request. */
const SEQUENCE_CHUNK = 200;

export interface SequenceOptions {
  policy: MaskPolicy;
  edits: EditBook;
  /** Tokens of a sequence at most. */
  maxLength: number;
  division: DivisionSettings;
  /** What an objective learns from, beside the tokens. */
  samples?: SampleKind | undefined;
  /** What recorded completions are rewarded for, in place of the records' own rewards; no function of one's own. */
  rewards?: RewardPart[] | undefined;
  /** What the clock shows, for templates that write the date. */
  clock?: string | undefined;
}

/** What the text worker made of them, and which it had to leave out. */
export async function makeSequences(
  text: Pick<TextService, 'sequences'>,
  conversations: readonly Conversation[],
  { policy, edits, maxLength, division, samples, rewards, clock }: SequenceOptions,
): Promise<ReplyOf<TextRequests, 'sequences'>> {
  const all: ReplyOf<TextRequests, 'sequences'> = { sequences: [], problems: [] };
  for (let from = 0; from < conversations.length; from += SEQUENCE_CHUNK) {
    const part = conversations.slice(from, from + SEQUENCE_CHUNK);
    const { sequences, problems } = await text.sequences({
      conversations: part,
      policy,
      maxLength,
      edits: editsFor(part, edits),
      ...division,
      ...(samples && { samples }),
      ...(rewards && { rewards }),
      ...(clock !== undefined && { clock }),
    });
    all.sequences.push(...sequences);
    all.problems.push(...problems);
  }
  return all;
}

/** The edits of these conversations alone: those of a long list need not all be copied with every part. */
function editsFor(conversations: readonly Conversation[], book: EditBook): EditBook {
  const entries = conversations.map(({ id }) => [id, editsOf(book, id)] as const);
  return Object.fromEntries(entries.filter(([, edits]) => edits.length));
}
