/**
 * @file What the segments and the roles are called, and what each segment is.
 */
import type { Role } from '../../conversation/types';
import type { SegmentKind } from '../../template/rendered';

interface Words {
  labels: Readonly<Record<SegmentKind, string>>;
  help: Readonly<Record<SegmentKind, string>>;
  roles: Readonly<Record<Role, string>>;
}

export const kinds: Words = {
  labels: {
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
  },
  help: {
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
  },
  roles: {
    system: 'system',
    user: 'user',
    assistant: 'assistant',
    tool: 'tool',
  },
};
