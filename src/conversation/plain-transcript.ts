/**
 * @file Plain transcripts: `User: …` and `Assistant: …` on lines of their own, the text going on below.
 *
 * A speaker is written with a capital letter, possibly in Markdown (`**User:**`, `### Human:`). A text is the rest of its
 * line and the lines after it, less the blank lines at its two ends. A line of `---` or a second `System` begins the next
 * conversation.
 */
import { unzip } from './draft';
import { Reporter } from './report';
import { splitConversations, type Block, type RoleLine } from './role-blocks';
import type { SourceText } from './source-text';
import type { TextFormat, TextRecord } from './text-format';
import { textMessage } from './text-message';
import type { Role } from './types';

const SPEAKERS: Record<string, Role | undefined> = {
  system: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  ai: 'assistant',
  bot: 'assistant',
  chatgpt: 'assistant',
  tool: 'tool',
};

const NAMES = 'System|SYSTEM|User|USER|Human|HUMAN|Assistant|ASSISTANT|AI|Bot|BOT|ChatGPT|Tool|TOOL';
const SPEAKER = new RegExp(`^(?:#{1,6} +)?(?:\\*\\*)?(${NAMES})(?:\\*\\*)? ?:(?:\\*\\*)?(.*)$`);
const THREAD_ROLE = /^[ \t]*assistant_\w+/m;

const FORM = 'Begin each turn with User: or Assistant: at the start of a line.';

export const plainTranscript: TextFormat = {
  id: 'transcript',
  name: 'plain transcript',
  claims(source) {
    if (THREAD_ROLE.test(source.text)) return false;
    const roles = new Set<string>();
    for (const { start, end } of source.lines()) {
      const found = roleOf(source.text.slice(start, end));
      if (found) roles.add(found.role);
      if (roles.has('user') && roles.has('assistant')) return true;
    }
    return false;
  },
  missing: 'no line of the file begins with User: or Assistant:',
  read: readPlainTranscript,
};

function roleOf(text: string): RoleLine | undefined {
  const match = SPEAKER.exec(text);
  const role = match && SPEAKERS[(match[1] ?? '').toLowerCase()];
  return role ? { role, inline: (match[2] ?? '').trimStart() } : undefined;
}

function readPlainTranscript(source: SourceText, file: string): TextRecord[] {
  const { preamble, conversations } = splitConversations(source, 0, roleOf);
  return conversations.map((blocks, record) => {
    const report = new Reporter({ file, record, line: blocks[0]?.line ?? 1 });
    if (record === 0 && preamble) {
      report.error({ field: '', line: preamble.line }, 'there is text before the first speaker', FORM);
    }
    const placed = blocks.map((block, i) => {
      const role = SPEAKERS[block.role] ?? 'user';
      return textMessage(role, textOf(block), { field: `[${i}] ${block.role}`, line: block.line }, report);
    });
    return { report, draft: report.failed ? undefined : { ...unzip(placed), extra: {} } };
  });
}

function textOf({ inline, body }: Block): string {
  const lines = body.map(({ text }) => text);
  if (inline !== '') lines.unshift(inline);
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop();
  const first = lines.findIndex((text) => text.trim() !== '');
  return lines.slice(Math.max(first, 0)).join('\n');
}
