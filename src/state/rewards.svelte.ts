/**
 * @file What is rewarded: the parts with their weights and options, the person's own function, and trying them on what a
 * conversation records.
 */
import type { Conversation } from '../conversation/types';
import { composeRewards, usesOwn, type OwnScore } from '../reward/compose';
import { OWN_EXAMPLES } from '../reward/own-examples';
import { recordedReaction } from '../reward/expected-turns';
import { recordedCompletion, rewardInput, type TokenCounts } from '../reward/recorded';
import { OWN_REWARD, REWARD_FUNCTIONS } from '../reward/registry';
import { readRewards, writeRewards, type RewardFile } from '../reward/reward-file';
import type { RewardPart, RewardScore } from '../reward/types';
import type { ErrorReport } from '../worker/protocol';
import type { RewardService } from '../worker/reward-client';
import { toReport } from './errors';
import { draftOf, partsOf, type RewardDraft } from './reward-drafts';
import type { RewardScorer } from './reward-source';

/** What the recorded reaction to one user's message was given. */
export interface TriedTurn {
  /** Index of the user's message, and its text. */
  message: number;
  text: string;
  score: RewardScore;
  /** What the own function said of it, where it has a part. */
  own?: OwnScore;
}

/** Counts the tokens of messages `from` to before `to`; undefined where they are not known. */
export type CountTokens = (conversation: Conversation, from: number, to: number) => TokenCounts | undefined;

export interface RewardParts {
  /** Runs the own function. */
  service: RewardService;
  countTokens?: CountTokens;
  /** Where the composition is kept while the tab is open. */
  storage?: Pick<Storage, 'getItem' | 'setItem'>;
}

const KEY = 'losslight.rewards';
/** Turns of one conversation that are tried. */
const MOST_TURNS = 50;
const FIRST: readonly RewardPart[] = [
  { id: 'decision', weight: 1 },
  { id: 'format', weight: 0.5 },
];

export class RewardsState {
  #drafts = $state.raw<readonly RewardDraft[]>(FIRST.map(draftOf));
  #code = $state(OWN_EXAMPLES[0]?.code ?? '');
  #tried = $state.raw<readonly TriedTurn[] | undefined>();
  #error = $state.raw<ErrorReport | undefined>();
  #trying = $state.raw<AbortController | undefined>();
  readonly #checked = $derived.by(() => partsOf(this.#drafts, this.#code));
  /** Whether changes take the place of what the tab's storage has. Off in a lesson, whose rewards are not one's own. */
  storing = true;

  constructor(private readonly services: RewardParts) {
    const kept = this.#kept();
    if (kept) this.#take(kept);
  }

