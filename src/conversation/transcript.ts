/**
 * @file The thread's roles as an indented transcript: a role on a line of its own with its text beneath, or `role: text`.
 *
 * The first role's indentation is that of all roles; a line that is indented deeper is text, whatever it says. Text loses
 * the indentation that its lines share and the blank lines at its two ends, nothing else. A line of `---`, or a second
 * `system`, begins the next conversation.
 */
import type { Draft } from './draft';
import { Reporter } from './report';
import { SourceText } from './sourceText';
import { assembleThread, isThreadRole, ROLES_REMEDY, THREAD_ROLES, type ThreadEntry } from './threadRoles';
import type { SourcePosition } from './types';

export interface TranscriptRecord {
  report: Reporter;
  draft: Draft | undefined;
}

const ROLE_LINE = new RegExp(
  `^([ \\t]*)(${[...THREAD_ROLES].sort((a, b) => b.length - a.length).join('|')})[ \\t]*(?::(.*))?$`,
);
const NEAR_ROLE = /^([ \t]*)(assistant_\w+)[ \t]*(?::(.*))?$/;
const SEPARATOR = /^[ \t]*-{3,}[ \t]*$/;

/** Whether some line of a text is a role. */
export function looksLikeTranscript(source: SourceText): boolean {
  for (const { start, end } of source.lines()) if (ROLE_LINE.test(source.text.slice(start, end))) return true;
  return false;
}

interface Line {
  line: number;
  text: string;
}

interface Block extends Line {
  role: string;
  /** Text on the role's own line, behind the colon. */
  inline: string;
  body: Line[];
}

/** The conversations of a transcript, each with its own report. */
export function readTranscript(source: SourceText, file: string): TranscriptRecord[] {
  const { preamble, conversations } = splitConversations(source);
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

function splitConversations(source: SourceText): { preamble: Line | undefined; conversations: Block[][] } {
  const lines = [...source.lines()].map(({ start, end, line }) => ({
    line,
    text: source.text.slice(start, end),
  }));
  const margin =
    lines.map(({ text }) => ROLE_LINE.exec(text)?.[1]?.length).find((indent) => indent !== undefined) ?? 0;
  const roleOf = (text: string) => {
    const match = ROLE_LINE.exec(text) ?? NEAR_ROLE.exec(text);
    return match && (match[1] ?? '').length <= margin ? match : null;
  };
  const borders = findBorders(lines, (text) => roleOf(text) !== null);
  const conversations: Block[][] = [];
  let blocks: Block[] = [];
  let preamble: Line | undefined;
  lines.forEach((line, i) => {
    const match = roleOf(line.text);
    if (match) {
      const role = match[2] ?? '';
      if (blocks.length === 0 || (role === 'system' && blocks.length > 0)) conversations.push((blocks = []));
      blocks.push({ ...line, role, inline: (match[3] ?? '').trimStart(), body: [] });
    } else if (SEPARATOR.test(line.text) && indentOf(line.text) <= margin && borders[i]) {
      blocks = [];
    } else if (blocks.length > 0) blocks.at(-1)?.body.push(line);
    else if (line.text.trim() !== '') preamble ??= line;
  });
  return { preamble, conversations };
}

/** For each line, whether a role or nothing follows it: only there do dashes separate, elsewhere they are text. */
function findBorders(lines: Line[], isRole: (text: string) => boolean): boolean[] {
  const borders = new Array<boolean>(lines.length);
  let border = true;
  for (let i = lines.length - 1; i >= 0; i--) {
    borders[i] = border;
    const text = lines[i]?.text ?? '';
    if (text.trim() !== '' && !SEPARATOR.test(text)) border = isRole(text);
  }
  return borders;
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

function indentOf(text: string): number {
  return text.length - text.replace(/^[ \t]+/, '').length;
}
