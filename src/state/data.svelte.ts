/**
 * @file The conversations on the page, every change of their list, and which one is looked at.
 */
import { data as words } from '$strings/data';
import type { TableColumn } from '../conversation/table-head';
import { asSeries } from '../conversation/ids';
import type { Conversation, ImportProblem } from '../conversation/types';
import type { EditBook } from '../mask/edit-file';
import type { ErrorReport, NamedBlob, ReadOptions, TakenIds } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import { DataFilter } from './data-filter.svelte';
import { DataHistory } from './data-history.svelte';
import { DataImport } from './data-import.svelte';
import { DataList, joinedIds, type DataPart } from './data-list';
import { importedPart } from './data-patch';
import type { Split } from './data-split';
import type { EditsAside } from './edits.svelte';
import { toReport } from './errors';
import { Tallies, type Weighing } from './tallies.svelte';

/** What was read last, and how, so that it can be read in another way. */
interface LastImport {
  files: readonly NamedBlob[];
  options: ReadOptions;
  kept: DataList;
  /** How many conversations it took the place of, at once or later; undefined where it was added to them. */
  replaced?: number;
  /** The list that they were in. */
  before?: DataList;
  /** What came in; undefined where nothing did. */
  part?: DataPart;
}

/** Takes the edits of conversations out of those of all, and lays in what was taken out before; gives back what it takes out. */
export type EditExchange = (
  among: (id: string) => boolean,
  before: EditsAside | undefined,
) => EditsAside | undefined;

/** A named piece of text to import. */
export interface TextFile {
  name: string;
  text: string;
}

/** Conversations of a file that a run takes: each has to be read, rendered and tokenized before its first step. */
export const TRAIN_LIMIT = 2_000;

const { steps } = words.history;
const NOTHING = new DataList();

export class DataState {
  readonly filter: DataFilter;
  readonly tallies: Tallies;
  readonly history = new DataHistory();
  readonly #import: DataImport;
  #list = $state.raw(new DataList());
  #chosenKey = $state<number | undefined>();
  #chosen = $state.raw<Conversation | undefined>();
  #error = $state.raw<(ErrorReport & { title: string }) | undefined>();
  /** Undefined where the list is the person's own. */
  #setAside = $state.raw<DataList | undefined>();
  #last = $state.raw<LastImport | undefined>();
  /**
   * Ids of what was removed, or what others took the place of: what was said of those by id, such as hand edits, is not about what comes
   * later. An emptied list leaves its ids free, so that its files match their saved edits when they come in again.
   */
  #retired: TakenIds = { ids: [], series: [] };
  /** Counts changes of what is in memory of rows that stay in files. */
  #loaded = $state(0);
  #loading = new Set<number>();

  /** Rows that a run takes: those that match the filter and are not held out; of files the first ones. */
  readonly trainRows = $derived.by(() => {
    const list = this.#list;
    const limit = list.inFile ? TRAIN_LIMIT : Infinity;
    return this.filter.rows(limit, list.heldOutCount ? (row) => !list.heldOut(row) : undefined);
  });

