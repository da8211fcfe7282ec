/**
 * @file The masks of many conversations as JSON lines, whole or divided into training sequences, each as `losslight masks --json`
 * prints it.
 */
import type { Conversation } from '../conversation/types';
import { editsOf, type EditBook } from '../mask/edit-file';
import { applyEdits } from '../mask/edits';
import { maskObject } from '../mask/mask-export';
import { tokenWeights, type MaskPolicy } from '../mask/policy';
import type { Strategy } from '../sequence/strategy';
import type { CutOptions } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import type { DataList } from './data-list';
import { toReport } from './errors';

/** What is written out. */
export interface AllMasks {
  list: DataList;
  /** Of the list, in the order in which they are written. */
  rows: readonly number[];
  policy: MaskPolicy;
  edits: EditBook;
  /** Tokens of a conversation that a run reads; the rest weighs 0. */
  limit: number;
  /** Into which training sequences they are divided; undefined where they stay whole. */
  divided?: DividedHow | undefined;
}

/** How a run divides conversations. */
export type DividedHow = CutOptions & { strategy: Strategy };

export interface MasksFile {
  blob: Blob;
  conversations: number;
  /** Lines: one a conversation, or one a training sequence. */
  lines: number;
  /** Conversations that were divided and have no trained token, and so no line. */
  untrained: number;
  /** Those that could not be rendered or weighed, and have no line either. */
  failed: readonly FailedMask[];
}

/** A conversation that has no mask, where it stands, and why. */
export interface FailedMask {
  file: string;
  /** From 1. */
  line: number;
  reason: string;
}

/** Conversations read from the list at once. */
const STEP = 50;

/**
 * Renders and weighs conversations in a worker of its own, so that the page goes on meanwhile.
 *
 * @throws what the signal was aborted with, and what opening a worker throws
 */
export async function writeMasks(
  text: Pick<TextService, 'another'>,
  { list, rows, policy, edits, limit, divided }: AllMasks,
  onprogress: (done: number) => void,
  signal: AbortSignal,
): Promise<MasksFile> {
  const worker = await text.another();
  try {
    const lines: string[] = [];
    const failed: FailedMask[] = [];
    let [done, untrained] = [0, 0];
    for (let at = 0; at < rows.length; at += STEP) {
      for (const conversation of await list.read(rows.slice(at, at + STEP))) {
        signal.throwIfAborted();
        const made = divided
          ? dividedLines(worker, conversation, policy, edits, divided)
          : lineOf(worker, conversation, policy, edits, limit).then((line) => [line]);
        try {
          const own = await made;
          if (own.length === 0) untrained++;
          lines.push(...own);
        } catch (error) {
          const { file, line } = conversation.source;
          failed.push({ file, line, reason: toReport(error).message });
        }
        onprogress(++done);
      }
    }
    const blob = new Blob(lines, { type: 'application/jsonl' });
    const conversations = done - untrained - failed.length;
    return { blob, conversations, lines: lines.length, untrained, failed };
  } finally {
    worker.dispose();
  }
}

/** One line a training sequence with a trained token, in their order; `sequence` counts those of the conversation, from 0. */
async function dividedLines(
  worker: TextService,
  conversation: Conversation,
  policy: MaskPolicy,
  edits: EditBook,
  how: DividedHow,
): Promise<string[]> {
  const asked = { conversation, policy, edits: editsOf(edits, conversation.id), ...how };
  const { sequences } = await worker.divide(asked);
  const lines: string[] = [];
  for (const { sequence, rendered, encoded } of sequences) {
    const { weights, positions, document, origin } = sequence;
    if (!weights.some((weight, i) => i > 0 && weight !== 0)) continue;
    const { tokens: pieces } = await worker.decode({ ids: Array.from(encoded.ids) });
    const line = {
      ...maskObject(conversation.source.record, { text: rendered.text, encoded, pieces, weights }),
      sequence: origin.sequence ?? 0,
      positions: Array.from(positions),
      documents: Array.from(document),
    };
    lines.push(`${JSON.stringify(line)}\n`);
  }
  return lines;
}

async function lineOf(
  worker: TextService,
  conversation: Conversation,
  policy: MaskPolicy,
  edits: EditBook,
  limit: number,
): Promise<string> {
  const { rendered, encoded } = await worker.inspect({ conversation });
  // A regular expression may never end: those of rules run in the worker, which has a deadline.
  const own = policy.rules?.length
    ? (await worker.weigh({ conversation, policy })).weights
    : tokenWeights(encoded, policy, conversation, rendered);
  const { text } = rendered;
  const { weights } = applyEdits(own, editsOf(edits, conversation.id), { text, encoded });
  const { tokens: pieces } = await worker.decode({ ids: Array.from(encoded.ids) });
  const read = weights.map((weight, i) => (i < limit ? weight : 0));
  return `${JSON.stringify(maskObject(conversation.source.record, { text, encoded, pieces, weights: read }))}\n`;
}
