/**
 * @file What dividing a conversation gives: sequences with the text that they came from, and notes.
 */
import { sequenceNotes } from '$strings/core-sequence-notes';
import { LosslightError } from '../errors';
import type { Rendered } from '../template/rendered';
import type { Encoded } from '../tokenizer/encoded';
import type { TrainingSequence } from './types';

/** A sequence with the text that it came from. */
export interface SequenceView {
  sequence: TrainingSequence;
  /** `encoded.start` and `end` point into its text. The text is whole also where tokens were cut. */
  rendered: Rendered;
  /** One entry a token of the sequence. Messages are those of the whole conversation. */
  encoded: Encoded;
  /** Tokens before it was cut. */
  length: number;
}

/** Something to know about a division, for people. */
export interface SequenceNote {
  severity: 'warning' | 'info';
  /** Index of a message of the conversation; -1 where it is about none. */
  message: number;
  /** Number of the sequence that it is about. */
  sequence?: number;
  /** Where it is about a hand edit: one whose text has changed in the conversation itself, or that some sequence has not. */
  edit?: 'dropped' | 'partial';
  text: string;
}

export interface Division {
  /** In order; those without a trained token are among them, and their `origin.trained` is empty. */
  sequences: SequenceView[];
  notes: SequenceNote[];
}

/** A sequence in the making. */
export interface Row {
  rendered: Rendered;
  encoded: Encoded;
  weights: Float32Array;
}

/** What `render` gives; undefined, with a note, where the template refuses. */
export function unlessRefused<T>(render: () => T, message: number, notes: SequenceNote[]): T | undefined {
  try {
    return render();
  } catch (error) {
    if (!(error instanceof LosslightError && error.code === 'bad-template')) throw error;
    notes.push({
      severity: 'warning',
      message,
      text: sequenceNotes.refused(error.message),
    });
    return undefined;
  }
}
