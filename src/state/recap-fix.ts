/**
 * @file Answers of the list that begin with the line of a chat's page (`recap-line.ts`), and the list without those lines.
 */
import { recapFix as words } from '$strings/recap-fix';
import { recapOf } from '../conversation/recap-line';
import type { Conversation, Message } from '../conversation/types';
import { withoutRecaps } from '../conversation/without-recaps';
import type { DataState } from './data.svelte';
import { DataList, type DataPart } from './data-list';
import { PatchedPart } from './data-patch';

/** Answers that begin with such a line, of conversations in memory: those that it can be taken from, and those that are nothing else. */
export function countRecaps(list: DataList): { mendable: number; alone: number } {
  const counts = { mendable: 0, alone: 0 };
  for (let row = 0; row < list.length; row++) {
    const conversation = list.fileRow(row) ? undefined : list.at(row);
    if (!conversation) continue;
    const { messages, preference } = conversation;
    const found = count(messages) + count(preference?.rejected ?? []);
    if (!found) continue;
    const { answers } = withoutRecaps(conversation);
    counts.mendable += answers;
    counts.alone += found - answers;
  }
  return counts;
}

/** Takes the lines away wherever something else is left of the answer; one undo brings them all back. */
export function removeRecaps(data: DataState): Promise<void> {
  const { parts, split } = data.list;
  return data.put(new DataList(parts.map(withoutLines), split), words.step);
}

/** Rows that stay in a file are left as they are. */
function withoutLines(part: DataPart): DataPart {
  const [base, before] = part instanceof PatchedPart ? [part.base, part.changed] : [part, []];
  const mended = new Map<number, Conversation>();
  for (let row = 0; !part.inFile && row < part.length; row++) {
    const own = part.peek(row);
    const without = own && withoutRecaps(own);
    if (without?.answers) mended.set(row, without.conversation);
  }
  return mended.size ? new PatchedPart(base, new Map([...before, ...mended])) : part;
}

const count = (messages: readonly Message[]) =>
  messages.filter((message) => recapOf(message) !== undefined).length;
