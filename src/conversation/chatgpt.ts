/**
 * @file ChatGPT's data export, `conversations.json`: a list of `{title, mapping, current_node, …}`. `mapping` is a tree of
 * nodes `{id, parent, children, message}`, with a branch for each edited question and each answer made again; the
 * conversation that ChatGPT shows goes from `current_node` up to the root.
 *
 * OpenAI does not document the form. It was taken from the code with which the export's own `chat.html` shows it, and from
 * descriptions of real exports: github.com/mohamed-chs/convoviz (docs/dev/chatgpt-spec.md, version 3.0 of February 2026)
 * and github.com/mitkury/chatgpt-export-parser (docs/chatgpt-data-export-format.md).
 *
 * What the assistant sends to another `recipient` than `all` is a call of that tool. `thoughts`, and text on the channel
 * `analysis`, are thinking; a `reasoning_recap` says how long that took ("Thought for 5 seconds"), which nobody would have
 * a model learn as its thinking, and is left out. Whatever is left out is named, once a file where every file has it.
 */
import { unzip, type Draft, type RecordFormat } from './draft';
import { readFields } from './record-frame';
import type { Reporter } from './report';
import type { Cursor } from './source-text';
import { readArguments } from './tool-calls';
import { TurnBuilder } from './turn-builder';
import type { ToolCall } from './types';

const TREE = ['mapping', 'current_node'];

/** Parts of a message that are no text, for people. */
const MEDIA: Record<string, string | undefined> = {
  image_asset_pointer: 'an image',
  audio_asset_pointer: 'a recording',
  video_container_asset_pointer: 'a video',
  real_time_user_audio_video_asset_pointer: 'a recording',
};

/** Where the text of a content is that has no parts. */
const TEXT_FIELDS: Record<string, string | undefined> = {
  code: 'text',
  execution_output: 'text',
  system_error: 'text',
  tether_quote: 'text',
  sonic_webpage: 'text',
  tether_browsing_display: 'result',
};

const NOTHING = 'Nothing to do, unless the rest makes no sense without it; then take the conversation out.';

export const chatGpt: RecordFormat = {
  id: 'chatgpt',
  name: 'ChatGPT export',
  claims: (root) =>
    root
      .get('mapping')
      ?.fields()
      .some(([, node]) => node.get('message') !== undefined || node.get('children') !== undefined) ?? false,
  read(root: Cursor, report: Reporter): Draft | undefined {
    const fields = readFields(root, TREE, report);
    const branch = findBranch(root, report);
    if (!branch) return undefined;
    const reader = new BranchReader(root.get('title')?.string ?? '', report);
    for (const node of branch) reader.readNode(node);
    const { placed } = reader.turns;
    if (placed.length === 0 && !report.failed) {
      report.error(root, 'the conversation holds no message', 'Take it out; ChatGPT kept it without any.');
    }
    return report.failed ? undefined : { ...unzip(placed), ...fields };
  },
};

/** The nodes from the root to `current_node`; undefined after an error was reported. */
function findBranch(root: Cursor, report: Reporter): Cursor[] | undefined {
  const mapping = root.get('mapping');
  if (mapping?.node.kind !== 'object') {
    const reason = mapping
      ? `mapping is ${mapping.describe()}, not an object`
      : 'the record has no `mapping`';
    const remedy = 'Bring conversations.json as it stands in the data that ChatGPT exports.';
    report.error(mapping ?? root, reason, remedy);
    return undefined;
  }
  const given = root.get('current_node');
  let id = given?.string;
  if (id === undefined || !mapping.get(id)) {
    const ends = mapping.fields().filter(([, node]) => !node.get('children')?.items().length);
    const [end] = ends;
    if (!end || ends.length > 1) {
      const reason = `current_node names no node of the conversation, which has ${ends.length} branches`;
      report.error(given ?? root, reason, 'Write the id of its last message into current_node.');
      return undefined;
    }
    [id] = end;
  }
  const branch: Cursor[] = [];
  const seen = new Set<string>();
  for (let next: string | undefined = id; next !== undefined;) {
    const node = mapping.get(next);
    if (!node || seen.has(next)) {
      const what = node ? 'leads back to itself' : 'is not in the export';
      const reason = `the message before this one, ${JSON.stringify(next.slice(0, 60))}, ${what}; what came earlier is missing`;
      report.warn(branch.at(-1) ?? mapping, reason, NOTHING);
      break;
    }
    seen.add(next);
    branch.push(node);
    next = node.get('parent')?.string;
  }
  const other = mapping.fields().find(([key, node]) => !seen.has(key) && isSaid(node));
  if (other) {
    const reason = 'messages on other branches than the one that ChatGPT shows were left out';
    report.warnOnce(
      other[1],
      reason,
      'To take another branch, write the id of its last message into current_node.',
    );
  }
  return branch.reverse();
}

/** Whether a node holds a message of the user or the assistant. */
function isSaid(node: Cursor): boolean {
  const message = node.get('message');
  const role = message?.get('author')?.get('role')?.string;
  return (role === 'user' || role === 'assistant') && !(message && isHidden(message));
}

function isHidden(message: Cursor): boolean {
  const flag = message.get('metadata')?.get('is_visually_hidden_from_conversation');
  return flag?.json === true;
}

class BranchReader {
  readonly turns = new TurnBuilder();

  constructor(
    private readonly title: string,
    private readonly report: Reporter,
  ) {}

