/**
 * @file What a person brings: files of any kind, text, another reading of what was brought last, and practice data.
 */
import { session } from '$strings/session';
import type { NamedBlob, ReadOptions } from '../worker/protocol';
import { sortFiles, type BroughtFile } from './brought-files';
import { DataList } from './data-list';
import { namedBlobs, textBlob, type TextFile } from './data.svelte';
import type { Session } from './session.svelte';

const words = session.files;

export type BringingParts = Pick<
  Session,
  'model' | 'data' | 'mask' | 'lessons' | 'practice' | 'unsaved' | 'changeModel' | 'inspectChosen'
>;

export class Bringing {
  /** What was imported last of the person's files; text that was pasted is in none. */
  #files: readonly NamedBlob[] | undefined;

  constructor(private readonly parts: BringingParts) {}

  /** Takes files of any kind: those of a model decide tokens and template, the others are conversations. */
  async files(brought: readonly BroughtFile[]): Promise<void> {
    const { model, data, ignored } = sortFiles(brought);
    if (model) await this.parts.changeModel(() => this.parts.model.useFiles(model));
    if (data.length) await this.conversations(data);
    else if (!model && ignored.length) {
      const { nothing: message, nothingRemedy: remedy } = words;
      this.parts.data.refuse({ code: 'nothing-to-import', message, remedy });
    }
  }

  /** Conversations, and lessons, policies and hand edits among them, which are told by what they hold. */
  async conversations(files: readonly File[]): Promise<void> {
    const { lessons, mask, data } = this.parts;
    const rest = await lessons.take(files);
    if (rest.length < files.length) await this.parts.inspectChosen();
    const left = await mask.files.take(rest);
    if (!left.length && files.length) return;
    const blobs = namedBlobs(left);
    if (!(await lessons.bring((own) => data.import(blobs, own)))) return;
    this.#files = blobs;
    await this.#opened();
  }

  /** True when at least one conversation came in; behind those that are there, or in their place, which can be taken back. */
  text(file: TextFile, replace = false): Promise<boolean> {
    return this.#bring((own) => {
      const kept = replace ? new DataList([], own.split) : own;
      return this.parts.data.import([textBlob(file)], kept, {}, own);
    });
  }

  /** Reads what was imported last in another way: as another format, with other columns. */
  async reread(options: ReadOptions): Promise<void> {
    const { data, lessons } = this.parts;
    if (!(await lessons.bring(() => data.reread(options)))) return;
    if (data.last?.files === this.#files) await this.#opened();
    else await this.parts.inspectChosen();
  }

  /** Makes practice data with the settings of its form; true when it is in the list. */
  practice(): Promise<boolean> {
    return this.#bring((own) => this.parts.practice.make(own));
  }

  /** Makes practice data that leaves a reward something to decide, in place of other practice data; true when it is in the list. */
  contested(): Promise<boolean> {
    return this.#bring((own) => this.parts.practice.makeContested(own));
  }

  async #bring(read: (own: DataList) => Promise<boolean>): Promise<boolean> {
    const added = await this.parts.lessons.bring(read);
    if (added) await this.parts.inspectChosen();
    return added;
  }

  /** What came in last came out of a file, which can be opened again. */
  async #opened(): Promise<void> {
    this.parts.unsaved.partsOpened(this.parts.data.list.parts.slice(-1));
    await this.parts.inspectChosen();
  }
}
