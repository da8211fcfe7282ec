/**
 * @file The lesson that is open, where it came from, what it put aside, and every change of the list of conversations that ends or
 * begins one.
 */
import { lessons as words } from '$strings/lessons';
import { LosslightError } from '../errors';
import type { DataList } from './data-list';
import { toReport } from './errors';
import { keptFields } from './kept-fields';
import type { LessonEntry } from './history-entry';
import { parseLessonIndex, type LessonSummary } from './lesson';
import { sameLink, type AddressEvents, type LessonAddress, type LessonLink } from './lesson-address';
import type { PageBefore } from './lesson-apply';
import type { ReadText } from './model.svelte';
import type {
  LessonHost,
  LessonOrigin,
  LessonProgress,
  OpenLesson,
  OpenLessonParts,
} from './open-lesson.svelte';
import type { RunPoint } from './runs.svelte';

export interface LessonParts {
  /** The page that lessons set up and look at. */
  page: LessonHost;
  /** Address of the page; the lessons lie below it. */
  base: string;
  readText: ReadText;
  /** Keeps the weights that a lesson is about to replace; where they stand, undefined for the original ones. */
  keepWeights: () => Promise<RunPoint | undefined>;
  /** Puts those back; why not, in sentences, where that could not be done. */
  returnWeights: (before: RunPoint | undefined) => Promise<string | undefined>;
  /** Shows the conversation that is chosen now: Back and Forward change the list without the page having asked for it. */
  show: () => Promise<void>;
  /** The page's address, where it names the open lesson. */
  address?: LessonAddress | undefined;
  /** How far each lesson was gone through, over visits. */
  storage?: Pick<Storage, 'getItem' | 'setItem'> | undefined;
}

const KEY = 'losslight.lessons';
/** Larger files are data: a lesson is a few pages of text and some conversations. */
const MOST_BYTES = 5_000_000;

/** Milliseconds that the page keeps itself back for the lesson that its address names. */
const PATIENCE = 8000;

/** What an open lesson needs is loaded with the first. @throws LosslightError `not-loaded`. */
async function runtime() {
  try {
    return await import('./lesson-runtime');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LosslightError('not-loaded', words.runtime.failed(reason), words.runtime.remedy);
  }
}

