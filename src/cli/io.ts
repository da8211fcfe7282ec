/**
 * @file What the command line needs of its surroundings, so that all of it but `main.ts` is pure.
 */
import type { ByteSink, ByteSource } from '../conversation/stream-import';

export interface Io {
  /** The program's version, such as `0.1.0`. */
  version: string;
  /** The bytes of a file; undefined where there is none. Rejects with a reason where it cannot be read. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** A file that is read in pieces; undefined where there is none. Rejects with a reason where it cannot be read. */
  open(path: string): Promise<ByteSource | undefined>;
  /** A place for what is unpacked. */
  makeSink(name: string): Promise<ByteSink>;
  /** Standard output. Resolves once more can be taken. */
  print(text: string): Promise<void>;
  /** Standard error: one line, its end added. */
  warn(line: string): void;
  /**
   * Before a piece of work on untrusted text that may never end: what it is, and how long it may take in milliseconds.
   * Without arguments: it has ended. Where this is not there, nobody watches.
   */
  watch?(what?: string, milliseconds?: number): void;
  /**
   * From now on there is work to lose: an interrupt calls `stop` instead of ending the program, a second one ends it, and
   * where nobody reads standard output any more, what is printed is dropped. Where this is not there, nobody interrupts.
   */
  hold?(stop: () => void): void;
  /** Whether standard output shows colours. */
  colour: boolean;
}
