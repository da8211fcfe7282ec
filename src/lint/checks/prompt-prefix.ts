/**
 * @file Prompts whose tokens are not the beginning of the tokens that are trained: the template writes another history
 * later, or a token reaches over the border between the prompt and the answer.
 */
import { coreFindings } from '$strings/core-findings';
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import { quoted, type LintContext } from '../context';
import { messageFix, settingFix } from '../fixes';
import type { Found } from '../types';
import { ownContexts, trainedMessages } from '../strategies';

const words = coreFindings['prompt-no-prefix'];

export const promptNoPrefix: Check = {
  ...lintNamed('prompt-no-prefix'),

  conversation: (context) => [...rewritten(context), ...merged(context)],
};

function rewritten(context: LintContext): Found[] {
  const { messages, settings } = context;
  if (ownContexts(settings.strategy)) return [];
  const trained = trainedMessages(context);
  const stripped = context.notes('thinking-left-out').map(({ message }) => message);
  return context.notes('rewritten-history').flatMap(({ message }): Found[] => {
    if (!trained.has(message)) return [];
    // Within one user turn a template keeps the thinking before a call until the user speaks again.
    const user = messages.findLastIndex(({ role }, i) => role === 'user' && i < message);
    const before = stripped.filter((other) => other > user && other < message);
    return [
      {
        message: before.length > 0 ? words.withoutThinking(message, before) : words.otherHistory(message),
        place: placeOf(context, message),
        fix: settingFix(words.fixFork, { strategy: 'fork' }),
      },
    ];
  });
}

/** A token that begins in the prompt and ends in what the model writes. */
function merged(context: LintContext): Found[] {
  const { encoded, conversation, inspector, rendered, settings } = context;
  const { ids, start, end } = encoded;
  const trained = trainedMessages(context);
  let at = 0;
  let speaking = -1;
  const found: Found[] = [];
  for (const span of rendered.spans) {
    if (!span.generated || span.message === speaking) continue;
    speaking = span.message;
    while (at < ids.length && (end[at] ?? 0) <= span.start) at++;
    if (at >= ids.length || (start[at] ?? 0) >= span.start || !trained.has(span.message)) continue;
    const { message } = span;
    const separable = inspector.views(conversation).sample(message).fit !== 'merged';
    if (separable && ownContexts(settings.strategy)) continue;
    const token = quoted(rendered.text.slice(start[at], end[at]));
    const { reasoning, content = '' } = conversation.messages[message] ?? {};
    const field = reasoning === undefined ? 'content' : 'reasoning';
    const spaced = /^\s/.test(reasoning ?? content);
    found.push({
      message: words.merged(at, token, message),
      place: context.place({ start: at, end: at + 1 }, message),
      fix: spaced
        ? messageFix(words.fixSpace, conversation, message, (m) => ({
            ...m,
            [field]: (m[field] ?? '').trimStart(),
          }))
        : separable
          ? settingFix(words.fixFork, { strategy: 'fork' })
          : undefined,
    });
  }
  return found;
}

function placeOf(context: LintContext, message: number) {
  const [first] = context.turn(message);
  return first ? context.place({ start: first.start, end: first.end }, message) : { message };
}
