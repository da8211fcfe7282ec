/**
 * @file A share link or a session file that was opened: what it holds is shown first, and taken in only when the person says so.
 * What was there before can be brought back.
 */
import { arrival as words } from '$strings/arrival';
import { takenBy } from '../conversation/ids';
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import { exportEdits } from '../mask/edit-file';
import { writeRewards } from '../reward/reward-file';
import { OWN_REWARD } from '../reward/registry';
import type { ErrorReport } from '../worker/protocol';
import { DataList, MemoryPart } from './data-list';
import { toReport } from './errors';
import { keepWeights } from './kept-weights';
import type { ContentPart, ReadContent } from './page-content';
import { modelMark } from './page-gather';
import { withArrivedIds } from './run-ids';
import type { KeptRun } from './runs.svelte';
import type { Session } from './session.svelte';
import type { WeightValues } from './session-file';
import { chatHere, type ChatRating, type StoredChat } from './stored-chat';
import type { PageSettings } from './url-settings';
import type { UrlState } from './url-state.svelte';

export interface Opened extends ReadContent {
  /** For people: “the link”, or a file's name. */
  name: string;
  /** A link's fragment leaves the address, which would share it further: after a reload it is not there to be opened again. */
  fromLink?: boolean;
  values?: WeightValues;
}

export class Arrival {
  /** Whether its conversations take the place of those that are there, or come behind them. */
  replace = $state(true);
  /** Whether a function in JavaScript that it brings is taken. It runs in the sandbox, and only when a run or a trial begins. */
  takeCode = $state(false);
  /** Whether tuned weights are put in place of those that the model has. */
  takeWeights = $state(true);
  #busy = $state(false);
  #tookFirst = $state(false);
  #error = $state.raw<ErrorReport | undefined>();
  #taken = $state.raw<(() => Promise<void>) | undefined>();
  /** The conversations are in the list: another try does not bring them twice. */
  #brought = false;
  #adopted: readonly KeptRun[] | undefined;
  /** New ids of conversations whose own were taken. */
  readonly #names = new Map<string, string>();
  /** Brings the chat back that was there before. */
  #chatBack: (() => void) | undefined;

  constructor(
    private readonly session: Session,
    private readonly address: UrlState,
    readonly opened: Opened,
  ) {
    this.replace = !this.#hasFiles;
  }

  get busy() {
    return this.#busy;
  }
  get error() {
    return this.#error;
  }
  /** True once it was taken in; then `undo` brings back what was there. */
  get taken() {
    return this.#taken !== undefined;
  }
  /** How many conversations it brings. */
  get count(): number {
    return this.opened.content.parts?.reduce((sum, { conversations }) => sum + conversations.length, 0) ?? 0;
  }
  /** The reward function in JavaScript that it brings; '' where it brings none. */
  get code(): string {
    return this.opened.content.rewards?.code ?? '';
  }

  /** True where the page has conversations that it would be put in place of. */
  readonly hasOwn = $derived.by(() => this.session.data.own.length > 0);

  /** True where the page has nothing that taking it in would change and that could be brought back. */
  readonly isFirst = $derived.by(() => {
    const { session, address } = this;
    const { rewards, chat, runs } = this.opened.content;
    return (
      !this.hasOwn &&
      // The page always has some of these.
      !(rewards ?? chat ?? runs) &&
      !Object.keys(address.changed).length &&
      session.model.own.edited === undefined &&
      !session.train.runs.list.length
    );
  });

  /** True where it was taken in by a page that had nothing. */
  get tookFirst() {
    return this.#tookFirst;
  }

  /** True where taking it in closes files, whose conversations have to be imported again. */
  get closesFiles(): boolean {
    return this.replace && this.count > 0 && this.#hasFiles;
  }

  /** Why it cannot be taken in now; undefined where it can. */
  readonly block = $derived.by(() =>
    this.session.train.active
      ? words.blocks.running
      : this.session.data.busy
        ? words.blocks.reading
        : undefined,
  );

  /** Why what was there cannot be brought back now; undefined where it can. */
  readonly undoBlock = $derived.by(() => this.block ?? this.session.runBlock);

  /** What differs here from where it was made, a sentence each. */
  readonly differences = $derived.by((): readonly string[] => {
    const { model, template } = this.opened.content;
    const here = modelMark(this.session);
    if (!model || !here) return [];
    if (model.tokenizer !== here.tokenizer) {
      return [words.differs.tokenizer(model.name, here.name)];
    }
    return model.template === here.template || template !== undefined ? [] : [words.differs.template];
  });

