/**
 * @file A format that is text and no JSON, as the importer asks for it.
 */
import type { Draft } from './draft';
import type { Reporter } from './report';
import type { SourceText } from './source-text';

/** One conversation of a text, with its own report. */
export interface TextRecord {
  report: Reporter;
  draft: Draft | undefined;
}

export interface TextFormat {
  id: string;
  /** For people. */
  name: string;
  /** Whether a text looks like this format; asked in the order of the detection table. */
  claims(source: SourceText): boolean;
  /** What is missing where the format was asked for and nothing of it is there. */
  missing: string;
  read(source: SourceText, file: string): TextRecord[];
}
