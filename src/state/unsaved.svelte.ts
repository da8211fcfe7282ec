/**
 * @file What a reload of the page would lose, decided in one place: work of this page that is in no file. That is: tuned weights that
 * were not saved; conversations that were pasted, written or changed here; weights set by hand on one's own conversations; a chat
 * template that was written or mended here; settings that are too long for the address.
 *
 * What was only opened can be opened again: conversations of a file or a session’s file as they came, and one's own model. What a share
 * link brought counts: its fragment has left the address, so that a reload would not find it.
 * Practice data as it was made and the other settings are in the address; the chat, its rated answers and the rewards are kept by the
 * tab; what a lesson brings comes with it again; and what was measured of all that can be measured again.
 */
import { CHAT_SOURCE } from './chat-records';
import type { DataList, DataPart } from './data-list';
import { InFiles } from './in-files.svelte';
import { settingsNow } from './page-settings';
import type { RunPoint } from './runs.svelte';
import type { Session } from './session.svelte';
import { longTexts, type PageSettings } from './url-settings';

export type UnsavedParts = Pick<Session, 'data' | 'train' | 'lessons' | 'practice' | 'mask' | 'model'>;

export class UnsavedState {
  /** Where the weights stood that were saved. */
  #points = $state.raw<readonly RunPoint[]>([]);
  /** Parts as they came or were saved; one that was changed is another part. */
  readonly #inFiles = new InFiles<DataPart>();
  #templates = $state.raw<readonly string[]>([]);
  #settings = $state.raw<PageSettings>({});

  constructor(private readonly parts: UnsavedParts) {}

  readonly weights = $derived.by(() => {
    const { train, lessons } = this.parts;
    // What a lesson trains is not one's own; the weights that it put aside are.
    const at = lessons.current ? lessons.tuned : train.runs.head;
    if (!(lessons.current ? lessons.keepsTuned : train.updates.length)) return false;
    return !this.#points.some(({ run, step }) => run === at?.run && step === at.step);
  });
  readonly conversations = $derived.by(() => {
    const { data, practice } = this.parts;
    return data.own.parts.some(
      (part) => part.name !== CHAT_SOURCE && !practice.isMade(part) && !this.#inFiles.has(part),
    );
  });
  readonly edits = $derived.by(() => {
    const { data, mask } = this.parts;
    return Object.entries(mask.edits.book).some(
      ([id, edits]) =>
        edits.length > 0 && edits !== mask.edits.inFile[id] && data.own.partsWith(id).length > 0,
    );
  });
  readonly template = $derived.by(() => {
    const { edited } = this.parts.model.own;
    return edited !== undefined && !this.#templates.includes(edited);
  });
  readonly settings = $derived.by(() => {
    const { lessons, mask } = this.parts;
    // They are the lesson's; one's own come back when it is closed.
    if (lessons.current) return false;
    return Object.entries(longTexts(settingsNow(this.parts))).some(
      ([key, text]) =>
        this.#settings[key] !== text && !(key === 'policy' && mask.files.hasPolicy(mask.policy)),
    );
  });
  readonly any = $derived.by(
    () => this.weights || this.conversations || this.edits || this.template || this.settings,
  );

  /** The weights where they stood then are in a file; undefined: the original ones. */
  weightsSaved(at: RunPoint | undefined): void {
    if (at) this.#points = [...this.#points, at];
  }

  /** These conversations are in a file, and what was changed of those that stay in files of their own. */
  conversationsSaved(list: DataList): void {
    this.#inFiles.add(list.parts);
  }

  /** These parts came out of a file or a link, which can be opened again. */
  partsOpened(parts: readonly DataPart[]): void {
    this.#inFiles.add(parts);
  }

  /** This template is in a file, or came out of one. */
  templateSaved(source: string): void {
    if (!this.#templates.includes(source)) this.#templates = [...this.#templates, source];
  }

  /** These settings are in a file, or came out of one. */
  settingsSaved(settings: PageSettings): void {
    this.#settings = { ...this.#settings, ...longTexts(settings) };
  }
}
