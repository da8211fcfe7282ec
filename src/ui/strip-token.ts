/**
 * @file How each token of a strip is drawn: its text, its segment, its marks. Worked out for one chunk at a time.
 */
import { token as words } from '$strings/token';
import type { TokenRun } from '../mask/edits';
import { DIFF_MARKS, type DiffMark } from '../state/diff.svelte';
import type { MaskView } from '../state/mask.svelte';
import type { Overlay } from '../state/overlay';
import type { SegmentKind } from '../template/rendered';
import { sharedTokens, type BytePart, type SharedToken } from './byte-parts';
import { SCALES, weightStep } from './heat';
import { KIND_LABELS, kindAt } from './kinds';
import { isDelimiter, visibleText } from './token-text';

/** What the strip shows besides weights. Arrays hold one number a token. */
export interface StripValues {
  weights: Float32Array;
  overlay: Overlay;
  /** What the overlay shows of each token; NaN where it has nothing to show. Not of weights. */
  readings?: Float32Array | Float64Array;
  /** From this token on, a run reads nothing. */
  cutAt?: number;
  /** 1 where the weight was set by hand. */
  edited?: Uint8Array;
  /** How A and B differ at each token (index into `DIFF_MARKS`), and its weight in the one that is not shown: B, or A. */
  diff?: {
    marks: Uint8Array;
    weights: Float32Array;
    other?: 'A' | 'B';
    /** What is compared, where that is not the weight that the strip shows. */
    own?: Float32Array;
    /** Says both numbers, A's first. */
    words?: (a: number, b: number) => string;
  };
  /** Index into `BLOCK_MARKS`: where a generation block is not what the model writes. */
  blocks?: Uint8Array;
  /** What there is to say about stretches of tokens, such as what a lint found. */
  notes?: StripNotes;
  /** What is selected. */
  selection?: readonly TokenRun[];
  /** 1 in what a search found, 2 in the place that was gone to, [T]. */
  found?: Uint8Array | undefined;
  /** 1 where the field of a message that is pointed at went. */
  lit?: Uint8Array | undefined;
}

/** How a noted token looks; `differs` is one that is not the one at inference. */
export type NoteLook = 'error' | 'warning' | 'info' | 'differs';

export interface StripNotes {
  /** One a token, [T]: 0 where nothing is to be said, else 1 + the index of its mark. */
  codes: Uint8Array;
  /** `words` stand before the first token of a stretch. */
  marks: readonly { look: NoteLook; words: string }[];
}

/** A token that agrees with the blocks; one in a block that the model does not write; one it writes outside of them. */
export const BLOCK_MARKS = ['agrees', 'extra', 'missing'] as const;
export type BlockMark = (typeof BLOCK_MARKS)[number];

export interface StripToken {
  index: number;
  text: string;
  /** Which bytes it begins with of a character that is drawn at a token before, such as `2` or `2–3`. */
  bytes: string | undefined;
  /** What it holds, in words, where its text does not say that: parts of characters. */
  name: string | undefined;
  /** True where it ends a line. */
  newline: boolean;
  kind: SegmentKind;
  /** Names the segment, and its weight where that is not 1, at the first token of each stretch. */
  tag: string | undefined;
  delimiter: boolean;
  /** True where it is spelt in ASCII, as bytes or as a delimiter, and so never runs from the right. */
  leftToRight: boolean;
  /** A line may wrap before it: next to a space, whose mark is no place to break for the browser, and between bytes, which would break within their digits. */
  wrap: boolean;
  /** −4 to 4; 0 is untrained. */
  bar: number;
  /** Step of the overlay, where one is on and has a value. */
  heat: number | undefined;
  /** True where a run does not read it. */
  cut: boolean;
  edited: boolean;
  selected: boolean;
  /** How it differs from the other mask; undefined where it does not or none is compared. */
  diff: Exclude<DiffMark, 'same'> | undefined;
  block: Exclude<BlockMark, 'agrees'> | undefined;
  note: NoteLook | undefined;
  found: 'place' | 'current' | undefined;
  lit: boolean;
}

