/** @file What the page asks of a file host: imported files, read where they are. */
import type { ColumnMapping } from '../../conversation/csv-records';
import type { FormatId } from '../../conversation/formats';
import type { IdSeries } from '../../conversation/ids';
import type { TableColumn } from '../../conversation/table-head';
import type { Conversation, ImportProblem } from '../../conversation/types';

/** A file, or pasted text. */
export interface NamedBlob {
  name: string;
  blob: Blob;
}

export interface ReadOptions {
  /** Read every record as this format instead of detecting it. */
  format?: FormatId;
  /** For tables: which column is which field. */
  columns?: ColumnMapping;
}

/** What is known of one file after every record was checked once. */
export interface OpenedFile {
  name: string;
  /** Name of the detected format, for people. */
  format: string;
  /** Unpacked. */
  bytes: number;
  /** Good and bad. */
  records: number;
  /** The most times that a record may be in the list, this one the last: `chat.jsonl#4 (2)` is the second. */
  times: number;
  /** Conversations that load. */
  conversations: number;
  problemCount: { errors: number; warnings: number };
  /** Records that errors kept out. */
  leftOut: number;
  /** Kinds of problem, the most frequent first; not more than a hundred of them. */
  kinds: ProblemKind[];
  /** Problems of the file as a whole. */
  fileProblems: ImportProblem[];
}

export interface ProblemKind {
  severity: ImportProblem['severity'];
  reason: string;
  count: number;
  /** A whole example. */
  first: ImportProblem;
}

/** Conversations are numbered through all files of a host, from 0: those that load, in their order. */
export interface FileRequests {
  /** Checks every record of the files, which stay where they are. Progress comes as events; `cancel` ends it. */
  open: {
    request: { files: NamedBlob[]; options: ReadOptions; taken: TakenIds };
    /** `warned`: conversations with a warning, rising. `inMemory`: unpacked there, for want of a private file system. */
    reply: { files: OpenedFile[]; warned: Uint32Array; inMemory: boolean };
  };
  cancel: { request: null; reply: null };
  /** All of some records of a file, `to` exclusive. */
  records: {
    request: { file: number; from: number; to: number };
    reply: { conversations: Conversation[]; problems: ImportProblem[] };
  };
  /** Single conversations, in the order of `rows`. */
  read: { request: { rows: number[] }; reply: Conversation[] };
  /** Conversations from `from` to before `to` whose messages say `key`, rising. */
  search: { request: { key: string; from: number; to: number }; reply: number[] };
  /** A page of the list of problems, beginning with a record of a file; `next` is undefined at the end. */
  problems: {
    request: { file: number; record: number; most: number };
    reply: { problems: ImportProblem[]; next?: { file: number; record: number } };
  };
  /** The columns of a table; none where it is none. */
  columns: { request: { blob: Blob }; reply: TableColumn[] };
  /** Frees what was unpacked. */
  close: { request: null; reply: null };
}

/** Ids that are in use: single ones, and series of which every one may be, such as those of a file's records. */
export interface TakenIds {
  ids: string[];
  series: IdSeries[];
}

export type FileEvent = { type: 'file-progress'; request: number; progress: FileProgress };

export interface FileProgress {
  file: string;
  phase: 'unpack' | 'index' | 'check' | 'read';
  /** Bytes. */
  done: number;
  total: number;
}
