/**
 * @file The places of a chat template that wrote something, and the tokens that each wrote; a token that two places wrote
 * belongs to both. Pure.
 */
import type { MaskView } from '../state/mask.svelte';
import type { TemplateTrace } from '../state/template-trace.svelte';
import { pieceAt, type TemplatePiece } from '../template/trace';

/** Characters of one line of the template's source. */
export interface SourcePart {
  from: number;
  text: string;
  /** The place that they belong to; undefined where they wrote nothing in this conversation. */
  place: TemplatePlace | undefined;
}

export type TemplatePlace = Pick<TemplatePiece, 'from' | 'to' | 'line' | 'lastLine' | 'kind'>;

/** What wrote a token, in the order of its characters, each place once. */
export function placesOf({ encoded }: MaskView, index: number, trace: TemplateTrace): TemplatePiece[] {
  const [start, end] = [encoded.start[index] ?? 0, encoded.end[index] ?? 0];
  const found: TemplatePiece[] = [];
  // Of a token that is part of a character, the character.
  for (let at = start; at < Math.max(end, start + 1);) {
    const piece = pieceAt(trace.pieces, at);
    if (!piece) break;
    if (!found.some(({ from }) => from === piece.from)) found.push(piece);
    at = piece.end;
  }
  return found;
}

/** 1 for each token that a place wrote or helped to write, [T]; undefined where there is none. */
export function writtenTokens(
  { encoded }: MaskView,
  trace: TemplateTrace,
  from: number,
): Uint8Array | undefined {
  const lit = new Uint8Array(encoded.ids.length);
  const own = trace.pieces.filter((piece) => piece.from === from);
  let next = 0;
  encoded.start.forEach((start, i) => {
    const end = Math.max(encoded.end[i] ?? 0, start + 1);
    // Tokens come in the order of the text; parts of one character begin where the one before did.
    while (next < own.length && (own[next]?.end ?? 0) <= start) next++;
    if ((own[next]?.start ?? Infinity) < end) lit[i] = 1;
  });
  return lit.includes(1) ? lit : undefined;
}

/** The places that wrote something, in the order of the source. */
export function writingPlaces({ pieces }: Pick<TemplateTrace, 'pieces'>): TemplatePlace[] {
  const byStart = new Map<number, TemplatePlace>();
  for (const piece of pieces) if (!byStart.has(piece.from)) byStart.set(piece.from, piece);
  return [...byStart.values()].sort((a, b) => a.from - b.from);
}

/** The source in lines, each cut at the places that wrote something; joined, with line breaks between, the source. */
export function sourceLines({ source }: TemplateTrace, places: readonly TemplatePlace[]): SourcePart[][] {
  const lines: SourcePart[][] = [];
  let next = 0;
  let from = 0;
  for (const line of source.split('\n')) {
    const parts: SourcePart[] = [];
    const end = from + line.length;
    let at = from;
    while (at < end) {
      while ((places[next]?.to ?? Infinity) <= at) next++;
      const place = places[next];
      const within = place !== undefined && place.from <= at;
      const to = Math.min(end, within ? place.to : (place?.from ?? end));
      parts.push({ from: at, text: source.slice(at, to), place: within ? place : undefined });
      at = to;
    }
    lines.push(parts);
    from = end + 1;
  }
  return lines;
}

/** Longest excerpt of the template beside a token. */
const QUOTED = 72;

/** What stands at a place, on one line. */
export function quotePlace({ source }: TemplateTrace, { from, to }: TemplatePlace): string {
  const text = source.slice(from, to).replaceAll('\n', '⏎').replace(/⏎\s+/g, '⏎ ').trim();
  return text.length > QUOTED ? `${text.slice(0, QUOTED - 1)}…` : text;
}
