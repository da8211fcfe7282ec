/**
 * @file The thread's roles as an indented transcript: a role on a line of its own with its text beneath, or `role: text`.
 *
 * The first role's indentation is that of all roles; a line that is indented deeper is text, whatever it says. Text loses
 * the indentation that its lines share and the blank lines at its two ends, nothing else. A line of `---`, or a second
 * `system`, begins the next conversation.
 */
import { Reporter } from './report';
import { indentOf, splitConversations, type Block, type RoleLine } from './role-blocks';
import { SourceText } from './source-text';
import type { TextFormat, TextRecord } from './text-format';
import { assembleThread, isThreadRole, ROLES_REMEDY, THREAD_ROLES, type ThreadEntry } from './thread-roles';
import type { SourcePosition } from './types';

const ROLE_LINE = new RegExp(
  `^([ \\t]*)(${[...THREAD_ROLES].sort((a, b) => b.length - a.length).join('|')})[ \\t]*(?::(.*))?$`,
);
const NEAR_ROLE = /^([ \t]*)(assistant_\w+)[ \t]*(?::(.*))?$/;

export const threadTranscript: TextFormat = {
  id: 'thread-transcript',
  name: 'thread roles (transcript)',
  claims: looksLikeTranscript,
  missing: 'no line of the file is a role of the thread format',
  read: readTranscript,
};

/** Whether some line of a text is a role. */
function looksLikeTranscript(source: SourceText): boolean {
  for (const { start, end } of source.lines()) if (ROLE_LINE.test(source.text.slice(start, end))) return true;
  return false;
}

/** The conversations of a transcript, each with its own report. */
function readTranscript(source: SourceText, file: string): TextRecord[] {
  const margin = firstMargin(source);
  const { preamble, conversations } = splitConversations(source, margin, (text) => roleOf(text, margin));
  return conversations.map((blocks, record) => {
    const at: SourcePosition = { file, record, line: blocks[0]?.line ?? 1 };
    const report = new Reporter(at);
    if (record === 0 && preamble) {
      const place = { field: '', line: preamble.line };
      report.error(
        place,
        'there is text before the first role',
        `Remove it, or give it a role. ${ROLES_REMEDY}`,
      );
    }
    const entries = blocks.map((block, i) => readBlock(block, i, report));
    const { messages, origins } = assembleThread(entries, report);
    return { report, draft: report.failed ? undefined : { messages, origins, extra: {} } };
  });
}

/** Indentation of the first role. */
function firstMargin(source: SourceText): number {
  for (const { start, end } of source.lines()) {
    const indent = ROLE_LINE.exec(source.text.slice(start, end))?.[1];
    if (indent !== undefined) return indent.length;
  }
  return 0;
}

function roleOf(text: string, margin: number): RoleLine | undefined {
  const match = ROLE_LINE.exec(text) ?? NEAR_ROLE.exec(text);
  if (!match || (match[1] ?? '').length > margin) return undefined;
  return { role: match[2] ?? '', inline: (match[3] ?? '').trimStart() };
}

function readBlock(block: Block, index: number, report: Reporter): ThreadEntry {
  const field = `[${index}] ${block.role}`;
  for (const { line, text } of block.body) {
    const role = text.trim().replace(/:.*$/s, '').trimEnd();
    if (!isThreadRole(role) || !THREAD_ROLES.includes(role)) continue;
    const reason = `the line begins with \`${role}\` but is indented deeper than the roles, so it was read as text`;
    report.warn({ field, line }, reason, 'Give it the indentation of the first role if it is a role.');
  }
  const body = [...block.body];
  while (body.length > 0 && body.at(-1)?.text.trim() === '') body.pop();
  if (block.inline === '') while (body.length > 0 && body[0]?.text.trim() === '') body.shift();
  const shared = body.reduce(
    (least, { text }) => (text.trim() === '' ? least : Math.min(least, indentOf(text))),
    Infinity,
  ); // not Math.min(...): a text may have more lines than a call may have arguments
  const texts = body.map(({ text }) => text.slice(Math.min(shared, indentOf(text))));
  if (block.inline !== '') texts.unshift(block.inline);
  const first = block.inline === '' ? (body[0]?.line ?? block.line) : block.line;
  return { role: block.role, field, line: block.line, content: new SourceText(texts.join('\n'), first) };
}
