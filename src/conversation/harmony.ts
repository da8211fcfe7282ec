/**
 * @file Harmony, the text that gpt-oss models read and write:
 * `<|start|>role<|channel|>name<|message|>text<|end|>`. As a text file, or as the field `text` of a JSON record.
 *
 * The `analysis` before an answer or a call is the message's thinking; `to=functions.name` makes a call. System and
 * developer texts stay whole: what they say about tools is not parsed.
 */
import { unzip, type Draft, type PlacedMessage, type RecordFormat } from './draft';
import type { JsonPath } from './json';
import { messageList, readFields } from './record-frame';
import { Reporter } from './report';
import { Cursor, SourceText } from './source-text';
import type { TextFormat, TextRecord } from './text-format';
import { readArguments } from './tool-calls';
import type { Message } from './types';

const START = '<|start|>';
const MESSAGE = '<|message|>';
const FORM =
  'Write <|start|>role<|message|>text<|end|>, with <|channel|>name before <|message|> for the assistant.';
/** A header: role or tool, recipient, channel; the form of a call's arguments is always JSON and left out. */
const HEADER =
  /^([\w.-]+)(?: to=(\S+?))?(?:<\|channel\|>(\w+)(?: to=(\S+?))?)?(?: ?<\|constrain\|>\w+| json)?$/;
const BORDERS = /<\|(start|end|return|call)\|>/g;

interface Block {
  /** Where the block begins. */
  offset: number;
  header: string;
  text: string;
  /** Where the text begins. */
  body: number;
  end: 'end' | 'return' | 'call' | 'none';
  problems: { severity: 'error' | 'warning'; reason: string }[];
}

export const harmonyText: TextFormat = {
  id: 'harmony',
  name: 'Harmony (text)',
  claims: (source) => source.text.trimStart().startsWith(START),
  missing: 'the text holds no <|start|>',
  read: readFile,
};

export const harmony: RecordFormat = {
  id: 'harmony',
  name: 'Harmony',
  claims: (root) => !messageList(root) && (root.get('text')?.string?.trimStart().startsWith(START) ?? false),
  read(root, report) {
    const text = root.get('text');
    if (text?.string === undefined || !text.string.includes(START)) {
      const remedy = 'Write {"text": "<|start|>user<|message|>…<|end|>…"}.';
      report.error(text ?? root, 'the record has no field `text` with <|start|>', remedy);
      return undefined;
    }
    const fields = readFields(root, ['text'], report);
    const source = new SourceText(text.string, text.line, true);
    const draft = { ...unzip(assemble(readBlocks(source.text), source, text.path, report)), ...fields };
    return report.failed ? undefined : draft;
  },
};

/** Conversations of a file: one ends with `<|return|>`, or where a system message follows the talk. */
function readFile(source: SourceText, file: string): TextRecord[] {
  const groups: Block[][] = [];
  let talked = false;
  for (const block of readBlocks(source.text)) {
    const opens = talked && /^system\b/.test(block.header);
    const last = groups.at(-1);
    if (!last || opens || last.at(-1)?.end === 'return') groups.push([block]);
    else last.push(block);
    talked = !/^(?:system|developer)\b/.test(block.header);
  }
  const said = new Set<string>();
  return groups.map((group, record) => {
    const report = new Reporter({ file, record, line: source.line(group[0]?.offset ?? 0) }, said);
    const draft: Draft = { ...unzip(assemble(group, source, [], report)), extra: {} };
    return { report, draft: report.failed ? undefined : draft };
  });
}

/** All blocks of a text, with what is wrong with each. */
function readBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let stray = 0;
  for (let at = text.indexOf(START); at >= 0; at = text.indexOf(START, stray)) {
    const block: Block = { offset: at, header: '', text: '', body: at, end: 'none', problems: [] };
    blocks.push(block);
    if (text.slice(stray, at).trim() !== '')
      fail(block, 'there is text before <|start|>, outside of all messages');
    const after = at + START.length;
    const border = nextBorder(text, after);
    // Only as far as the border: where no message follows, each block would search the rest of the text.
    const message = text.slice(after, border.index).indexOf(MESSAGE);
    if (message < 0) {
      block.header = text.slice(after, border.index).trim();
      stray = border.next;
      // What a generation prompt leaves at the end of a text.
      const prompt = border.kind === 'none' && block.header === 'assistant' && blocks.length > 1;
      if (!prompt) fail(block, 'the message has no <|message|>');
      else
        block.problems.push({ severity: 'warning', reason: 'the generation prompt at the end was left out' });
      continue;
    }
    block.header = text.slice(after, after + message).trim();
    block.body = after + message + MESSAGE.length;
    const end = nextBorder(text, block.body);
    block.text = text.slice(block.body, end.index);
    if (end.kind === 'start' || end.kind === 'none') {
      if (end.kind === 'none') block.text = block.text.replace(/\r?\n$/, '');
      block.problems.push({ severity: 'warning', reason: 'the message is not closed by <|end|>' });
    } else block.end = end.kind;
    stray = end.next;
  }
  const last = blocks.at(-1);
  if (last && text.slice(stray).trim() !== '' && last.end !== 'none') {
    fail(last, 'there is text behind the message, outside of all messages');
  }
  return blocks;
}

