/**
 * @file What is said of a link that holds a page's content and cannot be made or read.
 */
import { count } from './numbers';

export const links = {
  /** What stands for a file's name where the content came by a link. */
  name: 'the link',
  origin: 'shared link',
  tooLong: (characters: number, most: number) =>
    `The link would have ${count(characters)} characters; at most ${count(most)} are allowed.`,
  shareLess: 'Share less, or save a file and send that.',
  tooLongToRead: (characters: number, most: number) =>
    `The link holds ${count(characters)} characters; at most ${count(most)} are read.`,
  askForFile: 'Ask for a file in its place.',
  tooLarge: (most: number) =>
    `What the link holds unpacks to more than ${count(most)} bytes, and was not read further.`,
  tooLargeRemedy: 'Ask for a file in its place, and open such a link only from people you know.',
  unreadable: (reason: string) => `The link cannot be read: ${reason}.`,
  copyAgain: 'Copy the whole link again; chats and mail programs cut long ones.',
  notJson: 'what it holds is not JSON',
  tooDeep: (most: number) => `what it holds is nested more than ${most} deep`,
  damaged: 'it is damaged or was cut off',
  wrongCharacter: (character: string, place: number) =>
    `it has the character “${character}” at place ${place}`,
  empty: 'it is empty',
  cut: 'it was cut off',
};
