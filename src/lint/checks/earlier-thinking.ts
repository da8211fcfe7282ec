/**
 * @file Thinking that the data has and the text has not.
 */
import { coreFindings } from '$strings/core-findings';
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import { settingFix } from '../fixes';
import { trainedMessages, trainsLiveThinking } from '../strategies';

const words = coreFindings['earlier-thinking-stripped'];

export const earlierThinkingStripped: Check = {
  ...lintNamed('earlier-thinking-stripped'),

  conversation(context) {
    const { inspector, messages, settings } = context;
    const lastUser = messages.findLastIndex(({ role }) => role === 'user');
    const trained = trainedMessages(context);
    const reads = inspector.template.source.includes('reasoning_content');
    return context.notes('thinking-left-out').flatMap(({ message }) => {
      if (!messages[message]?.reasoning?.trim() || !trained.has(message)) return [];
      const earlier = reads && message < lastUser;
      if (earlier && trainsLiveThinking(settings.strategy)) return [];
      const [first] = context.turn(message);
      return [
        {
          message: earlier ? words.stripped(message) : words.notWritten(message),
          place: { ...(first && context.place(first, message)), message, field: 'reasoning_content' },
          fix: earlier ? settingFix(words.fix, { strategy: 'fork' }) : undefined,
        },
      ];
    });
  },
};
