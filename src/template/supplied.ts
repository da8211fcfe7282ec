/**
 * @file What the generation prompt supplies is never generated, also where it reaches across a field: a prompt that ends
 * in an empty think block covers the block that a turn with empty thinking has.
 */
import type { Span } from './rendered';

/**
 * The spans with everything that `generationPrompt` writes at the start of a turn made its header. A header that is not
 * followed by the whole of the prompt stays as it is.
 */
export function withSuppliedAsHeader(spans: readonly Span[], text: string, generationPrompt: string): Span[] {
  if (!generationPrompt) return [...spans];
  const out: Span[] = [];
  let suppliedTo = 0;
  for (const span of spans) {
    if (span.kind === 'header' && text[span.end] !== undefined) {
      const at = text.lastIndexOf(generationPrompt, span.end - 1);
      if (at >= span.start) suppliedTo = Math.max(suppliedTo, at + generationPrompt.length);
    }
    const cut = Math.min(Math.max(suppliedTo, span.start), span.end);
    const header = span.message >= 0 && span.generated && cut > span.start;
    if (header) append(out, { ...span, end: cut, kind: 'header', generated: false });
    if (!header || cut < span.end) append(out, header ? { ...span, start: cut } : span);
  }
  return out;
}

function append(spans: Span[], span: Span): void {
  const last = spans.at(-1);
  const joins =
    last?.message === span.message && last.kind === span.kind && last.generated === span.generated;
  if (last && joins) last.end = span.end;
  else spans.push({ ...span });
}
