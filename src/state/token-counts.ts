/**
 * @file How many tokens of some messages the model would write itself, as the strip shows them.
 */
import type { TokenCounts } from '../reward/recorded';
import { SEGMENT_KINDS } from '../template/rendered';
import type { Encoded } from '../tokenizer/encoded';

/** Tokens of messages `from` to before `to` that are generated, and those of them inside thinking. */
export function countGenerated(encoded: Encoded, from: number, to: number): TokenCounts {
  const { kind, message, generated } = encoded;
  let [tokens, thinkTokens] = [0, 0];
  message.forEach((owner, i) => {
    if (owner < from || owner >= to || !generated[i]) return;
    tokens++;
    if (SEGMENT_KINDS[kind[i] ?? 0] === 'think') thinkTokens++;
  });
  return { tokens, thinkTokens };
}
