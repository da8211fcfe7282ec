/**
 * @file The segment of each token of a rollout. Tokens are what the model really saw and wrote, so segments are found by the
 * bytes of the tokens, and nothing is tokenized again.
 */
import type { Conversation } from '../conversation/types';
import type { Inspector } from '../sequence/inspector';
import { renderWithProvenance } from '../template/provenance';
import { SEGMENT_KINDS, type SegmentKind } from '../template/rendered';

const codeOf = (kind: SegmentKind) => SEGMENT_KINDS.indexOf(kind);
/** The kinds that `writtenKinds` gives, by code. */
export const THINK = codeOf('think');

const UTF8 = new TextEncoder();

/**
 * The segment of each token of a prompt, [T]: that of its first byte in the conversation's rendering. Where the prompt goes
 * on beyond that, it is the header of the message that the model is to write.
 *
 * @param conversation of which these are the tokens, the generation prompt after them
 * @throws what the template throws.
 */
export function promptKinds(ids: Int32Array, conversation: Conversation, inspector: Inspector): Uint8Array {
  const { text, spans } = renderWithProvenance(inspector.template, conversation, false);
  const kinds: number[] = [];
  let same = '';
  for (const { start, end, kind } of spans) {
    const bytes = UTF8.encode(text.slice(start, end));
    for (let i = 0; i < bytes.length; i++) kinds.push(codeOf(kind));
    same += latin1(bytes);
  }
  const { bytes, starts } = bytesOf(ids, inspector);
  let common = 0;
  while (common < same.length && same[common] === bytes[common]) common++;
  return Uint8Array.from(ids, (_, i) => {
    const at = starts[i] ?? 0;
    return at < common ? (kinds[at] ?? 0) : codeOf('header');
  });
}

/** Thinking that was opened, or that the prompt has opened, and the white space after it. */
const THINKING = /^\s*<think>[\s\S]*?(?:<\/think>\s*|$)|^(?:(?!<think>)[\s\S])*?<\/think>\s*/;
const CALLS = /<tool_call>[\s\S]*?(?:<\/tool_call>(?:\s*(?=<tool_call>))?|$)/g;

/** The segment of each token that a model wrote, [T]: thinking, calls, the end of the turn, and the answer around them. */
export function writtenKinds(ids: Int32Array, inspector: Inspector): Uint8Array {
  const { bytes, starts } = bytesOf(ids, inspector);
  const kinds = new Uint8Array(bytes.length).fill(codeOf('answer'));
  const thinking = THINKING.exec(bytes)?.[0].length ?? 0;
  kinds.fill(THINK, 0, thinking);
  for (const { index, 0: call } of bytes.slice(thinking).matchAll(CALLS)) {
    kinds.fill(codeOf('call'), thinking + index, thinking + index + call.length);
  }
  const ends = new Set(inspector.endOfTurnIds);
  return Uint8Array.from(ids, (id, i) => (ends.has(id) ? codeOf('end') : (kinds[starts[i] ?? 0] ?? 0)));
}

/** The bytes of all tokens in a row, one character a byte, and where each token begins. */
function bytesOf(ids: Int32Array, { tokenizer }: Inspector): { bytes: string; starts: Int32Array } {
  const starts = new Int32Array(ids.length);
  let bytes = '';
  ids.forEach((id, i) => {
    starts[i] = bytes.length;
    bytes += latin1(tokenizer.bytesOf(id));
  });
  return { bytes, starts };
}

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes.subarray(0, 60_000)) + rest(bytes);
/** Calls take only so many arguments. */
function rest(bytes: Uint8Array): string {
  return bytes.length > 60_000 ? latin1(bytes.subarray(60_000)) : '';
}
