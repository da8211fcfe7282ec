/**
 * @file The chat as the rest of the page knows it: closed until somebody wants it, and loaded then.
 */
import { chatDoor as words } from '$strings/chat-door';
import type { Conversation } from '../conversation/types';
import type { ErrorReport } from '../worker/protocol';
import type { ChatState } from './chat.svelte';
import type { ChatKeep, ChatStorage } from './chat-keep.svelte';
import type { ChatParts } from './chat-types';
import type { StoredChat } from './stored-chat';

/** As chat-keep.svelte.ts has it, which is loaded with the chat. */
const KEPT = 'losslight.chat';

export class ChatDoor {
  #chat = $state.raw<ChatState | undefined>();
  #open = $state(false);
  #error = $state.raw<ErrorReport | undefined>();
  #loading: Promise<ChatState | undefined> | undefined;

  #keep = $state.raw<ChatKeep | undefined>();

  /** @param storage where the chat is kept over a reload */
  constructor(
    private readonly parts: ChatParts,
    private readonly storage?: ChatStorage,
  ) {}

  /** Undefined until it is loaded. */
  get chat() {
    return this.#chat;
  }
  /** Keeps it over a reload; undefined where nothing does. */
  get keep() {
    return this.#keep;
  }
  /** What of it goes into a session file; undefined where nothing was said. */
  get kept(): StoredChat | undefined {
    const kept = this.#chat?.kept();
    return kept?.chat.columns.some(({ tree }) => tree.nodes.size > 0) ? kept : undefined;
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

  /** Brings back what this tab kept, where it kept something. */
  async restore(): Promise<void> {
    if (this.storage && this.storage.getItem(KEPT) !== null) await this.load();
  }

  dispose(): void {
    this.#keep?.dispose();
  }

  /** Ends what is being written; resolves when that is done. */
  async stop(): Promise<void> {
    await this.#chat?.stop();
  }

  /**
   * Shows the chat with the messages of a conversation; what it showed before can be brought back by undo.
   *
   * @param upTo how many messages; all where it is left out, so that one can go on from the last answer or have it written anew
   */
  async goOnFrom(conversation: Conversation, upTo?: number): Promise<void> {
    this.#open = true;
    const chat = await this.load();
    chat?.beginWith(conversation, upTo ?? answeredLength(conversation));
  }

  async load(): Promise<ChatState | undefined> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load(): Promise<ChatState | undefined> {
    this.#error = undefined;
    try {
      const { ChatState, ChatKeep } = await import('./chat-runtime');
      const chat = new ChatState(this.parts);
      if (this.storage) {
        this.#keep = new ChatKeep(this.storage, chat, {
          isOpen: () => this.#open,
          show: (open) => (this.#open = open),
          records: (ids) => this.#records(ids),
        });
        await this.#keep.begin();
      }
      return (this.#chat = chat);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = words.notLoaded(reason);
      this.#error = { code: 'not-loaded', message, remedy: words.notLoadedRemedy };
      this.#loading = undefined;
      return undefined;
    }
  }

  /** Conversations of the person's own by their ids, as far as they are at hand. */
  #records(ids: readonly string[]): Conversation[] {
    const list = this.parts.ownList();
    return ids.map((id) => list.at(list.rowOf(id))).filter((record) => record !== undefined);
  }
}

/** How many of its messages one can go on from: a call that waits for its result is left out, for a person cannot speak between. */
function answeredLength({ messages }: Conversation): number {
  let length = messages.length;
  while (messages[length - 1]?.toolCalls?.length) length--;
  return length;
}
