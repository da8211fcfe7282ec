/**
 * @file What the list held when this tab last showed the page: numbers and names of sources, never a word of a conversation. Conversations
 * themselves are not kept, since machines of a classroom are shared and a file of millions would not fit; so that a reload does not
 * drop them in silence, the tab notes that they were there. Practice data needs no keeping: what it was made with makes it again.
 */
import { practiceDrafts, practiceValues } from '../settings/practice';
import { CHAT_SOURCE } from './chat-records';
import type { PracticeRecipe } from './practice.svelte';
import type { Session } from './session.svelte';

export const LEFT_KEY = 'losslight.left';
/** Names that are told; the others are counted. */
const MOST_NAMES = 3;

/** Conversations that a person brought. */
export interface LeftOwn {
  conversations: number;
  /** The first files, or what else brought them. */
  sources: readonly string[];
  /** How many more there were. */
  more: number;
}

/** Practice data as it was made. */
export interface LeftPractice {
  conversations: number;
  /** What it was made with, each once. */
  recipes: readonly LeftRecipe[];
}

export interface LeftRecipe extends PracticeRecipe {
  /** How many of them were there. */
  conversations: number;
}

export interface LeftList {
  own?: LeftOwn | undefined;
  practice?: LeftPractice | undefined;
}

type LeftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export class LeftBehind {
  #before = $state.raw<LeftList>({});
  /** Practice data was asked for again: what is there of it now is not missed, the rest is. */
  #again = false;
  readonly #unwatch: () => void;

  /** @param storage of the tab; undefined where there is none, and then nothing is noted */
  constructor(
    private readonly page: Pick<Session, 'data' | 'practice'>,
    private readonly storage?: LeftStorage,
  ) {
    this.#before = readLeft(storage?.getItem(LEFT_KEY));
    this.#unwatch = $effect.root(() => {
      $effect(() => {
        const [own, practice] = [this.#own, this.#practice];
        const before = this.#before;
        // Each is missed until some of its kind is there again.
        const next = {
          own: own ? undefined : before.own,
          practice: practice ? this.#missing(practice) : before.practice,
        };
        // Only a change: this effect follows what it sets.
        const number = (list: LeftList) => list.practice?.recipes.length;
        if (next.own !== before.own || number(next) !== number(before)) this.#before = next;
        const missed = this.#before.practice?.recipes ?? [];
        this.#note({
          own: own ?? this.#before.own,
          // What is there can still be seen; what is missed is known from here alone.
          practice: practiceOf([...missed, ...(practice?.recipes ?? [])]),
        });
      });
    });
  }

  /** What was there before the page was loaded again, until it is dismissed or some of it is there again; undefined for nothing. */
  get before(): LeftList | undefined {
    const { own, practice } = this.#before;
    return own || practice ? this.#before : undefined;
  }

  dismiss(): void {
    this.#before = {};
    this.#again = false;
  }

  /**
   * Makes the practice data that was there again. What could not be made stays noted.
   *
   * @param make makes some with the form as it is, and tells whether it is in the list
   * @returns false where some of it could not be made
   */
  async makeAgain(make: () => Promise<boolean>): Promise<boolean> {
    this.#again = true;
    for (const recipe of this.#before.practice?.recipes ?? []) {
      this.page.practice.fill(recipe);
      if (!(await make())) return false;
    }
    this.#again = false;
    return true;
  }

  dispose(): void {
    this.#unwatch();
  }

  /** What of the practice data is missed still where some is there. */
  #missing(there: LeftPractice): LeftPractice | undefined {
    if (!this.#again) return undefined;
    const made = new Set(there.recipes.map(keyOf));
    return practiceOf((this.#before.practice?.recipes ?? []).filter((recipe) => !made.has(keyOf(recipe))));
  }

  /** What a reload would not bring back; rated answers are kept with the chat. */
  readonly #own = $derived.by((): LeftOwn | undefined => {
    const { data, practice } = this.page;
    const parts = data.own.parts.filter((part) => part.name !== CHAT_SOURCE && !practice.isMade(part));
    const conversations = parts.reduce((sum, { length }) => sum + length, 0);
    if (!conversations) return undefined;
    const sources = [...new Set(parts.flatMap(({ files, name }) => files ?? [name]))].filter(Boolean);
    return {
      conversations,
      sources: sources.slice(0, MOST_NAMES),
      more: Math.max(0, sources.length - MOST_NAMES),
    };
  });

  readonly #practice = $derived.by((): LeftPractice | undefined => {
    const { data, practice } = this.page;
    const made = data.own.parts.flatMap((part) => {
      const recipe = practice.recipeOf(part);
      return recipe ? [{ ...recipe, conversations: part.length }] : [];
    });
    return practiceOf(made);
  });

  #note({ own, practice }: LeftList): void {
    try {
      if (own || practice) this.storage?.setItem(LEFT_KEY, JSON.stringify({ own, practice }));
      else this.storage?.removeItem(LEFT_KEY);
    } catch {
      // A full storage cannot note it; the browser's own question before a reload is asked all the same.
    }
  }
}

/** What was made, each once, and how many conversations these were; undefined for none. */
function practiceOf(made: readonly LeftRecipe[]): LeftPractice | undefined {
  const byKey = new Map<string, LeftRecipe>();
  for (const recipe of made) {
    const key = keyOf(recipe);
    const conversations = (byKey.get(key)?.conversations ?? 0) + recipe.conversations;
    byKey.set(key, { ...recipe, conversations });
  }
  const recipes = [...byKey.values()];
  const conversations = recipes.reduce((sum, recipe) => sum + recipe.conversations, 0);
  return conversations ? { conversations, recipes } : undefined;
}

function keyOf({ drafts, contestedShown, without }: PracticeRecipe): string {
  return JSON.stringify([drafts, contestedShown, without]);
}

/** What was noted; nothing where that is no note. */
function readLeft(text: string | null | undefined): LeftList {
  if (!text) return {};
  try {
    const { own, practice } = JSON.parse(text) as LeftList;
    return { own: own && readOwn(own), practice: practice && readPractice(practice) };
  } catch {
    return {};
  }
}

function readOwn({ conversations, sources, more }: LeftOwn): LeftOwn | undefined {
  if (!isSome(conversations) || !Array.isArray(sources)) return undefined;
  return {
    conversations,
    sources: sources.filter((name) => typeof name === 'string'),
    more: isSome(more) ? more : 0,
  };
}

function readPractice({ recipes }: LeftPractice): LeftPractice | undefined {
  if (!Array.isArray(recipes)) return undefined;
  const read = recipes.map(({ drafts, contestedShown, without, conversations }: LeftRecipe): LeftRecipe => {
    const standard = practiceDrafts();
    const keys = Object.keys(standard) as (keyof typeof standard)[];
    return {
      drafts: Object.fromEntries(keys.map((key) => [key, String(drafts[key])])) as typeof standard,
      contestedShown: contestedShown === 'right' ? 'right' : 'both',
      without: without.map(String),
      conversations: isSome(conversations) ? conversations : 0,
    };
  });
  return read.every(({ drafts }) => practiceValues(drafts)) ? practiceOf(read) : undefined;
}

function isSome(value: unknown): value is number {
  return typeof value === 'number' && value > 0;
}
