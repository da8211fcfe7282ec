/**
 * @file Tools that the model is to call and is never told of.
 */
import { coreFindings } from '$strings/core-findings';
import type { Conversation, ToolSchema } from '../../conversation/types';
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import type { LintContext } from '../context';
import type { Fix, Found } from '../types';

const words = coreFindings['tools-not-rendered'];

export const toolsNotRendered: Check = {
  ...lintNamed('tools-not-rendered'),

  conversation(context) {
    const { conversation, messages, rendered } = context;
    const tools = conversation.tools ?? [];
    const told = rendered.spans
      .filter(({ kind, generated }) => !generated && (kind === 'system' || kind === 'tools'))
      .map(({ start, end }) => rendered.text.slice(start, end))
      .join('\n');
    if (tools.length > 0) {
      const missing = tools.filter(({ function: { name } }) => !told.includes(name));
      return missing.length === 0 ? [] : [notWritten(context, tools, missing)];
    }
    return notOffered(messages, told);
  },
};

function notWritten(
  { conversation }: LintContext,
  tools: readonly ToolSchema[],
  missing: readonly ToolSchema[],
): Found {
  const names = missing.map((tool) => tool.function.name);
  const message = missing.length === tools.length ? words.noneWritten(names) : words.someLeftOut(names);
  return { message, place: { field: 'tools' }, fix: intoSystem(conversation, missing) };
}

/** Calls in a record that has no tools, by names that its system message does not tell either. */
function notOffered(messages: Conversation['messages'], told: string): Found[] {
  const calls = messages.flatMap(({ toolCalls = [] }, message) =>
    toolCalls.map(({ name }) => ({ name, message })),
  );
  const unknown = calls.filter(({ name }) => !told.includes(name));
  const [first] = unknown;
  if (!first) return [];
  const names = [...new Set(unknown.map(({ name }) => name))];
  return [
    {
      severity: 'info',
      message: words.notOffered(names),
      place: { message: first.message, field: 'tool_calls' },
    },
  ];
}

/** The schemas as text of the system message, for templates that know no tools. */
function intoSystem(conversation: Conversation, tools: readonly ToolSchema[]): Fix {
  const text = `Tools:\n${tools.map((tool) => JSON.stringify(tool.function)).join('\n')}`;
  const [first, ...others] = conversation.messages;
  const messages =
    first?.role === 'system'
      ? [{ ...first, content: `${first.content}\n\n${text}` }, ...others]
      : [{ role: 'system' as const, content: text }, ...conversation.messages];
  return {
    kind: 'conversation',
    title: words.fix,
    conversation: { ...conversation, messages, ...shifted(conversation, messages.length) },
  };
}

/** `completionFrom` counts messages, of which there is one more where a system message was added. */
function shifted(
  { completionFrom, messages }: Conversation,
  length: number,
): Pick<Conversation, 'completionFrom'> {
  return completionFrom === undefined ? {} : { completionFrom: completionFrom + length - messages.length };
}
