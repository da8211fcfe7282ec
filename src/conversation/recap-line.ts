/**
 * @file The line that a chat's page shows above an answer, such as “Thought for 5 seconds” or “Reasoned for 1m 20s”, and that comes along
 * when the page is copied. No model writes it.
 */
import type { Message } from './types';

const TIME = '\\d+ ?(?:s|m|h|secs?|mins?|seconds?|minutes?|hours?)';
const UNIT = '(?:second|moment|minute|while|bit)';
/** In words: the first sentence of a story may be the same but for its full stop, so that one counts against the line. */
const SOME = `(?:less than )?an? ${UNIT}|(?:a few|a couple of|several) ${UNIT}s`;
const FIGURES = `${TIME}(?:(?:,| and|, and)? ?${TIME})*`;
/**
 * Only a whole line of these words: an answer may well begin with “Thought for the day”. Lines behind it that are blank go with it; the
 * first that is not keeps its indent, which may be that of code.
 */
const RECAP = new RegExp(
  `^\\s*((?:Thought|Reasoned) for (?:(?:${SOME})(?![ \\t]*\\.)|${FIGURES}))[ \\t.]*(?:\\r?\\n(?:[^\\S\\n]*(?:\\n|$))*|$)`,
);

/** The line, without the white space and the full stop behind it; undefined where the message begins otherwise, or is not trained. */
export function recapOf({ role, content, weight }: Message): string | undefined {
  return role === 'assistant' && weight !== 0 ? RECAP.exec(content)?.[1] : undefined;
}

/** The message without the line; the same one where nothing else would be left of it. */
export function withoutLine(message: Message): Message {
  if (recapOf(message) === undefined) return message;
  const content = message.content.replace(RECAP, '');
  const rest = content || message.reasoning || message.toolCalls?.length;
  return rest ? { ...message, content } : message;
}
