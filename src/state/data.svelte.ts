/**
 * @file The conversations on the page, what was wrong with the files they came from, and which one is looked at.
 */
import type { Conversation, ImportProblem } from '../conversation/types';
import { DEFAULT_POLICY, TRAINABLE_KINDS, type MaskPolicy, type TrainableKind } from '../mask/policy';
import { SEGMENT_KINDS } from '../template/rendered';
import type { ErrorReport } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import { toReport } from './errors';

/** Tokens of a conversation, and of them those that a policy can train, by segment. */
export interface Tally {
  tokens: number;
  byKind: Record<TrainableKind, number>;
  /** Why it has nothing to train: the template refused it, or the assistant never speaks. */
  reason?: string;
}

export interface ImportSummary {
  files: string[];
  format: string;
  records: number;
  added: number;
}

/** A named piece of text to import. */
export interface TextFile {
  name: string;
  text: string;
}

/** The text, its records and their rendering have to fit into one tab together. */
export const MAX_FILE_BYTES = 64_000_000;

/** Conversations counted in one request: short enough that choosing one never waits long. */
const TALLY_CHUNK = 24;
const NO_LIMIT = 2 ** 30;

/** How many tokens of a counted conversation the policy trains. */
export function trainedOf(tally: Tally, policy: MaskPolicy): number {
  return TRAINABLE_KINDS.reduce((sum, kind) => {
    const rule = policy[kind];
    return sum + (rule.train && rule.weight !== 0 ? tally.byKind[kind] : 0);
  }, 0);
}

export class DataState {
  #conversations = $state.raw<readonly Conversation[]>([]);
  #problems = $state.raw<readonly ImportProblem[]>([]);
  #tallies = $state.raw<ReadonlyMap<string, Tally>>(new Map());
  #chosenId = $state<string | undefined>();
  #busy = $state(false);
  #error = $state.raw<ErrorReport | undefined>();
  #summary = $state.raw<ImportSummary | undefined>();
  #setAside = $state.raw<readonly Conversation[]>([]);
  #chosen = $derived(this.#conversations.find(({ id }) => id === this.#chosenId));
  /** Counts changes of the list, so that counting for an old list ends. */
  #version = 0;
  #counting: { version: number; done: Promise<void> } | undefined;

  constructor(private readonly text: TextService) {}

  get conversations() {
    return this.#conversations;
  }
  get problems() {
    return this.#problems;
  }
  get tallies() {
    return this.#tallies;
  }
  get chosen() {
    return this.#chosen;
  }
  /** True while files are being read. */
  get busy() {
    return this.#busy;
  }
  get error() {
    return this.#error;
  }
  get summary() {
    return this.#summary;
  }
  /** The person's own conversations, kept while a lesson's take their place. */
  get setAside() {
    return this.#setAside;
  }