  /** Runs the own function, for rollouts and for recorded completions. */
  get service(): RewardService {
    return this.services.service;
  }
  get drafts() {
    return this.#drafts;
  }
  /** The own function's source. */
  get code() {
    return this.#code;
  }
  set code(code: string) {
    this.#code = code;
    this.#changed();
  }
  /** What a run rewards; empty where something needs correcting, and `problem` says what. */
  get parts(): readonly RewardPart[] {
    return this.#checked.parts ?? [];
  }
  /** Why there is nothing to reward with, in a sentence. */
  get problem(): string | undefined {
    return this.#checked.problem;
  }
  /** Rewards that are not in the list yet. */
  get addable(): readonly string[] {
    const ids = [...REWARD_FUNCTIONS.map(({ id }) => id), OWN_REWARD];
    return ids.filter((id) => !this.#drafts.some((draft) => draft.id === id));
  }
  get usesOwn(): boolean {
    return this.#drafts.some(({ id }) => id === OWN_REWARD);
  }
  get trying(): boolean {
    return this.#trying !== undefined;
  }
  /** What was tried last, one row a user's turn; undefined since something changed. */
  get tried() {
    return this.#tried;
  }
  /** Why the last trial or file came to nothing. */
  get error() {
    return this.#error;
  }

  add(id: string): void {
    if (this.addable.includes(id)) this.#put([...this.#drafts, draftOf({ id, weight: 1 })]);
  }

  remove(id: string): void {
    this.#put(this.#drafts.filter((draft) => draft.id !== id));
  }

  setWeight(id: string, weight: string): void {
    this.#put(this.#drafts.map((draft) => (draft.id === id ? { ...draft, weight } : draft)));
  }

  setOption(id: string, key: string, value: string): void {
    const change = (draft: RewardDraft) => ({ ...draft, options: { ...draft.options, [key]: value } });
    this.#put(this.#drafts.map((draft) => (draft.id === id ? change(draft) : draft)));
  }

  /** The composition as it is; without the own function where no part uses it. */
  get file(): RewardFile {
    const parts = [...this.parts];
    return { parts, code: usesOwn(parts) ? this.#code : '' };
  }

  /** The composition as a file; undefined where something needs correcting. */
  exportFile(): string | undefined {
    const { parts } = this.#checked;
    return parts && writeRewards({ parts, code: usesOwn(parts) ? this.#code : '' });
  }

  /** Takes a file's composition; where it cannot be read, `error` says why and nothing is changed. */
  importFile(text: string): boolean {
    this.#error = undefined;
    try {
      this.#take(readRewards(text));
    } catch (error) {
      this.#error = toReport(error);
      return false;
    }
    this.#changed();
    return true;
  }

  /** Puts drafts and the own function back as they were, even where they need correcting. */
  putBack(drafts: readonly RewardDraft[], code: string): void {
    this.#code = code;
    this.#put(drafts);
  }

  /** What a run is rewarded by: later changes are for the next run. */
  scorer(): RewardScorer {
    const { parts } = this;
    const code = this.#code;
    return async (inputs) => {
      const own = usesOwn(parts) ? await this.service.score(code, inputs) : [];
      return inputs.map((input, i) => composeRewards(parts, input, own[i]));
    };
  }

  /** Rewards what the conversation records, turn by turn. */
  async try(conversation: Conversation): Promise<void> {
    const { parts } = this.#checked;
    this.stopTrying();
    this.#tried = undefined;
    this.#error = undefined;
    if (!parts) return;
    const trying = new AbortController();
    this.#trying = trying;
    try {
      const turns = this.#turns(conversation);
      const inputs = turns.map(({ input }) => input);
      const own = usesOwn(parts) ? await this.service.score(this.#code, inputs, trying.signal) : [];
      if (this.#trying !== trying) return;
      this.#tried = turns.map(({ message, text, input }, i) => ({
        ...{ message, text, own: own[i] },
        score: composeRewards(parts, input, own[i]),
      }));
    } catch (error) {
      if (this.#trying === trying) this.#error = toReport(error);
    } finally {
      if (this.#trying === trying) this.#trying = undefined;
    }
  }

  /** Ends a trial that is under way, without a word. */
  stopTrying(): void {
    const trying = this.#trying;
    this.#trying = undefined;
    trying?.abort();
  }

  /** What was tried belongs to another conversation now. */
  forget(): void {
    this.stopTrying();
    this.#tried = undefined;
    this.#error = undefined;
  }

  #turns(conversation: Conversation) {
    const { messages } = conversation;
    return messages
      .flatMap(({ role }, message) => {
        const reaction = role === 'user' ? recordedReaction(conversation, message) : [];
        if (!reaction.some((item) => item.role === 'assistant')) return [];
        const [from, to] = [message + 1, message + 1 + reaction.length];
        const counts = this.services.countTokens?.(conversation, from, to);
        const input = rewardInput(conversation, message, recordedCompletion(reaction, counts));
        return [{ message, text: messages[message]?.content ?? '', input }];
      })
      .slice(0, MOST_TURNS);
  }

  #put(drafts: readonly RewardDraft[]): void {
    this.#drafts = drafts;
    this.#changed();
  }

  #take({ parts, code }: RewardFile): void {
    this.#drafts = parts.map(draftOf);
    if (code) this.#code = code;
  }

  #changed(): void {
    this.forget();
    const { parts } = this.#checked;
    if (!parts || !this.storing) return;
    try {
      this.services.storage?.setItem(KEY, writeRewards({ parts, code: this.#code }));
    } catch {
      // Storage may be full or forbidden; the composition then lasts until the page is closed.
    }
  }

  #kept(): RewardFile | undefined {
    try {
      const text = this.services.storage?.getItem(KEY);
      return text ? readRewards(text) : undefined;
    } catch {
      return undefined;
    }
  }
}
