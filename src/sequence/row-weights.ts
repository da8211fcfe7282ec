/**
 * @file The weights of one sequence: what the policy and the hand edits say of its own rendering, on the messages that
 * the strategy trains in it.
 */
import { sequenceNotes as words } from '$strings/core-sequence-notes';
import { carryEdit, segmentTokens, type SegmentTokens } from '../mask/carry-edit';
import { applyEdits, type DroppedEdit, type Edit } from '../mask/edits';
import { type MaskPolicy, tokenWeights } from '../mask/policy';
import type { ConversationViews, View } from './conversation-views';
import type { SequenceNote } from './division';

/** Weighs the sequences of one conversation, and remembers in which of them each edit holds. */
export class RowWeigher {
  readonly #views: ConversationViews;
  readonly #policy: MaskPolicy;
  /** Edits that hold in the whole conversation, with the message that each is about. */
  readonly #edits: { edit: Edit; message: number; wanted: number; held: number }[] = [];
  readonly #dropped: DroppedEdit[] = [];
  /** Of the whole conversation. */
  #tokens: SegmentTokens | undefined;

  constructor(views: ConversationViews, policy: MaskPolicy, edits: readonly Edit[]) {
    this.#views = views;
    this.#policy = policy;
    for (const edit of edits) {
      const { rendered, encoded } = views.whole;
      const { dropped } = applyEdits(new Float32Array(encoded.ids.length), [edit], textOf(views.whole));
      this.#dropped.push(...dropped);
      const at = edit.stretches[0]?.from.character ?? 0;
      const message = rendered.spans.find((span) => span.end > at)?.message ?? -1;
      if (dropped.length === 0) this.#edits.push({ edit, message, wanted: 0, held: 0 });
    }
  }

  /**
   * One weight a token of `view`, which renders messages 0 … `last`: 0 on every message before `from`. What the template
   * wrote by itself (message -1) counts to message 0.
   *
   * @throws what `tokenWeights` throws.
   */
  weigh(view: View, last: number, from: number): Float32Array {
    const { conversation } = this.#views;
    const row = { ...conversation, messages: conversation.messages.slice(0, last + 1) };
    const policy = tokenWeights(view.encoded, this.#policy, row, view.rendered);
    let tokens: SegmentTokens | undefined;
    const edits = this.#edits.flatMap((entry) => {
      const holds = applyEdits(policy, [entry.edit], textOf(view)).dropped.length === 0;
      const edit = holds ? entry.edit : this.#carried(entry.edit, view, (tokens ??= segmentTokens(view)));
      const message = Math.max(0, entry.message);
      if (message >= from && message <= last) {
        entry.wanted++;
        if (edit) entry.held++;
      }
      return edit ?? [];
    });
    const { weights } = applyEdits(policy, edits, textOf(view));
    view.encoded.message.forEach((message, i) => {
      if (Math.max(0, message) < from) weights[i] = 0;
    });
    return weights;
  }

  #carried(edit: Edit, view: View, tokens: SegmentTokens): Edit | undefined {
    const { whole } = this.#views;
    return carryEdit(edit, whole, (this.#tokens ??= segmentTokens(whole)), view, tokens);
  }

  /** Edits that do not hold in every sequence that trains their message. To be asked for when all are weighed. */
  editNotes(): SequenceNote[] {
    const notes = this.#dropped.map(({ note }): SequenceNote => {
      return { severity: 'warning', message: -1, edit: 'dropped', text: note };
    });
    for (const { edit, message, wanted, held } of this.#edits) {
      if (wanted > 0 && held === wanted) continue;
      notes.push({
        severity: 'warning',
        message,
        edit: 'partial',
        text: wanted === 0 ? words.editWithoutEffect(edit.quote) : words.editPartly(edit.quote, held, wanted),
      });
    }
    return notes;
  }
}

const textOf = ({ rendered, encoded }: View) => ({ text: rendered.text, encoded });
