/**
 * @file One message of the chat as a model writes it: the prompt as the template renders it, the tokens as they come, and the
 * message that the rollouts' reader makes of them.
 */
import { chat as words } from '$strings/chat';
import type { Conversation, Message, ToolSchema } from '../conversation/types';
import { LosslightError } from '../errors';
import type { EngineService } from '../worker/engine-client';
import type { TextService } from '../worker/text-client';
import type { ChatEnding, WrittenMessage } from './chat-message';
import { signatureOf, type ChatSource } from './chat-sources';
import { generateShown, type Shown } from './generate-shown';
import { wholeCharacters } from './whole-characters';

export interface ChatSampling {
  temperature: number;
  topP: number;
  topK: number;
  minP: number;
  maxNewTokens: number;
  seed: number;
}

/** What a model is to go on from, and how. */
export interface ChatRequest {
  messages: readonly Message[];
  tools: readonly ToolSchema[];
  templateKwargs?: Conversation['templateKwargs'];
  source: ChatSource;
  /** The key of the loaded model. */
  model: string | undefined;
  sampling: ChatSampling;
  stopIds: number[];
  contextLength: number;
}

type Texts = Pick<TextService, 'prompt' | 'decode' | 'rolloutRead'>;

/**
 * Lets a model write the next message.
 *
 * @param onShown gets what was written so far
 * @returns undefined where the signal came before the first token
 * @throws LosslightError `context-full`; what the template, the engine or the text worker fail with.
 */
export async function writeChatMessage(
  text: Texts,
  engine: Pick<EngineService, 'generate'>,
  request: ChatRequest,
  onShown: (shown: Shown) => void,
  signal: AbortSignal,
): Promise<{ message: Message; written: WrittenMessage } | undefined> {
  const { source, model, sampling, stopIds, contextLength } = request;
  const { seed, temperature, topP } = sampling;
  const conversation = chatConversation(request);
  const { ids: prompt } = await text.prompt({ conversation, upTo: conversation.messages.length });
  const room = contextLength - prompt.length;
  if (room < 1) {
    throw new LosslightError(
      'context-full',
      words.errors.contextFull(prompt.length, contextLength),
      words.errors.contextFullRemedy,
    );
  }
  const maxNewTokens = Math.min(sampling.maxNewTokens, room);
  const options = { ...sampling, maxNewTokens, stopIds };
  const shown = await generateShown(
    text,
    engine,
    { prompt, options, which: source.weights },
    onShown,
    signal,
  );
  const { tokens } = shown;
  const last = tokens.at(-1);
  if (!last) {
    if (signal.aborted) return undefined;
    throw new LosslightError(
      'nothing-written',
      words.errors.nothingWritten,
      words.errors.nothingWrittenRemedy,
    );
  }
  const ending: ChatEnding = stopIds.includes(last.id)
    ? 'stop'
    : signal.aborted
      ? 'stopped'
      : tokens.length < maxNewTokens
        ? 'interrupted'
        : maxNewTokens === room
          ? 'context'
          : 'limit';
  const by = { by: signatureOf(source), source: source.id, model };
  const written = { ...by, seed, temperature, topP, prompt, ...shown, ending };
  return read(text, conversation, written);
}

/** The chat as a conversation. It has no world: calls are answered by the chat, see chat-tools.ts. */
export function chatConversation({
  messages,
  tools,
  templateKwargs,
}: Pick<ChatRequest, 'messages' | 'tools' | 'templateKwargs'>): Conversation {
  return {
    id: 'chat',
    messages: [...messages],
    ...(tools.length > 0 && { tools: [...tools] }),
    ...(templateKwargs && { templateKwargs }),
    extra: {},
    source: { file: 'chat', record: 0, line: 1 },
  };
}

async function read(
  text: Texts,
  conversation: Conversation,
  written: WrittenMessage,
): Promise<{ message: Message; written: WrittenMessage }> {
  const { prompt, tokens, ending } = written;
  const ids = Int32Array.from(tokens, ({ id }) => id);
  // Only what stops by itself is a whole message; the reader tells the others by the same words.
  const round = { prompt, ids, ending: ending === 'stop' ? ending : ('limit' as const) };
  const about = { conversation, message: conversation.messages.length - 1 };
  const { turns } = await text.rolloutRead({ turns: [{ prompt: about, rounds: [round] }] });
  const completion = turns[0]?.completion;
  const reaction = completion?.reactions[0];
  const message = completion?.messages[0] ?? {
    role: 'assistant',
    content: wholeCharacters(written.shown).join(''),
  };
  const broken = reaction?.called === true && !reaction.callsValid;
  return { message, written: broken ? { ...written, brokenCall: true } : written };
}
