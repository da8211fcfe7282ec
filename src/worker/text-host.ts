/**
 * @file The text worker: everything that untrusted text goes through. It may hang on a hostile template or pattern; the
 * page then kills it and starts another, and no run is harmed.
 */
import { LosslightError } from '../errors';
import { withRecordedRewards } from '../rollout/recorded-reward';
import type { Inspector } from '../sequence/inspector';
import { openModel } from '../sequence/open-model';
import { tallyAll } from '../sequence/tally';
import { checkTemplate } from '../template/locate-error';
import { serve } from './host';
import type { TextRequests } from './protocol';
import { checkHandlers } from './text-checks';
import { rolloutHandlers } from './text-rollouts';

let inspector: Inspector | undefined;

function opened(): Inspector {
  if (!inspector) {
    throw new LosslightError(
      'no-tokenizer',
      'No tokenizer is loaded yet.',
      'Load a model, or its tokenizer files, first.',
    );
  }
  return inspector;
}

serve<TextRequests>(self, {
  hello: () => null,
  open(request) {
    const { inspector: next, opened } = openModel(request);
    inspector = next;
    return opened;
  },
  checkTemplate: ({ source }) => checkTemplate(source) ?? null,
  previewTemplate: ({ source, conversation }) => opened().preview(source, conversation),
  traceTemplate({ conversation }) {
    const pieces = opened().trace(conversation);
    return pieces ? { source: opened().template.source, pieces } : null;
  },
  inspect: ({ conversation }) => ({ conversation: conversation.id, ...opened().inspect(conversation) }),
  weigh: ({ conversation, policy }) => opened().weigh(conversation, policy),
  sequences({ conversations, policy, maxLength, edits, strategy, truncate, samples, rewards }) {
    const scored = rewards && withRecordedRewards(opened(), conversations, rewards);
    const all = scored?.conversations ?? conversations;
    const made = opened().sequences(all, policy, maxLength, edits, { strategy, truncate, samples });
    return { ...made, problems: [...(scored?.problems ?? []), ...made.problems] };
  },
  tally: ({ conversations, policy, limit, edits }) => tallyAll(opened(), conversations, policy, limit, edits),
  prompt: ({ conversation, upTo }) => opened().prompt(conversation, upTo),
  decode: ({ ids }) => ({ tokens: opened().tokenizer.pieces(ids), text: opened().tokenizer.decode(ids) }),
  ...checkHandlers(opened),
  ...rolloutHandlers(opened),
});
