/**
 * @file Sequences that are too long: cut at the end, at the start, or at the border of a turn.
 */
import type { Message } from '../conversation/types';
import type { Encoded } from '../tokenizer/encoded';
import type { SequenceView } from './division';
import type { TrainingSequence } from './types';

/**
 * `end`: the first tokens are kept (TRL's `keep_start`); every context stays what it was. `start`: the last tokens are
 * kept, so that the history begins in the middle. `turns`: whole turns are left out at the end, so that none is split.
 */
export const TRUNCATIONS = ['end', 'start', 'turns'] as const;
export type Truncation = (typeof TRUNCATIONS)[number];

/** The view with at most `maxLength` tokens; undefined where `turns` leaves none, since the first alone is longer. */
export function truncateView(
  view: SequenceView,
  messages: readonly Pick<Message, 'role'>[],
  maxLength: number,
  how: Truncation,
): SequenceView | undefined {
  const { length } = view.sequence.ids;
  if (length <= maxLength) return view;
  const [from, to] =
    how === 'start'
      ? [length - maxLength, length]
      : [0, how === 'end' ? maxLength : lastBorder(view.encoded, messages, maxLength)];
  if (to <= from) return undefined;
  return {
    ...view,
    sequence: sliceSequence(view.sequence, from, to),
    encoded: sliceEncoded(view.encoded, from, to),
  };
}

/** The last token, up to `limit`, at which a user's turn begins; 0 where there is none but the first. */
function lastBorder({ message }: Encoded, messages: readonly Pick<Message, 'role'>[], limit: number): number {
  const roleAt = (i: number) => messages[message[i] ?? -1]?.role;
  const first = message.findIndex((m) => messages[m]?.role === 'assistant');
  for (let i = limit; i > Math.max(0, first); i--) {
    if (message[i] !== message[i - 1] && roleAt(i) === 'user' && roleAt(i - 1) !== 'user') return i;
  }
  return 0;
}

/** Tokens `from` … `to` of a sequence of one document; positions begin at 0 again. */
function sliceSequence(sequence: TrainingSequence, from: number, to: number): TrainingSequence {
  return {
    ...sequence,
    ids: sequence.ids.slice(from, to),
    weights: sequence.weights.slice(from, to),
    kind: sequence.kind.slice(from, to),
    positions: sequence.positions.slice(0, to - from),
    document: sequence.document.slice(from, to),
  };
}

function sliceEncoded(encoded: Encoded, from: number, to: number): Encoded {
  return {
    ids: encoded.ids.slice(from, to),
    start: encoded.start.slice(from, to),
    end: encoded.end.slice(from, to),
    kind: encoded.kind.slice(from, to),
    message: encoded.message.slice(from, to),
    generated: encoded.generated.slice(from, to),
  };
}
