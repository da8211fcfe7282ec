/**
 * @file The second witness: where prefix rendering puts the borders of each assistant turn.
 *
 * The text of the messages before turn i, with the generation prompt, is what the model sees when it has to speak. Where
 * it is a prefix of the whole text, generation must begin exactly at its end; where it is not, the template rewrites
 * history, and the turn is trained on a context that inference never shows it.
 */
import { renderingNotes as words } from '$strings/core-rendering-notes';
import type { Conversation, Message } from '../conversation/types';
import type { ChatTemplate } from './chat-template';
import { isTemplateLimit } from './limits';
import { Prefixes } from './prefixes';
import type { PromptLength, RenderNote, Span } from './rendered';

export interface PrefixWitness {
  /** Notes on every turn where the two witnesses disagree or history is rewritten; empty when all is well. */
  notes: RenderNote[];
  /** See `Rendered.prompts`. */
  prompts: PromptLength[];
}

/** Renders what stands before each assistant turn, and compares. */
export function witnessPrefixes(
  template: ChatTemplate,
  conversation: Pick<Conversation, 'messages' | 'tools' | 'templateKwargs'>,
  text: string,
  spans: readonly Span[],
  prefixes = new Prefixes(template, conversation),
): PrefixWitness {
  const { messages } = conversation;
  const notes: RenderNote[] = [];
  const prompts: PromptLength[] = [];
  const witness = (message: Message, i: number) => {
    if (message.role !== 'assistant') return;
    const before = prefixes.render(i, true);
    if (before === undefined) return;
    const length = commonLength(before, text);
    prompts.push({ message: i, length, rest: before.slice(length) });
    const generated = spans.filter((span) => span.message === i && span.generated);
    const first = generated[0];
    const last = generated.at(-1);
    if (!first || !last) return;
    // The prefix that ends with the last message is the whole.
    const through = i === messages.length - 1 ? text : prefixes.render(i + 1, false);
    if (through === undefined) return;
    if (!text.startsWith(before)) {
      notes.push({
        code: 'rewritten-history',
        severity: 'info',
        message: i,
        text: words.rewrittenHistory,
      });
      return;
    }
    if (first.start !== before.length) {
      notes.push({
        code: 'witnesses-disagree',
        severity: 'warning',
        message: i,
        text: words.otherBegin(first.start, before.length),
      });
    }
    if (text.startsWith(through) && text.slice(last.end, through.length).trim() !== '') {
      notes.push({
        code: 'witnesses-disagree',
        severity: 'warning',
        message: i,
        text: words.otherEnd(last.end, through.length),
      });
    }
  };
  try {
    messages.forEach(witness);
  } catch (error) {
    if (!isTemplateLimit(error)) throw error;
    notes.push({
      code: 'unwitnessed',
      severity: 'info',
      message: -1,
      text: words.unwitnessed,
    });
  }
  return { notes, prompts };
}

/** How many characters two texts share at their beginning. */
function commonLength(a: string, b: string): number {
  if (b.startsWith(a)) return a.length;
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
