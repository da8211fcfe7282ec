/**
 * @file A chat as a tree of messages: every answer that was written anew and every message that was edited is a branch of its
 * own, and one path through the tree is shown. Nothing is ever taken out. Pure: every change gives a new tree.
 */
import type { Message } from '../conversation/types';
import type { WrittenMessage } from './chat-message';

export interface ChatNode {
  /** From 1, unique in its tree; rises with time. */
  readonly id: number;
  /** The message that it follows; 0 where it is the first. */
  readonly parent: number;
  readonly message: Message;
  /** How a model wrote it; undefined where a person or a tool did. */
  readonly written?: WrittenMessage;
  /** A person wrote it in place of another. */
  readonly edited?: boolean;
  /** Messages that were sent to several models at once have the same number. */
  readonly sent?: number;
}

export interface ChatTree {
  readonly nodes: ReadonlyMap<number, ChatNode>;
  /** The child that is shown, by its parent; 0 for the first message. */
  readonly shown: ReadonlyMap<number, number>;
}

/** What a new node has beside its place. */
export type NewNode = Omit<ChatNode, 'id' | 'parent'>;

export const EMPTY_TREE: ChatTree = { nodes: new Map(), shown: new Map() };

/** Messages in a row, without branches. */
export function treeOf(messages: readonly Message[]): ChatTree {
  let tree = EMPTY_TREE;
  for (const message of messages) tree = withChild(tree, leafOf(tree), { message });
  return tree;
}

/** The messages that are shown, the first one first. */
export function pathOf(tree: ChatTree): ChatNode[] {
  const path: ChatNode[] = [];
  let at = shownChild(tree, 0);
  while (at) {
    path.push(at);
    at = shownChild(tree, at.id);
  }
  return path;
}

/** The message at `id` and those before it, the first one first; none for 0. */
export function pathTo(tree: ChatTree, id: number): ChatNode[] {
  const path: ChatNode[] = [];
  for (let at = tree.nodes.get(id); at; at = tree.nodes.get(at.parent)) path.unshift(at);
  return path;
}

/** The last message that is shown; 0 where there is none. */
export function leafOf(tree: ChatTree): number {
  return pathOf(tree).at(-1)?.id ?? 0;
}

/** The tree with a message behind `parent`, which is shown from now on. */
export function withChild(tree: ChatTree, parent: number, node: NewNode): ChatTree {
  const id = tree.nodes.size + 1;
  const nodes = new Map(tree.nodes).set(id, { ...node, id, parent });
  return show({ ...tree, nodes }, id);
}

/** The tree with a message in place of the one at `id`, which stays as another branch. What followed that stays with it. */
export function withBranch(tree: ChatTree, id: number, node: NewNode): ChatTree {
  const at = tree.nodes.get(id);
  return at ? withChild(tree, at.parent, node) : tree;
}

/** The messages in the place of the one at `id`, itself among them, the oldest first. */
export function branchesOf(tree: ChatTree, id: number): ChatNode[] {
  const parent = tree.nodes.get(id)?.parent;
  return [...tree.nodes.values()].filter((node) => node.parent === parent);
}

/** The tree with the branch shown that goes through `id`; behind that, what was last shown there. */
export function show(tree: ChatTree, id: number): ChatTree {
  const shown = new Map(tree.shown);
  for (const { id: child, parent } of pathTo(tree, id)) shown.set(parent, child);
  return { ...tree, shown };
}

/** How many messages two paths begin with that are the same, whoever wrote them: what a template makes of those is the same, too. */
export function sharedLength(a: readonly ChatNode[], b: readonly ChatNode[]): number {
  const end = a.findIndex((node, i) => textOf(node.message) !== textOf(b[i]?.message));
  return end < 0 ? a.length : end;
}

/**
 * The tree with the messages of another tree's path shown, as they were written there. What it showed from where the two part stays
 * as another branch.
 */
export function withPath(tree: ChatTree, path: readonly ChatNode[]): ChatTree {
  if (!path.length) return tree;
  const own = pathOf(tree);
  const shared = sharedLength(own, path);
  // A path is shown to its end: where it has more messages than the other, the other's last one is a branch without them.
  const from = shared === path.length && own.length > shared ? shared - 1 : shared;
  let made = tree;
  let at = own[from - 1]?.id ?? 0;
  for (const { id: _, parent: __, ...node } of path.slice(from)) {
    made = withChild(made, at, node);
    at = made.nodes.size;
  }
  return made;
}

/** The path up to the beginning of the turn that the message at `id` belongs to: through the last message of the person. */
export function promptOfTurn(tree: ChatTree, id: number): ChatNode[] {
  const path = pathTo(tree, id);
  const user = path.findLastIndex(({ message }) => message.role === 'user');
  return path.slice(0, user + 1);
}

/** A message as text; the order of its fields is that of the file it was read from, and means nothing. */
function textOf(message: Message | undefined): string | undefined {
  if (!message) return undefined;
  const fields = Object.entries(message).filter(([, value]) => value !== undefined);
  return JSON.stringify(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function shownChild(tree: ChatTree, parent: number): ChatNode | undefined {
  const id = tree.shown.get(parent);
  return id === undefined ? undefined : tree.nodes.get(id);
}
