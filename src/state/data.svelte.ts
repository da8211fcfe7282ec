/**
 * @file The conversations on the page, what was wrong with the files they came from, and which one is looked at.
 */
import { withUniqueIds } from '../conversation/ids';
import type { Conversation, ImportProblem } from '../conversation/types';
import { DEFAULT_POLICY, TRAINABLE_KINDS, type MaskPolicy, type TrainableKind } from '../mask/policy';
import type { TrainingSequence } from '../sequence/types';
import { SEGMENT_KINDS } from '../template/rendered';
import type { ErrorReport } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import { ByConversation } from './by-conversation.svelte';
import { toReport } from './errors';
import { recordsLeftOut } from './left-out';

interface Stretch {
  kind: TrainableKind;
  start: number;
  end: number;
  /** True where the message's own weight is negative, so that the policy's sign is turned round. */
  turned: boolean;
}

/** Tokens of a conversation, and of them those that a policy can train. */
export interface Tally {
  tokens: number;
  /** Stretches of tokens of one segment, in their order; `end` is exclusive. */
  trainable: readonly Stretch[];
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

/** How many of the first `limit` tokens of a counted conversation the policy trains. */
export function trainedOf({ trainable }: Tally, policy: MaskPolicy, limit: number): number {
  return trainable.reduce((sum, { kind, start, end }) => {
    const { train, weight } = policy[kind];
    return sum + (train && weight !== 0 ? Math.max(0, Math.min(end, limit) - start) : 0);
  }, 0);
}

/** How many of those have a negative weight. */
export function trainedAwayOf({ tokens, trainable }: Tally, policy: MaskPolicy, limit: number): number {
  const away = trainable.filter(({ kind, turned }) => policy[kind].weight < 0 !== turned);
  return trainedOf({ tokens, trainable: away }, policy, limit);
}

export class DataState {
  #conversations = $state.raw<readonly Conversation[]>([]);
  #problems = $state.raw<readonly ImportProblem[]>([]);
  #leftOut = $state(0);
  readonly #tallies = new ByConversation<Tally>();
  #chosenId = $state<string | undefined>();
  #busy = $state(false);
  #error = $state.raw<(ErrorReport & { title: string }) | undefined>();
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
  /** Records that errors kept out. */
  get leftOut() {
    return this.#leftOut;
  }
  /** Undefined until it has been counted. */
  tallyOf(conversation: Conversation): Tally | undefined {
    return this.#tallies.get(conversation);
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
  async import(files: readonly TextFile[], kept: readonly Conversation[]): Promise<boolean> {
    this.#busy = true;
    this.#forgetImport();
    try {
      const result = await this.text.import({ files: files.map(({ name, text }) => ({ name, text })) });
      const { format, records } = result;
      this.#summary = {
        files: files.map(({ name }) => name),
        format,
        records,
        added: result.conversations.length,
      };
      const added = withUniqueIds(
        result.conversations,
        kept.map(({ id }) => id),
      );
      this.#leftOut = recordsLeftOut(result.problems);
      this.#problems = result.problems;
      if (!added.length) return false;
      this.#setList([...kept, ...added]);
      this.#chosenId = added[0]?.id;
      return true;
    } catch (error) {
      this.refuse(toReport(error));
      return false;
    } finally {
      this.#busy = false;
    }
  }

  /** Reads files from the disk and imports them. */
  async importFiles(files: readonly File[], kept: readonly Conversation[]): Promise<boolean> {
    this.#forgetImport();
    const large = files.find(({ size }) => size > MAX_FILE_BYTES);
    if (large) {
      const limit = MAX_FILE_BYTES / 1e6;
      this.refuse({
        code: 'too-large',
        message: `${large.name} has ${Math.round(large.size / 1e6)} MB; a file may have at most ${limit} MB.`,
        remedy: 'Split it into smaller files, or bring a sample of its records.',
      });
      return false;
    }
    this.#busy = true;
    try {
      const texts = await Promise.all(
        files.map(async (file) => ({ name: file.name, text: await file.text() })),
      );
      return await this.import(texts, kept);
    } catch (error) {
      this.refuse(toReport(error));
      return false;
    } finally {
      this.#busy = false;
    }
  }

  /** Takes the messages away; what they were about stays as it is. */
  dismiss(): void {
    this.#problems = [];
    this.#leftOut = 0;
    this.#error = undefined;
  }

  /** What the last import had to say, so that the next one's is not mixed with it. */
  #forgetImport(): void {
    this.dismiss();
    this.#summary = undefined;
  }

  choose(id: string): void {
    this.#chosenId = id;
  }

  refuse(error: ErrorReport, title = 'Nothing was imported'): void {
    this.#error = { ...error, title };
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
    this.#show(own);
  }

  clear(): void {
    this.#show([]);
  }

  #show(list: readonly Conversation[]): void {
    this.#forgetImport();
    this.#setList(list);
    this.#chosenId = list[0]?.id;
  }

  /** Counts tokens of conversations that have no count yet, a few at a time; those that failed last time too. */
  count(): Promise<void> {
    const version = this.#version;
    if (this.#counting?.version !== version) {
      const done = this.#countAll(version).finally(() => {
        if (this.#counting?.done === done) this.#counting = undefined;
      });
      this.#counting = { version, done };
    }
    return this.#counting.done;
  }

  async #countAll(version: number): Promise<void> {
    const waiting = this.#conversations.filter((conversation) => !this.#tallies.has(conversation));
    for (let from = 0; from < waiting.length; from += TALLY_CHUNK) {
      const part = waiting.slice(from, from + TALLY_CHUNK);
      try {
        this.#tallies.set(await this.#countPart(part));
      } catch {
        // The worker failed or took too long, which says nothing about the conversations; the next call tries again.
      }
      if (version !== this.#version) return;
    }
  }

  async #countPart(part: readonly Conversation[]): Promise<Map<Conversation, Tally>> {
    const policy = structuredClone(DEFAULT_POLICY) as MaskPolicy;
    const { sequences, problems } = await this.text.sequences({
      conversations: [...part],
      policy,
      maxLength: NO_LIMIT,
    });
    const made = new Map(sequences.map((sequence) => [sequence.origin.conversation, sequence]));
    const reasons = new Map(problems.map(({ conversation, reason }) => [conversation, reason]));
    return new Map(
      part.map((conversation) => {
        const sequence = made.get(conversation.id);
        const tokens = sequence?.ids.length ?? 0;
        const trainable = sequence ? trainableStretches(sequence) : [];
        return [conversation, { tokens, trainable, reason: reasons.get(conversation.id) }];
      }),
    );
  }

  #setList(list: readonly Conversation[]): void {
    this.#version++;
    this.#conversations = list;
  }
}

function trainableStretches({
  kind,
  weights,
}: Pick<TrainingSequence, 'kind' | 'weights'>): Tally['trainable'] {
  const stretches: Stretch[] = [];
  // The first token is predicted from nothing.
  for (let i = 1; i < kind.length; i++) {
    const name = TRAINABLE_KINDS.find((trainable) => trainable === SEGMENT_KINDS[kind[i] ?? -1]);
    if (!name || weights[i] === 0) continue;
    const turned = (weights[i] ?? 0) < 0;
    const last = stretches.at(-1);
    if (last?.kind === name && last.end === i && last.turned === turned) last.end++;
    else stretches.push({ kind: name, start: i, end: i + 1, turned });
  }
  return stretches;
}
