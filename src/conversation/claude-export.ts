/**
 * @file Claude's data export, `conversations.json`: a list of `{uuid, name, chat_messages, …}`. A message has a `sender`,
 * `human` or `assistant`, and blocks of `content`: `text`, `thinking`, `tool_use` and `tool_result`. Its `text` is the
 * blocks' text once more, with a placeholder for each call, and is read only where there are no blocks.
 *
 * Anthropic does not document the form. It was taken from a schema generated from real exports,
 * github.com/brandtcormorant/claude-json-schema (schema/claude-json-schema.json, 2025), and from what other readers of
 * the export take for thinking. Messages stand in their order; the export has no branches.
 */
import { unzip, type Draft, type RecordFormat } from './draft';
import { readFields } from './record-frame';
import type { Reporter } from './report';
import type { Cursor } from './source-text';
import { readArguments } from './tool-calls';
import { TurnBuilder } from './turn-builder';

const NOTHING = 'Nothing to do, unless the rest makes no sense without it; then take the conversation out.';
const CALL = 'Write a call as {"type": "tool_use", "name": "…", "input": {…}}.';

export const claudeExport: RecordFormat = {
  id: 'claude',
  name: 'Claude export',
  claims: (root) => {
    const list = root.get('chat_messages');
    if (list?.node.kind !== 'array') return false;
    return list.node.items.length === 0 || list.items().some((item) => item.get('sender') !== undefined);
  },
  read(root: Cursor, report: Reporter): Draft | undefined {
    const list = root.get('chat_messages');
    if (list?.node.kind !== 'array') {
      const remedy = 'Bring conversations.json as it stands in the data that Claude exports.';
      report.error(list ?? root, 'the record has no list `chat_messages`', remedy);
      return undefined;
    }
    const fields = readFields(root, ['chat_messages'], report);
    const reader = new ClaudeReader(root.get('name')?.string ?? '', report);
    for (const item of list.items()) reader.readMessage(item);
    const { placed } = reader.turns;
    if (placed.length === 0 && !report.failed) {
      report.error(list, 'the conversation holds no message', 'Take it out; Claude kept it without any.');
    }
    return report.failed ? undefined : { ...unzip(placed), ...fields };
  },
};

class ClaudeReader {
  readonly turns = new TurnBuilder();

  constructor(
    private readonly title: string,
    private readonly report: Reporter,
  ) {}

  readMessage(item: Cursor): void {
    const sender = item.get('sender');
    if (sender?.string !== 'human' && sender?.string !== 'assistant') {
      const found =
        sender === undefined
          ? 'is not said'
          : `${JSON.stringify((sender.string ?? '').slice(0, 60))} is unknown`;
      this.report.error(sender ?? item, `the sender ${found}`, 'Use one of human, assistant.');
      return;
    }
    for (const file of [...(item.get('attachments')?.items() ?? []), ...(item.get('files')?.items() ?? [])]) {
      this.#leaveOut(
        file,
        `the attached file ${JSON.stringify((file.get('file_name')?.string ?? '').slice(0, 60))}`,
      );
    }
    const blocks = item.get('content')?.items() ?? [];
    const text = item.get('text')?.string ?? '';
    if (sender.string === 'human') {
      const content = blocks.length === 0 ? text : this.#textsOf(blocks).join('\n');
      this.turns.add({ role: 'user', content }, item);
      return;
    }
    this.turns.close();
    if (blocks.length === 0) this.turns.say(text, item);
    let before: string | undefined;
    for (const block of blocks) {
      const type = block.get('type')?.string ?? 'text';
      this.#readBlock(type, block, before === 'text');
      before = type;
    }
    this.turns.close();
  }

  #readBlock(type: string, block: Cursor, more: boolean): void {
    const { turns } = this;
    if (type === 'text') {
      const text = block.get('text')?.string ?? '';
      if (text !== '') turns.say(text, block, more);
    } else if (type === 'thinking') {
      const text = block.get('thinking')?.string ?? '';
      if (text !== '') turns.think(text, block);
    } else if (type === 'tool_use') this.#readCall(block);
    else if (type === 'tool_result') {
      const name = block.get('name')?.string;
      const id = block.get('tool_use_id')?.string;
      const content = this.#resultOf(block);
      const more = { ...(id !== undefined && { toolCallId: id }), ...(name !== undefined && { name }) };
      turns.add({ role: 'tool', content, ...more }, block);
    } else this.#leaveOut(block, `a block of the type ${JSON.stringify(type.slice(0, 60))}`);
  }

  #readCall(block: Cursor): void {
    const name = block.get('name')?.string;
    const input = block.get('input');
    if (!name || !input) {
      this.report.error(
        block,
        name ? `the call of \`${name}\` has no input` : 'the call does not name its tool',
        CALL,
      );
      return;
    }
    const read = readArguments(input, name, this.report, CALL);
    const id = block.get('id')?.string;
    if (read) this.turns.call({ ...(id !== undefined && { id }), name, ...read }, block);
  }

  #resultOf(block: Cursor): string {
    const content = block.get('content');
    return content?.string ?? this.#textsOf(content?.items() ?? []).join('\n');
  }

  /** The texts of blocks; one that is no text is left out. */
  #textsOf(blocks: readonly Cursor[]): string[] {
    return blocks.flatMap((block) => {
      const type = block.get('type')?.string ?? 'text';
      const text = block.get('text')?.string;
      if (type === 'text') return text ? [text] : [];
      this.#leaveOut(block, `a block of the type ${JSON.stringify(type.slice(0, 60))}`);
      return [];
    });
  }

  #leaveOut(place: Cursor, what: string): void {
    const of = this.title === '' ? '' : `, in ${JSON.stringify(this.title.slice(0, 80))}`;
    this.report.warn(place, `${what} was left out${of}`, NOTHING);
  }
}
