/**
 * @file What training changed in all conversations of a run: both models' log-probabilities, slice after slice.
 */
import { changed as words } from '$strings/changed';
import { firstWords } from '../conversation/first-words';
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import { LogProbChange, type ConversationChange, type KindChange } from '../sequence/log-prob-change';
import type { EngineService } from '../worker/engine-client';
import type { ErrorReport } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import type { ComparedModel, Side } from './compare-pair.svelte';
import { toReport } from './errors';
import { makeSequences, type SequenceOptions } from './train-sequences';

/** Conversations that are scored between two looks at whether that is still wanted. */
const SLICE = 8;
/** Conversations of a list that are measured at most. */
export const CHANGED_LIMIT = 500;

export interface ChangedOutcome {
  /** The two models, for people. */
  names: Readonly<Record<Side, string>>;
  /** How it was divided and masked: as in a run, or undefined: as the page was set. */
  by: string | undefined;
  kinds: KindChange[];
  /** Those that changed most first. */
  conversations: ConversationChange[];
  /** How each is called, by its id; absent where nobody says anything in it. */
  titles: Readonly<Record<string, string>>;
  /** Conversations without a trained token, or that cannot be rendered. */
  left: number;
}

export class ChangedState {
  #outcome = $state.raw<ChangedOutcome | undefined>();
  #progress = $state.raw<{ done: number; total: number } | undefined>();
  #error = $state.raw<ErrorReport | undefined>();
  #outdated = $state(false);
  /** Whether what was measured is about the tuned weights, which a run changes. */
  #ofTuned = false;
  #abort: AbortController | undefined;

  constructor(
    private readonly text: TextService,
    private readonly engine: EngineService,
  ) {}

  get outcome() {
    return this.#outcome;
  }
  get progress() {
    return this.#progress;
  }
  get error() {
    return this.#error;
  }
  /** True where the weights have changed since. */
  get outdated() {
    return this.#outcome !== undefined && this.#outdated;
  }

  weightsChanged(): void {
    if (this.#ofTuned) this.#outdated = true;
    this.cancel();
  }

  /** Another model, another tokenizer: what was measured is nobody's. */
  forget(): void {
    this.cancel();
    this.#outcome = undefined;
    this.#error = undefined;
  }

  cancel(): void {
    this.#abort?.abort();
    this.#abort = undefined;
    this.#progress = undefined;
  }

  /**
   * Measures these conversations under two models, in the sequences that are made of them.
   *
   * @param by the run by whose mask and division that is, for people; undefined where it is the page's present one
   */
  async run(
    read: () => Promise<Conversation[]>,
    how: SequenceOptions,
    by: string | undefined,
    models: Readonly<Record<Side, ComparedModel>>,
  ): Promise<void> {
    if (this.#progress) return;
    const abort = (this.#abort = new AbortController());
    const wanted = () => this.#abort === abort;
    this.#error = undefined;
    this.#progress = { done: 0, total: 1 };
    try {
      const conversations = await read();
      const change = new LogProbChange();
      let left = 0;
      for (let at = 0; at < conversations.length; at += SLICE) {
        const slice = conversations.slice(at, at + SLICE);
        const { sequences, problems } = await makeSequences(this.text, slice, how);
        left += problems.length;
        const score = ({ weights: which }: ComparedModel) =>
          sequences.length ? this.engine.score({ sequences, which }) : undefined;
        const base = await score(models.base);
        if (!wanted()) return;
        const tuned = await score(models.tuned);
        if (!wanted()) return;
        sequences.forEach((sequence, i) => {
          const [before, after] = [base?.logProbs[i], tuned?.logProbs[i]];
          if (before && after) change.add(sequence, before, after);
        });
        this.#progress = { done: Math.min(at + SLICE, conversations.length), total: conversations.length };
      }
      if (change.kinds.length === 0) {
        throw new LosslightError('zero-norm', words.nothingTrained, words.nothingTrainedRemedy);
      }
      const { base, tuned } = models;
      this.#outdated = false;
      this.#ofTuned = base.weights === 'tuned' || tuned.weights === 'tuned';
      this.#outcome = {
        names: { base: base.name, tuned: tuned.name },
        by,
        kinds: change.kinds,
        conversations: change.conversations,
        titles: Object.fromEntries(conversations.flatMap(titled)),
        left,
      };
    } catch (error) {
      if (wanted()) this.#error = toReport(error);
    } finally {
      if (wanted()) this.cancel();
    }
  }
}

function titled(conversation: Conversation): [id: string, title: string][] {
  const title = firstWords(conversation);
  return title ? [[conversation.id, title]] : [];
}
