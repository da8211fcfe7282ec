/**
 * @file What the editor of a conversation's messages says.
 */
import { plural } from './numbers';

export const editor = {
  title: 'Messages',
  state: (messages: number) => plural(messages, 'message'),
  stateEdited: (messages: number) => `${plural(messages, 'message')}, edited`,
  close: 'Close',
  closeWhat: ' the messages',
  undo: 'Undo',
  redo: 'Redo',
  restore: 'Restore the original',
  add: 'Add a message',
  said: {
    added: (message: number) => `Message ${message} added.`,
    deleted: (message: number) => `Message ${message} deleted.`,
    moved: (from: number, to: number) => `Message ${from} is message ${to} now.`,
    undone: 'The last change is taken back.',
    redone: 'The change is made again.',
    restored: 'The conversation is as it was imported.',
  },
  finding: {
    error: (reason: string, remedy: string) => `Error: ${reason}. ${remedy}`,
    warning: (reason: string, remedy: string) => `Warning: ${reason}. ${remedy}`,
    names: { error: 'Error', warning: 'Warning' },
    text: (reason: string, remedy: string) => `: ${reason}. ${remedy}`,
  },
  message: {
    label: (number: number) => `Message ${number}`,
    role: (number: number) => `Role of message ${number}`,
    up: 'Up',
    down: 'Down',
    moved: (number: number) => ` with message ${number}`,
    add: 'Add',
    addWhat: (number: number) => ` a message behind message ${number}`,
    delete: 'Delete',
    deleteWhat: (number: number) => ` message ${number}`,
    chat: 'Chat',
    chatWhat: (number: number) => ` from message ${number} on`,
    tool: 'Tool',
    answers: 'Answers call',
    inOrder: 'in order',
    thinking: 'Thinking',
    deleteThinking: (number: number) => ` the thinking of message ${number}`,
    answer: 'Answer',
    text: 'Text',
    textOf: (number: number) => ` of message ${number}`,
    call: (call: number, message: number) => `call ${call} of message ${message}`,
    addThinking: 'Add thinking',
    addCall: 'Add a call',
    addTo: (number: number) => ` to message ${number}`,
  },
  call: {
    tool: 'Tool',
    delete: 'Delete',
    deleteWhat: (call: string) => ` ${call}`,
    arguments: 'Arguments, JSON',
    wrong: (reason: string, remedy: string) =>
      `${reason} ${remedy} Until then the call keeps its last arguments.`,
  },
  expected: {
    decisions: {
      call: 'to call',
      answer: 'to answer without a call',
      ask: 'to ask back',
      decline: 'to say that no tool can do this',
    },
    tools: (names: readonly string[]) => names.join(' and '),
    right: (decision: string) =>
      `Right here: ${decision}. A reward goes by that; check that it still fits after a change.`,
    rightCall: (decision: string, tools: string) =>
      `Right here: ${decision} ${tools}. A reward goes by that; check that it still fits after a change.`,
  },
};
