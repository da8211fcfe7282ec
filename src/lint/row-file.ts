/**
 * @file Rows of tokens as a trainer gets them, one JSON object a row:
 *
 *     { "input_ids": [1, 5, 2, 5, 2], "labels": [-100, 5, 2, 5, 2], "position_ids": [0, 1, 2, 0, 1] }
 *
 * Only `input_ids` is needed. `labels` has -100 where nothing is trained, and stands at the token itself, as in
 * transformers; instead of it a mask of 0 and 1 (`assistant_masks`, `completion_mask`, `loss_mask`) will do.
 * `attention_mask` is 0 at padding; where its values are 1, 2, 3, … they number the documents, as in LLaMA-Factory's
 * neat packing. `position_ids` restart with each document. `documents` (or `document_ids`, `sequence_ids`) numbers the
 * documents from 1, 0 for padding; `seq_lengths` gives their lengths instead.
 */
import type { TrainingSequence } from '../sequence/types';
import { BadField, fieldOf, numbersOf, readRecords, type ReadRecords, type PlacedRecord } from './json-lines';
import type { SourcePosition } from '../conversation/types';
import type { Stretch } from './types';

/** The label of a token that is not trained (PyTorch's `ignore_index`). */
export const IGNORED = -100;

/** T tokens; every list has T entries. */
export interface TokenRow {
  source: SourcePosition;
  inputIds: number[];
  /** The token's id where it is trained, `IGNORED` where not. */
  labels?: number[];
  /** 1 for tokens that are attended, 0 for padding. */
  attentionMask?: number[];
  positionIds?: number[];
  /** Number of the document that attention keeps to, from 1; 0 is padding. */
  documents?: number[];
}

const MASKS = ['assistant_masks', 'completion_mask', 'loss_mask'];

/**
 * Reads rows from JSON or JSON Lines. A bad one is listed with its field, and takes no other with it.
 *
 * @throws LosslightError `bad-file` where the text is neither.
 */
export function readRows(text: string, file: string): ReadRecords<TokenRow> {
  return readRecords(text, file, readRow);
}

function readRow({ fields, source }: PlacedRecord): TokenRow {
  const inputIds = numbersOf(fields, ['input_ids']);
  if (!inputIds || inputIds.length === 0) {
    throw new BadField('input_ids', 'the row has no tokens', 'Write the row’s token ids as a flat list.');
  }
  const { length } = inputIds;
  const given = numbersOf(fields, ['labels'], length);
  const mask = given ? undefined : numbersOf(fields, MASKS, length);
  const labels = given ?? mask?.map((one, i) => (one ? (inputIds[i] ?? 0) : IGNORED));
  const attention = numbersOf(fields, ['attention_mask'], length);
  const numbered = attention?.some((value) => value > 1) ? attention : undefined;
  const positionIds = numbersOf(fields, ['position_ids'], length);
  const documents =
    numbersOf(fields, ['documents', 'document_ids', 'sequence_ids'], length) ??
    fromLengths(fields, length) ??
    numbered;
  return {
    source,
    inputIds,
    ...(labels && { labels }),
    ...(attention && { attentionMask: attention.map((value) => (value === 0 ? 0 : 1)) }),
    ...(positionIds && { positionIds }),
    ...(documents && { documents }),
  };
}

function fromLengths(fields: PlacedRecord['fields'], length: number): number[] | undefined {
  const lengths = numbersOf(fields, ['seq_lengths', 'seq_lens']);
  if (!lengths) return undefined;
  const documents = lengths.flatMap((size, i) => new Array<number>(Math.max(0, size)).fill(i + 1));
  if (documents.length > length) {
    const name = fieldOf(fields, ['seq_lengths', 'seq_lens'])?.name ?? 'seq_lengths';
    const reason = `its lengths sum to ${documents.length}, and input_ids has ${length}`;
    throw new BadField(name, reason, 'Give the lengths of the documents in this row.');
  }
  return [...documents, ...new Array<number>(length - documents.length).fill(0)];
}

/** A packed sequence of ours as a row. Labels are left out: what its weights mean at a border is the batch’s business. */
export function rowOfSequence(sequence: TrainingSequence, source: SourcePosition): TokenRow {
  return {
    source,
    inputIds: Array.from(sequence.ids),
    positionIds: Array.from(sequence.positions),
    documents: Array.from(sequence.document),
  };
}

/** The documents of a row as stretches, as far as it tells them: by number, else by positions that begin again. */
export function documentsOf({ inputIds, documents, positionIds, attentionMask }: TokenRow): Stretch[] {
  const found: Stretch[] = [];
  inputIds.forEach((_, i) => {
    const padding = documents ? documents[i] === 0 : attentionMask?.[i] === 0;
    if (padding) return;
    const last = found.at(-1);
    const same = documents ? documents[i] === documents[i - 1] : positionIds?.[i] !== 0;
    if (last?.end === i && same) last.end = i + 1;
    else found.push({ start: i, end: i + 1 });
  });
  return found;
}
