/**
 * @file The chat: one or two models that answer the same messages, each in a tree of its own, with tools that really run.
 * Loaded when it is first opened.
 */
import { chat as words } from '$strings/chat';
import type { Conversation, Message } from '../conversation/types';
import type { ErrorReport } from '../worker/protocol';
import { ChatAlternatives, type Alternatives } from './chat-alternatives';
import type { WrittenMessage } from './chat-message';
import { answerOf, historiesOf } from './chat-histories';
import { ChatPast } from './chat-past.svelte';
import { ChatRatings } from './chat-ratings';
import { chatSources, spokenSources } from './chat-sources';
import {
  branchesOf,
  EMPTY_TREE,
  leafOf,
  pathOf,
  pathTo,
  promptOfTurn,
  show,
  treeOf,
  withBranch,
  withChild,
  withPath,
  type ChatNode,
  type ChatTree,
  type NewNode,
} from './chat-tree';
import type { Chat, ChatColumn, ChatParts, ChatPlace, ChatStart } from './chat-types';
import { callsOf, ChatWriter } from './chat-writer.svelte';
import { generationOptions, initialDrafts, type GenerationDrafts } from './generation-options';
import type { StoredChat } from './stored-chat';

const FIRST: Chat = { columns: [{ id: 1, source: 'tuned', tree: EMPTY_TREE }], tools: [] };
/** A little of chance: at 0 another seed gives the same text again. */
const DRAFTS = { temperature: '0.7', topP: '0.95', maxNewTokens: '200' };
const MOST_SEED = 2 ** 32;

export class ChatState {
  drafts = $state.raw<GenerationDrafts>({ ...initialDrafts(), ...DRAFTS });
  #chat = $state.raw<Chat>(FIRST);
  readonly past = new ChatPast<Chat>();
  readonly #ratings: ChatRatings;
  readonly #alternatives: ChatAlternatives;
  readonly #writer: ChatWriter;
  #sent = 0;

