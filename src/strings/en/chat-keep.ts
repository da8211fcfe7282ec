/**
 * @file What is said where a chat cannot be kept over a reload, or cannot be brought back.
 */
import { bytes } from './numbers';

export const chatKeep = {
  title: 'The chat is not kept over a reload',
  unreadableTitle: 'The chat could not be brought back',
  /** The reason is a sentence. */
  unreadable: (reason: string) => `What this tab kept of the chat cannot be read. ${reason}`,
  unreadableRemedy: 'Save what was kept as a file, and begin a new chat.',
  noJson: 'It is not JSON.',
  tooLarge: (characters: number) =>
    `The chat has ${bytes(characters)}, which is more than a tab keeps. A reload brings back at most what it was before.`,
  notKept:
    'The browser’s storage is full or may not be used. A reload brings back at most what the chat was before.',
  notKeptRemedy: 'Save the session as a file, under Share, or begin a new chat.',
  save: 'Save what was kept',
  /** Of the file that is saved. */
  fileName: 'chat-that-was-kept.json',
  dismiss: 'Dismiss',
};
