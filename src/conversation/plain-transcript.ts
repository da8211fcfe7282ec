/**
 * @file Plain transcripts: `User: …` and `Assistant: …` on lines of their own, the text going on below.
 *
 * A speaker is written with a capital letter, possibly in Markdown (`**User:**`, `### Human`); see speaker-lines.ts. A text
 * is the rest of its line and the lines after it, less the blank lines at its two ends. A line of `---` or a second
 * `System` begins the next conversation; where such lines stand before an assistant too, they are only drawn between the
 * turns. Before the first speaker there may be a heading and what Markdown says of the file; it is left out.
 */
import { unzip } from './draft';
import { Reporter } from './report';
import { SEPARATOR, splitConversations, type Block, type Line } from './role-blocks';
import type { SourceText } from './source-text';
import { isTalk, speakerLines, type SpeakerLines } from './speaker-lines';
import type { TextFormat, TextRecord } from './text-format';
import { textMessage } from './text-message';
import type { Role } from './types';

const THREAD_ROLE = /^[ \t]*assistant_\w+/m;
const ROLES: readonly string[] = ['system', 'user', 'assistant', 'tool'] satisfies Role[];
/** A heading, a rule, or a line such as `**Created:** today`, which exports write above a talk. */
const ABOVE =
  /^(?:#{1,6}[ \t]|(?:\*\*|__)[^*_]+(?::(?:\*\*|__)|(?:\*\*|__)[ \t]?:))|^[ \t]*(?:[-*_][ \t]*){3,}$/;

const FORM = 'Begin each turn with User: or Assistant: at the start of a line.';

export const plainTranscript: TextFormat = {
  id: 'transcript',
  name: 'plain transcript',
  claims: (source) => !THREAD_ROLE.test(source.text) && isTalk(speakerLines(textsOf(source)).roles),
  missing: 'no line of the file begins with User: or Assistant:',
  read: readPlainTranscript,
};

function textsOf(source: SourceText): string[] {
  return [...source.lines()].map(({ start, end }) => source.text.slice(start, end));
}

function readPlainTranscript(source: SourceText, file: string): TextRecord[] {
  const texts = textsOf(source);
  const speakers = speakerLines(texts);
  const { roles } = speakers;
  const rules = drawsRules(texts, speakers) ? 'drawn' : 'separate';
  const { conversations } = splitConversations(source, 0, (_, i) => roles[i], rules);
  const above = linesAbove(texts, roles);
  return conversations.map((blocks, record) => {
    const report = new Reporter({ file, record, line: blocks[0]?.line ?? 1 });
    if (record === 0) reportAbove(above, report);
    const placed = blocks.map((block, i) => {
      const field = `[${i}] ${block.role}`;
      const fenced = block.body.find(({ line }) => speakers.fenced.has(line - 1));
      if (fenced) {
        const reason = 'a line of a code fence begins like a speaker and was read as code';
        report.warn(
          { field, line: fenced.line },
          reason,
          'Close the fence above it if somebody speaks there.',
        );
      }
      const role = ROLES.includes(block.role) ? (block.role as Role) : 'user';
      return textMessage(role, textOf(block), { field, line: block.line }, report);
    });
    return { report, draft: report.failed ? undefined : { ...unzip(placed), extra: {} } };
  });
}

/** Whether dashes stand between what a user and an assistant say: no conversation begins there. One may begin with an assistant. */
function drawsRules(texts: readonly string[], { roles }: SpeakerLines): boolean {
  let rule = false;
  let asked = false;
  return texts.some((text, i) => {
    const role = roles[i]?.role;
    if (role === undefined) {
      if (text.trim() !== '') rule = SEPARATOR.test(text);
      return false;
    }
    const drawn = rule && asked && (role === 'assistant' || role === 'tool');
    rule = false;
    asked = role === 'user' || role === 'tool';
    return drawn;
  });
}

/** Lines before the first speaker that say something. */
function linesAbove(texts: readonly string[], roles: readonly unknown[]): Line[] {
  const first = roles.findIndex((role) => role !== undefined);
  return texts
    .slice(0, Math.max(first, 0))
    .map((text, i) => ({ text, line: i + 1 }))
    .filter(({ text }) => text.trim() !== '');
}

function reportAbove(above: readonly Line[], report: Reporter): void {
  const prose = above.find(({ text }) => !ABOVE.test(text));
  if (prose) {
    report.error({ field: '', line: prose.line }, 'there is text before the first speaker', FORM);
    return;
  }
  const [head] = above.filter(({ text }) => !/^[-*_ \t]+$/.test(text));
  if (!head) return;
  const reason = `what stands above the first speaker, ${JSON.stringify(head.text.slice(0, 60))}, was left out`;
  report.warn(
    { field: '', line: head.line },
    reason,
    'Give it a speaker, such as System:, if the model is to see it.',
  );
}

function textOf({ inline, body }: Block): string {
  const lines = body.map(({ text }) => text);
  if (inline !== '') lines.unshift(inline);
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop();
  const first = lines.findIndex((text) => text.trim() !== '');
  return lines.slice(Math.max(first, 0)).join('\n');
}
