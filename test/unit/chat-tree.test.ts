/**
 * @file The chat's tree: branches beside each other, one path that is shown, and nothing lost.
 */
import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/conversation/types';
import {
  branchesOf,
  EMPTY_TREE,
  leafOf,
  pathOf,
  pathTo,
  promptOfTurn,
  sharedLength,
  show,
  treeOf,
  withBranch,
  withChild,
  withPath,
  type ChatTree,
} from '../../src/state/chat-tree';

const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });
const tool = (content: string): Message => ({ role: 'tool', content, name: 'calculate' });
const texts = (tree: ChatTree) => pathOf(tree).map(({ message }) => message.content);

/** u1 a1 u2 a2. */
const talk = treeOf([user('u1'), assistant('a1'), user('u2'), assistant('a2')]);

describe('a tree of messages', () => {
  test('empty', () => {
    expect(pathOf(EMPTY_TREE)).toEqual([]);
    expect(leafOf(EMPTY_TREE)).toBe(0);
    expect(promptOfTurn(EMPTY_TREE, 0)).toEqual([]);
    expect(branchesOf(EMPTY_TREE, 1)).toEqual([]);
  });

  test('messages in a row', () => {
    expect(texts(talk)).toEqual(['u1', 'a1', 'u2', 'a2']);
    expect(pathOf(talk).map(({ id, parent }) => [id, parent])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 3],
    ]);
    expect(leafOf(talk)).toBe(4);
  });

  test('a message written anew is a branch, and the other one can be shown again with what followed it', () => {
    const anew = withBranch(talk, 2, { message: assistant('b1') });
    expect(texts(anew)).toEqual(['u1', 'b1']);
    expect(branchesOf(anew, 2).map(({ id }) => id)).toEqual([2, 5]);
    expect(branchesOf(anew, 5)).toEqual(branchesOf(anew, 2));
    expect(texts(show(anew, 2))).toEqual(['u1', 'a1', 'u2', 'a2']);
    expect(texts(show(show(anew, 2), 5))).toEqual(['u1', 'b1']);
    // The tree before is what it was.
    expect(texts(talk)).toEqual(['u1', 'a1', 'u2', 'a2']);
    expect(talk.nodes.size).toBe(4);
  });

  test('the first message has branches as well', () => {
    const other = withChild(withBranch(talk, 1, { message: user('v1') }), 5, { message: assistant('c1') });
    expect(texts(other)).toEqual(['v1', 'c1']);
    expect(branchesOf(other, 1).map(({ message }) => message.content)).toEqual(['u1', 'v1']);
    expect(texts(show(other, 1))).toEqual(['u1', 'a1', 'u2', 'a2']);
  });

  test('to show a message deep in a branch shows all before it', () => {
    const anew = withBranch(talk, 2, { message: assistant('b1') });
    expect(texts(show(anew, 4))).toEqual(['u1', 'a1', 'u2', 'a2']);
    const deep = withChild(withChild(anew, 5, { message: user('w2') }), 6, { message: assistant('d2') });
    expect(texts(show(show(deep, 4), 7))).toEqual(['u1', 'b1', 'w2', 'd2']);
    // A branch within a branch stays what it was when the outer one is left and shown again.
    const inner = withBranch(deep, 7, { message: assistant('e2') });
    expect(texts(show(show(inner, 2), 5))).toEqual(['u1', 'b1', 'w2', 'e2']);
  });

  test('a message behind one that has followers already', () => {
    const more = withChild(talk, 1, { message: assistant('b1') });
    expect(texts(more)).toEqual(['u1', 'b1']);
    expect(pathTo(more, 4).map(({ message }) => message.content)).toEqual(['u1', 'a1', 'u2', 'a2']);
  });

  test('a turn begins with the last message of the person', () => {
    const called = treeOf([user('u1'), assistant('call'), tool('71'), assistant('It is 71.')]);
    expect(promptOfTurn(called, 4).map(({ id }) => id)).toEqual([1]);
    expect(promptOfTurn(talk, 4).map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(promptOfTurn(talk, 3).map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(promptOfTurn(treeOf([assistant('a')]), 1)).toEqual([]);
  });

  test('no id comes twice, whatever is added where', () => {
    let tree = talk;
    for (let i = 0; i < 20; i++)
      tree = withChild(tree, (7 * i) % (tree.nodes.size + 1), { message: user(`${i}`) });
    expect(tree.nodes.size).toBe(24);
    for (const [id, node] of tree.nodes) {
      expect(node.id).toBe(id);
      expect(node.parent).toBeLessThan(id);
      expect(pathTo(tree, id).at(-1)).toBe(node);
    }
  });

  test('an unknown message is branched nowhere', () => {
    expect(withBranch(talk, 99, { message: user('x') })).toBe(talk);
  });
});

describe('the path of another tree', () => {
  const other = treeOf([user('u1'), assistant('b1'), user('u2'), assistant('b2')]);
  const length = (a: ChatTree, b: ChatTree) => sharedLength(pathOf(a), pathOf(b));

  test('how much of it is the same, by what the messages hold', () => {
    expect(length(talk, talk)).toBe(4);
    expect(length(talk, other)).toBe(1);
    expect(length(talk, treeOf([user('u1'), assistant('a1')]))).toBe(2);
    expect(length(treeOf([user('u1')]), talk)).toBe(1);
    expect(length(EMPTY_TREE, talk)).toBe(0);
    const thought = (reasoning: string) => treeOf([{ ...assistant('a1'), reasoning }]);
    expect(length(thought('x'), thought('y'))).toBe(0);
    // The order of fields is the file's.
    expect(length(thought('x'), treeOf([{ reasoning: 'x', content: 'a1', role: 'assistant' }]))).toBe(1);
  });

  test('is shown; what was there stays as a branch', () => {
    const made = withPath(other, pathOf(talk));
    expect(texts(made)).toEqual(['u1', 'a1', 'u2', 'a2']);
    expect(made.nodes.size).toBe(7);
    expect(branchesOf(made, 2).map(({ message }) => message.content)).toEqual(['b1', 'a1']);
    expect(texts(show(made, 4))).toEqual(['u1', 'b1', 'u2', 'b2']);
  });

  test('is shown to its end and no further, also where the tree goes on', () => {
    const short = treeOf([user('u1'), assistant('a1')]);
    const made = withPath(talk, pathOf(short));
    expect(texts(made)).toEqual(['u1', 'a1']);
    expect(texts(show(made, 4))).toEqual(['u1', 'a1', 'u2', 'a2']);
    expect(texts(withPath(talk, pathOf(treeOf([user('u1')]))))).toEqual(['u1']);
  });

  test('one that stands there already, or an empty one, changes nothing', () => {
    expect(withPath(talk, pathOf(talk))).toEqual(talk);
    expect(withPath(talk, [])).toEqual(talk);
    expect(texts(withPath(EMPTY_TREE, pathOf(talk)))).toEqual(texts(talk));
  });
});
