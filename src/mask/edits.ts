/**
 * @file Weights set by hand: on a range of tokens, a word or a message, over whatever the policy says.
 *
 * An edit is bound to the text, not to token numbers, and holds as long as the text up to its end is unchanged: it
 * survives another policy, messages added behind it, and a reload. An edit whose text changed is dropped, with a note.
 */
import { editNotes } from '$strings/core-edit-notes';
import type { Rendered } from '../template/rendered';
import type { Encoded } from '../tokenizer/encoded';
import { finiteWeight } from './knobs';

/** What was pointed at; for showing. */
export const EDIT_UNITS = ['tokens', 'word', 'message'] as const;
export type EditUnit = (typeof EDIT_UNITS)[number];

/**
 * A token by its first character, in UTF-16 units, and its place among the tokens that begin there: several tokens may be
 * parts of one character.
 */
export interface TokenPlace {
  character: number;
  part: number;
}

export interface Edit {
  readonly unit: EditUnit;
  /** First and last token of each stretch, in order. */
  readonly stretches: readonly { readonly from: TokenPlace; readonly to: TokenPlace }[];
  /** The new weight, any finite number, or `policy`: as the policy says, undoing earlier edits there. */
  readonly weight: number | 'policy';
  /** Characters of the text through the last token, and a digest of them: the edit holds while they are the same. */
  readonly length: number;
  readonly digest: string;
  /** The edited text, shortened; for showing. */
  readonly quote: string;
}

/** What edits read of a tokenized text. */
export interface EditableText {
  text: string;
  encoded: Pick<Encoded, 'start' | 'end'>;
}

export interface DroppedEdit {
  edit: Edit;
  /** For people. */
  note: string;
}

/**
 * An edit of the tokens from `first` through `last`, in either order.
 *
 * @throws RangeError where a token is not in the text or the weight is not finite.
 */
export function editTokens(view: EditableText, first: number, last: number, weight: number | 'policy'): Edit {
  return editRuns(view, 'tokens', [[Math.min(first, last), Math.max(first, last)]], weight);
}

/** First and last token of a stretch. */
export type TokenRun = readonly [first: number, last: number];

/** How far from a token its word is looked for; finding word borders in a whole text would take long. */
const WORD_REACH = 256;

/**
 * An edit of the word that a token begins in, as Unicode's word borders (UAX #29) divide the text: all tokens that touch
 * the word. Punctuation and white space are words of their own.
 *
 * @throws RangeError as `editTokens`.
 */
export function editWord(view: EditableText, token: number, weight: number | 'policy'): Edit {
  return editRuns(view, 'word', [wordRun(view, token)], weight);
}

/** The tokens of the word that a token begins in. */
export function wordRun({ text, encoded }: EditableText, token: number): TokenRun {
  const at = encoded.start[token] ?? 0;
  const from = Math.max(0, at - WORD_REACH);
  const words = new Intl.Segmenter('und', { granularity: 'word' }).segment(text.slice(from, at + WORD_REACH));
  const word = words.containing(at - from);
  const start = word ? from + word.index : at;
  const end = word ? start + word.segment.length : at;
  const touches = (i: number) => (encoded.end[i] ?? 0) > start && (encoded.start[i] ?? 0) < end;
  let first = token;
  let last = token;
  while (first > 0 && touches(first - 1)) first--;
  while (last + 1 < encoded.start.length && touches(last + 1)) last++;
  return [first, last];
}

/**
 * An edit of a whole message, without its header and the line break after it: of an assistant's message all that the
 * model generates.
 *
 * @throws RangeError where the message has no token in the text, or the weight is not finite.
 */
export function editMessage(
  view: EditableText & { spans: Rendered['spans'] },
  message: number,
  weight: number | 'policy',
): Edit {
  return editRuns(view, 'message', messageRuns(view, message), weight);
}

/** The tokens of a message, without its header and the line break after it; none where the text leaves it out. */
export function messageRuns(
  view: Pick<EditableText, 'encoded'> & { spans: Rendered['spans'] },
  message: number,
): TokenRun[] {
  const { start, end } = view.encoded;
  const runs: [number, number][] = [];
  let at = 0;
  for (let i = 0; i < start.length; i++) {
    const first = start[i] ?? 0;
    while (at < view.spans.length - 1 && (view.spans[at]?.end ?? 0) <= first) at++;
    const span = view.spans[at];
    if (span?.message !== message || span.kind === 'header' || span.kind === 'scaffold') continue;
    if ((end[i] ?? 0) <= first) continue;
    const run = runs.at(-1);
    if (run && run[1] === i - 1) run[1] = i;
    else runs.push([i, i]);
  }
  return runs;
}

