/**
 * @file Conversations as tokens with weights: rendered, tokenized, under each policy, with hand edits on top.
 */
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import type { EditBook } from '../mask/edit-file';
import { applyEdits, type Edit } from '../mask/edits';
import { tokenWeights, type MaskPolicy } from '../mask/policy';
import type { View } from '../sequence/conversation-views';
import type { Inspector } from '../sequence/inspector';
import type { Encoded } from '../tokenizer/encoded';
import type { Io } from './io';
import { oneLine } from './paint';

/** A conversation as one sequence of T tokens. */
export interface WeighedConversation {
  conversation: Conversation;
  text: string;
  encoded: Encoded;
  /** The tokens as text, or as bytes where they are no whole characters. */
  pieces: string[];
  /** One weight a token for each policy, [T] each. */
  weights: Float32Array[];
}

/** Weighs conversations, and remembers which edits have found theirs. */
export class Weigher {
  readonly #inspector: Inspector;
  readonly #policies: readonly MaskPolicy[];
  readonly #edits: EditBook;
  readonly #unused: Set<string>;
  readonly #io: Io;
  /** Edits that were left out because their text has changed. */
  dropped = 0;

  constructor(inspector: Inspector, policies: readonly MaskPolicy[], edits: EditBook, io: Io) {
    this.#inspector = inspector;
    this.#policies = policies;
    this.#edits = edits;
    this.#unused = new Set(Object.keys(edits));
    this.#io = io;
  }

  /** Undefined where the template refuses the conversation or its ranges do not fit, which standard error tells. */
  weigh(conversation: Conversation): WeighedConversation | undefined {
    const { record } = conversation.source;
    try {
      const { rendered, encoded } = this.#inspector.inspect(conversation);
      for (const note of rendered.notes) {
        if (note.severity !== 'warning') continue;
        const where = note.message < 0 ? `record ${record}` : `record ${record}, message ${note.message}`;
        this.#tell(conversation, 'warning', `${where}: ${note.text}`);
      }
      const { text } = rendered;
      const weights = this.#policies.map((policy) => tokenWeights(encoded, policy, conversation, rendered));
      return {
        conversation,
        text,
        encoded,
        pieces: this.#inspector.tokenizer.pieces(encoded.ids),
        weights: this.#edited(conversation, weights, { text, encoded }),
      };
    } catch (error) {
      if (!(error instanceof LosslightError)) throw error;
      this.#tell(conversation, 'error', `record ${record}: ${error.message} ${error.remedy}`);
      return undefined;
    }
  }

  /**
   * The rendering of a conversation with its weights under the first policy after edits by hand, for lints; undefined where
   * it has no edits, or cannot be weighed at all.
   */
  handWeighed(conversation: Conversation): { view: View; weights: Float32Array } | undefined {
    const [policy] = this.#policies;
    if (!policy || this.editsOf(conversation).length === 0) return undefined;
    try {
      const view = this.#inspector.inspect(conversation);
      const { rendered, encoded } = view;
      const own = tokenWeights(encoded, policy, conversation, rendered);
      const [weights = own] = this.#edited(conversation, [own], { text: rendered.text, encoded });
      return { view, weights };
    } catch (error) {
      // Who weighs it without edits is told the same, and tells it.
      if (error instanceof LosslightError) return undefined;
      throw error;
    }
  }

  /** The edits of a conversation; those that were asked for are not unused. */
  editsOf(conversation: Conversation): readonly Edit[] {
    const id = this.#keyOf(conversation);
    if (id === undefined) return [];
    this.#unused.delete(id);
    return this.#edits[id] ?? [];
  }

  /**
   * To be called after the last conversation: tells of edits whose conversation was not among them.
   *
   * @returns how many edits were left out, these and those whose text had changed
   */
  finish(): number {
    let left = this.dropped;
    for (const id of this.#unused) {
      const count = this.#edits[id]?.length ?? 0;
      if (count === 0) continue;
      left += count;
      this.#io.warn(
        oneLine(
          `warning: the edits of “${id}” were left out: the data has no such conversation. Give the file that they were made on.`,
        ),
      );
    }
    return left;
  }

  #edited(
    conversation: Conversation,
    weights: Float32Array[],
    view: { text: string; encoded: Encoded },
  ): Float32Array[] {
    const edits = this.editsOf(conversation);
    if (edits.length === 0) return weights;
    const applied = weights.map((own) => applyEdits(own, edits, view));
    for (const { note } of applied[0]?.dropped ?? []) {
      this.dropped++;
      this.#tell(conversation, 'warning', `record ${conversation.source.record}: ${note}`);
    }
    return applied.map((result) => result.weights);
  }

  /** The page knows a file by its name alone, so an edit may be for `chats.jsonl#3` and the data `data/chats.jsonl`. */
  #keyOf({ id }: Conversation): string | undefined {
    return [id, id.replace(/^.*[/\\]/s, '')].find((key) => Object.hasOwn(this.#edits, key));
  }

  #tell({ source: { file, line } }: Conversation, severity: string, text: string): void {
    this.#io.warn(oneLine(`${file}:${line}: ${severity}: ${text}`));
  }
}