  /** Rows that no run takes, whatever the filter, so that what is measured on them stays comparable. */
  readonly heldOutRows = $derived.by(() => this.#list.heldOutRows());

  /** How many conversations match the filter and are not held out. */
  readonly trainable = $derived.by(() => {
    const { filter } = this;
    const list = this.#list;
    const heldOut = list.heldOutCount;
    if (!heldOut || !filter.active) return filter.length - heldOut;
    let rows = 0;
    for (let place = 0; place < filter.length; place++) if (!list.heldOut(filter.row(place))) rows++;
    return rows;
  });

  /**
   * @param weighing what decides how much is trained; the same object as long as nothing of it changes
   * @param edits hand edits of all conversations
   * @param paused whether nothing is to be counted now
   * @param exchange takes the edits of some conversations out, with their own steps, and lays in what it took out before
   */
  constructor(
    private readonly text: TextService,
    weighing: () => Weighing,
    edits: () => EditBook,
    paused: () => boolean = () => false,
    private readonly exchange: EditExchange = () => undefined,
  ) {
    const list = () => this.#list;
    this.#import = new DataImport(text);
    this.tallies = new Tallies(text, { list, shown: () => this.filter, weighing, edits, paused });
    this.filter = new DataFilter(list, this.tallies);
  }

  get list() {
    return this.#list;
  }
  get problems() {
    return this.#import.problems;
  }
  /** Records that errors kept out. */
  get leftOut() {
    return this.#import.problems.leftOut;
  }
  /** The conversation that is looked at; undefined while it is being read from its file. */
  get chosen() {
    return this.#chosen;
  }
  /** Its row in the list; -1 where there is none. */
  get chosenRow() {
    return this.#chosenKey === undefined ? -1 : this.#list.rowOfKey(this.#chosenKey);
  }
  /** True while files are being read. */
  get busy() {
    return this.#import.busy;
  }
  /** How far reading is; undefined before the first report. */
  get progress() {
    return this.#import.progress;
  }
  get error() {
    return this.#error;
  }
  get summary() {
    return this.#import.summary;
  }
  /** The files that were read last, and how; undefined where they cannot be read in another way. */
  get last(): Pick<LastImport, 'files' | 'options' | 'kept' | 'replaced'> | undefined {
    return this.#last;
  }
  /** Whether the next undo brings back what the last import took the place of. */
  get replacedReturns(): boolean {
    const before = this.#last?.before;
    return before !== undefined && this.history.previous === before;
  }
  /** How many others the last import could take the place of, so that an undo brings them back. */
  get replaceable(): number {
    const part = this.#last?.part;
    if (!part || !this.#list.has(part)) return 0;
    const others = this.#list.without(part);
    return others.inFile ? 0 : others.length;
  }
  /** The person's own conversations, kept while a lesson's take their place. */
  get setAside() {
    return this.#setAside ?? NOTHING;
  }
  /** The person's own conversations, wherever they are: set aside, even if none, or in the list. */
  get own() {
    return this.#setAside ?? this.#list;
  }

  /** A row of the list where it is at hand. */
  at(row: number): Conversation | undefined {
    void this.#loaded;
    return this.#list.at(row);
  }

  /**
   * Reads files into the list; true when at least one conversation came in, behind those of `kept`. Files that cannot be
   * read set `error` and leave the list alone; so does `cancel`, without an error. An undo brings `before` back.
   */
  async import(
    files: readonly NamedBlob[],
    kept: DataList,
    options: ReadOptions = {},
    before = kept,
  ): Promise<boolean> {
    const replaced = before === kept ? undefined : before.length;
    return this.#read(
      { files, options, kept, ...(replaced !== undefined && { replaced, before }) },
      before,
      before,
    );
  }

  /** Ids that what stands in a list of these conversations must not use, where it takes the place of `before`. */
  takenIds(kept: DataList, before = kept): TakenIds {
    const gone = before === kept ? [] : [before.takenIds()];
    return joinedIds([kept.takenIds(), ...gone, this.#retired]);
  }

  /**
   * Reads a file whole in place of the list, which is left alone where a record of it is wrong. What was there before is the
   * caller's to keep.
   *
   * @returns whether it came in, and what is wrong with it; neither where it was cancelled
   * @throws what the file cannot be read for
   */
  async importWhole(file: NamedBlob): Promise<{ came: boolean; errors: readonly ImportProblem[] }> {
    this.#error = this.#last = undefined;
    const list = new DataList();
    const read = await this.#import.read([file], {}, list.takenIds(), async (part) => {
      if (this.problems.errors) return;
      this.history.clear();
      await this.#setList(list.with(part), 0);
    });
    const errors = this.problems.listed.filter(({ severity }) => severity === 'error');
    if (errors.length) this.#import.forget();
    return { came: read && !errors.length, errors };
  }

  /** Reads what was read last in another way; true when at least one conversation came in. */
  async reread(options: ReadOptions): Promise<boolean> {
    if (!this.#last) return false;
    const { files, part, replaced } = this.#last;
    const replaces = replaced !== undefined;
    // Where nothing came in, the list may have changed since.
    const own = part ? this.#list : this.own;
    const kept = part ? own.without(part) : replaces ? new DataList([], own.split) : own;
    const before = part ? this.#last.before : own;
    const read = {
      files,
      options,
      kept,
      ...(replaces && { replaced: part ? replaced : own.length, ...(before && { before }) }),
    };
    // The same records in another form keep their ids.
    return this.#read(read, replaces ? own : kept, part ? kept : own);
  }

  /**
   * Leaves nothing in the list but what the last import brought, as if that had taken the place of the others; an undo brings them
   * back.
   */
  async replaceOthers(): Promise<void> {
    const { replaceable } = this;
    const last = this.#last;
    const part = last?.part;
    if (!replaceable || !part) return;
    const before = this.#list;
    const parts = before.parts.filter((other) => importedPart(other) === part);
    const list = new DataList(parts, before.split);
    this.#record(steps.replacement, before);
    this.#retire(before.without(part));
    this.#last = { ...last, kept: new DataList([], before.split), replaced: replaceable, before };
    await this.#setList(list, Math.max(0, list.rowOfKey(this.#chosenKey ?? -1)));
  }

  /** Puts what was made on the page behind the conversations of `kept`; an undo brings `before` back. */
  async add(parts: readonly DataPart[], kept: DataList, label: string, before = kept): Promise<void> {
    this.#forgetImport();
    this.#last = undefined;
    this.#record(label, before);
    if (before !== kept) this.#retire(before);
    await this.#setList(
      parts.reduce((list, part) => list.with(part), kept),
      kept.length,
    );
  }

  /**
   * Puts a list in place of the present one and stays with what is looked at; can be taken back.
   *
   * @param key changes in a row with the same key are taken back together
   */
  async put(list: DataList, label: string, key?: string): Promise<void> {
    const id = this.#chosen?.id;
    this.#record(label, this.#list, key);
    await this.#goTo(list);
    if (id !== undefined && this.#chosen?.id !== id && list.rowOf(id) >= 0) await this.choose(id);
  }

  /**
   * Puts a list in place of the person's own, which may be set aside. It is as it was left by the person, so that there is nothing to
   * take back, but where something was done meanwhile.
   */
  async putOwn(list: DataList, label: string): Promise<void> {
    const isShown = this.#setAside === undefined || this.#setAside === this.#list;
    if (this.#setAside) this.#setAside = list;
    if (!isShown) return;
    const { undoLabel, redoLabel } = this.history;
    await this.put(list, label);
    if (undoLabel === undefined && redoLabel === undefined) this.history.clear();
  }

  /** Puts parts in the place of the whole list; where that was in memory, it can be taken back. */
  async replaceAll(parts: readonly DataPart[], label: string): Promise<void> {
    const before = this.#list;
    this.#forgetImport();
    this.#last = undefined;
    this.#record(label, before);
    this.#retire(before);
    await this.#setList(new DataList(parts, before.split), 0);
  }

  /** Takes everything that came with a part out of the list; where it stays in no file, that can be taken back. */
  async remove(part: DataPart): Promise<void> {
    const list = this.#list.without(part);
    this.#record(steps.removal, this.#list);
    this.#retire(new DataList([part]));
    await this.#goTo(list);
  }

  /** Holds a share of each import out; undefined holds out only what was made to be. */
  setSplit(split: Split | undefined): void {
    // Of an empty list there is nothing to take back.
    if (this.#list.length) this.#record(steps.split, this.#list, 'split');
    this.#list = this.#list.withSplit(split);
  }

  /**
   * Puts an edited conversation in the place of the one with its id, which is at hand.
   *
   * @param key edits in a row with the same key are taken back together
   */
  edit(conversation: Conversation, label: string, key?: string): void {
    const before = this.#list;
    if (this.replace(conversation)) this.history.record(label, before, key);
  }

  /** Gives a conversation back as its import brought it. */
  async restore(row: number): Promise<void> {
    const before = this.#list;
    this.#record(steps.restoring, before);
    await this.#goTo(before.restored(row));
  }

  /** Takes the last change of the list back. */
  async undo(): Promise<void> {
    const list = this.history.undo(this.#list);
    if (list) await this.#goTo(list);
  }

  /** Makes the change again that was taken back last. */
  async redo(): Promise<void> {
    const list = this.history.redo(this.#list);
    if (list) await this.#goTo(list);
  }

  /** The columns of a table; none where the file is no table. */
  columnsOf({ blob }: NamedBlob): Promise<TableColumn[]> {
    return this.text.files.columns({ blob });
  }

  /** Ends the import that is under way; the list stays as it was. */
  cancel(): void {
    this.#import.cancel();
  }

  /** Takes the messages away; what they were about stays as it is. */
  dismiss(): void {
    this.#import.dismiss();
    this.#error = undefined;
  }

  /** Looks at the conversation with this id. */
  choose(id: string): Promise<void> {
    return this.chooseRow(this.#list.rowOf(id));
  }

  /** Looks at a row. Resolves when it is at hand; one that cannot be read sets `error`. */
  async chooseRow(row: number): Promise<void> {
    const list = this.#list;
    const key = row < 0 ? undefined : list.key(row);
    this.#chosenKey = key;
    this.#chosen = list.at(row);
    if (key === undefined || this.#chosen) return;
    try {
      const [conversation] = await list.read([row]);
      if (this.#chosenKey === key) this.#chosen = conversation;
    } catch (error) {
      if (this.#chosenKey === key) this.refuse(toReport(error), words.imported.notRead);
    }
  }

  /** These places of the filtered list are in sight: what is not at hand is read, and they are counted first. */
  async look(first: number, last: number): Promise<void> {
    this.tallies.look(first, last);
    this.tallies.countSoon();
    const list = this.#list;
    if (!list.inFile) return;
    const places = Array.from({ length: last - first }, (_, i) => this.filter.row(first + i));
    const rows = places.filter((row) => row >= 0 && !list.at(row) && !this.#loading.has(list.key(row)));
    if (!rows.length) return;
    const keys = rows.map((row) => list.key(row));
    for (const key of keys) this.#loading.add(key);
    try {
      await list.read(rows);
      this.#loaded++;
    } catch (error) {
      this.refuse(toReport(error), words.imported.noneRead);
    } finally {
      for (const key of keys) this.#loading.delete(key);
    }
  }

  refuse(error: ErrorReport, title: string = words.imported.nothing): void {
    this.#error = { ...error, title };
  }

  /**
   * Puts a changed conversation in the place of the one with its id.
   *
   * @returns what stood there; undefined where there is no such conversation at hand
   */
  replace(conversation: Conversation): Conversation | undefined {
    const row = this.#list.rowOf(conversation.id);
    const before = this.#list.at(row);
    if (!before) return undefined;
    const key = this.#list.key(row);
    this.#list = this.#list.replaced(row, conversation);
    this.tallies.forgetRow(key);
    void this.filter.refresh();
    if (this.#chosenKey === key) this.#chosen = conversation;
    return before;
  }

  /** Keeps the present list aside, for when a lesson is closed. */
  putAside(): void {
    this.#setAside = this.#list;
  }

  /** Forgets what was put aside: it is in the list again. */
  takeBack(): void {
    this.#setAside = undefined;
  }

  /** Shows what was put aside in place of the present list. */
  async bringBack(): Promise<void> {
    const { own } = this;
    await this.#show(own);
    this.takeBack();
  }

  /**
   * Empties the list. Its ids are free again, so that the hand edits go with it, and come back with it. Where conversations in files
   * leave nothing to take back, the edits stay for when those files come in again.
   */
  clear(): Promise<void> {
    const before = this.#list;
    this.#forgetImport();
    this.#last = undefined;
    let aside: EditsAside | undefined;
    const known = new Map<string, boolean>();
    // Asked for each step of the edits' history.
    const among = (id: string) => {
      const isIn = known.get(id) ?? before.partsWith(id).length > 0;
      known.set(id, isIn);
      return isIn;
    };
    const cross = () => {
      aside = this.exchange(among, aside);
    };
    if (before.length) {
      this.#record(steps.clearing, before, undefined, before.inFile ? undefined : cross);
      if (!before.inFile) cross();
    }
    return this.#setList(new DataList(), 0);
  }

  /** Reads files behind `last.kept`, with ids of their own, also beside those of `gone`; an undo brings `before` back. */
  async #read(last: LastImport, before: DataList, gone: DataList): Promise<boolean> {
    this.#error = undefined;
    this.#last = last;
    const { files, options, kept } = last;
    try {
      return await this.#import.read(files, options, this.takenIds(kept, gone), async (part) => {
        if (this.#last) this.#last = { ...this.#last, part: importedPart(part) };
        this.#record(steps.import, before);
        if (gone !== kept) this.#retire(gone);
        await this.#setList(kept.with(part), kept.length);
      });
    } catch (error) {
      this.refuse(toReport(error));
      return false;
    }
  }

  /** What comes later uses none of these ids. */
  #retire(list: DataList): void {
    this.#retired = asSeries(joinedIds([this.#retired, list.takenIds()]));
  }

  /** Ends what is under way and lets go of the files. */
  dispose(): void {
    this.#import.dispose();
    this.tallies.dispose();
    this.filter.clear();
    for (const part of [...this.#list.parts, ...this.setAside.parts]) part.close();
  }

  #show(list: DataList): Promise<void> {
    this.#forgetImport();
    this.#last = undefined;
    // What was changed in another list cannot be taken back in this one.
    this.history.clear();
    return this.#setList(list, 0);
  }

  /** A list that takes the place of one put aside, or the other way round, begins a history of its own. */
  #record(label: string, before: DataList, key?: string, cross?: () => void): void {
    if (before !== this.#list && before === this.#setAside) this.history.clear();
    this.history.record(label, before, key, cross);
  }

  /** Shows another state of the list and stays where the eye is. */
  #goTo(list: DataList): Promise<void> {
    const row = this.chosenRow;
    const key = row < 0 ? -1 : this.#list.key(row);
    const there = list.rowOfKey(key);
    const others = list.parts.some((part) => !this.#list.has(part)) || list.length !== this.#list.length;
    if (others) {
      // What the last import said is about another list.
      this.#forgetImport();
      this.#last = undefined;
    }
    const changed = list.changedKeys(this.#list);
    for (const other of changed) this.tallies.forgetRow(other);
    // What changes is shown.
    const [first] = changed;
    if (first !== undefined && !changed.includes(key)) return this.#setList(list, list.rowOfKey(first));
    return this.#setList(list, there >= 0 ? there : Math.max(0, Math.min(row, list.length - 1)));
  }

  /** What the last import had to say, so that the next one's is not mixed with it. */
  #forgetImport(): void {
    this.#import.forget();
    this.#error = undefined;
  }

  /** Resolves when the conversation at `chosen` is at hand. */
  #setList(list: DataList, chosen: number): Promise<void> {
    const before = this.#list;
    this.#list = list;
    const used = new Set(
      [list, this.#setAside, this.#last?.kept].flatMap((other) => other?.parts.map(importedPart) ?? []),
    );
    const gone = before.parts.map(importedPart).filter((part) => !used.has(part));
    for (const part of gone) part.close();
    // Those in memory are as good as before.
    this.history.forget((part) => part.inFile && gone.includes(importedPart(part)));
    void this.filter.refresh();
    return this.chooseRow(chosen < list.length ? chosen : -1);
  }
}

/** Files as blobs with their names. */
export function namedBlobs(files: readonly File[]): NamedBlob[] {
  return files.map((file) => ({ name: file.name, blob: file }));
}

/** Text as a file. */
export function textBlob({ name, text }: TextFile): NamedBlob {
  return { name, blob: new Blob([text]) };
}
