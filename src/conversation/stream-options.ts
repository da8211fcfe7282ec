/**
 * @file What an import of a file of any size may be told, and what it reports while it goes on.
 */
import type { MakeSink } from './byte-source';
import type { ColumnMapping } from './csv-records';
import type { FormatId } from './formats';
import type { TakenIds } from './ids';
import { MAX_FILE_CHARACTERS } from './import';
import type { ImportLimits } from './record-index';

/** Most bytes of one file that is unpacked into memory, or that has to be read whole. */
export const MAX_UNPACKED_BYTES = 2 * MAX_FILE_CHARACTERS;

/** Bytes a read. */
export const DEFAULT_CHUNK = 1 << 20;

/** How far an import is, in bytes: unpacking, going through the file, reading again what no format claims, handing out. */
export interface ImportProgress {
  phase: 'unpack' | 'index' | 'check' | 'read';
  done: number;
  total: number;
}

export interface StreamOptions {
  /** Read every record as this format instead of detecting it. */
  format?: FormatId;
  /** For tables: which column is which field. Without it, columns are known by their names. */
  columns?: ColumnMapping;
  /** Ids that are in use already: a set, an index of another file, or anything that knows. */
  taken?: TakenIds;
  /** Where gzip and UTF-16 are unpacked to. Memory, up to `MAX_UNPACKED_BYTES`, by default. */
  makeSink?: MakeSink;
  onProgress?: (progress: ImportProgress) => void;
  /** Ends the import with LosslightError `cancelled`. */
  signal?: AbortSignal;
  /** Bytes a read; a megabyte by default. */
  chunkBytes?: number;
  limits?: Partial<ImportLimits>;
}