function fail(block: Block, reason: string): void {
  block.problems.push({ severity: 'error', reason });
}

type Border = { kind: 'start' | 'end' | 'return' | 'call' | 'none'; index: number; next: number };

/** The next token that ends something; `<|start|>` is left for the next message. */
function nextBorder(text: string, from: number): Border {
  BORDERS.lastIndex = from;
  const match = BORDERS.exec(text);
  if (!match) return { kind: 'none', index: text.length, next: text.length };
  const kind = match[1] as Exclude<Border['kind'], 'none'>;
  return { kind, index: match.index, next: kind === 'start' ? match.index : BORDERS.lastIndex };
}

/** Messages: thinking, text and calls with no result between them are one. */
function assemble(
  blocks: readonly Block[],
  source: SourceText,
  path: JsonPath,
  report: Reporter,
): PlacedMessage[] {
  const placed: PlacedMessage[] = [];
  /** The assistant message that later steps may still join. */
  let open: PlacedMessage | undefined;
  const push = (message: Message, { field, line }: Cursor): PlacedMessage => {
    const entry = { message, origin: { field, line, calls: [] } };
    placed.push(entry);
    return entry;
  };
  blocks.forEach((block, i) => {
    const node = { kind: 'string', value: block.text, start: block.body, end: block.body } as const;
    const place = new Cursor(node, source, [...path, i]);
    const at = { field: place.field, line: source.line(block.offset) };
    for (const { severity, reason } of block.problems)
      report[severity === 'error' ? 'error' : 'warn'](at, reason, FORM);
    if (block.body === block.offset) return;
    const parts = HEADER.exec(block.header);
    const [, role, first, channel, second] = parts ?? [];
    const recipient = first ?? second;
    if (!parts || role === undefined) {
      report.error(at, `the header ${JSON.stringify(block.header.slice(0, 60))} cannot be read`, FORM);
    } else if (role === 'system' || role === 'developer' || role === 'user') {
      if (role === 'developer') {
        report.warnOnce(
          at,
          'the role `developer` was read as `system`',
          'Nothing to do, unless the template treats the two differently.',
        );
      }
      push({ role: role === 'user' ? 'user' : 'system', content: block.text }, place);
      open = undefined;
    } else if (role !== 'assistant') {
      push({ role: 'tool', content: block.text, name: toolName(role) }, place);
      open = undefined;
    } else if (recipient !== undefined) {
      const name = toolName(recipient);
      const read = readArguments(place, name, report, FORM);
      if (!read) return;
      open ??= push({ role: 'assistant', content: '' }, place);
      (open.message.toolCalls ??= []).push({ name, ...read });
      open.origin.calls.push({ field: place.field, line: place.line });
    } else if (channel === 'analysis') {
      if (!open || open.message.content !== '' || open.message.toolCalls) {
        open = push({ role: 'assistant', content: '' }, place);
      }
      const { message } = open;
      if (message.reasoning !== undefined) {
        report.warn(at, 'two steps of thinking in a row were joined by a line break', 'Write them as one.');
      }
      message.reasoning =
        message.reasoning === undefined ? block.text : `${message.reasoning}\n${block.text}`;
    } else if (channel === undefined || channel === 'final' || channel === 'commentary') {
      if (!open || open.message.content !== '' || open.message.toolCalls) {
        open = push({ role: 'assistant', content: '' }, place);
      }
      open.message.content = block.text;
      // Commentary is said before a call of the same message; a final text ends its message.
      if (channel !== 'commentary') open = undefined;
    } else report.error(at, `the channel \`${channel}\` is unknown`, 'Use analysis, commentary or final.');
    if (block.end === 'call' && recipient === undefined) {
      report.warn(
        at,
        'the message ends with <|call|> but calls nothing',
        'Write to=functions.name before <|message|>.',
      );
    }
  });
  return placed;
}

/** A tool's own name: what the model calls `functions.search` is the tool `search`. */
function toolName(recipient: string): string {
  return recipient.replace(/^functions\./, '');
}
