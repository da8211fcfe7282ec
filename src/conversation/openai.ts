/**
 * @file OpenAI chat messages: `{messages: [ … ], tools}` or a bare list of messages.
 */
import { unzip, type Draft, type RecordFormat } from './draft';
import { readMessages } from './openai-message';
import { judged } from './preference';
import { messageList, readFrame } from './record-frame';
import type { Reporter } from './report';
import type { Cursor } from './source-text';

export const openai: RecordFormat = {
  id: 'openai',
  name: 'OpenAI',
  claims: (root) => hasRoles(messageList(root)),
  read(root: Cursor, report: Reporter): Draft | undefined {
    const frame = readFrame(root, report);
    if (!frame) return undefined;
    const read = readMessages(frame.messages, report);
    return report.failed ? undefined : judged(root, { ...unzip(read), ...frame.fields }, report);
  },
};

/** Whether a list looks like chat messages: some item names its role. */
export function hasRoles(list: Cursor | undefined): boolean {
  return list?.items().some((message) => message.get('role')) ?? false;
}
