/**
 * @file Making practice data: the settings of the form, and the conversations, composed in slices so that the page stays
 * quick. The generator is loaded when it is first asked for.
 */
import { data as panel } from '$strings/data';
import { takenBy } from '../conversation/ids';
import type { ContestedShown, PracticeOptions } from '../conversation/practice/options';
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import {
  CONTESTED_QUESTIONS,
  practiceDrafts,
  practiceValues,
  type PracticeDrafts,
} from '../settings/practice';
import type { ErrorReport } from '../worker/protocol';
import type { DataState } from './data.svelte';
import { MemoryPart, type DataList, type DataPart } from './data-list';
import { importedPart } from './data-patch';
import { toReport } from './errors';
import { Slice } from './slices';

const words = panel.practice;

/** A tool of the practice world, for choosing. */
export interface PracticeTool {
  name: string;
  description: string;
}

/** What practice data is made with, as its form has it: the same makes the same again. */
export interface PracticeRecipe {
  drafts: PracticeDrafts;
  contestedShown: ContestedShown;
  without: readonly string[];
}

/** @throws LosslightError `not-loaded`. */
async function loadGenerator() {
  try {
    return await import('../conversation/practice/generator');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const { message, remedy } = words.notLoaded;
    throw new LosslightError('not-loaded', message(reason), remedy);
  }
}

export class PracticeState {
  drafts = $state.raw<PracticeDrafts>(practiceDrafts());
  contestedShown = $state<ContestedShown>('both');
  #tools = $state.raw<readonly PracticeTool[]>([]);
  /** Tools that are not to be listed. */
  #without = $state.raw<ReadonlySet<string>>(new Set());
  #progress = $state.raw<{ done: number; total: number } | undefined>();
  #error = $state.raw<ErrorReport | undefined>();
  #abort: AbortController | undefined;
  /** What each part was made with. */
  readonly #recipes = new WeakMap<DataPart, string>();
  /** What the form said for every part that was made here, the held-out ones too. */
  readonly #made = new WeakMap<DataPart, PracticeRecipe>();

  readonly #values = $derived(practiceValues(this.drafts));

  constructor(private readonly data: DataState) {}

  /** All tools of training data; empty until `open`. */
  get tools() {
    return this.#tools;
  }
  /** Conversations made so far; undefined while none are being made. */
  get progress() {
    return this.#progress;
  }
  get error() {
    return this.#error;
  }

  /** The reason why nothing was made was read. */
  dismissError(): void {
    this.#error = undefined;
  }

