/**
 * @file Conversations as samples for objectives that learn from rewards and preferences: which completions there are, what
 * was said about each, and sequences in which only the completion is trained.
 */
import type { Conversation } from '../conversation/types';
import type { SequenceView } from './division';
import type { SampleFacts } from './types';

/** Whether supervised training may imitate it: one with the label false is a completion that somebody found bad. */
export const isDemonstration = ({ label }: Conversation): boolean => label !== false;

/** What an objective learns from: a reward for each completion, pairs of a chosen and a rejected one, or labels. */
export const SAMPLE_KINDS = ['reward', 'pair', 'label'] as const;
export type SampleKind = (typeof SAMPLE_KINDS)[number];

/** One completion, as a conversation that ends with it. */
export interface Sample {
  conversation: Conversation;
  /** Index of its first message. */
  from: number;
  facts: Omit<SampleFacts, 'group'>;
  /** Its messages are those of the record itself, so that hand edits are about it. */
  recorded: boolean;
}

/**
 * The completions of a record. Where it does not say where the completion begins, that is at the first message of the
 * assistant.
 *
 * `reward`: the record's reward; without one, 1 for a chosen completion and one with the label true, 0 for a rejected one
 * and one with the label false. A completion of which nothing is known is there, without a reward. `pair`: chosen and
 * rejected; none where the record has no two. `label`: the record's label, or chosen as good and rejected as bad.
 */
export function samplesOf(conversation: Conversation, kind: SampleKind): Sample[] {
  const { messages, preference, label, reward } = conversation;
  const first = messages.findIndex(({ role }) => role === 'assistant');
  const from = conversation.completionFrom ?? (first < 0 ? messages.length : first);
  const recorded = (facts: Sample['facts']): Sample => ({ conversation, from, facts, recorded: true });
  const pair = (chosen: Sample['facts'], rejected: Sample['facts']): Sample[] => {
    const other = [...messages.slice(0, from), ...(preference?.rejected ?? [])];
    return [
      recorded({ preference: 'chosen', ...chosen }),
      {
        conversation: { ...conversation, messages: other },
        from,
        facts: { preference: 'rejected', ...rejected },
        recorded: false,
      },
    ];
  };
  switch (kind) {
    case 'reward':
      if (reward !== undefined) return [recorded({ reward })];
      if (preference) return pair({ reward: 1 }, { reward: 0 });
      return [recorded(label === undefined ? {} : { reward: label ? 1 : 0 })];
    case 'pair':
      return preference ? pair({}, {}) : [];
    case 'label':
      if (label !== undefined) return [recorded({ desirable: label })];
      return preference ? pair({ desirable: true }, { desirable: false }) : [];
  }
}

/** Whether anything is there to learn from: a record may end with its prompt. */
export const hasCompletion = ({ conversation, from }: Sample): boolean => from < conversation.messages.length;

/** The view's sequence with what was said about its completion; what stands before the completion is not trained. */
export function sampleSequence(
  { sequence, encoded }: SequenceView,
  { from, facts }: Sample,
  group: string,
): SequenceView['sequence'] {
  const weights = sequence.weights.map((weight, i) => ((encoded.message[i] ?? -1) < from ? 0 : weight));
  return { ...sequence, weights, sample: { group, ...facts } };
}

/** Why a record gives no sample, for people. */
export const NO_SAMPLE: Readonly<Record<SampleKind, string>> = {
  reward: 'It has no completion.',
  pair: 'It has no chosen and rejected completion.',
  label: 'It has neither a label nor a chosen and rejected completion.',
};