  readNode(node: Cursor): void {
    const { report, turns } = this;
    const message = node.get('message');
    // The root, and places that ChatGPT keeps open, hold none.
    if (!message) return;
    const author = message.get('author');
    const role = author?.get('role')?.string;
    const content = message.get('content');
    if (isHidden(message)) {
      if (content && hasText(content)) {
        const reason = 'messages that ChatGPT hides, such as its instructions, were left out';
        report.warnOnce(message, reason, NOTHING);
      }
      return;
    }
    if (role !== 'system' && role !== 'user' && role !== 'assistant' && role !== 'tool') {
      const found = role === undefined ? 'is not said' : `${JSON.stringify(role.slice(0, 60))} is unknown`;
      const remedy = 'Use one of system, user, assistant, tool as author.role.';
      report.error(author ?? message, `the author’s role ${found}`, remedy);
      return;
    }
    if (!content) return;
    for (const file of message.get('metadata')?.get('attachments')?.items() ?? []) {
      this.#leaveOut(
        file,
        `the attached file ${JSON.stringify((file.get('name')?.string ?? '').slice(0, 60))}`,
      );
    }
    if (role === 'assistant') {
      this.#readAssistant(message, content);
      return;
    }
    const text = this.#textOf(content);
    if (text === undefined || (text === '' && role === 'system')) return;
    const name = role === 'tool' ? author?.get('name')?.string : undefined;
    turns.add({ role, content: text, ...(name !== undefined && { name }) }, node);
  }

  #readAssistant(message: Cursor, content: Cursor): void {
    const { report, turns } = this;
    const type = content.get('content_type')?.string;
    const recipient = message.get('recipient')?.string ?? 'all';
    if (type === 'thoughts') {
      for (const thought of content.get('thoughts')?.items() ?? []) this.#think(thought);
      return;
    }
    if (type === 'reasoning_recap') {
      const reason = 'how long ChatGPT thought is no thinking and was left out';
      report.warnOnce(content, reason, 'Nothing to do.');
      return;
    }
    const text = this.#textOf(content);
    if (text === undefined) return;
    if (recipient !== 'all' && recipient !== 'assistant') {
      const call = this.#callOf(recipient, text, content);
      if (call) turns.call(call, content);
    } else if (text !== '') {
      if (message.get('channel')?.string === 'analysis') turns.think(text, content);
      else turns.say(text, content);
    }
    if (message.get('end_turn')?.json === true) turns.close();
  }

  #think(thought: Cursor): void {
    const [content, summary] = [thought.get('content')?.string, thought.get('summary')?.string];
    if (content && summary) {
      const reason = 'the headings that ChatGPT gave its thoughts were left out';
      this.report.warnOnce(thought, reason, 'Nothing to do.');
    }
    const text = content || summary;
    if (text) this.turns.think(text, thought);
  }

  /** A call of a tool: its text as arguments where that is an object, else under a name that says what it is. */
  #callOf(name: string, text: string, content: Cursor): ToolCall | undefined {
    if (text.trimStart().startsWith('{')) {
      const place = content.get('text') ?? content.get('parts')?.items()[0];
      const given = place?.string === text ? place : undefined;
      const remedy = 'Write the call’s arguments as a JSON object.';
      const read = given && isJsonObject(text) ? readArguments(given, name, this.report, remedy) : undefined;
      if (read) return { name, ...read };
    }
    const reason = 'a call that is no JSON object was put into the argument `input`';
    this.report.warnOnce(content, reason, 'Nothing to do, unless the tool names it otherwise.');
    return { name, arguments: { input: text }, rawArguments: JSON.stringify({ input: text }) };
  }

  /** The text of a content; undefined where it is of a type that is left out. */
  #textOf(content: Cursor): string | undefined {
    const type = content.get('content_type')?.string ?? 'text';
    const field = Object.hasOwn(TEXT_FIELDS, type) ? TEXT_FIELDS[type] : undefined;
    if (field !== undefined) {
      if (type === 'tether_quote' || type === 'sonic_webpage') {
        const reason = 'of pages that ChatGPT read, the address and the title were left out';
        this.report.warnOnce(content, reason, NOTHING);
      }
      return content.get(field)?.string ?? '';
    }
    const parts = content.get('parts');
    if ((type !== 'text' && type !== 'multimodal_text') || (parts && parts.node.kind !== 'array')) {
      this.#leaveOut(content, `a message of the type ${JSON.stringify(type.slice(0, 60))}`);
      return undefined;
    }
    const texts: string[] = [];
    for (const part of parts?.items() ?? []) {
      const partType = part.get('content_type')?.string ?? '';
      // What was spoken, as text.
      const text = part.string ?? (partType === 'audio_transcription' ? part.get('text')?.string : undefined);
      if (text !== undefined) texts.push(text);
      else {
        const known = Object.hasOwn(MEDIA, partType) ? MEDIA[partType] : undefined;
        this.#leaveOut(part, known ?? `a part of the type ${JSON.stringify(partType.slice(0, 60))}`);
      }
    }
    return texts.filter((text) => text !== '').join('\n');
  }

  #leaveOut(place: Cursor, what: string): void {
    const of = this.title === '' ? '' : `, in ${JSON.stringify(this.title.slice(0, 80))}`;
    this.report.warn(place, `${what} was left out${of}`, NOTHING);
  }
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Whether a content that is not read would have had something to say. */
function hasText(content: Cursor): boolean {
  const parts = content.get('parts');
  if (parts) return parts.items().some((part) => part.string !== '');
  return content
    .fields()
    .some(([key, { string }]) => key !== 'content_type' && string !== undefined && string !== '');
}
