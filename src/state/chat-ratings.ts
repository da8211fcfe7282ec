/**
 * @file Ratings of the chat's answers. They live in Data alone, so that undo there takes them back here.
 */
import type { Message } from '../conversation/types';
import { RatedPart } from './chat-rated';
import { pathTo, promptOfTurn, type ChatTree } from './chat-tree';
import type { Chat, ChatParts } from './chat-types';

export class ChatRatings {
  readonly #part = new RatedPart();
  /** The record of a rated answer, by its last message. */
  readonly #records = new WeakMap<Message, string>();

  constructor(private readonly parts: Pick<ChatParts, 'list' | 'put'>) {}

  rewardOf(message: Message): number | undefined {
    const id = this.#records.get(message);
    const list = this.parts.list();
    return id === undefined ? undefined : list.at(list.rowOf(id))?.reward;
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
    await this.parts.put(rated, 'rating in the chat', `rating ${id}`);
  }
}