/**
 * The weights after the edits, in their order, which tokens an edit decides, [T], and the edits that no longer fit the
 * text. Neither argument is changed.
 *
 * @param weights what the policy says, [T]
 */
export function applyEdits(
  weights: Float32Array,
  edits: readonly Edit[],
  view: EditableText,
): { weights: Float32Array; edited: Uint8Array; dropped: DroppedEdit[] } {
  const result = Float32Array.from(weights);
  const edited = new Uint8Array(weights.length);
  const dropped: DroppedEdit[] = [];
  const places = edits.length > 0 ? placesOf(view.encoded.start) : [];
  const digests = prefixDigests(
    view.text,
    edits.map(({ length }) => length),
  );
  for (const edit of edits) {
    if (digests.get(edit.length) !== edit.digest) {
      const { message, word, tokens } = editNotes.dropped;
      const told = edit.unit === 'message' ? message : edit.unit === 'word' ? word : tokens;
      dropped.push({ edit, note: told(edit.quote) });
      continue;
    }
    for (const i of tokensAt(edit, places)) {
      result[i] = edit.weight === 'policy' ? (weights[i] ?? 0) : edit.weight;
      edited[i] = edit.weight === 'policy' ? 0 : 1;
    }
  }
  return { weights: result, edited, dropped };
}

/** The tokens of an edit, in order, in a text in which it holds. */
export function editedTokens(edit: Edit, { start }: Pick<Encoded, 'start'>): number[] {
  return tokensAt(edit, placesOf(start));
}

function tokensAt(edit: Edit, places: readonly TokenPlace[]): number[] {
  const tokens: number[] = [];
  for (const { from, to } of edit.stretches)
    for (let i = firstAt(places, from); i < places.length && order(places[i] ?? from, to) <= 0; i++)
      tokens.push(i);
  return tokens;
}

/**
 * An edit of several stretches of tokens, in order.
 *
 * @param unit what was pointed at, for showing
 * @throws RangeError as `editTokens`.
 */
export function editRuns(
  { text, encoded }: EditableText,
  unit: EditUnit,
  runs: readonly TokenRun[],
  weight: number | 'policy',
): Edit {
  const { start, end } = encoded;
  const [first, last] = [runs[0]?.[0], runs.at(-1)?.[1]];
  if (first === undefined || last === undefined || start[first] === undefined || start[last] === undefined) {
    throw new RangeError(`There are no tokens here to edit (the text has ${start.length}).`);
  }
  if (weight !== 'policy') finiteWeight(weight, 'an edit');
  const places = placesOf(start);
  const stretches = runs.map(([from, to]) => ({
    from: places[from] ?? { character: 0, part: 0 },
    to: places[to] ?? { character: 0, part: 0 },
  }));
  const length = end[last] ?? text.length;
  const quote = text.slice(start[first], length).replace(/\s+/g, ' ');
  return {
    unit,
    stretches,
    weight,
    length,
    digest: prefixDigests(text, [length]).get(length) ?? '',
    quote: quote.length > 40 ? `${quote.slice(0, 39)}…` : quote,
  };
}

function placesOf(start: Int32Array): TokenPlace[] {
  const places: TokenPlace[] = [];
  for (const character of start) {
    const before = places.at(-1);
    places.push({ character, part: before?.character === character ? before.part + 1 : 0 });
  }
  return places;
}

function order(a: TokenPlace, b: TokenPlace): number {
  return a.character - b.character || a.part - b.part;
}

/** Index of the first token at or after a place. */
function firstAt(places: readonly TokenPlace[], place: TokenPlace): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = places[middle];
    if (found && order(found, place) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Digests of the first `length` UTF-16 units of the text, for each length that the text has, in one pass over it. 64 bits
 * of FNV-1a, as two 32-bit hashes with different starts: tells texts apart, is no secret.
 */
function prefixDigests(text: string, lengths: readonly number[]): Map<number, string> {
  const digests = new Map<number, string>();
  let a = 0x811c9dc5;
  let b = 0xcbf29ce4;
  let at = 0;
  for (const length of [...new Set(lengths)].sort((x, y) => x - y)) {
    if (length > text.length) break;
    for (; at < length; at++) {
      const unit = text.charCodeAt(at);
      a = Math.imul(a ^ unit, 0x01000193);
      b = Math.imul(b ^ (unit + 0x9e37), 0x01000193) ^ (b >>> 15);
    }
    digests.set(length, [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join(''));
  }
  return digests;
}
