/**
 * @file What the command line needs of its surroundings, so that all of it but `main.ts` is pure.
 */
export interface Io {
  /** The bytes of a file; undefined where there is none. Rejects with a reason where it cannot be read. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Standard output. Resolves once more can be taken. */
  print(text: string): Promise<void>;
  /** Standard error: one line, its end added. */
  warn(line: string): void;
  /** Whether standard output shows colours. */
  colour: boolean;
}
