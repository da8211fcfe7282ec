/**
 * @file What training changed in all conversations of a run: both models' log-probabilities, slice after slice.
 */
import { changed as words } from '$strings/changed';
import type { ContainedSide } from '$strings/contained';
import { firstWords } from '../conversation/first-words';
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import { LogProbChange, type ConversationChange, type KindChange } from '../sequence/log-prob-change';
import type { EngineService } from '../worker/engine-client';
import type { TextService } from '../worker/text-client';
import type { ComparedModel, Side } from './compare-pair.svelte';
import { Measurement } from './measurement.svelte';
import { trainedOf, trainsRecorded, type Doubt, type RunMaking } from './run-trained';
import type { MeasuredBy, OtherRun } from './trained-scores.svelte';

/** Conversations that are scored between two looks at whether that is still wanted. */
const SLICE = 8;
/** Conversations of a list that are measured at most. */
export const CHANGED_LIMIT = 500;

export interface ChangedOutcome {
  /** The two models, for people. */
  names: Readonly<Record<Side, string>>;
  /** The run whose tokens these are, or undefined: made as the page was set. */
  by: string | undefined;
  /** False of a run on policy: it trained what the model wrote, and these are the recorded turns. */
  trained: boolean;
  kinds: KindChange[];
  /** Those that changed most first. */
  conversations: ConversationChange[];
  /** How each is called, by its id; absent where nobody says anything in it. */
  titles: Readonly<Record<string, string>>;
  /** How many conversations are in `kinds`, and of them, how many the run did not take, or took as something else. */
  measured: number;
  notTaken: number;
  changedSince: number;
  /** Of them, those that no step of the run had trained, and those of which it had trained some sequences; `kinds` has these. */
  unreached: number;
  partly: number;
  /** What an older session file does not say of that run. */
  doubt: Doubt | undefined;
  /** Other runs whose steps are in the change, and of how many of the measured conversations they had trained tokens. */
  others: readonly (Omit<OtherRun, 'making'> & { conversations: number })[];
  /** On which sides there is a run that was deleted; without `by`, that is the one where the weights stand. */
  deleted: readonly ContainedSide[];
  /** Conversations of which nothing is measured, by the reason, the most frequent first. */
  left: readonly { reason: string; conversations: number }[];
}

export class ChangedState extends Measurement<ChangedOutcome> {
  constructor(
    private readonly text: TextService,
    private readonly engine: EngineService,
  ) {
    super();
  }

  /**
   * Measures these conversations under two models, in the sequences that are made of them.
   *
   * @param how as the run made its sequences, or as the page would
   * @param by that run, for people; undefined where there is none
   * @param beside what the change contains beside that run
   */
  async run(
    read: () => Promise<Conversation[]>,
    how: RunMaking,
    by: string | undefined,
    models: Readonly<Record<Side, ComparedModel>>,
    { others = [], deleted = [] }: Pick<MeasuredBy, 'others' | 'deleted'> = {},
  ): Promise<void> {
    await this.measure([models.base, models.tuned], async ({ wanted, report }) => {
      const conversations = await read();
      const change = new LogProbChange();
      const left = new Map<string, number>();
      const byOthers = new Map(others.map((other) => [other, 0]));
      let partlyTrained = 0;
      const standings = { taken: 0, unreached: 0, other: 0, changed: 0, unknown: 0 };
      for (let at = 0; at < conversations.length; at += SLICE) {
        const slice = conversations.slice(at, at + SLICE);
        const { sequences, standing, partly, problems } = await trainedOf(this.text, slice, how);
        const reasons = new Map(problems.map(({ conversation, reason }) => [conversation, reason]));
        for (const reason of reasons.values()) left.set(reason, (left.get(reason) ?? 0) + 1);
        for (const found of standing.values()) standings[found]++;
        partlyTrained += partly?.size ?? 0;
        for (const [other, count] of byOthers) {
          const { standing: had } = await trainedOf(this.text, slice, other.making);
          const both = [...standing.keys()].filter((id) => had.get(id) === 'taken');
          byOthers.set(other, count + both.length);
        }
        const score = ({ weights: which }: ComparedModel) =>
          sequences.length ? this.engine.score({ sequences, which }) : undefined;
        const base = await score(models.base);
        if (!wanted()) return undefined;
        const tuned = await score(models.tuned);
        if (!wanted()) return undefined;
        sequences.forEach((sequence, i) => {
          const [before, after] = [base?.logProbs[i], tuned?.logProbs[i]];
          if (before && after) change.add(sequence, before, after);
        });
        report({ done: Math.min(at + SLICE, conversations.length), total: conversations.length });
      }
      if (change.kinds.length === 0) {
        const [reason] = left.keys();
        throw new LosslightError('zero-norm', words.nothingTrained(reason), words.nothingTrainedRemedy);
      }
      const { base, tuned } = models;
      return {
        names: { base: base.name, tuned: tuned.name },
        by,
        trained: trainsRecorded(how),
        kinds: change.kinds,
        conversations: change.conversations,
        titles: Object.fromEntries(conversations.flatMap(titled)),
        measured: Object.values(standings).reduce((sum, count) => sum + count, 0),
        notTaken: trainsRecorded(how) ? standings.other : 0,
        changedSince: standings.changed,
        unreached: standings.unreached,
        partly: partlyTrained,
        doubt: by === undefined ? undefined : how.doubt,
        others: [...byOthers].map(([{ making: _, ...other }, count]) => ({ ...other, conversations: count })),
        deleted,
        left: [...left]
          .map(([reason, count]) => ({ reason, conversations: count }))
          .sort((a, b) => b.conversations - a.conversations),
      };
    });
  }
}

function titled(conversation: Conversation): [id: string, title: string][] {
  const title = firstWords(conversation);
  return title ? [[conversation.id, title]] : [];
}
