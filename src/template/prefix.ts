/**
 * @file The second witness: where prefix rendering puts the borders of each assistant turn.
 *
 * The text of the messages before turn i, with the generation prompt, is what the model sees when it has to speak. Where
 * it is a prefix of the whole text, generation must begin exactly at its end; where it is not, the template rewrites
 * history, and the turn is trained on a context that inference never shows it.
 */
import type { Conversation } from '../conversation/types';
import type { ChatTemplate } from './chat-template';
import type { RenderNote, Span } from './rendered';

/** Notes on every turn where the two witnesses disagree or history is rewritten; empty when all is well. */
export function prefixNotes(
  template: ChatTemplate,
  conversation: Pick<Conversation, 'messages' | 'tools' | 'templateKwargs'>,
  text: string,
  spans: readonly Span[],
): RenderNote[] {
  const { messages, tools, templateKwargs } = conversation;
  const notes: RenderNote[] = [];
  messages.forEach((message, i) => {
    if (message.role !== 'assistant') return;
    const generated = spans.filter((span) => span.message === i && span.generated);
    const first = generated[0];
    const last = generated.at(-1);
    if (!first || !last) return;
    const before = attempt(() =>
      template.render(messages.slice(0, i), { tools, templateKwargs, addGenerationPrompt: true }),
    );
    const through = attempt(() => template.render(messages.slice(0, i + 1), { tools, templateKwargs }));
    if (before === undefined || through === undefined) return;
    if (!text.startsWith(before)) {
      notes.push({
        severity: 'info',
        message: i,
        text: 'At inference another history stands before this turn: once a later user message follows, the template rewrites what came before.',
      });
      return;
    }
    if (first.start !== before.length) {
      notes.push({
        severity: 'warning',
        message: i,
        text: `Witnesses disagree: by its fields this turn begins at character ${first.start}, by prefix rendering at ${before.length}.`,
      });
    }
    if (text.startsWith(through) && text.slice(last.end, through.length).trim() !== '') {
      notes.push({
        severity: 'warning',
        message: i,
        text: `Witnesses disagree: by its fields this turn ends at character ${last.end}, by prefix rendering at ${through.length}.`,
      });
    }
  });
  return notes;
}

/** A template may refuse a prefix (one that demands alternating roles, say); then there is no second witness for it. */
function attempt(render: () => string): string | undefined {
  try {
    return render();
  } catch {
    return undefined;
  }
}