/** What the tokens of a conversation are told from. */
export type Laid = Pick<MaskView, 'encoded' | 'rendered' | 'bytes'>;

/** Segments whose tokens say themselves what they are, so that a tag would only be in the way. */
const PLAIN = new Set<SegmentKind>(['header', 'end', 'scaffold', 'system', 'user']);

/** The rendered text in pieces, of which each delimiter is one: none is to be torn apart by the text beside it. */
export function textPieces(view: MaskView): { text: string; delimiter: boolean }[] {
  const { rendered, encoded } = view;
  const pieces: { text: string; delimiter: boolean }[] = [];
  let done = 0;
  const put = (to: number, delimiter: boolean) => {
    if (to > done) pieces.push({ text: rendered.text.slice(done, to), delimiter });
    done = Math.max(done, to);
  };
  encoded.start.forEach((start, i) => {
    if (!isDelimiter(tokenText(view, i))) return;
    put(start, false);
    put(encoded.end[i] ?? start, true);
  });
  put(rendered.text.length, false);
  return pieces;
}

/** Exact text of a token; for part of a character, the character that it is part of. */
export function tokenText(
  { rendered, encoded }: Pick<MaskView, 'rendered' | 'encoded'>,
  index: number,
): string {
  return rendered.text.slice(encoded.start[index] ?? 0, encoded.end[index] ?? 0);
}

export function stripTokens(view: MaskView, values: StripValues, start: number, end: number): StripToken[] {
  return Array.from({ length: end - start }, (_, k) => stripToken(view, values, start + k));
}

/** True where a token has what the one before it has. Asked of every token drawn while a strip scrolls: it makes no garbage. */
function continuesIn(array: ArrayLike<number> | undefined, index: number): boolean {
  return array === undefined || array[index - 1] === array[index];
}

function stripToken(view: MaskView, values: StripValues, index: number): StripToken {
  const { encoded, bytes } = view;
  const kind = kindAt(encoded.kind[index]);
  const weight = values.weights[index] ?? 0;
  const cut = index >= (values.cutAt ?? Infinity);
  const noted = continuesIn(values.notes?.codes, index);
  const continues =
    index > 0 &&
    noted &&
    continuesIn(encoded.kind, index) &&
    continuesIn(encoded.message, index) &&
    continuesIn(values.weights, index) &&
    continuesIn(values.edited, index) &&
    continuesIn(values.blocks, index) &&
    continuesIn(values.diff?.marks, index) &&
    continuesIn(values.diff?.weights, index) &&
    continuesIn(values.diff?.own, index);
  const diff = markAt(DIFF_MARKS, values.diff?.marks[index]);
  const block = markAt(BLOCK_MARKS, values.blocks?.[index]);
  const note = values.notes?.marks[(values.notes.codes[index] ?? 0) - 1];
  const edited = values.edited?.[index] === 1;
  const text = tokenText(view, index);
  const delimiter = isDelimiter(text);
  const shared = bytes.size ? sharedTokens(view).get(index) : undefined;
  /** Bytes that are no part of any character of the text. */
  const spelt = shared ? undefined : bytes.get(index);
  const shown = spelt ?? (shared ? visiblePart(shared) : visibleText(text));
  return {
    index,
    text: shown,
    bytes: shared?.rest && byteRange(shared.rest),
    name: shared && nameOf(shared),
    newline: shown.endsWith('\n'),
    kind,
    tag:
      cut && index === values.cutAt
        ? words.tags.cut
        : continues
          ? undefined
          : tagOf(kind, weight, {
              edited,
              diff: diff === 'same' ? '' : bothWeights(values, index),
              block,
              note: noted ? undefined : note?.words,
            }),
    delimiter,
    leftToRight: delimiter || spelt !== undefined,
    wrap:
      spelt !== undefined ||
      (text.startsWith(' ') && text.trim() !== '') ||
      tokenText(view, index - 1).endsWith(' '),
    bar: weightStep(weight),
    heat: heatOf(values, index),
    cut,
    edited,
    selected: values.selection?.some(([first, last]) => index >= first && index <= last) ?? false,
    diff: diff === 'same' ? undefined : diff,
    block: block === 'agrees' ? undefined : block,
    note: note?.look,
    found: FOUND[values.found?.[index] ?? 0],
    lit: values.lit?.[index] === 1,
  };
}

