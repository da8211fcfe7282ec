/**
 * @file Conversations as a file to save, made in parts; what the format has no place for is counted before it is saved.
 */
import { session } from '$strings/session';
import { notInOpenAI, toOpenAIJsonl } from '../conversation/export';
import { toTrlJsonl } from '../conversation/export-trl';
import type { Conversation } from '../conversation/types';
import type { ErrorReport } from '../worker/protocol';
import type { DataList } from './data-list';
import { toReport } from './errors';
import { Slice } from './slices';

export type ExportFormat = 'openai' | 'trl';

/** Which of the conversations that are shown are exported. */
export const EXPORT_PARTS = ['all', 'training', 'held-out', 'edited'] as const;
export type ExportPart = (typeof EXPORT_PARTS)[number];

/** Whether a row belongs to a part of the list. */
export function inPart(list: DataList, part: ExportPart): (row: number) => boolean {
  switch (part) {
    case 'all':
      return () => true;
    case 'training':
      return (row) => !list.heldOut(row);
    case 'held-out':
      return (row) => list.heldOut(row);
    case 'edited':
      return (row) => list.edited(row);
  }
}

export interface ExportFile {
  name: string;
  blob: Blob;
  conversations: number;
  /** Field → how many conversations have it and lose it. */
  lost: ReadonlyMap<string, number>;
}

/** Conversations read at once. */
const STEP = 200;
/** Characters after which text becomes a blob, which the browser may keep outside of the page's memory. */
const BLOB_LENGTH = 4_000_000;

export class DataExport {
  #progress = $state.raw<{ done: number; total: number } | undefined>();
  #ready = $state.raw<ExportFile | undefined>();
  #error = $state.raw<ErrorReport | undefined>();
  #abort: AbortController | undefined;

  /** Conversations written; undefined while nothing is being made. */
  get progress() {
    return this.#progress;
  }
  /** A file that loses something, and waits for a yes. */
  get ready() {
    return this.#ready;
  }
  get error() {
    return this.#error;
  }

  /**
   * Makes the file; a newer call replaces an older one. The file is returned where the format holds everything; else it
   * waits in `ready`.
   */
  async make(
    list: DataList,
    rows: readonly number[],
    format: ExportFormat,
    name: string,
  ): Promise<ExportFile | undefined> {
    this.cancel();
    const abort = (this.#abort = new AbortController());
    this.#progress = { done: 0, total: rows.length };
    try {
      const file = await this.#write(list, rows, format, name, abort.signal);
      if (!file.lost.size) return file;
      this.#ready = file;
    } catch (error) {
      if (!abort.signal.aborted) this.#error = toReport(error);
    } finally {
      if (this.#abort === abort) this.#progress = undefined;
    }
    return undefined;
  }

  /** Ends what is being made and forgets what waits. */
  cancel(): void {
    this.#abort?.abort();
    this.#abort = undefined;
    this.#progress = undefined;
    this.#ready = undefined;
    this.#error = undefined;
  }

  async #write(
    list: DataList,
    rows: readonly number[],
    format: ExportFormat,
    name: string,
    signal: AbortSignal,
  ): Promise<ExportFile> {
    const blobs: Blob[] = [];
    const lost = new Map<string, number>();
    const slice = new Slice();
    let text = '';
    for (let at = 0; at < rows.length; at += STEP) {
      for (const conversation of await list.read(rows.slice(at, at + STEP))) {
        text += lineOf(conversation, format);
        for (const field of format === 'openai' ? notInOpenAI(conversation) : [])
          lost.set(field, (lost.get(field) ?? 0) + 1);
        await slice.breathe();
      }
      signal.throwIfAborted();
      this.#progress = { done: Math.min(rows.length, at + STEP), total: rows.length };
      if (text.length > BLOB_LENGTH) {
        blobs.push(new Blob([text]));
        text = '';
      }
    }
    const blob = new Blob([...blobs, text], { type: 'application/jsonl' });
    return { name, blob, conversations: rows.length, lost };
  }
}

function lineOf(conversation: Conversation, format: ExportFormat): string {
  return format === 'openai' ? toOpenAIJsonl([conversation]) : toTrlJsonl([conversation]);
}

/** A name for the exported file, from the name of the imported one: `chat.held-out.trl.jsonl`. */
export function exportName(file: string | undefined, format: ExportFormat, part: ExportPart = 'all'): string {
  const base = (file ?? '').replace(/\.gz$/i, '').replace(/\.[a-z]+$/i, '');
  const name = base && base !== session.files.pasted ? base : 'conversations';
  return `${name}.${part === 'all' ? '' : `${part}.`}${format}.jsonl`;
}
