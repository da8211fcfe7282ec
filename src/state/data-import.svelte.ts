/**
 * @file Files that are read into the list of conversations: how far that is, what came of it, and what was wrong with their records.
 */
import type { FileReader } from '../worker/file-client';
import type { FileProgress, NamedBlob, OpenedFile, ReadOptions, TakenIds } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import type { DataPart } from './data-list';
import { FilePart } from './file-part';
import { fitsMemory, readWhole } from './import-whole';
import { ProblemList, withoutRecords } from './problem-list.svelte';

export interface ImportSummary {
  files: readonly string[];
  format: string;
  records: number;
  added: number;
  /** True where the conversations stay in their files. */
  inFile: boolean;
  /** True where a packed file was unpacked in memory, for want of a private file system. */
  inMemory: boolean;
}

const NO_PROBLEMS = ProblemList.of([]);

export class DataImport {
  #problems = $state.raw(NO_PROBLEMS);
  #busy = $state(false);
  #progress = $state.raw<FileProgress | undefined>();
  #summary = $state.raw<ImportSummary | undefined>();
  #abort: AbortController | undefined;
  /** Of an import that brought no conversation, kept for its list of problems. */
  #problemReader: FileReader | undefined;

  constructor(private readonly text: Pick<TextService, 'files'>) {}

  get problems() {
    return this.#problems;
  }
  /** True while files are being read. */
  get busy() {
    return this.#busy;
  }
  /** How far reading is; undefined before the first report. */
  get progress() {
    return this.#progress;
  }
  /** What the last import brought; undefined since something else took its place. */
  get summary() {
    return this.#summary;
  }

  /**
   * Reads files.
   *
   * @param taken ids that others have
   * @param take gets the conversations, where at least one came in
   * @returns whether one came in; false where it was cancelled
   * @throws what the files cannot be read for
   */
  async read(
    files: readonly NamedBlob[],
    options: ReadOptions,
    taken: TakenIds,
    take: (part: DataPart) => Promise<void>,
  ): Promise<boolean> {
    this.#busy = true;
    this.#progress = undefined;
    this.forget();
    const { signal } = (this.#abort = new AbortController());
    try {
      const onProgress = (progress: FileProgress) => (this.#progress = progress);
      const request = { files: [...files], options, taken };
      const reader = await this.text.files.open(request, onProgress, signal);
      const part = await this.#partOf(reader, onProgress, signal);
      if (part) await take(part);
      return part !== undefined;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    } finally {
      this.#busy = false;
      this.#progress = undefined;
    }
  }

  /** Ends the import that is under way. */
  cancel(): void {
    this.#abort?.abort();
  }

  /** Takes the problems away; what they were about stays as it is. */
  dismiss(): void {
    this.#problems = NO_PROBLEMS;
    this.#problemReader?.close();
    this.#problemReader = undefined;
  }

  /** What the last import had to say, so that the next one's is not mixed with it. */
  forget(): void {
    this.dismiss();
    this.#summary = undefined;
  }

  /** Ends what is under way and lets go of the files. */
  dispose(): void {
    this.cancel();
    this.#problemReader?.close();
  }

  /** What a reader's files brought; undefined where that is no conversation. */
  async #partOf(
    reader: FileReader,
    onProgress: (progress: FileProgress) => void,
    signal: AbortSignal,
  ): Promise<DataPart | undefined> {
    const { files, inMemory } = reader.opened;
    const inFile = !fitsMemory(reader);
    const added = files.reduce((sum, { conversations }) => sum + conversations, 0);
    let part: DataPart;
    try {
      if (inFile) {
        this.#problems = ProblemList.inFiles(reader);
        part = new FilePart(reader);
        if (!added) this.#problemReader = reader;
      } else {
        const whole = await readWhole(reader, onProgress, signal);
        this.#problems = ProblemList.of(whole.problems, withoutRecords(files));
        part = whole.part;
      }
    } finally {
      if (!inFile) reader.close();
    }
    this.#summary = {
      files: files.map(({ name }) => name),
      format: formatsOf(files),
      records: files.reduce((sum, { records }) => sum + records, 0),
      added,
      inFile,
      inMemory,
    };
    return added ? part : undefined;
  }
}

function formatsOf(files: readonly OpenedFile[]): string {
  return [...new Set(files.map(({ format }) => format))].join(', ');
}
