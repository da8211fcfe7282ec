/**
 * @file A short name for a prompt, the same wherever and in whichever part of a data set it comes up.
 */
import type { Conversation } from '../conversation/types';

/**
 * Of the messages before `end`, with the tools and template variables that are rendered with them. 64 bits: among a million
 * prompts, two share one with a probability of about 3 in 100 million.
 */
export function promptKey({ messages, tools, templateKwargs }: Conversation, end: number): string {
  const text = JSON.stringify([messages.slice(0, end), tools ?? [], templateKwargs ?? {}]);
  return hash(text, 0).toString(16).padStart(8, '0') + hash(text, 0x9e3779b9).toString(16).padStart(8, '0');
}

/** MurmurHash3 of the UTF-16 code units, 32 bits each (Appleby, public domain). */
function hash(text: string, seed: number): number {
  let h = seed;
  for (let i = 0; i < text.length; i++) {
    let k = Math.imul(text.charCodeAt(i), 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    h ^= k;
    h = Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64;
  }
  h ^= text.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