  constructor(private readonly parts: ChatParts) {
    this.#alternatives = new ChatAlternatives(parts.text, parts.engine);
    this.#ratings = new ChatRatings(parts);
    this.#writer = new ChatWriter(parts, {
      drafts: () => this.drafts,
      sources: () => this.sources,
      setting: () => this.#chat,
      column: (id) => this.#column(id),
      add: (id, parent, node) => this.#add(id, parent, node),
    });
  }

  readonly sources = $derived.by(() => {
    const { runs, modelKey, trained, head } = this.parts;
    // Kept weights stay among them where the tuned ones are the same: a column that has chosen them holds on to them.
    return spokenSources(chatSources(runs(), modelKey(), trained(), head(), true), trained());
  });

  get inLesson() {
    return this.parts.inLesson();
  }

  get columns() {
    return this.#chat.columns;
  }
  get tools() {
    return this.#chat.tools;
  }
  /** True where tools run by themselves. */
  get simulated() {
    return this.#chat.world !== undefined;
  }
  get live() {
    return this.#writer.live;
  }
  get writing() {
    return this.#writer.writing;
  }

  /** Why no model can write now, in a sentence; undefined where one can. */
  readonly block = $derived.by(() => {
    if (!generationOptions(this.drafts)) return words.say.wrongSetting;
    return this.parts.block();
  });

  /** How the conversations of the two models stand to each other; undefined with one model, or before anything was said. */
  readonly histories = $derived.by(() => {
    const [first, second] = this.columns;
    return first && second && historiesOf(pathOf(first.tree), pathOf(second.tree));
  });

  errorOf({ id }: ChatColumn): ErrorReport | undefined {
    return this.#writer.errorOf(id);
  }

  /** The messages of a column that are shown; those behind one that is being written anew are not. */
  path({ id, tree }: ChatColumn): ChatNode[] {
    return this.live?.column === id ? pathTo(tree, this.live.parent) : pathOf(tree);
  }

  /** The calls at the end of a column that nothing has answered yet, with what simulators say; none while it writes. */
  openCalls(column: ChatColumn): { call: string; arguments: string; result: string | undefined }[] {
    const path = this.writing ? [] : pathOf(column.tree);
    const calls = callsOf(path.at(-1));
    if (!calls.length) return [];
    const results = this.#writer.answers(path);
    return calls.map(({ name, rawArguments }, i) => ({
      call: name,
      arguments: rawArguments,
      result: results[i],
    }));
  }

  /** Whether a column ends with a message that a model has to answer. */
  waits({ tree }: ChatColumn): boolean {
    const role = pathOf(tree).at(-1)?.message.role;
    return role === 'user' || role === 'tool';
  }

  /** Whether another model than the column's wrote a message, and its own has written none in that place. */
  borrowed({ source, tree }: ChatColumn, { id, written }: ChatNode): boolean {
    return written !== undefined && !branchesOf(tree, id).some((node) => node.written?.source === source);
  }

  /** The beginning of a column's last answer, where another model wrote it. */
  borrowedAnswer(column: ChatColumn): ChatNode | undefined {
    const answer = answerOf(pathOf(column.tree));
    return answer && this.borrowed(column, answer) ? answer : undefined;
  }

  /** Whether both models wait for results of the same calls: a result is then for both. */
  get sharesCalls(): boolean {
    const wait = this.columns.every(({ tree }) => callsOf(pathOf(tree).at(-1)).length > 0);
    return wait && this.histories?.same === true;
  }

  /** What was likely in place of a token of a message; undefined where its weights are gone, or the engine is busy. */
  alternatives(written: WrittenMessage, token: number): Promise<Alternatives> | undefined {
    const source = this.sources.find(({ id }) => id === written.source);
    if (!source || written.model !== this.parts.modelKey() || this.writing || this.parts.block())
      return undefined;
    const key = `${source.id} ${this.parts.trained()}`;
    return this.#alternatives.at(written, token, source.weights, key);
  }

  /** All that is kept of it elsewhere. Ratings are those of the person's own conversations. */
  kept(): StoredChat {
    const ratings = this.#ratings.of(this.columns, this.parts.ownList());
    return { chat: this.#chat, drafts: this.drafts, ratings };
  }

  /**
   * Puts a chat of another visit in place of this one. Not while a model writes.
   *
   * @param label what was done, where it can be taken back
   * @returns what brings the present chat back
   */
  async restore({ chat, drafts, ratings, records = [] }: StoredChat, label?: string): Promise<() => void> {
    const before = { chat: this.#chat, drafts: this.drafts };
    const names = await this.#ratings.bring(records);
    if (label !== undefined) this.#record(label);
    this.#chat = chat;
    this.drafts = drafts;
    this.#writer.clear();
    const own = ratings.map((rating) => ({ ...rating, record: names.get(rating.record) ?? rating.record }));
    this.#ratings.take(chat.columns, own);
    const sent = chat.columns.flatMap(({ tree }) => [...tree.nodes.values()].map((node) => node.sent ?? 0));
    this.#sent = sent.reduce((most, number) => Math.max(most, number), this.#sent);
    return () => {
      if (label !== undefined) this.#record(label);
      this.#chat = before.chat;
      this.drafts = before.drafts;
    };
  }

  /** Begins anew; what was there can be brought back by undo. */
  begin({ messages, ...rest }: ChatStart): void {
    if (this.writing) return;
    const tree = linked(treeOf(messages));
    this.#change(words.steps.begin, {
      ...rest,
      columns: this.columns.map((column) => ({ ...column, tree })),
    });
    this.#writer.clear();
  }

  /** Begins with the messages of a conversation before `upTo`, its tools, and its world where it is practice data. */
  beginWith({ messages, tools = [], templateKwargs, extra }: Conversation, upTo: number): void {
    const world = typeof extra['world'] === 'number' ? extra['world'] : undefined;
    this.begin({
      messages: messages.slice(0, upTo),
      tools,
      ...(templateKwargs && { templateKwargs }),
      world,
    });
  }

  /** A second model with the same conversation, the first one's answers included: both get the same prompt for what is said next. */
  addColumn(): void {
    const [first] = this.columns;
    if (!first || this.columns.length > 1) return;
    const tree = withPath(EMPTY_TREE, pathOf(first.tree));
    const source = this.sources.find(({ id }) => id !== first.source)?.id ?? 'base';
    this.#change(words.steps.second, { ...this.#chat, columns: [first, { id: first.id + 1, source, tree }] });
    // A column that undo took away may have had the same id.
    this.#writer.clear([first.id + 1]);
  }

  removeColumn(id: number): void {
    if (this.columns.length < 2 || this.writing) return;
    this.#change(words.steps.closed, {
      ...this.#chat,
      columns: this.columns.filter((column) => column.id !== id),
    });
    this.#writer.clear([id]);
  }

  /** Both models go on from what stands in one column; what the other had stays as another branch. */
  shareHistory(id: number): void {
    const path = pathOf(this.#column(id)?.tree ?? EMPTY_TREE);
    if (this.writing || !path.length) return;
    this.#change(words.steps.shared, {
      ...this.#chat,
      columns: this.columns.map((column) =>
        column.id === id ? column : { ...column, tree: withPath(column.tree, path) },
      ),
    });
    this.#writer.clear(this.columns.flatMap((column) => (column.id === id ? [] : [column.id])));
  }

  /** Which model writes in a column from now on. */
  setSource(id: number, source: string): void {
    this.#put(id, (column) => ({ ...column, source }));
  }

  /** Says something to all models, and lets them answer. */
  async send(content: string): Promise<void> {
    if (this.writing || this.block || !content.trim()) return;
    this.#record(words.steps.message);
    const sent = ++this.#sent;
    const message: Message = { role: 'user', content };
    const turns = this.columns.map(({ id, tree }) => ({
      id,
      from: this.#add(id, leafOf(tree), { message, sent }),
    }));
    await this.#writer.write(turns);
  }

  /** Lets the models that have something to answer do so. */
  async goOn(): Promise<void> {
    if (this.writing || this.block) return;
    const waiting = this.columns.filter((column) => this.waits(column));
    if (!waiting.length) return;
    this.#record(words.steps.answer);
    await this.#writer.write(waiting.map(({ id, tree }) => ({ id, from: leafOf(tree) })));
  }

  /**
   * Lets a column's model write a message anew, with the next seed; one of another model with the seed of that, so that the two can be
   * compared. What stood there stays as another branch.
   */
  async regenerate(id: number, node: number): Promise<void> {
    const column = this.#column(id);
    const found = column?.tree.nodes.get(node);
    if (this.writing || this.block || !column || !found) return;
    this.#record(words.steps.anew);
    const turn = { id, from: found.parent };
    const seed = this.borrowed(column, found) ? found.written?.seed : undefined;
    await this.#writer.write([turn], seed ?? this.#nextSeed([turn]));
  }

  /** Lets all models answer the last user message anew, with the same seed. */
  async regenerateAll(): Promise<void> {
    if (this.writing || this.block) return;
    const turns = this.columns.flatMap(({ id, tree }) => {
      const user = promptOfTurn(tree, leafOf(tree)).at(-1);
      return user ? [{ id, from: user.id }] : [];
    });
    if (!turns.length) return;
    this.#record(words.steps.anew);
    await this.#writer.write(turns, this.#nextSeed(turns));
  }

  /**
   * Puts a message in the place of another, and goes on from there: what stood there stays as another branch. What was said
   * to both models is changed for both.
   */
  async edit(column: number, node: number, message: Message): Promise<void> {
    const found = this.#column(column)?.tree.nodes.get(node);
    if (this.writing || !found) return;
    this.#record(words.steps.edit);
    const shared = found.sent !== undefined && message.role !== 'assistant' && message.role !== 'tool';
    const sent = shared ? ++this.#sent : undefined;
    const changed: ChatPlace[] = [];
    for (const { id, tree } of this.columns) {
      const at =
        id === column ? found : shared ? pathOf(tree).find((other) => other.sent === found.sent) : undefined;
      if (!at) continue;
      let next = withBranch(tree, at.id, { message, edited: true, ...(sent !== undefined && { sent }) });
      // The other results of the same calls stand beside it.
      for (const other of resultsBehind(tree, at.id))
        next = withChild(next, leafOf(next), { message: other });
      this.#put(id, (old) => ({ ...old, tree: next }));
      changed.push({ id, from: leafOf(next) });
    }
    const { role } = message;
    if (this.block || role === 'system') return;
    if (role !== 'assistant' || message.toolCalls?.length) await this.#writer.write(changed);
  }

  /** What tools answered, one text a call, as a person says; the model goes on with it. */
  async answer(column: number, results: readonly string[]): Promise<void> {
    const found = this.#column(column);
    const calls = found ? callsOf(pathOf(found.tree).at(-1)) : [];
    if (this.writing || !calls.length) return;
    this.#record(words.steps.result);
    const both = this.sharesCalls;
    const turns = this.columns
      .filter(({ id }) => both || id === column)
      .map(({ id, tree }) => ({ id, from: this.#writer.addResults(id, leafOf(tree), calls, results) }));
    if (!this.block) await this.#writer.write(turns);
  }

  /** The messages in the place of one, itself among them. */
  branches({ tree }: ChatColumn, node: number): ChatNode[] {
    return branchesOf(tree, node);
  }

  /** Shows another branch. */
  choose(column: number, node: number): void {
    if (!this.writing) this.#put(column, (old) => ({ ...old, tree: show(old.tree, node) }));
  }

  undo(): void {
    const chat = this.writing ? undefined : this.past.undo(this.#chat);
    if (chat) this.#chat = chat;
  }

  redo(): void {
    const chat = this.writing ? undefined : this.past.redo(this.#chat);
    if (chat) this.#chat = chat;
  }

  /** Resolves when nothing is written any more. */
  stop(): Promise<void> {
    return this.#writer.stop();
  }

  /** What an answer was rated, as Data has it now. */
  rewardOf({ message }: ChatNode): number | undefined {
    return this.#ratings.rewardOf(message);
  }

  /** Whether the same answer was rated otherwise: such two are no pair to learn from. */
  contradicted({ message }: ChatNode): boolean {
    return this.#ratings.contradicted(message);
  }

  /** Rates an answer: it becomes a record in Data. Undefined takes the record away. */
  async rate(column: number, node: number, reward: number | undefined): Promise<void> {
    const tree = this.#column(column)?.tree;
    if (tree) await this.#ratings.rate(tree, node, reward, this.#chat);
  }

  /** Puts a message behind another; gives its id. */
  #add(id: number, parent: number, node: NewNode): number {
    let added = 0;
    this.#put(id, (column) => {
      const tree = withChild(column.tree, parent, node);
      added = tree.nodes.size;
      return { ...column, tree };
    });
    return added;
  }

  /** The seed after those of the answers that stand in these places already. */
  #nextSeed(turns: readonly ChatPlace[]): number {
    const used = turns.flatMap(({ id, from }) =>
      [...(this.#column(id)?.tree.nodes.values() ?? [])].flatMap(({ parent, written }) =>
        parent === from && written ? [written.seed] : [],
      ),
    );
    const first = generationOptions(this.drafts)?.seed ?? 0;
    return used.length ? (Math.max(...used) + 1) % MOST_SEED : first;
  }

  #column(id: number): ChatColumn | undefined {
    return this.columns.find((column) => column.id === id);
  }

  #record(label: string): void {
    this.past.record(label, this.#chat);
  }

  #change(label: string, chat: Chat): void {
    this.#record(label);
    this.#chat = chat;
  }

  #put(id: number, change: (column: ChatColumn) => ChatColumn): void {
    this.#chat = {
      ...this.#chat,
      columns: this.columns.map((column) => (column.id === id ? change(column) : column)),
    };
  }
}

/** Messages that a chat begins with are the same for all models. */
function linked(tree: ChatTree): ChatTree {
  const nodes = new Map([...tree.nodes].map(([id, node]) => [id, { ...node, sent: -id }]));
  return { ...tree, nodes };
}

/** The results that follow a result, up to the next message of a model; none behind another message. */
function resultsBehind(tree: ChatTree, id: number): Message[] {
  const path = pathOf(tree);
  const at = path.findIndex((node) => node.id === id);
  if (path[at]?.message.role !== 'tool') return [];
  const rest = path.slice(at + 1).map(({ message }) => message);
  const end = rest.findIndex(({ role }) => role !== 'tool');
  return end < 0 ? rest : rest.slice(0, end);
}