  /**
   * Reads files into the list; true when at least one conversation came in, behind those of `kept`. A file that is too large, or that the text host refuses as a whole, sets `error` and leaves the list alone.
   */
  async import(files: readonly TextFile[], kept = this.#conversations): Promise<boolean> {
    this.#busy = true;
    this.#error = undefined;
    try {
      const result = await this.text.import({ files: files.map(({ name, text }) => ({ name, text })) });
      const { format, records } = result;
      this.#summary = {
        files: files.map(({ name }) => name),
        format,
        records,
        added: result.conversations.length,
      };
      const added = withFreshIds(result.conversations, kept);
      this.#problems = kept.length ? [...result.problems, ...this.#problems] : result.problems;
      if (!added.length) return false;
      this.#setList([...kept, ...added]);
      this.#chosenId = added[0]?.id;
      return true;
    } catch (error) {
      this.#error = toReport(error);
      return false;
    } finally {
      this.#busy = false;
    }
  }

  /** Reads files from the disk and imports them. */
  async importFiles(files: readonly File[], kept = this.#conversations): Promise<boolean> {
    const large = files.find(({ size }) => size > MAX_FILE_BYTES);
    if (large) {
      const limit = MAX_FILE_BYTES / 1e6;
      this.#error = {
        code: 'too-large',
        message: `${large.name} has ${Math.round(large.size / 1e6)} MB; a file may have at most ${limit} MB.`,
        remedy: 'Split it into smaller files, or bring a sample of its records.',
      };
      return false;
    }
    this.#busy = true;
    try {
      const texts = await Promise.all(
        files.map(async (file) => ({ name: file.name, text: await file.text() })),
      );
      return await this.import(texts, kept);
    } catch (error) {
      this.#error = toReport(error);
      return false;
    } finally {
      this.#busy = false;
    }
  }

  choose(id: string): void {
    this.#chosenId = id;
  }

  refuse(error: ErrorReport): void {
    this.#error = error;
  }

  /** Keeps the present list aside, for when a lesson is closed. */
  putAside(): void {
    this.#setAside = this.#conversations;
  }

  /** Forgets what was put aside: it is in the list again. */
  takeBack(): void {
    this.#setAside = [];
  }

  /** Shows what was put aside in place of the present list. */
  bringBack(): void {
    const own = this.#setAside;
    this.takeBack();
    this.#problems = [];
    this.#summary = undefined;
    this.#setList(own);
    this.#chosenId = own[0]?.id;
  }

  clear(): void {
    this.#problems = [];
    this.#summary = undefined;
    this.#error = undefined;
    this.#chosenId = undefined;
    this.#setList([]);
  }

  /** Counts tokens of conversations that have no count yet, a few at a time. */
  count(): Promise<void> {
    const version = this.#version;
    if (this.#counting?.version !== version) this.#counting = { version, done: this.#countAll(version) };
    return this.#counting.done;
  }

  async #countAll(version: number): Promise<void> {
    const waiting = this.#conversations.filter(({ id }) => !this.#tallies.has(id));
    for (let from = 0; from < waiting.length; from += TALLY_CHUNK) {
      const part = waiting.slice(from, from + TALLY_CHUNK);
      const counted = await this.#countPart(part);
      if (version !== this.#version) return;
      this.#tallies = new Map([...this.#tallies, ...counted]);
    }
  }

  async #countPart(part: Conversation[]): Promise<Map<string, Tally>> {
    const counted = new Map<string, Tally>(part.map(({ id }) => [id, emptyTally()]));
    try {
      const policy = structuredClone(DEFAULT_POLICY) as MaskPolicy;
      const { sequences, problems } = await this.text.sequences({
        conversations: part,
        policy,
        maxLength: NO_LIMIT,
      });
      for (const { ids, weights, kind, origin } of sequences) {
        const tally = counted.get(origin.conversation);
        if (!tally) continue;
        tally.tokens += ids.length;
        for (const trainable of TRAINABLE_KINDS) {
          const code = SEGMENT_KINDS.indexOf(trainable);
          for (let i = 0; i < ids.length; i++)
            if (kind[i] === code && weights[i] !== 0) tally.byKind[trainable]++;
        }
      }
      for (const { conversation, reason } of problems) {
        const tally = counted.get(conversation);
        if (tally) tally.reason = reason;
      }
    } catch (error) {
      for (const tally of counted.values()) tally.reason = toReport(error).message;
    }
    return counted;
  }

  #setList(list: readonly Conversation[]): void {
    this.#version++;
    this.#conversations = list;
    const ids = new Set(list.map(({ id }) => id));
    this.#tallies = new Map([...this.#tallies].filter(([id]) => ids.has(id)));
  }
}

function emptyTally(): Tally {
  return { tokens: 0, byKind: { think: 0, call: 0, answer: 0, end: 0 } };
}

/** Conversations whose ids are taken get a suffix, so that an id names one conversation within the session. */
function withFreshIds(added: readonly Conversation[], present: readonly Conversation[]): Conversation[] {
  const taken = new Set(present.map(({ id }) => id));
  return added.map((conversation) => {
    let id = conversation.id;
    for (let n = 2; taken.has(id); n++) id = `${conversation.id} (${n})`;
    taken.add(id);
    return { ...conversation, id };
  });
}