  /** Names of the tools that are not to be listed. */
  get without(): readonly string[] {
    return [...this.#without];
  }
  set without(tools: readonly string[]) {
    this.#without = new Set(tools);
  }

  /** Whether a part is as it was made here: the same settings make it again. */
  isMade(part: DataPart): boolean {
    return this.#made.has(part);
  }

  /** What a part was made with; undefined where it was not made here, or was changed since. */
  recipeOf(part: DataPart): PracticeRecipe | undefined {
    return this.#made.get(part);
  }

  /** Puts into the form what was made with it before. */
  fill({ drafts, contestedShown, without }: PracticeRecipe): void {
    this.drafts = drafts;
    this.contestedShown = contestedShown;
    this.without = without;
  }

  /** Whether conversations may list a tool. */
  uses(tool: string): boolean {
    return !this.#without.has(tool);
  }

  use(tool: string, used: boolean): void {
    const without = new Set(this.#without);
    if (used) without.delete(tool);
    else without.add(tool);
    this.#without = without;
  }

  /** Lists all tools or none. */
  useAll(used: boolean): void {
    this.#without = new Set(used ? [] : this.#tools.map(({ name }) => name));
  }

  /** Why nothing can be made now, in one sentence; undefined when it can. */
  readonly block = $derived.by(() => {
    if (!this.#values) return words.correct;
    const none = this.#tools.length > 0 && this.#tools.every(({ name }) => !this.uses(name));
    if (none && this.#values.withTools > 0) return words.noTools;
    return this.data.busy ? words.busy : undefined;
  });

  /** Loads the generator, so that its tools can be chosen. */
  async open(): Promise<void> {
    if (this.#tools.length) return;
    try {
      const { TOOLS } = await loadGenerator();
      this.#tools = TOOLS.map(({ name, description }) => ({ name, description }));
    } catch (error) {
      this.#error = toReport(error);
    }
  }

  /**
   * Makes conversations with the present settings and puts them behind those of `kept`, the held-out ones as a part of
   * their own. True when they are in the list; else `error` says why, unless it was cancelled.
   *
   * @param before the list that an undo brings back
   */
  async make(kept: DataList, before = kept): Promise<boolean> {
    const values = this.#values;
    if (!values || this.block || this.#progress) return false;
    const { count, heldOut, seed, turns, withTools, contested, renamed, made } = values;
    const { drafts, contestedShown, without } = this;
    this.#error = undefined;
    const abort = (this.#abort = new AbortController());
    this.#progress = { done: 0, total: count + heldOut };
    try {
      const generator = await loadGenerator();
      const names = generator.TOOLS.map(({ name }) => name).filter((name) => this.uses(name));
      const options: PracticeOptions = { seed, turns, withTools, contested, renamed, made, tools: names };
      options.contestedShown = this.contestedShown;
      const recipe = JSON.stringify([count, heldOut, options]);
      if (kept.parts.some((part) => this.#recipes.get(importedPart(part)) === recipe)) {
        const { message, remedy } = words.madeAlready;
        throw new LosslightError('made-already', message, remedy);
      }
      const taken = takenBy(this.data.takenIds(kept, before));
      const compose = (n: number, before: number, held: boolean) =>
        this.#compose(n, before, abort.signal, (i) =>
          withFreeId(
            generator.composePractice(i, held ? { ...options, split: 'held-out-phrasings' } : options),
            taken,
          ),
        );
      const parts = [new MemoryPart(await compose(count, 0, false), [], { name: words.name(seed) })];
      this.#recipes.set(parts[0] as DataPart, recipe);
      if (heldOut) {
        const conversations = await compose(heldOut, count, true);
        parts.push(new MemoryPart(conversations, [], { name: words.heldOutName(seed), heldOut: true }));
      }
      for (const part of parts) this.#made.set(part, { drafts, contestedShown, without });
      await this.data.add(parts, kept, panel.history.steps.practice, before);
      return true;
    } catch (error) {
      if (!abort.signal.aborted) this.#error = toReport(error);
      return false;
    } finally {
      this.#progress = undefined;
    }
  }

  /** Sets the form to questions that leave a reward something to decide, and makes them in place of untouched practice data. */
  makeContested(kept: DataList): Promise<boolean> {
    this.drafts = { ...this.drafts, ...CONTESTED_QUESTIONS };
    this.contestedShown = 'right';
    const rest = kept.parts
      .filter((part) => this.isMade(part))
      .reduce((list, part) => list.without(part), kept);
    return this.make(rest, kept);
  }

  /** Ends what is being made; the list stays as it was. */
  cancel(): void {
    this.#abort?.abort();
  }

  async #compose(
    count: number,
    before: number,
    signal: AbortSignal,
    compose: (index: number) => Conversation,
  ): Promise<Conversation[]> {
    const made: Conversation[] = [];
    const slice = new Slice();
    for (let index = 0; index < count; index++) {
      made.push(compose(index));
      if (!slice.over) continue;
      if (this.#progress) this.#progress = { ...this.#progress, done: before + made.length };
      await slice.breathe();
      signal.throwIfAborted();
    }
    return made;
  }
}

/** With an id that no conversation of the list has: other settings make other conversations under the same number. */
function withFreeId(conversation: Conversation, taken: (id: string) => boolean): Conversation {
  let { id } = conversation;
  for (let n = 2; taken(id); n++) id = `${conversation.id} (${n})`;
  return { ...conversation, id };
}
