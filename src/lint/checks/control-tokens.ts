/**
 * @file Data that spells the template's own control tokens.
 */
import { coreFindings } from '$strings/core-findings';
import type { Conversation, Json, Message, ToolCall, ToolSchema } from '../../conversation/types';
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import type { LintContext } from '../context';
import type { Fix, Stretch } from '../types';

const words = coreFindings['control-token-in-content'];

export const controlTokens: Check = {
  ...lintNamed('control-token-in-content'),

  conversation(context) {
    return context.notes('control-token').map(({ message, ranges = [] }) => {
      const [first] = ranges;
      const tokens = [...new Set(ranges.map(({ start, end }) => context.rendered.text.slice(start, end)))];
      const field = fieldAt(context, first, message);
      const where = message < 0 ? words.inTools : words.inField(field, message);
      return {
        message: words.found(tokens, where, ranges.length),
        place: { ...(first && context.placeOf(first, message)), field },
        fix: fixOf(context.conversation, message, tokens),
      };
    });
  },
};

function fieldAt({ rendered }: LintContext, at: Stretch | undefined, message: number): string {
  if (message < 0) return 'tools';
  const kind = at && rendered.spans.find(({ end }) => end > at.start)?.kind;
  return kind === 'think'
    ? 'reasoning_content'
    : kind === 'call'
      ? 'tool_calls'
      : kind === 'tools'
        ? 'tools'
        : 'content';
}

/** The same data with a space inside each of the tokens, so that it is text again. */
function fixOf(conversation: Conversation, index: number, tokens: readonly string[]): Fix | undefined {
  const open = (text: string) =>
    tokens.reduce((rest, token) => rest.replaceAll(token, `${token.slice(0, 1)} ${token.slice(1)}`), text);
  const message = conversation.messages[index];
  if (message?.detail?.length) return undefined; // its ranges count the characters of the content
  const fixed: Conversation =
    index < 0
      ? {
          ...conversation,
          ...(conversation.tools && { tools: conversation.tools.map((tool) => inTool(tool, open)) }),
        }
      : {
          ...conversation,
          messages: conversation.messages.map((m, i) => (i === index ? inMessage(m, open) : m)),
        };
  const title = words.fix(tokens.map((token) => open(token)));
  return { kind: 'conversation', title, conversation: fixed };
}

type Change = (text: string) => string;

function inMessage(message: Message, open: Change): Message {
  const { content, reasoning, toolCalls } = message;
  return {
    ...message,
    content: open(content),
    ...(reasoning !== undefined && { reasoning: open(reasoning) }),
    ...(toolCalls && { toolCalls: toolCalls.map((call) => inCall(call, open)) }),
  };
}

function inCall(call: ToolCall, open: Change): ToolCall {
  return {
    ...call,
    name: open(call.name),
    arguments: inJson(call.arguments, open) as ToolCall['arguments'],
    rawArguments: open(call.rawArguments),
  };
}

function inTool(tool: ToolSchema, open: Change): ToolSchema {
  const { name, description, parameters } = tool.function;
  return {
    ...tool,
    function: {
      name: open(name),
      ...(description !== undefined && { description: open(description) }),
      ...(parameters !== undefined && { parameters: inJson(parameters, open) }),
    },
  };
}

function inJson(value: Json, open: Change): Json {
  if (typeof value === 'string') return open(value);
  if (Array.isArray(value)) return value.map((item) => inJson(item, open));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [open(key), inJson(item, open)]));
}
