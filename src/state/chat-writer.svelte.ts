/**
 * @file Lets the chat's models write: one column after the other, each until it answers or a person has to.
 */
import { chat as words } from '$strings/chat';
import { MOST_ROUNDS } from '../rollout/answered';
import { LosslightError } from '../errors';
import type { ErrorReport } from '../worker/protocol';
import { answerCalls, resultMessages } from './chat-tools';
import { signatureOf, type ChatSource } from './chat-sources';
import { pathTo, type ChatNode, type NewNode } from './chat-tree';
import { writeChatMessage } from './chat-turn';
import type { Chat, ChatColumn, ChatParts, ChatPlace, LiveMessage } from './chat-types';
import { toReport } from './errors';
import { generationOptions, type GenerationDrafts } from './generation-options';
import type { Shown } from './generate-shown';

/** The chat as it is when it is asked. */
export interface ChatHost {
  drafts(): GenerationDrafts;
  sources(): readonly ChatSource[];
  /** What holds for all columns. */
  setting(): Pick<Chat, 'tools' | 'templateKwargs' | 'world'>;
  column(id: number): ChatColumn | undefined;
  /** Puts a message behind another; gives its id. */
  add(id: number, parent: number, node: NewNode): number;
}

export class ChatWriter {
  #live = $state.raw<LiveMessage | undefined>();
  #writing = $state(false);
  #errors = $state.raw<ReadonlyMap<number, ErrorReport>>(new Map());
  #abort: AbortController | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: Pick<ChatParts, 'text' | 'engine' | 'limits' | 'modelKey'>,
    private readonly host: ChatHost,
  ) {}

  /** The message that is being written. */
  get live() {
    return this.#live;
  }
  get writing() {
    return this.#writing;
  }
  /** Why a column could not go on. */
  errorOf(id: number): ErrorReport | undefined {
    return this.#errors.get(id);
  }

  /** Forgets what went wrong: in these columns, or in all. */
  clear(columns?: readonly number[]): void {
    this.#errors = new Map(columns && [...this.#errors].filter(([id]) => !columns.includes(id)));
  }

  /** Resolves when nothing is written any more. */
  async stop(): Promise<void> {
    this.#abort?.abort();
    await this.#ended;
  }

  /** One column after the other, all with the same seed. */
  write(turns: readonly ChatPlace[], seed?: number): Promise<void> {
    return (this.#ended = this.#write(turns, seed));
  }

  async #write(turns: readonly ChatPlace[], seed: number | undefined): Promise<void> {
    this.#writing = true;
    const { signal } = (this.#abort = new AbortController());
    this.clear(turns.map(({ id }) => id));
    try {
      for (const { id, from } of turns) {
        if (signal.aborted) break;
        try {
          await this.#turn(id, from, seed, signal);
        } catch (error) {
          this.#errors = new Map(this.#errors).set(id, toReport(error));
        }
      }
    } finally {
      this.#live = undefined;
      this.#writing = false;
      this.#abort = undefined;
    }
  }

  /** Messages of one model, with the results of its calls between them, until it answers or a person has to. */
  async #turn(id: number, from: number, seed: number | undefined, signal: AbortSignal): Promise<void> {
    let at = this.#runTools(id, from);
    for (let round = 0; at !== undefined && round < MOST_ROUNDS && !signal.aborted; round++) {
      const parent = at;
      const written = await this.#message(id, parent, seed, signal);
      if (!written) return;
      const node = this.host.add(id, parent, written);
      at = callsOf(this.host.column(id)?.tree.nodes.get(node)).length ? this.#runTools(id, node) : undefined;
    }
  }

  async #message(id: number, from: number, seed: number | undefined, signal: AbortSignal) {
    const column = this.host.column(id);
    const sampling = generationOptions(this.host.drafts());
    const limits = this.parts.limits();
    if (!column || !sampling || !limits) return undefined;
    const source = this.#source(column);
    const messages = pathTo(column.tree, from).map(({ message }) => message);
    const { tools, templateKwargs } = this.host.setting();
    const live = (shown: Shown) =>
      (this.#live = { column: id, parent: from, by: signatureOf(source), shown });
    live({ tokens: [], shown: [] });
    const request = {
      ...{ messages, tools, source, model: this.parts.modelKey(), ...limits },
      ...(templateKwargs && { templateKwargs }),
      sampling: { ...sampling, seed: seed ?? sampling.seed },
    };
    try {
      return await writeChatMessage(this.parts.text, this.parts.engine, request, live, signal);
    } finally {
      this.#live = undefined;
    }
  }

  #source({ source }: ChatColumn): ChatSource {
    const found = this.host.sources().find(({ id }) => id === source);
    if (found) return found;
    throw new LosslightError('weights-gone', words.errors.weightsGone, words.errors.weightsGoneRemedy);
  }

  /** Answers the calls of a message, where it has any. The message to go on from; undefined where a person has to answer. */
  #runTools(id: number, node: number): number | undefined {
    const column = this.host.column(id);
    const path = column ? pathTo(column.tree, node) : [];
    const calls = callsOf(path.at(-1));
    const results = this.answers(path);
    if (results.some((result) => result === undefined)) return undefined;
    return this.addResults(id, node, calls, results as string[]);
  }

  /** What tools answer to the calls at the end of a path; undefined for each that a person has to answer. */
  answers(path: readonly ChatNode[]): (string | undefined)[] {
    const { tools, world } = this.host.setting();
    const before = path.slice(0, -1).map(({ message }) => message);
    return answerCalls(callsOf(path.at(-1)), tools, world, before);
  }

  /** Puts results behind the message with their calls; gives the last one. */
  addResults(
    id: number,
    node: number,
    calls: ReturnType<typeof callsOf>,
    results: readonly string[],
  ): number {
    let at = node;
    for (const message of resultMessages(calls, results)) at = this.host.add(id, at, { message });
    return at;
  }
}

/** The calls of a message that can be answered: a model's own only where it ended its turn and wrote them well. */
export function callsOf(node: ChatNode | undefined) {
  const { message, written } = node ?? {};
  const whole = !written || (written.ending === 'stop' && !written.brokenCall);
  return message?.role === 'assistant' && whole ? (message.toolCalls ?? []) : [];
}
