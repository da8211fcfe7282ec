/**
 * @file Where a template's generation blocks and what the model generates differ: trainers that follow the blocks train
 * another text there.
 */
import { renderingNotes as words } from '$strings/core-rendering-notes';
import type { TextRange } from './generation-blocks';
import type { RenderNote, Span } from './rendered';

/** A stretch of text that a block holds although the model does not write it, or leaves out although it does. */
export interface BlockDifference extends TextRange {
  what: 'extra' | 'missing';
  /** Message of its first character; -1 for none. */
  message: number;
}

/** Every stretch where blocks and generated spans differ, in the order of the text; empty when both agree. */
export function blockDifferences(spans: readonly Span[], blocks: readonly TextRange[]): BlockDifference[] {
  const generated = joined(spans.filter((span) => span.generated));
  const found = (ranges: TextRange[], what: BlockDifference['what']) =>
    ranges.map(({ start, end }) => {
      const message = spans.find((span) => span.end > start)?.message ?? -1;
      return { start, end, what, message };
    });
  return [
    ...found(without(blocks, generated), 'extra'),
    ...found(without(generated, blocks), 'missing'),
  ].sort((a, b) => a.start - b.start);
}

/** One note for each message and each kind of difference, with the first text that differs; empty when both agree. */
export function blockNotes(text: string, spans: readonly Span[], blocks: readonly TextRange[]): RenderNote[] {
  const notes = new Map<string, RenderNote>();
  for (const { start, end, what, message } of blockDifferences(spans, blocks)) {
    const key = `${message} ${what}`;
    if (notes.has(key)) continue;
    const quotation = JSON.stringify(text.slice(start, end).slice(0, 40));
    notes.set(key, {
      code: what === 'extra' ? 'block-exceeds' : 'block-lacks',
      severity: 'warning',
      message,
      text: (what === 'extra' ? words.blockExceeds : words.blockLacks)(quotation),
    });
  }
  return [...notes.values()].sort((a, b) => a.message - b.message);
}

/** Neighbouring ranges as one. */
function joined(ranges: readonly TextRange[]): TextRange[] {
  const out: TextRange[] = [];
  for (const { start, end } of ranges) {
    const last = out.at(-1);
    if (last?.end === start) last.end = end;
    else out.push({ start, end });
  }
  return out;
}

/** The parts of `ranges` that no range of `others` covers; both sorted and free of overlaps. */
function without(ranges: readonly TextRange[], others: readonly TextRange[]): TextRange[] {
  return ranges.flatMap(({ start, end }) => {
    const parts: TextRange[] = [];
    let at = start;
    for (const other of others) {
      if (other.end <= at || other.start >= end) continue;
      if (other.start > at) parts.push({ start: at, end: other.start });
      at = Math.max(at, other.end);
    }
    if (at < end) parts.push({ start: at, end });
    return parts;
  });
}