/** The text of a token that holds parts of characters; nothing where all of it was drawn before. */
function visiblePart({ text }: SharedToken): string {
  return text === '' ? '' : visibleText(text);
}

function byteRange({ first, last }: BytePart): string {
  return first === last ? String(first) : `${first}–${last}`;
}

/** What a token holds, in words: each part by name, and the whole characters between them. */
export function nameOf({ rest, text, begun }: SharedToken): string {
  const whole = text.slice(0, text.length - (begun?.character.length ?? 0));
  const shown = (part: BytePart | undefined) =>
    part && words.part({ ...part, character: visibleText(part.character) });
  return [shown(rest), whole && visibleText(whole).trimEnd(), shown(begun)].filter(Boolean).join(', ');
}

/**
 * The text of a token as the strip shows it, for what goes by its letters; undefined where it has none of its own: a delimiter,
 * bytes, or the rest of a character.
 */
export function lettersOf(view: Laid, index: number): string | undefined {
  const text = tokenText(view, index);
  if (isDelimiter(text)) return undefined;
  const shared = view.bytes.size ? sharedTokens(view).get(index) : undefined;
  if (shared) return shared.text;
  return view.bytes.has(index) ? undefined : text;
}

const FOUND = [undefined, 'place', 'current'] as const;

/** The weights under A and under B, in words. */
function bothWeights({ weights, diff }: StripValues, index: number): string {
  const [own, other] = [(diff?.own ?? weights)[index] ?? 0, diff?.weights[index] ?? 0];
  const { compared } = words.tags;
  const [a, b] = diff?.other === 'A' ? [other, own] : [own, other];
  return (diff?.words ?? compared)(a, b);
}

function markAt<Mark extends string>(marks: readonly [Mark, ...Mark[]], code: number | undefined): Mark {
  return marks[code ?? 0] ?? marks[0];
}

function tagOf(
  kind: SegmentKind,
  weight: number,
  marks: {
    edited: boolean;
    diff: string;
    block: BlockMark;
    note: string | undefined;
  },
): string | undefined {
  const label = PLAIN.has(kind) ? '' : KIND_LABELS[kind];
  const factor = weight === 0 || weight === 1 ? '' : words.tags.factor(weight);
  const byHand = !marks.edited
    ? ''
    : factor
      ? words.tags.edited
      : weight === 0
        ? words.tags.masked
        : words.tags.trained;
  const block = marks.block === 'agrees' ? '' : words.tags[marks.block];
  const said = [label, byHand, factor, marks.diff, block].filter(Boolean).join(' ');
  // Apart from the segment's name: a warning is no kind of call.
  return [said, marks.note].filter(Boolean).join(' · ') || undefined;
}

/** The tokens of `next`, each as it was in `before` where nothing about it has changed, so that it is not drawn again. */
export function unchangedKept(before: readonly StripToken[], next: readonly StripToken[]): StripToken[] {
  const offset = (next[0]?.index ?? 0) - (before[0]?.index ?? 0);
  return next.map((token, i) => {
    const old = before[i + offset];
    return old && equal(old, token) ? old : token;
  });
}

function equal(a: StripToken, b: StripToken): boolean {
  return (Object.keys(b) as (keyof StripToken)[]).every((key) => a[key] === b[key]);
}

function heatOf({ overlay, readings }: StripValues, index: number): number | undefined {
  const value = readings?.[index] ?? NaN;
  return overlay === 'weight' || Number.isNaN(value) ? undefined : SCALES[overlay].stepOf(value);
}
