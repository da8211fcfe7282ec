/**
 * @file The lesson that is open, what it put aside, and every change of the list of conversations that ends or begins one.
 */
import { LosslightError } from '../errors';
import type { MaskPolicy } from '../mask/policy';
import { DEFAULT_DIVISION, draftsOf, type DivisionSettings, type SettingDrafts } from '../settings/train';
import { textBlob, type DataState } from './data.svelte';
import { DataList } from './data-list';
import { toReport } from './errors';
import { parseLesson, parseLessonIndex, type Lesson, type LessonSummary } from './lesson';
import type { MaskState } from './mask.svelte';
import type { ReadText } from './model.svelte';
import type { TrainState } from './train.svelte';

export interface LessonParts {
  data: DataState;
  mask: MaskState;
  train: TrainState;
  /** Address of the page; the lessons lie below it. */
  base: string;
  readText: ReadText;
  /** Opens what the lesson is about, and closes what it is not. */
  openPanel: (panel: Lesson['opens']) => void;
  /** Back to the original weights, where a run has changed them. */
  forgetRun: () => Promise<void>;
}

export class LessonState {
  #list = $state.raw<readonly LessonSummary[]>([]);
  #current = $state.raw<Lesson | undefined>();
  /** What the lesson changed, as it was before. */
  #before: { policy: MaskPolicy; drafts: SettingDrafts; division: DivisionSettings } | undefined;
  #switching = $state(false);
  #turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: LessonParts) {}

  get list() {
    return this.#list;
  }
  /** The lesson whose conversations are in the list. */
  get current() {
    return this.#current;
  }
  /** True while a lesson comes or goes, and with it the mask and the settings. */
  get switching() {
    return this.#switching;
  }

  /** Why no lesson can come or go; undefined when it can. */
  readonly block = $derived.by(() =>
    this.parts.train.active ? 'A run is in progress; stop it before you open or close a lesson.' : undefined,
  );

  async load(): Promise<void> {
    const file = 'lessons/index.json';
    try {
      const text = await this.parts.readText(new URL(file, this.parts.base).href);
      if (text !== undefined) this.#list = parseLessonIndex(file, text);
    } catch (error) {
      this.parts.data.refuse(toReport(error), 'The lessons could not be listed');
    }
  }

  async open(id: string): Promise<void> {
    const file = `lessons/${id}.json`;
    const open = async () => {
      try {
        const text = await this.parts.readText(new URL(file, this.parts.base).href);
        if (text === undefined) {
          throw new LosslightError('bad-lesson', `${file} does not exist.`, 'Choose another lesson.');
        }
        await this.#enter(parseLesson(file, text));
      } catch (error) {
        this.parts.data.refuse(toReport(error), 'The lesson could not be opened');
      }
    };
    await this.#inTurn(() => this.#unlessRunning(open));
  }

  /** Ends the lesson; the conversations, the policy and the settings that it put aside come back. */
  async close(): Promise<void> {
    await this.#inTurn(() => this.#end());
  }

  /** Empties the list. In a lesson the list is the lesson's, so that clearing it closes the lesson. */
  async clearData(): Promise<void> {
    await this.#inTurn(async () => (this.#current ? this.#end() : this.parts.data.clear()));
  }

  /**
   * Takes in own conversations. They end a lesson, as they are not to be trained together.
   *
   * @param read gets the person's own conversations, which a lesson may have put aside, and tells whether some came in
   */
  async bring(read: (own: DataList) => Promise<boolean>): Promise<boolean> {
    const { data, forgetRun } = this.parts;
    const taken = async () => {
      const added = await read(this.#current ? data.setAside : data.list);
      if (added) {
        const ended = this.#current !== undefined;
        this.#leave();
        data.takeBack();
        if (ended) await forgetRun();
      }
      return added;
    };
    const added = await this.#inTurn(() => (this.#current ? this.#unlessRunning(taken) : taken()));
    return added ?? false;
  }

  async #enter(lesson: Lesson): Promise<void> {
    const { data, mask, train, forgetRun, openPanel } = this.parts;
    const { id, conversations } = lesson;
    const isText = typeof conversations === 'string';
    const text = isText ? conversations : JSON.stringify(conversations, null, 1);
    if (!this.#current) data.putAside();
    const file = textBlob({ name: `${id}.${isText ? 'txt' : 'json'}`, text });
    if (!(await data.import([file], new DataList(), {}, false))) return;
    if (!this.#current)
      this.#before = { policy: mask.policy, drafts: train.drafts, division: train.division };
    this.#current = lesson;
    mask.setPolicy(lesson.policy);
    mask.overlay = 'weight';
    train.drafts = draftsOf(lesson.settings);
    train.division = DEFAULT_DIVISION;
    openPanel(lesson.opens);
    await forgetRun();
  }

  async #end(): Promise<void> {
    if (!this.#current) return;
    await this.#unlessRunning(async () => {
      this.#leave();
      await this.parts.data.bringBack();
      await this.parts.forgetRun();
    });
  }

  #leave(): void {
    if (this.#before) {
      this.parts.mask.setPolicy(this.#before.policy);
      this.parts.train.drafts = this.#before.drafts;
      this.parts.train.division = this.#before.division;
    }
    this.#before = undefined;
    this.#current = undefined;
  }

  /** Changes of the list, one after the other: each begins with what the one before has left. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(change);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** A lesson brings a mask and settings, which must not change under a run; and no run begins meanwhile. */
  async #unlessRunning<T>(change: () => Promise<T>): Promise<T | undefined> {
    if (this.parts.train.active) {
      const message = 'The run goes by the mask and the settings that it began with.';
      const remedy = 'Stop the run, and do this again.';
      this.parts.data.refuse({ code: 'run-active', message, remedy }, 'A run is in progress');
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
