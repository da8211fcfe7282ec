/**
 * @file What is said of what training changed in all conversations of a run.
 */
import { count, nats, natsChange, plural } from './numbers';

export const changed = {
  title: 'What changed in all conversations',
  measure: (conversations: number) => `Measure ${plural(conversations, 'conversation')}`,
  measureNone: 'Measure conversations',
  stop: 'Stop measuring',
  progress: 'Conversations measured',
  outdated: 'The weights have changed since this was measured.',
  region: 'Change by segment',
  /** `by` is the run whose tokens are measured. */
  caption: (conversations: number, by: string | undefined) =>
    by === undefined
      ? `Mean log-probability of trained tokens in ${plural(conversations, 'conversation')}; divided and masked as the page is set`
      : `Mean log-probability of the tokens that ${by} trains in ${plural(conversations, 'conversation')}; divided and masked as in ${by}`,
  /** Where the run was deleted that trained the weights. */
  captionMask: (conversations: number) =>
    `Mean log-probability of the tokens that the mask has chosen in ${plural(conversations, 'conversation')}; divided and masked as the page is set`,
  /** Of a run of which nobody knows the mask. */
  captionPageMask: (conversations: number, by: string) =>
    `Mean log-probability of the tokens that ${by} would train in ${plural(conversations, 'conversation')} by the page’s mask; divided as in ${by}`,
  captionRecorded: (conversations: number, by: string) =>
    `Mean log-probability of recorded turns in ${plural(conversations, 'conversation')}. ${by} trained none of these tokens: a run on policy learns from what the model writes`,
  /** Of the conversations in the table. What a run takes it may give the weight 0, so that it does not train it. */
  notTaken: (conversations: number, by: string) =>
    `${count(conversations)} of them took no part in ${by}: of those it is what ${by} would take.`,
  unreached: (conversations: number, by: string) =>
    `${count(conversations)} of them had been trained by no step of ${by} yet: of those it is what ${by} would take.`,
  /** Under an id there may be another conversation than there was. */
  changedSince: (conversations: number, by: string) =>
    `Under the ids of ${count(conversations)} of them ${by} took something else: the conversation, its rating or the template was another. Of those it is what ${by} would take now.`,
  /** Of conversations that give several sequences. */
  partly: (conversations: number, by: string) =>
    `Of ${count(conversations)} of them ${by} had trained only some of the sequences: those alone are in the table.`,
  /** Of a run of an older session file: what that does not say. */
  doubts: {
    conversations: (by: string) =>
      `${by} comes from an older session file, which does not say which conversations it took. Of any that it did not take, it trained nothing.`,
    rewards: (by: string) =>
      `${by} comes from an older session file, which says neither which conversations it took nor by which rewards it went. The table goes by the rewards in the data.`,
    mask: (by: string) =>
      `${by} comes from an older session file, which says neither by which mask it trained nor which conversations it took. The table goes by the page’s mask.`,
  },
  /** Conversations that are not in the table. */
  left: 'Not in the table',
  leftFor: (conversations: number, reason: string) => `${plural(conversations, 'conversation')}: ${reason}`,
  segment: 'Segment',
  tokens: 'Tokens',
  change: 'Change',
  more: 'More probable',
  less: 'Less probable',
  /** Both in one line, where there is no room for two columns. */
  shares: (more: string, less: string) => `${more} of the tokens more probable, ${less} less`,
  all: 'all trained',
  allMeasured: 'all measured',
  parts: {
    chosen: 'Chosen completions',
    rejected: 'Rejected completions',
    good: 'Good completions',
    bad: 'Bad completions',
  },
  /** Before the name of a row, for who does not see under which completions it stands. */
  underPart: (part: string) => `${part}: `,
  /** Beside the name of a conversation. */
  part: { chosen: 'chosen', rejected: 'rejected', good: 'good', bad: 'bad' },
  most: 'Changed most',
  /** Mean log-probabilities of a conversation. */
  conversation: (before: number, after: number) =>
    `${nats(before)} → ${nats(after)} (${natsChange(after - before)})`,
  nothingTrained: (reason: string | undefined) =>
    reason === undefined
      ? 'No token of these conversations is trained.'
      : `No token of these conversations is trained. Of the first: ${reason}`,
  nothingTrainedRemedy: 'Choose another mask, or other conversations.',
};
