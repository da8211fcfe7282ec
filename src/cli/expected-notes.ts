/**
 * @file Warnings where a record says what is right in a form that cannot be read.
 */
import type { Conversation } from '../conversation/types';
import { unreadExpected } from '../reward/expected-turns';
import type { Io } from './io';
import { oneLine } from './paint';

/** Tells them on standard error, with file, line, field and remedy. */
export function tellUnread(conversation: Conversation, io: Io): void {
  const { file, line } = conversation.source;
  for (const { field, remedy } of unreadExpected(conversation)) {
    const text = `${file}:${line}: warning: ${field}: it cannot be read, and the recorded reaction counts as right. ${remedy}`;
    io.warn(oneLine(text));
  }
}
