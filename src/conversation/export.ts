/**
 * @file Conversations as OpenAI chat messages, as TRL, Axolotl and chat templates read them.
 */
import { jsonObject } from './json';
import type { Conversation, Json, Message, ToolCall } from './types';

export interface OpenAIOptions {
  /**
   * `text` (default): a call's arguments are their JSON text, as OpenAI has them, so that numbers and spaces survive.
   * `object`: their value, which is what chat templates want.
   */
  arguments?: 'text' | 'object';
}

/**
 * One record: `{messages, tools?, …extra}`, a message's thinking in `reasoning_content`. Importing it gives the same
 * conversation again, except its id and source. One case may not come back: an assistant's content that begins with a
 * think block, or has a lone `</think>`, while the message has no `reasoning`. Import takes such text for thinking, so a
 * conversation that was imported never has it.
 */
export function toOpenAI(conversation: Conversation, options: OpenAIOptions = {}): { [key: string]: Json } {
  const fields: [string, Json][] = [
    ['messages', conversation.messages.map((message) => toOpenAIMessage(message, options))],
  ];
  // A tool schema holds JSON only, but an interface has no index signature that would say so.
  if (conversation.tools)
    fields.push(['tools', conversation.tools.map((tool) => jsonObject(Object.entries(tool)))]);
  const own = new Set(fields.map(([key]) => key));
  fields.push(...Object.entries(conversation.extra).filter(([key]) => !own.has(key)));
  return jsonObject(fields);
}

/** OpenAI JSON Lines: one record a line, each line ended. */
export function toOpenAIJsonl(conversations: readonly Conversation[]): string {
  return conversations.map((conversation) => `${JSON.stringify(toOpenAI(conversation))}\n`).join('');
}

/** One message under OpenAI's names, its thinking in `reasoning_content`. */
export function toOpenAIMessage(message: Message, options: OpenAIOptions = {}): { [key: string]: Json } {
  return {
    role: message.role,
    content: message.content,
    ...(message.reasoning !== undefined && { reasoning_content: message.reasoning }),
    ...(message.toolCalls && { tool_calls: message.toolCalls.map((call) => exportCall(call, options)) }),
    ...(message.toolCallId !== undefined && { tool_call_id: message.toolCallId }),
    ...(message.name !== undefined && { name: message.name }),
    ...(message.weight !== undefined && { weight: message.weight }),
  };
}

function exportCall(call: ToolCall, options: OpenAIOptions): Json {
  const value = options.arguments === 'object' ? call.arguments : call.rawArguments;
  return {
    ...(call.id !== undefined && { id: call.id }),
    type: 'function',
    function: { name: call.name, arguments: value },
  };
}
