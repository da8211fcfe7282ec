/**
 * @file An edit of one rendering of a conversation in another one of the same conversation, such as a shorter one before which the
 * template had not yet taken earlier thinking out.
 *
 * The text before an edit differs there, so that the edit does not hold by its text; what it is about is still the same, where the
 * tokens of that segment of that message are.
 */
import type { Rendered } from '../template/rendered';
import type { Encoded } from '../tokenizer/encoded';
import { editRuns, editedTokens, messageRuns, type Edit, type TokenRun } from './edits';

/** A rendering with its tokens. */
export interface CarryView {
  rendered: Pick<Rendered, 'text' | 'spans'>;
  encoded: Pick<Encoded, 'ids' | 'start' | 'end' | 'message' | 'kind'>;
}

/** The tokens of each kind of segment in each message, in order. */
export type SegmentTokens = ReadonlyMap<string, readonly number[]>;

export function segmentTokens({ encoded }: CarryView): SegmentTokens {
  const tokens = new Map<string, number[]>();
  for (let i = 0; i < encoded.ids.length; i++) {
    const name = segmentOf(encoded, i);
    const known = tokens.get(name);
    if (known) known.push(i);
    else tokens.set(name, [i]);
  }
  return tokens;
}

/**
 * The edit as one of `to`, which renders messages of the same conversation: of the same tokens, where their segment has the same ones
 * there. An edit of a whole message is one of the whole message there, with what `from` leaves out of it, such as its thinking.
 *
 * @param edit one that holds in `from`
 * @param fromTokens of `from`, as `segmentTokens` finds them; `toTokens` likewise
 * @returns undefined where a token of the edit has no such place in `to`
 */
export function carryEdit(
  edit: Edit,
  from: CarryView,
  fromTokens: SegmentTokens,
  to: CarryView,
  toTokens: SegmentTokens,
): Edit | undefined {
  const left = new Set(editedTokens(edit, from.encoded));
  const found = new Set<number>();
  if (edit.unit === 'message') {
    for (const message of new Set([...left].map((i) => from.encoded.message[i] ?? -1))) {
      const whole = tokensOf(messageRuns({ ...from, spans: from.rendered.spans }, message));
      if (!whole.every((i) => left.has(i))) continue;
      for (const i of whole) left.delete(i);
      const there = tokensOf(messageRuns({ ...to, spans: to.rendered.spans }, message));
      if (there.length === 0) return undefined;
      for (const i of there) found.add(i);
    }
  }
  for (const name of new Set([...left].map((i) => segmentOf(from.encoded, i)))) {
    const [own, other] = [fromTokens.get(name) ?? [], toTokens.get(name) ?? []];
    const isSame = (token: number, k: number) => from.encoded.ids[token] === to.encoded.ids[other[k] ?? -1];
    if (own.length !== other.length || !own.every(isSame)) return undefined;
    own.forEach((token, k) => left.has(token) && found.add(other[k] ?? -1));
  }
  return editRuns({ text: to.rendered.text, encoded: to.encoded }, edit.unit, runsOf(found), edit.weight);
}

const segmentOf = ({ message, kind }: CarryView['encoded'], i: number) => `${message[i]} ${kind[i]}`;

const tokensOf = (runs: readonly TokenRun[]) =>
  runs.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));

function runsOf(tokens: ReadonlySet<number>): TokenRun[] {
  const runs: [number, number][] = [];
  for (const i of [...tokens].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && run[1] === i - 1) run[1] = i;
    else runs.push([i, i]);
  }
  return runs;
}
