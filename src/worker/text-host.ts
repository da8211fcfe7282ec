/**
 * @file The text worker: everything that untrusted text goes through. It may hang on a hostile template or pattern; the
 * page then kills it and starts another, and no run is harmed. What a mask does not need comes behind it (text-rest.ts).
 */
import { countMessagesFrom } from '$strings/numbers';
import { LosslightError } from '../errors';
import type { Inspector } from '../sequence/inspector';
import { openModel } from '../sequence/open-model';
import { tallyAll } from '../sequence/tally';
import { checkTemplate } from '../template/locate-error';
import { serve, type Handlers } from './host';
import type { TextRequests } from './protocol';
import { REST_NAMES, type RestName } from './rest-names';

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

type RestHandlers = Pick<Handlers<TextRequests>, RestName>;

let rest: Promise<RestHandlers> | undefined;

/** @throws LosslightError `not-loaded`; another try loads it again. */
async function loadRest(): Promise<RestHandlers> {
  rest ??= import('./text-rest').then(({ restHandlers }) => restHandlers(opened));
  try {
    return await rest;
  } catch (cause) {
    rest = undefined;
    throw new LosslightError(
      'not-loaded',
      'A part of the text worker could not be loaded.',
      'Check the connection, and try again.',
      { cause },
    );
  }
}

/** One function a request, which loads what answers it. */
function loadedHandlers(): RestHandlers {
  const handlers = REST_NAMES.map((name) => {
    const answer = async (request: unknown, id: number) =>
      ((await loadRest())[name] as (request: unknown, id: number) => unknown)(request, id);
    return [name, answer] as const;
  });
  return Object.fromEntries(handlers) as unknown as RestHandlers;
}

// Whatever this worker says, it counts messages as the page does.
countMessagesFrom(1);

serve<TextRequests>(self, {
  async hello(part) {
    if (part === 'whole') await loadRest();
    return null;
  },
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
  tally: ({ conversations, policy, limit, edits }) => tallyAll(opened(), conversations, policy, limit, edits),
  prompt: ({ conversation, upTo }) => opened().prompt(conversation, upTo),
  decode: ({ ids }) => ({ tokens: opened().tokenizer.pieces(ids), text: opened().tokenizer.decode(ids) }),
  ...loadedHandlers(),
});
