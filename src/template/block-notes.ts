/**
 * @file Where a template's generation blocks and what the model generates differ: trainers that follow the blocks train
 * another text there.
 */
import type { TextRange } from './generation-blocks';
import type { RenderNote, Span } from './rendered';

/** One note for each message and each kind of difference, with the first text that differs; empty when both agree. */
export function blockNotes(text: string, spans: readonly Span[], blocks: readonly TextRange[]): RenderNote[] {
  const generated = joined(spans.filter((span) => span.generated));
  const notes = new Map<string, RenderNote>();
  const say = (ranges: TextRange[], what: string) => {
    for (const { start, end } of ranges) {
      const message = spans.find((span) => span.end > start)?.message ?? -1;
      const key = `${message} ${what}`;
      if (notes.has(key)) continue;
      notes.set(key, {
        severity: 'warning',
        message,
        text: `The template’s generation block ${what}: ${JSON.stringify(text.slice(start, end).slice(0, 40))}.`,
      });
    }
  };
  say(without(blocks, generated), 'holds text that the model does not write');
  say(without(generated, blocks), 'leaves out text that the model writes');
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
