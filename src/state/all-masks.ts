/**
 * @file The masks of many conversations as JSON lines, each as `losslight masks --json` prints it.
 */
import type { Conversation } from '../conversation/types';
import { editsOf, type EditBook } from '../mask/edit-file';
import { applyEdits } from '../mask/edits';
import { maskObject } from '../mask/mask-export';
import { tokenWeights, type MaskPolicy } from '../mask/policy';
import type { TextService } from '../worker/text-client';
import type { DataList } from './data-list';

/** What is written out. */
export interface AllMasks {
  list: DataList;
  /** Of the list, in the order in which they are written. */
  rows: readonly number[];
  policy: MaskPolicy;
  edits: EditBook;
  /** Tokens of a conversation that a run reads; the rest weighs 0. */
  limit: number;
}

export interface MasksFile {
  blob: Blob;
  conversations: number;
  /** Conversations that could not be rendered or weighed, and have no line. */
  left: number;
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
  { list, rows, policy, edits, limit }: AllMasks,
  onprogress: (done: number) => void,
  signal: AbortSignal,
): Promise<MasksFile> {
  const worker = await text.another();
  try {
    const lines: string[] = [];
    let left = 0;
    for (let at = 0; at < rows.length; at += STEP) {
      for (const conversation of await list.read(rows.slice(at, at + STEP))) {
        signal.throwIfAborted();
        const line = await lineOf(worker, conversation, policy, edits, limit).catch(() => undefined);
        if (line === undefined) left++;
        else lines.push(line);
        onprogress(lines.length + left);
      }
    }
    return { blob: new Blob(lines, { type: 'application/jsonl' }), conversations: lines.length, left };
  } finally {
    worker.dispose();
  }
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
