/**
 * @file Ratings of the chat's answers. They live in Data alone, so that undo there takes them back here.
 */
import { chat as words } from '$strings/chat';
import type { Conversation, Message } from '../conversation/types';
import { RatedPart } from './chat-rated';
import { CHAT_SOURCE } from './chat-records';
import { pathTo, promptOfTurn, type ChatTree } from './chat-tree';
import type { Chat, ChatColumn, ChatParts } from './chat-types';
import { MemoryPart, type DataList } from './data-list';
import type { ChatRating } from './stored-chat';

export class ChatRatings {
  readonly #part = new RatedPart();
  /** The record of a rated answer, by its last message. */
  readonly #records = new WeakMap<Message, string>();

  constructor(private readonly parts: Pick<ChatParts, 'list' | 'ownList' | 'put' | 'bring'>) {}

  rewardOf(message: Message): number | undefined {
    const id = this.#records.get(message);
    const list = this.parts.list();
    return id === undefined ? undefined : list.at(list.rowOf(id))?.reward;
  }

  /** Whether the same answer to the same prompt was rated otherwise elsewhere in the chat. */
  contradicted(message: Message): boolean {
    const id = this.#records.get(message);
    // Read in any case: whoever asks is told anew when a rating comes.
    const list = this.parts.list();
    return id !== undefined && this.#part.contradicted(list, id);
  }

  /** @param node the last message of the answer; undefined as the reward takes its record away */
  async rate(
    tree: ChatTree,
    node: number,
    reward: number | undefined,
    { tools, templateKwargs, world }: Pick<Chat, 'tools' | 'templateKwargs' | 'world'>,
  ): Promise<void> {
    const path = pathTo(tree, node).map(({ message }) => message);
    const last = path.at(-1);
    if (!last) return;
    const list = this.parts.list();
    const id = this.#records.get(last) ?? this.#part.freeId(list);
    this.#records.set(last, id);
    const count = promptOfTurn(tree, node).length;
    const [prompt, completion] = [path.slice(0, count), path.slice(count)];
    const answer = { id, prompt, completion, tools, world, ...(templateKwargs && { templateKwargs }) };
    const rated =
      reward === undefined ? this.#part.unrated(list, id) : this.#part.rated(list, { ...answer, reward });
    await this.parts.put(rated, words.steps.rating, `rating ${id}`);
  }

  /** The ratings that a list has the records of. */
  of(columns: readonly ChatColumn[], list: DataList): ChatRating[] {
    return columns.flatMap(({ tree }, column) =>
      [...tree.nodes.values()].flatMap(({ id: node, message }) => {
        const record = this.#records.get(message);
        const reward = record === undefined ? undefined : list.at(list.rowOf(record))?.reward;
        return record === undefined || reward === undefined ? [] : [{ column, node, record }];
      }),
    );
  }

  /** Takes ratings over whose records are among the person's own conversations; others are none. */
  take(columns: readonly ChatColumn[], ratings: readonly ChatRating[]): void {
    const list = this.parts.ownList();
    const found = ratings.filter(({ record }) => list.rowOf(record) >= 0);
    for (const { column, node, record } of found) {
      const message = columns[column]?.tree.nodes.get(node)?.message;
      if (message) this.#records.set(message, record);
    }
    this.#part.adopt(
      list,
      found.map(({ record }) => record),
    );
  }

  /**
   * Puts records of another visit among the person's own conversations in Data, also where a lesson has set those aside.
   *
   * @returns the names under which they are there, where theirs were taken
   */
  async bring(records: readonly Conversation[]): Promise<ReadonlyMap<string, string>> {
    const list = this.parts.ownList();
    const names = new Map<string, string>();
    const made = records.map((record) => {
      if (list.rowOf(record.id) < 0) return record;
      let id: string;
      do id = this.#part.freeId(list);
      while (records.some((other) => other.id === id));
      names.set(record.id, id);
      return { ...record, id };
    });
    const part = new MemoryPart(made, [], { name: CHAT_SOURCE });
    if (made.length) await this.parts.bring(list.with(part), words.steps.rating);
    return names;
  }
}
