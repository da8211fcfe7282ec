/**
 * @file The chat kept in the tab's storage: a reload brings it back, with its branches and ratings. It is gone when the tab is closed,
 * as conversations on the page are. Weights of runs are not kept, so that a message says which run wrote it, and that run writes no
 * more.
 */
import { chatKeep as words } from '$strings/chat-keep';
import type { Conversation, Json } from '../conversation/types';
import { LosslightError } from '../errors';
import type { ErrorReport } from '../worker/protocol';
import type { ChatState } from './chat.svelte';
import { toReport } from './errors';
import { chatHere, isEmptyChat, readChat, storeChat } from './stored-chat';
import { StoredField } from './stored-fields';

export const CHAT_KEY = 'losslight.chat';
const VERSION = 1;
/** Characters: browsers give a tab 5 million, and what else is kept there takes some. */
const MOST_CHARACTERS = 4_000_000;
/** Changes that follow each other within this time are written once. */
const WRITE_MS = 250;

export type ChatStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** What is asked of the page around the chat. */
export interface ChatKeepHost {
  /** Whether the chat is shown. */
  isOpen: () => boolean;
  show: (open: boolean) => void;
  /** Records of rated answers, which are in Data and are kept with the chat. */
  records: (ids: readonly string[]) => Conversation[];
}

export class ChatKeep {
  #problem = $state.raw<ErrorReport | undefined>();
  /** What could not be read, as it was kept. */
  #unread = $state<string | undefined>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unwatch = () => {};
  #ready = false;
  readonly #flush = () => this.#write();

  constructor(
    private readonly storage: ChatStorage,
    private readonly chat: ChatState,
    private readonly host: ChatKeepHost,
  ) {}

  /** Why the chat is not kept, or why what was kept could not be read. */
  get problem() {
    return this.#problem;
  }
  /** What was kept and could not be read, as text; nothing of it is lost until another chat takes its place. */
  get unread() {
    return this.#unread;
  }

  /** Brings back what was kept, and keeps the chat from then on. */
  async begin(): Promise<void> {
    const text = this.storage.getItem(CHAT_KEY);
    try {
      if (text !== null) await this.#restore(text);
    } catch (error) {
      const { code, message } = toReport(error);
      this.#problem = { code, message: words.unreadable(message), remedy: words.unreadableRemedy };
      this.#unread = text ?? undefined;
      this.host.show(true);
    }
    this.#ready = true;
    this.#unwatch = $effect.root(() => {
      $effect(() => {
        void [this.chat.kept(), this.host.isOpen()];
        clearTimeout(this.#timer);
        // While a model writes, nothing of it is in the tree; what a message is made of comes at once.
        if (!this.chat.writing) this.#timer = setTimeout(this.#flush, WRITE_MS);
      });
    });
    globalThis.addEventListener('pagehide', this.#flush);
  }

  /** Takes the message away. What could not be read goes with it. */
  dismiss(): void {
    this.#problem = undefined;
    this.#unread = undefined;
    this.#write();
  }

  dispose(): void {
    globalThis.removeEventListener('pagehide', this.#flush);
    this.#write();
    clearTimeout(this.#timer);
    this.#ready = false;
    this.#unwatch();
  }

  async #restore(text: string): Promise<void> {
    let json: Json;
    try {
      json = JSON.parse(text) as Json;
    } catch (cause) {
      throw new LosslightError('bad-content', words.noJson, '', { cause });
    }
    const field = new StoredField(json, 'chat');
    field.get('losslightChat').whole(1, VERSION);
    const stored = readChat(field.get('chat'));
    // Runs of the visit before are gone with their weights.
    await this.chat.restore(chatHere(stored, new Map()));
    this.host.show(field.maybe('open', (inner) => inner.boolean()) ?? true);
  }

  #write(): void {
    clearTimeout(this.#timer);
    if (!this.#ready) return;
    const kept = this.chat.kept();
    const isEmpty = isEmptyChat(kept.chat);
    // What could not be read stays until there is something in its place.
    if (isEmpty && this.#unread !== undefined) return;
    try {
      if (isEmpty) this.storage.removeItem(CHAT_KEY);
      else this.storage.setItem(CHAT_KEY, this.#text(kept));
      if (this.#unread === undefined) this.#problem = undefined;
    } catch (error) {
      this.#problem =
        error instanceof LosslightError
          ? toReport(error)
          : { code: 'storage-full', message: words.notKept, remedy: words.notKeptRemedy };
    }
  }

  /** @throws LosslightError `too-large`. */
  #text(kept: ReturnType<ChatState['kept']>): string {
    const records = this.host.records([...new Set(kept.ratings.map(({ record }) => record))]);
    const chat = storeChat({ ...kept, records });
    const text = JSON.stringify({ losslightChat: VERSION, open: this.host.isOpen(), chat });
    if (text.length <= MOST_CHARACTERS) return text;
    throw new LosslightError('too-large', words.tooLarge(text.length), words.notKeptRemedy);
  }
}
