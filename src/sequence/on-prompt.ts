/**
 * @file An assistant message on the tokens that inference puts before it.
 *
 * At inference the prompt is tokenized by itself, and what the model writes comes after it. A training text is tokenized
 * as a whole, and a token may reach across the border: the same characters, other tokens. Such a sample is taken apart at
 * the border (TRL's asynchronous GRPO calls it realigned).
 */
import type { Rendered } from '../template/rendered';
import { withOrigins } from '../tokenizer/encode';
import type { Encoded } from '../tokenizer/encoded';
import type { ChatTokenizer, TokenOffsets } from '../tokenizer/tokenizer';

/**
 * How a message stands on its prompt. `exact`: the prompt's tokens begin the sample. `realigned`: they do since the token
 * across the border was taken apart. `merged`: a token reaches across the border and cannot be taken apart. `rewritten`:
 * the text of the prompt does not begin the text of the sample. `no-prompt`: the template refuses to write the prompt.
 */
export type PromptFit = 'exact' | 'realigned' | 'merged' | 'rewritten' | 'no-prompt';

/**
 * The tokens of `view`, whose last message is the assistant's, beginning with those of its prompt where that can be.
 * Where it cannot, the view's own tokens.
 */
export function sampleOnPrompt(
  view: { rendered: Rendered; encoded: Encoded },
  prompt: (TokenOffsets & { text: string }) | undefined,
  tokenizer: ChatTokenizer,
): { rendered: Rendered; encoded: Encoded; fit: PromptFit } {
  const { rendered, encoded } = view;
  if (!prompt) return { rendered, encoded, fit: 'no-prompt' };
  if (!rendered.text.startsWith(prompt.text)) return { rendered, encoded, fit: 'rewritten' };
  if (isPrefix(prompt.ids, encoded.ids)) return { rendered, encoded, fit: 'exact' };
  const border = prompt.text.length;
  const written = rendered.text.slice(border);
  const rest = tokenizer.encode(written);
  // A tokenizer that puts a space before every text would have the model write a space that is not there.
  if (!spells(tokenizer, rest.ids, written)) return { rendered, encoded, fit: 'merged' };
  const offsets: TokenOffsets = {
    ids: joined(prompt.ids, rest.ids),
    start: joined(prompt.start, rest.start, border),
    end: joined(prompt.end, rest.end, border),
  };
  return { rendered, encoded: withOrigins(rendered, offsets), fit: 'realigned' };
}

/** Whether the first `length` numbers of `begin` begin `all`. */
export function isPrefix(begin: Int32Array, all: Int32Array, length = begin.length): boolean {
  if (length > all.length) return false;
  for (let i = 0; i < length; i++) if (begin[i] !== all[i]) return false;
  return true;
}

/** Whether the ids, in a row, write exactly this text: no space put in front, nothing normalized away. */
export function spells(tokenizer: ChatTokenizer, ids: Int32Array, text: string): boolean {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  for (const id of ids) for (const byte of tokenizer.bytesOf(id)) if (bytes[at++] !== byte) return false;
  return at === bytes.length;
}

function joined(a: Int32Array, b: Int32Array, shift = 0): Int32Array {
  const all = new Int32Array(a.length + b.length);
  all.set(a);
  b.forEach((value, i) => (all[a.length + i] = value + shift));
  return all;
}
