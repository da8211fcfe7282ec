/**
 * @file A completion's tokens as a strip shows them. They are what the model really saw and wrote, so that their text is put
 * together from the tokens and nothing is rendered anew: they need not be those that the text would be split into.
 */
import type { Message, Role } from '../conversation/types';
import type { ShownSequence } from '../state/sequences.svelte';
import { joinedTexts } from '../state/whole-characters';
import type { RolloutReport } from '../worker/protocol';
import { kindAt } from './kinds';

/** @param tokens the text of each token of the sequence, spelt as bytes where it is no whole characters */
export function rolloutView(
  { sequence, conversation }: RolloutReport,
  tokens: readonly string[],
): ShownSequence {
  const { ids, kind } = sequence;
  const { text, start, end, bytes } = joinedTexts(Array.from(ids, (_, i) => tokens[i] ?? ''));
  const message = new Int32Array(ids.length);
  const messages: Message[] = [];
  ids.forEach((_, i) => {
    if (i === 0 || begins(kind, i)) messages.push({ role: roleFrom(kind, i), content: '' });
    message[i] = messages.length - 1;
  });
  return {
    number: 0,
    view: {
      conversation,
      source: { id: conversation, messages, extra: {}, source: { file: conversation, record: 0, line: 1 } },
      rendered: { text, spans: [], notes: [] },
      encoded: { ids, start, end, kind, message, generated: new Uint8Array(ids.length) },
      bytes,
    },
    sequence,
    length: ids.length,
    differences: [],
  };
}

/** The advantage of each token that the model wrote and is trained, [T]; NaN for the others. */
export function advantageOf({ sequence, advantage }: RolloutReport): Float32Array | undefined {
  return advantage === undefined
    ? undefined
    : sequence.weights.map((weight, i) => (i > 0 && weight !== 0 ? advantage : NaN));
}

/** A header opens a turn. */
function begins(kind: Uint8Array, i: number): boolean {
  return kindAt(kind[i]) === 'header' && kindAt(kind[i - 1]) !== 'header';
}

/** Whose turn it is, by the first segment in it that only one role has. */
function roleFrom(kind: Uint8Array, from: number): Role {
  for (let i = from; i < kind.length; i++) {
    if (i > from && begins(kind, i)) break;
    switch (kindAt(kind[i])) {
      case 'system':
      case 'tools':
        return 'system';
      case 'user':
        return 'user';
      case 'result':
        return 'tool';
      case 'think':
      case 'call':
      case 'answer':
        return 'assistant';
      default:
    }
  }
  return 'assistant';
}

/** The message in which the model began to write: after the last user's, or that one where nothing follows. */
export function firstWritten({ source }: ShownSequence['view']): number {
  const asked = source.messages.findLastIndex(({ role }) => role === 'user');
  return Math.min(asked + 1, source.messages.length - 1);
}

/** The messages in which a token is trained, for the strip to say so. */
export function trainedMessages({
  view,
  sequence,
}: ShownSequence): Map<number, { time: number; of: number }> {
  const found = new Map<number, { time: number; of: number }>();
  sequence.weights.forEach((weight, i) => {
    if (weight !== 0) found.set(view.encoded.message[i] ?? 0, { time: 1, of: 1 });
  });
  return found;
}
