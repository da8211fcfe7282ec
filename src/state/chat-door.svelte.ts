/**
 * @file The chat as the rest of the page knows it: closed until somebody wants it, and loaded then.
 */
import type { Conversation } from '../conversation/types';
import type { ErrorReport } from '../worker/protocol';
import type { ChatState } from './chat.svelte';
import type { ChatParts } from './chat-types';

export class ChatDoor {
  #chat = $state.raw<ChatState | undefined>();
  #open = $state(false);
  #error = $state.raw<ErrorReport | undefined>();
  #loading: Promise<ChatState | undefined> | undefined;

  constructor(private readonly parts: ChatParts) {}

  /** Undefined until it is loaded. */
  get chat() {
    return this.#chat;
  }
  /** Why it could not be loaded. */
  get error() {
    return this.#error;
  }
  /** Whether its view is shown. */
  get open() {
    return this.#open;
  }
  set open(open: boolean) {
    this.#open = open;
    if (open) void this.load();
  }
  /** True while a model writes in it. */
  get writing() {
    return this.#chat?.writing ?? false;
  }

  /** Ends what is being written; resolves when that is done. */
  async stop(): Promise<void> {
    await this.#chat?.stop();
  }

  /**
   * Shows the chat with the messages of a conversation; what it showed before can be brought back by undo.
   *
   * @param upTo how many messages; through the last one of the user where it is left out
   */
  async goOnFrom(conversation: Conversation, upTo?: number): Promise<void> {
    this.#open = true;
    const { messages } = conversation;
    const last = messages.findLastIndex(({ role }) => role === 'user') + 1;
    const chat = await this.load();
    chat?.beginWith(conversation, upTo ?? (last || messages.length));
  }

  async load(): Promise<ChatState | undefined> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load(): Promise<ChatState | undefined> {
    this.#error = undefined;
    try {
      const { ChatState } = await import('./chat.svelte');
      return (this.#chat = new ChatState(this.parts));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `The chat could not be loaded: ${reason}`;
      this.#error = { code: 'not-loaded', message, remedy: 'Check the connection, and try again.' };
      this.#loading = undefined;
      return undefined;
    }
  }
}
