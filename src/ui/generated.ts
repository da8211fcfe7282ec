/**
 * @file Which segment each generated token belongs to, read from the delimiters that it wrote itself.
 */
import type { SegmentKind } from '../template/rendered';

/** Opening delimiters of the formats that models in this field write, with the delimiter that closes each. */
const BLOCKS: readonly { open: string; close: string; kind: SegmentKind }[] = [
  { open: '<think>', close: '</think>', kind: 'think' },
  { open: '<tool_call>', close: '</tool_call>', kind: 'call' },
];

/**
 * One kind a token. A block runs from its opening delimiter through its closing one, or to the end where it was never
 * closed; `stopped` marks the last token as the end of the turn. Delimiters may be spread over several tokens.
 */
export function segmentGenerated(tokens: readonly string[], stopped: boolean): SegmentKind[] {
  const kinds: SegmentKind[] = [];
  let open: (typeof BLOCKS)[number] | undefined;
  let seen = '';
  for (const [i, token] of tokens.entries()) {
    if (stopped && i === tokens.length - 1) {
      kinds.push('end');
      continue;
    }
    seen += token;
    if (open) {
      kinds.push(open.kind);
      if (seen.endsWith(open.close)) [open, seen] = [undefined, ''];
      continue;
    }
    kinds.push('answer');
    open = BLOCKS.find((block) => seen.endsWith(block.open));
    if (!open) continue;
    // The tokens that spelt the delimiter belong to the block.
    for (let j = i, length = 0; j >= 0 && length < open.open.length; j--) {
      length += tokens[j]?.length ?? 0;
      kinds[j] = open.kind;
    }
    seen = '';
  }
  return kinds;
}
