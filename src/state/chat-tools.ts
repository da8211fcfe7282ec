/**
 * @file What answers the calls of a chat: the practice world's simulators where its tools are listed, a person where they are not.
 */
import { spacedJson } from '../conversation/practice/compose';
import { listingSchema, plainListing } from '../conversation/practice/tool';
import { TOOLS } from '../conversation/practice/tools';
import { openWorld } from '../conversation/practice/world';
import type { Message, ToolCall, ToolSchema } from '../conversation/types';

/** The world of chats that begin with practice tools and no practice record. */
export const CHAT_WORLD = 1;

/** The practice tools, those that training data lists, under their own names. */
export function practiceTools(): ToolSchema[] {
  return TOOLS.map((tool) => listingSchema(plainListing(tool)));
}

/**
 * What the calls of a message give, one text a call; undefined where a person has to say it. A tool that is not listed gives
 * an error, as from a real server.
 *
 * @param world of the practice record that the chat goes on from, or `CHAT_WORLD`; undefined where nothing is simulated
 * @param before the messages before the calls: a note that was saved there can be read
 */
export function answerCalls(
  calls: readonly ToolCall[],
  tools: readonly ToolSchema[],
  world: number | undefined,
  before: readonly Message[],
): (string | undefined)[] {
  if (world === undefined) return calls.map(() => undefined);
  const opened = openWorld({ tools: [...tools], messages: [...before], extra: { world } }, before.length);
  return calls.map((call) => {
    const listed = tools.some((tool) => tool.function.name === call.name);
    const simulated = opened.listings.some(({ name }) => name === call.name);
    // Without any list, who knows what the model was told.
    if (!simulated && (listed || tools.length === 0)) return undefined;
    return spacedJson(opened.world.run(call, opened.listings));
  });
}

/** The messages in which tools answer the calls of a message. */
export function resultMessages(calls: readonly ToolCall[], results: readonly string[]): Message[] {
  return calls.map(({ name, id }, i) => ({
    role: 'tool',
    content: results[i] ?? '',
    name,
    ...(id !== undefined && { toolCallId: id }),
  }));
}
