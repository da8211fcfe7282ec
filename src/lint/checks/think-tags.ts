/**
 * @file Thinking that is opened twice, or never closed.
 */
import { coreFindings } from '$strings/core-findings';
import { splitThinking } from '../../conversation/thinking';
import type { Conversation, Message } from '../../conversation/types';
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import type { LintContext } from '../context';
import { messageFix } from '../fixes';
import { trainedMessages } from '../strategies';
import type { Fix, Found, Stretch } from '../types';

const words = coreFindings['think-tags'];

export const thinkTags: Check = {
  ...lintNamed('think-tags'),

  conversation(context) {
    return [...trainedMessages(context)].flatMap((message) =>
      context.messages[message]?.role === 'assistant' ? inTurn(context, message) : [],
    );
  },
};

/** Segments in which a tag opens or closes thinking; in the arguments of a call it is text. */
const KINDS: readonly string[] = ['header', 'think', 'answer'];

function inTurn(context: LintContext, message: number): Found[] {
  const { conversation, rendered } = context;
  let opened: Stretch | undefined;
  let blocks = 0;
  let wrong: { what: Exclude<keyof typeof words, 'fix'>; at: Stretch } | undefined;
  for (const span of rendered.spans) {
    if (span.message !== message || !KINDS.includes(span.kind)) continue;
    for (const match of rendered.text.slice(span.start, span.end).matchAll(/<(\/?)think>/g)) {
      const start = span.start + match.index;
      const at = { start, end: start + match[0].length };
      if (match[1]) {
        if (!opened) wrong ??= { what: 'closesUnopened', at };
        opened = undefined;
      } else {
        if (opened) wrong ??= { what: 'opensInside', at };
        else if (blocks > 0) wrong ??= { what: 'thinksAgain', at };
        opened = at;
        blocks++;
      }
    }
  }
  if (opened) wrong ??= { what: 'neverCloses', at: opened };
  if (!wrong) return [];
  return [
    {
      message: words[wrong.what](message, wrong.at.start),
      place: context.placeOf(wrong.at, message),
      fix: fixOf(conversation, message),
    },
  ];
}

function fixOf(conversation: Conversation, index: number): Fix | undefined {
  const message = conversation.messages[index];
  const tidied = message && tidy(message);
  return tidied && messageFix(words.fix, conversation, index, () => tidied);
}

/** The message with all of its thinking in `reasoning`, once; undefined where a tag would be left over. */
function tidy(message: Message): Message | undefined {
  const { detail, reasoning, ...rest } = message;
  if (detail?.length) return undefined; // its ranges count the characters of the content
  const thoughts = new Set<string>();
  const add = (thought: string | undefined) => {
    if (thought?.trim()) thoughts.add(thought.trim());
  };
  add(reasoning?.replace(/^\s*<think>|<\/think>\s*$/g, ''));
  let { content } = message;
  for (let split = splitThinking(content); split.reasoning !== undefined; split = splitThinking(content)) {
    add(split.reasoning.replace(/^\s*<think>/, ''));
    content = split.content;
  }
  const all = [...thoughts].join('\n\n');
  if (/<\/?think>/.test(all + content)) return undefined;
  return { ...rest, content, ...(all && { reasoning: all }) };
}
