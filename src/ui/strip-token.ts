/**
 * @file How each token of a strip is drawn: its text, its segment, its marks. Worked out for one chunk at a time.
 */
import type { MaskView, Overlay } from '../state/mask.svelte';
import type { SegmentKind } from '../template/rendered';
import { weight as weightLabel } from './format';
import { changeStep, surpriseStep, weightStep } from './heat';
import { kindAt } from './kinds';
import { isDelimiter, visibleText } from './token-text';

/** What the strip shows besides weights. Arrays hold one number a token. */
export interface StripValues {
  weights: Float32Array;
  overlay: Overlay;
  /** Of the present weights of the model. The first entry means nothing. */
  logProbs?: Float32Array;
  /** Tuned minus base. */
  changes?: Float32Array;
  /** From this token on, a run reads nothing. */
  cutAt?: number;
}

export interface StripToken {
  index: number;
  text: string;
  kind: SegmentKind;
  /** Names the segment, and its weight where that is not 1, at the first token of each stretch. */
  tag: string | undefined;
  delimiter: boolean;
  /** True where it is spelt in ASCII, as bytes or as a delimiter, and so never runs from the right. */
  leftToRight: boolean;
  /** A line may wrap before it: next to a space, whose mark is no place to break for the browser. */
  wrap: boolean;
  /** −4 to 4; 0 is untrained. */
  bar: number;
  /** Step of the overlay, where one is on and has a value. */
  heat: number | undefined;
  /** True where a run does not read it. */
  cut: boolean;
}

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

function stripToken(view: MaskView, values: StripValues, index: number): StripToken {
  const { encoded, bytes } = view;
  const kind = kindAt(encoded.kind[index]);
  const weight = values.weights[index] ?? 0;
  const cut = index >= (values.cutAt ?? Infinity);
  const before = index - 1;
  const continues =
    encoded.kind[before] === encoded.kind[index] &&
    encoded.message[before] === encoded.message[index] &&
    (values.weights[before] ?? 0) === weight;
  const text = tokenText(view, index);
  const delimiter = isDelimiter(text);
  return {
    index,
    text: bytes.get(index) ?? visibleText(text),
    kind,
    tag: cut && index === values.cutAt ? 'cut here' : continues ? undefined : tagOf(kind, weight),
    delimiter,
    leftToRight: delimiter || bytes.has(index),
    wrap: (text.startsWith(' ') && text.trim() !== '') || tokenText(view, before).endsWith(' '),
    bar: weightStep(weight),
    heat: heatOf(values, index),
    cut,
  };
}

function tagOf(kind: SegmentKind, weight: number): string | undefined {
  const label = PLAIN.has(kind) ? '' : kind;
  const factor = weight === 0 || weight === 1 ? '' : `×${weightLabel(weight)}`;
  return [label, factor].filter(Boolean).join(' ') || undefined;
}

function heatOf({ overlay, logProbs, changes }: StripValues, index: number): number | undefined {
  if (index === 0) return undefined;
  const logProb = logProbs?.[index];
  const change = changes?.[index];
  if (overlay === 'logProb') return logProb === undefined ? undefined : surpriseStep(logProb);
  if (overlay === 'change') return change === undefined ? undefined : changeStep(change);
  return undefined;
}