export class LessonState {
  #list = $state.raw<readonly LessonSummary[]>([]);
  #current = $state.raw<OpenLesson | undefined>();
  #progress = $state.raw<Readonly<Record<string, LessonProgress>>>({});
  /** What the lesson changed, as it was before. */
  #before: PageBefore | undefined;
  #tuned = $state.raw<RunPoint | undefined>();
  #switching = $state(false);
  #coming = $state(false);
  /** Where the open lesson is in the address; undefined where it has no place there. */
  #link: LessonLink | undefined;
  /** Counts the entries of the history that were come to, and lessons that a person opened or closed: the last of these holds. */
  #navigations = 0;
  /** The lesson that the entry asks for that was last come to: another one that still loads for an earlier entry is not opened. */
  #wanted: LessonLink | undefined;
  /** How many lessons come or go, or wait for their turn. */
  #moves = 0;
  readonly #gone = new AbortController();
  #kept = $state.raw<(() => Promise<void>) | undefined>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: LessonParts) {
    this.#progress = readProgress(parts.storage?.getItem(KEY));
    this.#coming = parts.address?.read() !== undefined;
  }

  get list() {
    return this.#list;
  }
  /** The lesson whose conversations are in the list. */
  get current() {
    return this.#current;
  }
  /** Where the weights stood that the lesson put aside; undefined for the original ones, and where none is open. */
  get tuned() {
    return this.#tuned;
  }
  /** True while those are kept. */
  readonly keepsTuned = $derived.by(
    () => this.#tuned !== undefined && this.parts.page.train.runs.keptAt(this.#tuned) !== undefined,
  );
  /** How far each lesson was gone through, by its id. */
  get progress() {
    return this.#progress;
  }
  /** True while a lesson comes or goes, and with it the mask and the settings. */
  get switching() {
    return this.#switching;
  }
  /** True from the page's first moment until the lesson that its address names is open, cannot be, or takes too long. */
  get coming() {
    return this.#coming;
  }
  /** True while the open lesson sets the page up. */
  get busy() {
    return this.#current?.busy ?? false;
  }

  /** True while a lesson was asked for that the run in progress keeps from opening. */
  get waiting() {
    return this.#kept !== undefined && this.parts.page.train.active;
  }

  /** Why no lesson can come or go; undefined when it can. */
  readonly block = $derived.by(() => (this.parts.page.train.active ? words.running : undefined));

  /** Lists the lessons, and opens the one that the page's address asks for. */
  async begin(): Promise<void> {
    const { address } = this.parts;
    const wanted = address?.read();
    const events: AddressEvents = {
      changed: (link) => void this.#came(link),
      within: () => {
        if (this.#current) this.parts.address?.note?.(this.#place);
        // Nor is one wanted any more that the address named before, and that is still loading.
        else void this.#left();
      },
      left: () => void this.#left(),
      turned: (entry, link) => void this.#came(link, entry),
    };
    address?.watch(events, this.#gone.signal);
    let late: ReturnType<typeof setTimeout> | undefined;
    // On a network that does not answer, the page is there without it.
    const patience = new Promise<void>((resolve) => (late = setTimeout(resolve, PATIENCE)));
    this.#wanted = wanted;
    const opened = wanted && this.#follow(wanted, true);
    try {
      // What the address asks for is shown first.
      if (opened) await Promise.race([opened, patience]);
    } finally {
      clearTimeout(late);
      this.#coming = false;
    }
    await Promise.all([this.load(), opened]);
  }

  async load(): Promise<void> {
    const file = 'lessons/index.json';
    try {
      const text = await this.parts.readText(new URL(file, this.parts.base).href);
      if (text !== undefined) this.#list = parseLessonIndex(file, text);
    } catch (error) {
      this.parts.page.data.refuse(toReport(error), words.notListed);
    }
  }

  /** Opens a shipped lesson. */
  async open(id: string): Promise<void> {
    await this.follow({ kind: 'shipped', id });
  }

  /** Ends the run that keeps a lesson from opening, and opens it. */
  async stopAndOpen(): Promise<void> {
    const open = this.#kept;
    if (!open) return;
    this.#kept = undefined;
    await this.#stopped();
    await open();
  }

  /** Leaves the run alone; the lesson that was asked for is forgotten. */
  stay(): void {
    this.#kept = undefined;
    // Back or Forward may have led to an entry that names it.
    if (!this.#current) this.parts.address?.write(undefined);
  }

  /** Opens the lesson that a link names or holds. */
  async follow(link: LessonLink): Promise<void> {
    await this.#follow(link, false);
  }

  async #follow(link: LessonLink, byHistory: boolean): Promise<void> {
    const read = async (): Promise<{ name: string; text: string; origin: LessonOrigin }> => {
      if (link.kind === 'shipped') {
        const file = `lessons/${link.id}.json`;
        return { name: file, text: await this.#readShipped(file), origin: { kind: 'shipped' } };
      }
      const name = link.kind === 'file' ? (link.url.split('/').at(-1) ?? link.url) : words.ofLink;
      const text = link.kind === 'file' ? await this.#readFrom(link.url) : await unpack(link.text);
      return { name, text, origin: { kind: 'link', name, text } };
    };
    await this.#opening(link, read, byHistory);
  }

  /** Takes lessons out of files that were brought, and opens the last of them; the others are returned. */
  async take(files: readonly File[]): Promise<File[]> {
    const rest: File[] = [];
    const found: { name: string; text: string }[] = [];
    for (const file of files) {
      const text = /\.json$/i.test(file.name) && file.size <= MOST_BYTES ? await file.text() : '';
      // Only what may be one is looked at closely.
      if (text.includes('"losslightLesson"') && (await runtime()).isLesson(text))
        found.push({ name: file.name, text });
      else rest.push(file);
    }
    const last = found.at(-1);
    if (last) await this.openText(last.name, last.text);
    return rest;
  }

  /** Opens a lesson that a person brought. */
  async openText(name: string, text: string): Promise<void> {
    await this.#opening(undefined, async () => ({ name, text, origin: { kind: 'file', name, text } }));
  }

  /** The present page as the beginning of a lesson's file. */
  async skeleton(): Promise<string> {
    return (await runtime()).writeSkeleton(this.parts.page);
  }

  /** Ends the lesson; the conversations, the weights, the policy and the settings that it put aside come back. */
  async close(): Promise<void> {
    this.#breakOff();
    await this.#move(async () => {
      const open = this.#current;
      await this.#end();
      if (open && !this.#current) this.#closed();
    });
  }

  /** It was closed other than by Back: the page is no longer one of a lesson. */
  #closed(): void {
    this.#navigations++;
    this.parts.address?.write(undefined);
    this.parts.address?.close?.();
  }

  async #shut(): Promise<void> {
    this.#breakOff();
    await this.#move(() => this.#end());
  }

  get #place() {
    const { id = '', index = 0 } = this.#current ?? {};
    return { id, step: index };
  }

  /** Back or Forward led out of a lesson. */
  async #left(): Promise<void> {
    const navigation = ++this.#navigations;
    this.#wanted = undefined;
    if (!this.#current) return;
    await this.#shut();
    if (navigation !== this.#navigations) return;
    const { address } = this.parts;
    // A run keeps it open, and the page says so.
    if (this.#current) return address?.write(this.#link, 'page', this.#place);
    address?.write(undefined);
    await this.parts.show();
  }

  /** Back or Forward led to a step of a lesson, or to an address of one. */
  async #came(link: LessonLink | undefined, entry?: LessonEntry): Promise<void> {
    const navigation = ++this.#navigations;
    const isLast = () => navigation === this.#navigations;
    const isOpen = () =>
      // Lessons of two links may have the same id.
      entry
        ? this.#current?.id === entry.id && (!link || sameLink(link, this.#link))
        : link !== undefined && sameLink(link, this.#link);
    const { address } = this.parts;
    this.#wanted = link;
    // What comes or goes now may be that lesson.
    if (this.#moves) await this.#inTurn(async () => {});
    if (!isLast()) return;
    if (!this.#current || !isOpen()) {
      if (!link) {
        // A file that a person brought cannot be had again.
        address?.write(undefined);
        return this.#left();
      }
      await this.#follow(link, true);
      if (!isLast()) return;
      if (this.#current && !isOpen()) {
        // A run keeps it out, and the entry is there for later; one that cannot be opened must not lead forward again each time.
        if (this.#kept) address?.write(this.#link, 'lesson', this.#place);
        else address?.hold?.(this.#link, this.#place);
        return;
      }
      if (!this.#current) return;
      await this.parts.show();
      if (!isLast()) return;
    }
    if (entry) await this.#current?.goTo(entry.step, true);
    else address?.note?.(this.#place);
  }

  /** Empties the list. In a lesson the list is the lesson's, so that clearing it closes the lesson. */
  async clearData(): Promise<void> {
    this.#breakOff();
    await this.#move(async () => {
      if (!this.#current) return this.parts.page.data.clear();
      await this.#end();
      if (!this.#current) this.#closed();
    });
  }

  /**
   * Takes in own conversations. They end a lesson, as they are not to be trained together.
   *
   * @param read gets the person's own conversations, which a lesson may have put aside, and tells whether some came in
   */
  async bring(read: (own: DataList) => Promise<boolean>): Promise<boolean> {
    const { data } = this.parts.page;
    const taken = async () => {
      const added = await read(this.#current ? data.setAside : data.list);
      if (added) {
        const ended = this.#current !== undefined;
        const tuned = this.#tuned;
        await this.#leave();
        if (ended) this.#closed();
        data.takeBack();
        if (ended) await this.#returnWeights(tuned);
      }
      return added;
    };
    const added = await this.#move(() => (this.#current ? this.#unlessRunning(taken) : taken()));
    return added ?? false;
  }

  dispose(): void {
    this.#gone.abort();
  }

  async #opening(
    link: LessonLink | undefined,
    read: () => Promise<{ name: string; text: string; origin: LessonOrigin }>,
    byHistory = false,
  ): Promise<void> {
    // The history has gone on meanwhile.
    const givenUp = () => byHistory && !(link && this.#wanted && sameLink(link, this.#wanted));
    const open = async () => {
      try {
        const [{ name, text, origin }, { parseLesson, OpenLesson, pageBefore }] = await Promise.all([
          read(),
          runtime(),
        ]);
        if (givenUp()) return;
        const lesson = parseLesson(name, text);
        const { id } = lesson;
        const own: OpenLessonParts = {
          keep: (progress) => this.#keep(id, progress),
          turn: (from, to) => this.parts.address?.turn?.(id, from, to),
          turnBack: (from, to) => this.parts.address?.turnBack?.(id, from, to) ?? false,
          inTurn: (change) => this.#inTurn(change),
        };
        const opened = new OpenLesson(lesson, origin, this.parts.page, own, this.#progress[id]);
        const from = this.#current ? 'lesson' : 'page';
        if (!(await this.#enter(opened, pageBefore))) return;
        this.#link = link;
        // Set up in part it could not be left: it closes as any other does.
        if (givenUp()) {
          await this.#endNow();
          return void this.parts.show();
        }
        if (!byHistory) this.#navigations++;
        this.parts.address?.write(link, from, this.#place);
      } catch (error) {
        this.parts.page.data.refuse(toReport(error), words.notOpened);
      }
    };
    await this.#move(async () => {
      const { active } = this.parts.page.train;
      if (givenUp()) return;
      this.#kept = active ? () => this.#opening(link, read) : undefined;
      if (!active) await this.#unlessRunning(open);
    });
  }

  /** Resolves when no run is in progress; one that is being set up is stopped as soon as it can be. */
  #stopped(): Promise<void> {
    const { train } = this.parts.page;
    return new Promise((resolve) => {
      const end = $effect.root(() => {
        $effect(() => {
          if (train.active) {
            // Not within the effect: a run that stops at once would change what the effect is just reading.
            if (train.status !== 'preparing') queueMicrotask(() => void train.stop());
            return;
          }
          resolve();
          queueMicrotask(() => end());
        });
      });
    });
  }

  async #enter(lesson: OpenLesson, pageBefore: (page: LessonHost) => PageBefore): Promise<boolean> {
    const { page } = this.parts;
    const own = !this.#current;
    const before = own ? pageBefore(page) : this.#before;
    // The person's own, also where a lesson follows upon another.
    const tuned = own ? await this.parts.keepWeights() : this.#tuned;
    if (own) page.data.putAside();
    // One's own stay in the tab's storage: a reload inside the lesson must not lose them.
    page.rewards.storing = false;
    let begun = false;
    try {
      begun = await lesson.begin();
    } finally {
      if (!begun) {
        lesson.dispose();
        if (own) page.data.takeBack();
        page.rewards.storing = !own;
      }
    }
    if (!begun) return false;
    this.#current?.dispose();
    this.#before = before;
    this.#tuned = tuned;
    this.#current = lesson;
    return true;
  }

  /** What the open lesson sets up now is not wanted any more. */
  #breakOff(): void {
    if (!this.parts.page.train.active) this.#current?.breakOff();
  }

  async #end(): Promise<void> {
    if (!this.#current) return;
    await this.#unlessRunning(() => this.#endNow());
  }

  async #endNow(): Promise<void> {
    const tuned = this.#tuned;
    await this.#leave();
    await this.parts.page.data.bringBack();
    await this.#returnWeights(tuned);
  }

  /** Says so where they do not come back: the page would else look as if the person's work was there. */
  async #returnWeights(tuned: RunPoint | undefined): Promise<void> {
    const message = await this.parts.returnWeights(tuned);
    const { title, remedy } = words.weights;
    if (message !== undefined)
      this.parts.page.data.refuse({ code: 'weights-not-back', message, remedy }, title);
  }

  async #leave(): Promise<void> {
    this.#current?.dispose();
    const before = this.#before;
    this.#before = undefined;
    this.#tuned = undefined;
    this.#current = undefined;
    this.#link = undefined;
    if (!before) return;
    const { page } = this.parts;
    const { restorePage } = await runtime();
    page.rewards.storing = true;
    await restorePage(page, before);
  }

  async #readShipped(file: string): Promise<string> {
    const text = await this.parts.readText(new URL(file, this.parts.base).href);
    if (text !== undefined) return text;
    throw new LosslightError('bad-lesson', words.missing.message(file), words.missing.remedy);
  }

  /** A lesson's file at an address. The page's own policy allows its own server alone, unless whoever hosts it says otherwise. */
  async #readFrom(address: string): Promise<string> {
    let url: URL;
    try {
      url = new URL(address, this.parts.base);
    } catch {
      throw new LosslightError('bad-lesson', words.address.none(address), words.address.correct);
    }
    const own = url.origin === new URL(this.parts.base).origin;
    if (!own && url.protocol !== 'https:')
      throw new LosslightError('bad-lesson', words.address.insecure(url.host), words.address.useHttps);
    const failed = (reason: string, remedy: string) =>
      new LosslightError('not-loaded', words.download.failed(url.href, reason), remedy);
    const response = await fetch(url, { credentials: 'omit', referrerPolicy: 'no-referrer' }).catch(() => {
      const { noAnswer, checkConnection, otherServer, bringFile } = words.download;
      throw own ? failed(noAnswer, checkConnection) : failed(otherServer, bringFile);
    });
    if (!response.ok) throw failed(words.download.status(response.status), words.download.checkAddress);
    const text = await readLimited(response, MOST_BYTES);
    if (text === undefined) throw failed(words.download.tooLarge, words.download.shorten);
    return text;
  }

  #keep(id: string, progress: LessonProgress): void {
    this.#progress = { ...this.#progress, [id]: progress };
    try {
      this.parts.storage?.setItem(KEY, JSON.stringify(this.#progress));
    } catch {
      // A full storage forgets how far lessons were gone through, and nothing else.
    }
  }

  /** A change that opens or closes a lesson. */
  async #move<T>(change: () => Promise<T>): Promise<T> {
    this.#moves++;
    try {
      return await this.#inTurn(change);
    } finally {
      this.#moves--;
    }
  }

  /** Changes of the list, one after the other: each begins with what the one before has left. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(change);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** A lesson brings a mask and settings, which must not change under a run; and no run begins meanwhile. */
  async #unlessRunning<T>(change: () => Promise<T>): Promise<T | undefined> {
    if (this.parts.page.train.active) {
      const { title, ...error } = words.runGoesOn;
      this.parts.page.data.refuse({ code: 'run-active', ...error }, title);
      return undefined;
    }
    this.#switching = true;
    try {
      return await change();
    } finally {
      this.#switching = false;
    }
  }
}

async function unpack(text: string): Promise<string> {
  const { decodeFragment } = await import('./fragment-codec');
  return JSON.stringify(await decodeFragment(text));
}

/** A response's text; undefined where it is larger than `limit` bytes, of which no more than that is read. */
async function readLimited(response: Response, limit: number): Promise<string | undefined> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder();
  let [text, size] = ['', 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > limit) {
      await reader.cancel().catch(() => {});
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** What was kept, as far as it has the shape of it. */
function readProgress(text: string | null | undefined): Record<string, LessonProgress> {
  const whole = (step: unknown) => typeof step === 'number' && Number.isInteger(step) && step >= 0;
  const entries = Object.entries(keptFields(text) as Record<string, Partial<LessonProgress> | null>);
  return Object.fromEntries(
    entries.flatMap(([id, progress]) =>
      whole(progress?.step)
        ? [[id, { step: progress?.step ?? 0, done: progress?.done === true, kept: {} }] as const]
        : [],
    ),
  );
}
