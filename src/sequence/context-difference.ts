/**
 * @file Where training shows the model what inference never will.
 *
 * Inference gives message i the tokens of the messages before it with the generation prompt, and the model writes the rest.
 * A sequence that trains message i has whatever stands before it there, and the message as the template writes it by then.
 * Both are compared, token by token.
 */
import { contextNotes as words } from '$strings/core-context-notes';
import type { Encoded } from '../tokenizer/encoded';
import type { ConversationViews } from './conversation-views';
import type { SequenceView } from './division';
import { describeChanges, fieldChanges, type FieldChange } from './field-changes';
import { isPrefix } from './on-prompt';

/**
 * `rewritten`: the template writes the history differently once more messages follow. `message`: it writes the message
 * itself differently then, without its thinking or with another end of turn. `merged-tokens`: the same text, but a token
 * reaches across the end of the prompt. `cut`: the beginning is missing. `prompt`: the template does not write the message
 * after its own generation prompt, or refuses to write that prompt.
 */
export type DifferenceCause = 'rewritten' | 'message' | 'merged-tokens' | 'cut' | 'prompt';

/** A message that a sequence trains on other tokens than at inference. */
export interface ContextDifference {
  /** Number of the sequence, and index of the message. */
  sequence: number;
  message: number;
  /** The first token of the sequence that is not the one at inference, and its first character in the sequence's text. */
  token: number;
  character: number;
  cause: DifferenceCause;
  /** What of this message and those before it is other in training (`to`) than at inference (`from`). */
  changes: FieldChange[];
  /** For people, one sentence. */
  text: string;
}

/** The differences of all assistant messages that the sequences train, in order: at most one for each of them in each. */
export function contextDifferences(
  views: ConversationViews,
  sequences: readonly SequenceView[],
): ContextDifference[] {
  const { messages } = views.conversation;
  return sequences.flatMap((view, i) => {
    const { sequence = i, trained = [] } = view.sequence.origin;
    views.beforeEach();
    const begins = beginnings(view.encoded);
    return trained
      .filter((message) => messages[message]?.role === 'assistant')
      .flatMap((message) => {
        const found = differenceOf(views, view, message, begins.get(message) ?? -1);
        if (!found) return [];
        const character = view.encoded.start[found.token] ?? view.rendered.text.length;
        return [{ sequence, message, character, ...found }];
      });
  });
}

type Difference = Pick<ContextDifference, 'token' | 'cause' | 'changes' | 'text'>;

function differenceOf(
  views: ConversationViews,
  { sequence: { ids }, rendered, encoded }: SequenceView,
  message: number,
  begin: number,
): Difference | undefined {
  const prompt = views.prompt(message);
  if (!prompt) {
    return { token: begin, cause: 'prompt', changes: [], text: words.noPrompt };
  }
  if ((encoded.start[0] ?? 0) > 0) {
    return { token: 0, cause: 'cut', changes: [], text: words.cut };
  }
  const inference = views.sample(message);
  // Only where there is a difference: a long conversation has many messages that are compared in many sequences.
  const changesOf = () =>
    fieldChanges(inference.rendered, rendered, message + 1).filter(
      (change) => change.message < message || change.kind !== 'scaffold',
    );
  if (prompt.ids.length === begin && isPrefix(prompt.ids, ids)) {
    const token = firstOther(ids, inference.encoded.ids, begin, lastWritten(inference.encoded, message));
    if (token === undefined) return undefined;
    const changes = changesOf();
    const text = words.otherMessage(changes.length > 0 ? describeChanges(changes) : undefined);
    return { token, cause: 'message', changes, text };
  }
  const token = firstOther(ids, prompt.ids, 0, begin) ?? begin;
  const changes = changesOf();
  if (rendered.text.startsWith(prompt.text)) {
    return { token, cause: 'merged-tokens', changes, text: words.mergedTokens };
  }
  if (!inference.rendered.text.startsWith(prompt.text)) {
    return { token, cause: 'prompt', changes, text: words.otherPrompt };
  }
  const text = words.rewritten(changes.length > 0 ? describeChanges(changes) : undefined);
  return { token, cause: 'rewritten', changes, text };
}

/**
 * The first token of each message that the model generates. A policy may train no such token; then the context ends where
 * the message begins.
 */
function beginnings({ message, generated }: Encoded): Map<number, number> {
  const written = new Map<number, number>();
  const any = new Map<number, number>();
  message.forEach((index, i) => {
    if (!any.has(index)) any.set(index, i);
    if (generated[i] === 1 && !written.has(index)) written.set(index, i);
  });
  return new Map([...any, ...written]);
}

/** One past the last token that the model writes of a message. */
function lastWritten({ message, generated }: Encoded, index: number): number {
  return 1 + message.findLastIndex((m, i) => m === index && generated[i] === 1);
}

/** The first index from `from` to `to` at which the two differ. A sequence that was cut before `to` does not differ there. */
function firstOther(ids: Int32Array, wanted: Int32Array, from: number, to: number): number | undefined {
  for (let i = from; i < to && i < ids.length; i++) if (ids[i] !== wanted[i]) return i;
  return undefined;
}
