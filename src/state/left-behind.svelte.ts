/**
 * @file What the list held when this tab last showed the page: numbers and names of sources, never a word of a conversation. Conversations
 * themselves are not kept, since machines of a classroom are shared and a file of millions would not fit; so that a reload does not
 * drop them in silence, the tab notes that they were there.
 */
import { CHAT_SOURCE } from './chat-records';
import type { Session } from './session.svelte';

export const LEFT_KEY = 'losslight.left';
/** Names that are told; the others are counted with them. */
const MOST_NAMES = 3;

export interface LeftList {
  conversations: number;
  /** Of the files, or of what else brought them. */
  sources: readonly string[];
}

type LeftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export class LeftBehind {
  #before = $state.raw<LeftList | undefined>();
  readonly #unwatch: () => void;

  /** @param storage of the tab; undefined where there is none, and then nothing is noted */
  constructor(
    private readonly page: Pick<Session, 'data' | 'practice'>,
    private readonly storage?: LeftStorage,
  ) {
    this.#before = readLeft(storage?.getItem(LEFT_KEY));
    this.#unwatch = $effect.root(() => {
      $effect(() => {
        const now = this.#now;
        if (now) this.#before = undefined;
        this.#note(now ?? this.#before);
      });
    });
  }

  /** What was there before the page was loaded again, until it is dismissed or conversations are brought. */
  get before() {
    return this.#before;
  }

  dismiss(): void {
    this.#before = undefined;
  }

  dispose(): void {
    this.#unwatch();
  }

  /** What a reload would not bring back: practice data are in the address, and rated answers are kept with the chat. */
  readonly #now = $derived.by((): LeftList | undefined => {
    const { data, practice } = this.page;
    const parts = data.own.parts.filter((part) => part.name !== CHAT_SOURCE && !practice.isMade(part));
    const conversations = parts.reduce((sum, { length }) => sum + length, 0);
    if (!conversations) return undefined;
    const sources = [...new Set(parts.map(({ name }) => name))].filter((name) => name !== '');
    return { conversations, sources: sources.slice(0, MOST_NAMES) };
  });

  #note(left: LeftList | undefined): void {
    try {
      if (left) this.storage?.setItem(LEFT_KEY, JSON.stringify(left));
      else this.storage?.removeItem(LEFT_KEY);
    } catch {
      // A full storage cannot note it; the browser's own question before a reload is asked all the same.
    }
  }
}

/** What was noted; undefined where nothing was, or what is no note. */
function readLeft(text: string | null | undefined): LeftList | undefined {
  if (!text) return undefined;
  try {
    const { conversations, sources } = JSON.parse(text) as Partial<LeftList>;
    if (typeof conversations !== 'number' || !(conversations > 0) || !Array.isArray(sources))
      return undefined;
    return { conversations, sources: sources.filter((name) => typeof name === 'string') };
  } catch {
    return undefined;
  }
}