  /** Why its tuned weights cannot be put in place; undefined where they can, or where it has none. */
  readonly weightsBlock = $derived.by((): string | undefined => {
    const { runs, weights } = this.opened.content;
    if (!weights || !this.opened.values) return undefined;
    const run = runs?.find(({ id }) => id === weights.at.run);
    if (!run) return words.weights.noRun;
    const { modelKey } = this.session;
    if (modelKey === undefined) return words.weights.noModel;
    return run.facts.modelKey === modelKey ? undefined : words.weights.otherModel(run.facts.model);
  });

  /** Takes it in; true when all of it was. */
  async take(): Promise<boolean> {
    if (this.block || this.#busy) return false;
    this.#busy = true;
    this.#error = undefined;
    const { session, address } = this;
    try {
      // A lesson's settings and conversations are not one's own.
      if (session.lessons.current) await session.closeLesson();
      if (!this.#taken) this.#tookFirst = this.isFirst;
      this.#taken ??= await this.#before();
      const { content } = this.opened;
      if (content.template !== undefined && content.template !== session.model.opened?.template.source) {
        const source = content.template;
        await session.changeModel(() => session.model.useTemplate(source));
        if (!this.opened.fromLink) session.unsaved.templateSaved(source);
      }
      if (content.settings) address.apply({ ...(content.policy ? {} : this.#mask()), ...content.settings });
      if (content.policy) session.mask.setPolicy(content.policy);
      const policy = content.policy && address.settings['policy'];
      if (!this.opened.fromLink)
        session.unsaved.settingsSaved({ ...content.settings, ...(policy !== undefined && { policy }) });
      this.#takeRewards();
      if (!this.#brought) await this.#takeConversations();
      this.#brought = true;
      this.#adopt();
      try {
        if (content.chat) await this.#takeChat(content.chat);
      } finally {
        // Neither needs the other, and either may fail.
        await this.#takeWeights();
      }
      return true;
    } catch (error) {
      this.#error = toReport(error);
      return false;
    } finally {
      this.#busy = false;
    }
  }

  /** Brings back what was there before; true when it was done. */
  async undo(): Promise<boolean> {
    if (!this.#taken || this.undoBlock || this.#busy) return false;
    this.#busy = true;
    try {
      if (this.session.lessons.current) await this.session.closeLesson();
      await this.#taken();
      this.#taken = undefined;
      return true;
    } finally {
      this.#busy = false;
    }
  }

  /** What brings the present state back. */
  async #before(): Promise<() => Promise<void>> {
    const { session, address } = this;
    const { data, mask, rewards, model, train } = session;
    const { settings } = address;
    const { policy } = mask;
    const { book } = mask.edits;
    const { list } = data;
    const { drafts, code } = rewards;
    const { edited } = model.own;
    const putWeightsBack = await keepWeights(session);
    return async () => {
      if (model.own.edited !== edited) {
        await session.changeModel(() => model.useTemplate(edited));
      }
      if (this.count && data.list !== list) {
        // Files that were closed meanwhile cannot be shown again.
        const parts = list.parts.filter((part) => !part.inFile || data.list.has(part));
        await session.changeData(() => data.put(new DataList(parts, list.split), words.steps.bringingBack));
      }
      // Before the settings: the weights decide what is trained.
      await putWeightsBack();
      address.apply(settings);
      mask.setPolicy(policy);
      mask.edits.restore(book);
      if (this.opened.content.rewards) rewards.putBack(drafts, code);
      for (const { id } of this.#adopted ?? []) train.runs.delete(id);
      await session.chat.stop();
      this.#chatBack?.();
    };
  }

  /** The mask as it is, where settings come without one. */
  #mask(): PageSettings {
    const mask = ['mask', 'policy'].map((key) => [key, this.address.settings[key]] as const);
    return Object.fromEntries(mask.flatMap(([key, text]) => (text === undefined ? [] : [[key, text]])));
  }

  /** Whether conversations of the person’s own stay in files. */
  get #hasFiles(): boolean {
    const { list, setAside } = this.session.data;
    return list.inFile || setAside.inFile;
  }

  get #label(): string {
    return words.steps.opening(this.opened.name);
  }

  #takeRewards(): void {
    const { rewards } = this.opened.content;
    if (!rewards) return;
    const own = this.takeCode ? rewards.parts : rewards.parts.filter(({ id }) => id !== OWN_REWARD);
    if (!own.length) return;
    this.session.rewards.importFile(writeRewards({ parts: own, code: this.takeCode ? rewards.code : '' }));
  }

  async #takeConversations(): Promise<void> {
    const { session } = this;
    const { parts = [], edits, chosen } = this.opened.content;
    if (parts.length) {
      const { list } = session.data;
      const brought = parts.flatMap(({ conversations }) => conversations.map(({ id }) => id));
      // Of those that stay in files not every id is at hand.
      const inFiles = brought.filter((id) => list.partsWith(id).length);
      const inUse = takenBy(session.data.takenIds(list));
      // In place of the list it may be the same again, but for what was edited by hand since: that stays with what is replaced.
      const edited = Object.keys(session.mask.edits.book);
      const own = new Set(this.replace ? edited : inFiles);
      const taken = {
        has: (id: string) => own.has(id) || (!this.replace && inUse(id)),
        add: (id: string) => own.add(id),
      };
      const names = this.#names;
      const made = parts.map((part) => memoryPart(part, taken, names));
      if (!this.opened.fromLink) session.unsaved.partsOpened(made);
      await session.changeData(async () => {
        if (this.replace) await session.data.replaceAll(made, this.#label);
        else await session.data.add(made, session.data.list, this.#label);
      });
      const id = chosen === undefined ? undefined : (names.get(chosen) ?? chosen);
      if (id !== undefined && session.data.list.rowOf(id) >= 0) await session.choose(id);
      if (edits) {
        const renamed = Object.entries(edits).map(([key, own]) => [names.get(key) ?? key, own] as const);
        session.mask.edits.import(exportEdits(Object.fromEntries(renamed)));
      }
    } else if (edits) session.mask.edits.import(exportEdits(edits));
  }

  #adopt(): void {
    const { content, values } = this.opened;
    const { runs = [], weights } = content;
    const own = weights && values ? { at: weights.at, values } : undefined;
    if (this.#adopted) return;
    const { list } = this.session.data;
    const here = withArrivedIds(runs, {
      brought: idsBrought(content.parts),
      names: this.#names,
      has: (id) => list.rowOf(id) >= 0,
    });
    this.#adopted = this.session.train.runs.adopt(here, own);
  }

  async #takeWeights(): Promise<void> {
    const { session } = this;
    const tuned = this.#adopted?.find(({ snapshots }) => snapshots.length);
    const [snapshot] = tuned?.snapshots ?? [];
    if (!tuned || !snapshot || !this.takeWeights || this.weightsBlock) return;
    await session.restore(tuned, snapshot);
    if (session.train.runs.head?.run === tuned.id) {
      session.unsaved.weightsSaved(session.train.runs.head);
      return;
    }
    const reason = session.restoreBlock ?? session.train.runs.error?.message;
    throw new LosslightError(
      'weights-not-restored',
      words.weights.notRestored(reason ?? ''),
      words.weights.remedy,
    );
  }

  /** Puts its chat in place of the present one, once; undo in the chat takes that back, too. */
  async #takeChat(stored: StoredChat): Promise<void> {
    if (this.#chatBack) return;
    const door = this.session.chat;
    await door.stop();
    const chat = await door.load();
    if (!chat) {
      const { code = 'not-loaded', message = '', remedy = '' } = door.error ?? {};
      throw new LosslightError(code, message, remedy);
    }
    const runs = new Map(
      this.opened.content.runs?.flatMap(({ id }, i) => {
        const here = this.#adopted?.[i];
        return here ? [[id, here.id] as const] : [];
      }),
    );
    // The summary shows the file's conversations alone: none comes in with the chat, and none of the person's own is taken for one.
    const ratings = ratingsBrought(stored.ratings, this.opened.content.parts, this.#names);
    this.#chatBack = await chat.restore({ ...chatHere(stored, runs), ratings, records: [] }, this.#label);
    door.open = true;
  }
}

/**
 * Ratings whose records are among conversations that were brought; one of the same id that was there before is another record.
 *
 * @param names new ids of conversations whose own were taken
 */
export function ratingsBrought(
  ratings: readonly ChatRating[],
  parts: readonly ContentPart[] = [],
  names: ReadonlyMap<string, string>,
): ChatRating[] {
  const brought = idsBrought(parts);
  return ratings
    .filter(({ record }) => brought.has(record))
    .map((rating) => ({ ...rating, record: names.get(rating.record) ?? rating.record }));
}

function idsBrought(parts: readonly ContentPart[] = []): Set<string> {
  return new Set(parts.flatMap(({ conversations }) => conversations.map(({ id }) => id)));
}

/** Conversations under ids that are free; `names` gets those that were changed. */
function memoryPart(
  { name, heldOut, conversations }: ContentPart,
  taken: { has: (id: string) => boolean; add: (id: string) => unknown },
  names: Map<string, string>,
): MemoryPart {
  const own = conversations.map((conversation): Conversation => {
    let { id } = conversation;
    for (let n = 2; taken.has(id); n++) id = `${conversation.id} (${n})`;
    taken.add(id);
    if (id === conversation.id) return conversation;
    names.set(conversation.id, id);
    return { ...conversation, id };
  });
  return new MemoryPart(own, [], { name, heldOut });
}
