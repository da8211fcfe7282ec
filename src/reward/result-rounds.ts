/**
 * @file What the tools gave in the rounds of one reaction, and which of it an answer has to tell.
 */
import type { ToolResult } from '../conversation/practice/tool';
import type { Json, Message } from '../conversation/types';

/** The results of a reaction's messages: those that follow each other are one round. */
export function resultRounds(messages: readonly Message[]): ToolResult[][] {
  const rounds: ToolResult[][] = [];
  messages.forEach((message, i) => {
    if (message.role !== 'tool') return;
    if (messages[i - 1]?.role !== 'tool') rounds.push([]);
    rounds.at(-1)?.push(resultOf(message));
  });
  return rounds;
}

/**
 * Every result that an answer has to tell. An error to which the model reacted with further calls is none: what it tried
 * before it succeeded interests nobody. The errors of the last round are.
 *
 * @param rounds results of each round of calls; rounds without any do not count
 */
export function resultsToTell(rounds: readonly (readonly ToolResult[])[]): ToolResult[] {
  const given = rounds.filter(({ length }) => length > 0);
  return given.flatMap((results, i) =>
    results.filter((result) => i === given.length - 1 || !('error' in result)),
  );
}

/** The values of a result; plain text is one value. */
function resultOf({ content }: Message): ToolResult {
  let value: Json = content.trim();
  try {
    value = JSON.parse(content) as Json;
  } catch {
    // text, as it is
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : { result: value };
}
