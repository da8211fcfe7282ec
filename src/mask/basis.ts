/**
 * @file Masks that other systems draw by rules of their own, without segments: generation blocks, everything after the
 * prompt, everything between two markers. Reproduced as they are, faults included, so that one can see the difference.
 */
import type { Message } from '../conversation/types';
import { LosslightError } from '../errors';
import type { Rendered } from '../template/rendered';
import type { Encoded } from '../tokenizer/encoded';
import type { Basis, MaskPolicy } from './knobs';

/** Stretches of the text inside `{% generation %}` blocks, in order; absent or empty where the template has none. */
export interface GenerationBlocks {
  blocks?: readonly Range[];
}

interface Range {
  start: number;
  end: number;
}

type Text = Pick<Rendered, 'text' | 'spans'> & GenerationBlocks;

/**
 * Weights of 0 and 1 by the rule of `basis`; undefined where the template has no generation blocks and the segments must
 * decide.
 *
 * @throws LosslightError `no-markers` where the template writes no headers to tell the turns by.
 */
export function basisWeights(
  encoded: Encoded,
  basis: Exclude<Basis, 'segments'>,
  { turns }: Pick<MaskPolicy, 'turns'>,
  conversation: { messages: readonly Message[]; completionFrom?: number },
  rendered: Text,
): Float32Array | undefined {
  switch (basis) {
    case 'generation-blocks':
      // transformers marks the tokens from the one that holds a block's first character to the one that holds its last.
      return rendered.blocks?.length
        ? weightsOf(encoded, rendered.blocks, (start, end, block) => end > block.start && start < block.end)
        : undefined;
    case 'completion':
      return completion(encoded, conversation, rendered);
    case 'markers':
      return weightsOf(encoded, responses(conversation.messages, rendered, turns), beginsIn);
  }
}

const beginsIn = (start: number, _end: number, range: Range) => start >= range.start && start < range.end;

function weightsOf(
  { ids, start, end }: Encoded,
  ranges: readonly Range[],
  holds: (start: number, end: number, range: Range) => boolean,
): Float32Array {
  let at = 0;
  return Float32Array.from(ids, (_, i) => {
    const from = start[i] ?? 0;
    while (at < ranges.length && (ranges[at]?.end ?? 0) <= from) at++;
    const range = ranges[at];
    return range && holds(from, Math.max(end[i] ?? 0, from + 1), range) ? 1 : 0;
  });
}

/**
 * From the first token that the prompt does not have to the last, as TRL does. Where no prompt was rendered, from the
 * first character that the model writes.
 */
function completion(
  encoded: Encoded,
  { messages, completionFrom }: { messages: readonly Message[]; completionFrom?: number },
  { text, spans }: Text,
): Float32Array {
  const from = completionFrom ?? messages.findLastIndex(({ role }) => role === 'assistant');
  const inside = from >= 0 && from < messages.length;
  const prompt = inside ? encoded.prompts?.find(({ message }) => message === from) : undefined;
  if (prompt) return new Float32Array(encoded.ids.length).fill(1, prompt.tokens);
  const first = inside ? spans.find((span) => span.message >= from && span.generated) : undefined;
  return weightsOf(encoded, first ? [{ start: first.start, end: text.length }] : [], beginsIn);
}

/** From the end of each assistant's header to the next user's header or the end of the text. */
function responses(messages: readonly Message[], { text, spans }: Text, turns: MaskPolicy['turns']): Range[] {
  const headerOf = (role: Message['role']): string => {
    const span = spans.find(({ kind, message }) => kind === 'header' && messages[message]?.role === role);
    // The line of the header with its line breaks; a think block that the prompt opens is not part of the marker.
    const marker = span && /^[^\n]*\n*/.exec(text.slice(span.start, span.end))?.[0];
    return marker?.trim() ? marker : '';
  };
  if (!messages.some(({ role }) => role === 'assistant')) return [];
  const response = headerOf('assistant');
  if (!response) {
    throw new LosslightError(
      'no-markers',
      'The template writes no header before an assistant’s turn, so responses cannot be told by markers.',
      'Use a policy on segments instead.',
    );
  }
  const instruction = headerOf('user');
  const found: Range[] = [];
  for (let at = text.indexOf(response); at >= 0;) {
    const start = at + response.length;
    const next = instruction ? text.indexOf(instruction, start) : -1;
    const end = next < 0 ? text.length : next;
    found.push({ start, end });
    at = text.indexOf(response, end);
  }
  return turns === undefined || turns === 'all' ? found : found.slice(-1);
}
