/**
 * @file Merge and fork: every assistant message trained once, on the tokens that it has before it at inference.
 *
 * Each message of the assistant, a step with tools included, is put on its prompt. As long as the tokens through what was
 * written last are the beginning of the next prompt, both are one sequence; where they are not, since the template rewrites
 * history, a new sequence begins. The rule is that of Tinker's `build_supervised_examples` and prime-rl's
 * `iter_trainable_branches`; TRL's asynchronous GRPO calls the cases clean, realign and fork.
 */
import { sequenceNotes as words } from '$strings/core-sequence-notes';
import { describeChanges, fieldChanges } from './field-changes';
import { unlessRefused, type Row, type SequenceNote } from './division';
import type { ConversationViews, Sample } from './conversation-views';
import { isPrefix } from './on-prompt';
import type { RowWeigher } from './row-weights';

/** A sequence that may still grow. */
interface Branch {
  /** The assistant message that was written last. */
  message: number;
  sample: Sample;
  weights: Float32Array;
  /** The number of tokens that the next prompt must begin with. */
  end: number;
}

/** The sequences, in the order of their first trained message. Why each of them began is told in `notes`. */
export function mergeAndFork(views: ConversationViews, weigher: RowWeigher, notes: SequenceNote[]): Row[] {
  const branches: Branch[] = [];
  let from = 0;
  views.conversation.messages.forEach(({ role }, message) => {
    if (role !== 'assistant') return;
    const sample = unlessRefused(() => views.sample(message), message, notes);
    if (!sample) return;
    const weights = weigher.weigh(sample, message, from);
    const { encoded } = sample;
    const start = encoded.message.findIndex((m, i) => m === message && encoded.generated[i] === 1);
    const end = 1 + weights.findLastIndex((w, i) => w !== 0 || isOwn(sample, message, i));
    if (end === 0) return; // the template leaves the message out, and its rendering notes that
    from = message + 1;
    const open = branches.at(-1);
    const context = start < 0 ? end : start;
    if (open && open.end <= context && isPrefix(open.sample.encoded.ids, encoded.ids, open.end)) {
      weights.set(open.weights.subarray(0, open.end));
      branches[branches.length - 1] = { message, sample, weights, end };
    } else {
      if (open) notes.push(forkNote(open, sample, message, branches.length));
      branches.push({ message, sample, weights, end });
    }
    notes.push(...fitNotes(sample, message, branches.length - 1));
  });
  return branches.map(({ sample, weights }) => ({
    rendered: sample.rendered,
    encoded: sample.encoded,
    weights,
  }));
}

function isOwn({ encoded }: Sample, message: number, i: number): boolean {
  return encoded.message[i] === message && encoded.generated[i] === 1;
}

function forkNote(open: Branch, sample: Sample, message: number, sequence: number): SequenceNote {
  const changes = fieldChanges(open.sample.rendered, sample.rendered, open.message + 1);
  const same = sample.rendered.text.startsWith(open.sample.rendered.text);
  const text = changes.length
    ? words.forkRewritten(describeChanges(changes))
    : same
      ? words.forkToken
      : words.forkText;
  return { severity: 'info', message, sequence, text };
}

const FIT_NOTES: Record<Sample['fit'], Pick<SequenceNote, 'severity' | 'text'> | undefined> = {
  exact: undefined,
  realigned: {
    severity: 'info',
    text: words.realigned,
  },
  merged: {
    severity: 'warning',
    text: words.merged,
  },
  rewritten: {
    severity: 'warning',
    text: words.rewritten,
  },
  'no-prompt': {
    severity: 'info',
    text: words.noPrompt,
  },
};

function fitNotes({ fit }: Sample, message: number, sequence: number): SequenceNote[] {
  const note = FIT_NOTES[fit];
  return note ? [{ message, sequence, ...note }] : [];
}
