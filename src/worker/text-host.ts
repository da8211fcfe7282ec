/**
 * @file The text worker: everything that untrusted text goes through. It may hang on a hostile template or pattern; the
 * page then kills it and starts another, and no run is harmed.
 */
import { importFiles } from '../conversation/import';
import { LosslightError } from '../errors';
import { Inspector } from '../sequence/inspector';
import { serve } from './host';
import type { TextRequests } from './protocol';

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
  open({ files }) {
    inspector = new Inspector(files.tokenizerJson, files.tokenizerConfigJson, files.chatTemplate);
    return { vocabularySize: inspector.tokenizer.vocabularySize, endOfTurnIds: inspector.endOfTurnIds };
  },
  import: ({ files }) => importFiles(files),
  inspect: ({ conversation }) => ({ conversation: conversation.id, ...opened().inspect(conversation) }),
  sequences: ({ conversations, policy, maxLength }) => opened().sequences(conversations, policy, maxLength),
  prompt: ({ conversation, upTo }) => opened().prompt(conversation, upTo),
  decode: ({ ids }) => ({ tokens: opened().tokenizer.pieces(ids), text: opened().tokenizer.decode(ids) }),
});
