/**
 * @file What the segments are called and what they are, for legends and details.
 */
import type { Role } from '../conversation/types';
import { SEGMENT_KINDS, type SegmentKind } from '../template/rendered';

export const KIND_LABELS: Readonly<Record<SegmentKind, string>> = {
  system: 'system',
  tools: 'tools',
  user: 'user',
  header: 'header',
  think: 'think',
  call: 'call',
  answer: 'answer',
  result: 'result',
  end: 'end',
  scaffold: 'scaffold',
};

export const KIND_HELP: Readonly<Record<SegmentKind, string>> = {
  system: 'Instructions that the model is given before the conversation.',
  tools: 'Descriptions of the tools that the model may call.',
  user: 'What the person wrote.',
  header: 'Opens a turn and names who speaks; the template writes it.',
  think: 'Thinking before an answer or a call, with its delimiters.',
  call: 'A call of a tool: its name and arguments, with its delimiters.',
  answer: 'What the person gets to read.',
  result: 'What a tool gave back.',
  end: 'The token that ends a turn: how the model learns to stop.',
  scaffold: 'Line breaks and other glue of the template.',
};

/** Name of the segment with that numeric code. */
export function kindAt(code: number | undefined): SegmentKind {
  return SEGMENT_KINDS[code ?? -1] ?? 'scaffold';
}

export const ROLE_LABELS: Readonly<Record<Role, string>> = {
  system: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
};
