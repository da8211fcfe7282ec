/**
 * @file Rendered text → tokens with provenance: each token takes its segment from the characters it covers.
 */
import { type Rendered, SEGMENT_KINDS } from '../template/rendered';
import type { Encoded } from './encoded';
import { promptTokens } from './prompt-tokens';
import type { ChatTokenizer, TokenOffsets } from './tokenizer';

/** Tokenizes `rendered.text` as a whole and tells the origin of each token. */
export function encodeRendered(rendered: Rendered, tokenizer: ChatTokenizer): Encoded {
  const offsets = tokenizer.encode(rendered.text);
  const encoded = withOrigins(rendered, offsets);
  return rendered.prompts ? { ...encoded, prompts: promptTokens(rendered, offsets, tokenizer) } : encoded;
}

/**
 * Gives each token of `rendered.text` the kind and message of its first character. A token counts as generated only
 * where all its characters are: one that begins in a header is supplied by the prompt at inference.
 */
export function withOrigins(rendered: Pick<Rendered, 'spans'>, { ids, start, end }: TokenOffsets): Encoded {
  const kind = new Uint8Array(ids.length);
  const message = new Int32Array(ids.length);
  const generated = new Uint8Array(ids.length);
  const { spans } = rendered;
  let at = 0;
  for (let i = 0; i < ids.length; i++) {
    const from = start[i] ?? 0;
    while (at < spans.length - 1 && (spans[at]?.end ?? 0) <= from) at++;
    const first = spans[at];
    if (!first) continue;
    kind[i] = SEGMENT_KINDS.indexOf(first.kind);
    message[i] = first.message;
    let all = first.generated;
    for (let j = at + 1; all && j < spans.length && (spans[j]?.start ?? 0) < (end[i] ?? 0); j++) {
      all = spans[j]?.generated ?? false;
    }
    generated[i] = all ? 1 : 0;
  }
  return { ids, start, end, kind, message, generated };
}
