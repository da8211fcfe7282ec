/**
 * @file The data exports of ChatGPT and Claude, each with the exact conversation that must result. The records have the
 * form of real exports (see the importers' headers for where that is described); what they say is made up.
 */
import { describe, expect, it } from 'vitest';
import { importText } from '../../src/conversation/import';
import { memorySource, streamConversations } from '../../src/conversation/stream-import';
import { assistant, call, system, testCases, tool, user } from './import-cases';

type Content = Record<string, unknown>;
interface Node {
  role: string;
  content: Content | string;
  name?: string;
  recipient?: string;
  channel?: string;
  end_turn?: boolean;
  metadata?: object;
}

/** A conversation whose nodes, `n0`, `n1`, …, follow each other below a root without a message. */
function tree(nodes: readonly Node[], more: object = {}, title: string | null = 'Chat') {
  const mapping: Record<string, unknown> = {
    root: { id: 'root', message: null, parent: null, children: nodes.length ? ['n0'] : [] },
  };
  nodes.forEach(({ role, content, name, ...rest }, i) => {
    mapping[`n${i}`] = {
      id: `n${i}`,
      parent: i ? `n${i - 1}` : 'root',
      children: i + 1 < nodes.length ? [`n${i + 1}`] : [],
      message: {
        id: `n${i}`,
        author: { role, name: name ?? null, metadata: {} },
        create_time: 1762450026.659018,
        content: typeof content === 'string' ? { content_type: 'text', parts: [content] } : content,
        status: 'finished_successfully',
        weight: 1,
        metadata: {},
        recipient: 'all',
        channel: null,
        ...rest,
      },
    };
  });
  const current_node = nodes.length ? `n${nodes.length - 1}` : 'root';
  return { title, mapping, current_node, ...more };
}

const hidden = { is_visually_hidden_from_conversation: true };
const extra = { title: 'Chat' };
const at = (node: number | string) => `mapping.${typeof node === 'number' ? `n${node}` : node}`;

describe('a ChatGPT export', () => {
  testCases('ChatGPT export (JSON)', [
    {
      name: 'text, with the empty system message at its root, in a list; other fields are kept',
      input: [
        tree(
          [
            { role: 'system', content: '' },
            { role: 'user', content: 'U' },
            { role: 'assistant', content: 'A' },
          ],
          {
            create_time: 1762450026.65,
          },
        ),
      ],
      expected: { messages: [user('U'), assistant('A')], extra: { ...extra, create_time: 1762450026.65 } },
    },
    {
      name: 'a single conversation, as the page itself gets it',
      input: tree(
        [
          { role: 'user', content: 'U' },
          { role: 'assistant', content: 'A' },
        ],
        { moderation_results: [], safe_urls: [] },
      ),
      expected: {
        messages: [user('U'), assistant('A')],
        extra: { ...extra, moderation_results: [], safe_urls: [] },
      },
    },
    {
      name: 'the list inside of an object',
      input: {
        conversations: [
          tree([
            { role: 'user', content: 'U' },
            { role: 'assistant', content: 'A' },
          ]),
        ],
      },
      expected: { messages: [user('U'), assistant('A')], extra },
    },
    {
      name: 'the branch that ends at current_node, not the one that was written last',
      input: (() => {
        const chat = tree([
          { role: 'user', content: 'U' },
          { role: 'assistant', content: 'A' },
        ]);
        chat.mapping.other = {
          id: 'other',
          parent: 'n0',
          children: [],
          message: { author: { role: 'assistant' }, content: { content_type: 'text', parts: ['B'] } },
        };
        return chat;
      })(),
      expected: { messages: [user('U'), assistant('A')], extra },
      problems: [
        `warning 1 ${at('other')}: messages on other branches than the one that ChatGPT shows were left out (told once a file)`,
      ],
    },
    {
      name: 'without current_node, where there is one branch only',
      input: tree(
        [
          { role: 'user', content: 'U' },
          { role: 'assistant', content: 'A' },
        ],
        { current_node: null },
      ),
      expected: { messages: [user('U'), assistant('A')], extra },
    },
    {
      name: 'without current_node, where there are two',
      input: (() => {
        const chat = tree([{ role: 'user', content: 'U' }], { current_node: 'gone' });
        chat.mapping.other = { id: 'other', parent: 'root', children: [], message: null };
        return chat;
      })(),
      problems: [
        'error 1 current_node: current_node names no node of the conversation, which has 2 branches',
      ],
    },
    {
      name: 'a branch that breaks off, and one that goes round',
      input: {
        title: null,
        current_node: 'b',
        mapping: {
          a: {
            parent: 'gone',
            message: { author: { role: 'user' }, content: { content_type: 'text', parts: ['U'] } },
          },
          b: {
            parent: 'a',
            message: { author: { role: 'assistant' }, content: { content_type: 'text', parts: ['A'] } },
          },
        },
      },
      expected: { messages: [user('U'), assistant('A')], extra: { title: null } },
      problems: [
        'warning 1 mapping.a: the message before this one, "gone", is not in the export; what came earlier is missing',
      ],
    },
    {
      name: 'a branch that goes round',
      input: {
        current_node: 'b',
        mapping: {
          a: {
            parent: 'b',
            message: { author: { role: 'user' }, content: { content_type: 'text', parts: ['U'] } },
          },
          b: {
            parent: 'a',
            message: { author: { role: 'assistant' }, content: { content_type: 'text', parts: ['A'] } },
          },
        },
      },
      expected: { messages: [user('U'), assistant('A')] },
      problems: [
        'warning 1 mapping.a: the message before this one, "b", leads back to itself; what came earlier is missing',
      ],
    },
    {
      name: 'hidden messages: the empty one in silence, the others told once',
      input: tree([
        { role: 'system', content: '', metadata: hidden },
        { role: 'system', content: 'secret', metadata: hidden },
        {
          role: 'user',
          content: { content_type: 'user_editable_context', user_profile: 'P', user_instructions: 'I' },
          metadata: hidden,
        },
        { role: 'user', content: 'U' },
        { role: 'assistant', content: 'A' },
      ]),
      expected: { messages: [user('U'), assistant('A')], extra },
      problems: [
        `warning 1 ${at(1)}.message: messages that ChatGPT hides, such as its instructions, were left out (told once a file)`,
      ],
    },
    {
      name: 'a system message that is shown',
      input: tree([
        { role: 'system', content: 'S', metadata: { is_user_system_message: true } },
        { role: 'user', content: 'U' },
        { role: 'assistant', content: 'A' },
      ]),
      expected: { messages: [system('S'), user('U'), assistant('A')], extra },
    },
    {
      name: 'pictures and speech: text is taken, the rest is named with the conversation and the node',
      input: tree([
        {
          role: 'user',
          content: {
            content_type: 'multimodal_text',
            parts: [
              {
                content_type: 'image_asset_pointer',
                asset_pointer: 'sediment://file_1',
                width: 1,
                height: 1,
              },
              'What is it?',
            ],
          },
          metadata: { attachments: [{ id: 'file_1', name: 'cat.png', mime_type: 'image/png' }] },
        },
        {
          role: 'assistant',
          content: {
            content_type: 'multimodal_text',
            parts: [
              { content_type: 'audio_transcription', text: 'A cat.', direction: 'out' },
              { content_type: 'audio_asset_pointer', asset_pointer: 'sediment://file_2' },
              { content_type: 'hologram' },
            ],
          },
        },
      ]),
      expected: { messages: [user('What is it?'), assistant('A cat.')], extra },
      problems: [
        `warning 1 ${at(0)}.message.metadata.attachments[0]: the attached file "cat.png" was left out, in "Chat"`,
        `warning 1 ${at(0)}.message.content.parts[0]: an image was left out, in "Chat"`,
        `warning 1 ${at(1)}.message.content.parts[1]: a recording was left out, in "Chat"`,
        `warning 1 ${at(1)}.message.content.parts[2]: a part of the type "hologram" was left out, in "Chat"`,
      ],
    },
    {
      name: 'thinking, a call with its result, and the answer',
      input: tree([
        { role: 'user', content: 'U' },
        {
          role: 'assistant',
          content: {
            content_type: 'thoughts',
            thoughts: [
              { summary: 'Looking', content: 'R1', chunks: [], finished: true },
              { summary: 'R2', content: '', chunks: [], finished: true },
            ],
          },
        },
        { role: 'assistant', content: 'One moment.', channel: 'commentary' },
        {
          role: 'assistant',
          content: { content_type: 'code', language: 'json', text: '{"q": "x", "n": 3.0}' },
          recipient: 'web.search',
        },
        { role: 'tool', name: 'web.search', content: { content_type: 'execution_output', text: '7' } },
        { role: 'assistant', content: { content_type: 'reasoning_recap', content: 'Thought for 5s' } },
        { role: 'assistant', content: 'R3', channel: 'analysis' },
        { role: 'assistant', content: 'A', channel: 'final', end_turn: true },
      ]),
      expected: {
        messages: [
          user('U'),
          assistant('One moment.', {
            reasoning: 'R1\n\nR2',
            toolCalls: [call('web.search', '{"q": "x", "n": 3.0}')],
          }),
          tool('7', { name: 'web.search' }),
          assistant('A', { reasoning: 'R3' }),
        ],
        extra,
      },
      problems: [
        `warning 1 ${at(1)}.message.content.thoughts[0]: the headings that ChatGPT gave its thoughts were left out (told once a file)`,
        `warning 1 ${at(5)}.message.content: how long ChatGPT thought is no thinking and was left out (told once a file)`,
      ],
    },
    {
      name: 'a call that is code, two calls in one message, and what a page said',
      input: tree([
        { role: 'user', content: 'U' },
        {
          role: 'assistant',
          content: { content_type: 'code', language: 'unknown', text: 'print(1)' },
          recipient: 'python',
        },
        { role: 'assistant', content: '{"prompt": "cat"}', recipient: 'dalle.text2im' },
        {
          role: 'tool',
          name: 'python',
          content: { content_type: 'tether_quote', url: 'u', title: 't', text: 'T' },
        },
        {
          role: 'tool',
          name: 'dalle.text2im',
          content: { content_type: 'tether_browsing_display', result: 'D', summary: '' },
        },
        { role: 'assistant', content: 'A' },
      ]),
      expected: {
        messages: [
          user('U'),
          assistant('', {
            toolCalls: [call('python', '{"input":"print(1)"}'), call('dalle.text2im', '{"prompt": "cat"}')],
          }),
          tool('T', { name: 'python' }),
          tool('D', { name: 'dalle.text2im' }),
          assistant('A'),
        ],
        extra,
      },
      problems: [
        `warning 1 ${at(1)}.message.content: a call that is no JSON object was put into the argument \`input\` (told once a file)`,
        `warning 1 ${at(3)}.message.content: of pages that ChatGPT read, the address and the title were left out (told once a file)`,
      ],
    },
    {
      name: 'what is said to the assistant itself is said, and is no call; texts of one message are lines',
      input: tree([
        { role: 'user', content: { content_type: 'text', parts: ['U', '', 'V'] } },
        { role: 'assistant', content: 'A', recipient: 'assistant' },
      ]),
      expected: { messages: [user('U\nV'), assistant('A')], extra },
    },
    {
      name: 'a call that begins like an object and is none; what follows the end of a turn is another message',
      input: tree([
        { role: 'user', content: 'U' },
        { role: 'assistant', content: '{1, 2}', recipient: 'python', end_turn: true },
        { role: 'assistant', content: '{"n": 2}', recipient: 'python' },
        { role: 'tool', name: 'python', content: '7' },
        { role: 'assistant', content: 'A' },
      ]),
      expected: {
        messages: [
          user('U'),
          assistant('', { toolCalls: [call('python', '{"input":"{1, 2}"}')] }),
          assistant('', { toolCalls: [call('python', '{"n": 2}')] }),
          tool('7', { name: 'python' }),
          assistant('A'),
        ],
        extra,
      },
      problems: [
        `warning 1 ${at(1)}.message.content: a call that is no JSON object was put into the argument \`input\` (told once a file)`,
        `warning 1 ${at(1)}.message.content: the result of the call of \`python\` is missing; none was made up`,
      ],
    },
    {
      name: 'a content and an author that are unknown',
      input: tree([
        { role: 'user', content: { content_type: 'dance', steps: 3 } },
        { role: 'robot', content: 'Beep' },
      ]),
      problems: [
        `warning 1 ${at(0)}.message.content: a message of the type "dance" was left out, in "Chat"`,
        `error 1 ${at(1)}.message.author: the author’s role "robot" is unknown`,
      ],
    },
    {
      name: 'a conversation without a message',
      input: tree([]),
      problems: ['error 1 : the conversation holds no message'],
    },
    {
      name: 'names that objects have by themselves are no nodes and no types',
      input: tree([
        { role: 'user', content: { content_type: 'constructor', parts: ['x'] } },
        { role: 'assistant', content: 'A' },
      ]),
      expected: { messages: [assistant('A')], extra },
      problems: [
        `warning 1 ${at(0)}.message.content: a message of the type "constructor" was left out, in "Chat"`,
        `warning 1 ${at(1)}.message.content: the assistant speaks before any user message`,
      ],
    },
  ]);

  testCases('ChatGPT export (JSON)', [
    {
      name: 'a record that is none, where the format is asked for',
      input: { mapping: 3 },
      options: { format: 'chatgpt' },
      problems: ['error 1 mapping: mapping is a number, not an object'],
    },
  ]);

  it('of many is read record by record: what is told once is told once, and an empty one leaves the others in', () => {
    const talk = (text: string) =>
      tree([
        { role: 'system', content: 'secret', metadata: hidden },
        { role: 'user', content: text },
        { role: 'assistant', content: 'A' },
      ]);
    const { conversations, problems, records } = importText(JSON.stringify([talk('a'), tree([]), talk('b')]));
    expect(records).toBe(3);
    expect(conversations.map(({ source, messages }) => [source.record, messages[0]?.content])).toEqual([
      [0, 'a'],
      [2, 'b'],
    ]);
    expect(problems.map(({ severity, record }) => [severity, record])).toEqual([
      ['warning', 0],
      ['error', 1],
    ]);
  });

  it('is never in memory as a whole: of one long line only pieces are read', async () => {
    const record = JSON.stringify(
      tree([
        { role: 'user', content: 'U'.repeat(4000) },
        { role: 'assistant', content: 'A' },
      ]),
    );
    const records = 300;
    const bytes = new TextEncoder().encode(`[${new Array(records).fill(record).join(',')}]`);
    const inner = memorySource(bytes, 'conversations.json');
    let longest = 0;
    const source = {
      ...inner,
      read(start: number, end: number) {
        longest = Math.max(longest, end - start);
        return inner.read(start, end);
      },
    };
    const chunkBytes = 1 << 14;
    // A file that is read whole, or a record, may have no more than four pieces.
    const limits = { record: 4 * chunkBytes, whole: 4 * chunkBytes };
    const batches = streamConversations(source, { limits, chunkBytes });
    let seen = 0;
    for (;;) {
      const step = await batches.next();
      if (step.done) {
        const { format, records: found, counts } = step.value;
        expect([format, found, counts.good]).toEqual(['ChatGPT export (JSON)', records, records]);
        break;
      }
      seen += step.value.conversations.length;
    }
    expect(seen).toBe(records);
    expect(bytes.length).toBeGreaterThan(64 * chunkBytes);
    expect(longest).toBeLessThanOrEqual(1 << 20);
  });
});

describe('a Claude export', () => {
  const chat = (messages: readonly object[], name = 'Chat') => ({
    uuid: 'c',
    name,
    created_at: '2025-10-01T18:42:27.303515Z',
    account: { uuid: 'a' },
    chat_messages: messages,
  });
  const kept = { uuid: 'c', name: 'Chat', created_at: '2025-10-01T18:42:27.303515Z', account: { uuid: 'a' } };
  const said = (sender: string, content: readonly object[], text = '') => ({
    uuid: 'm',
    text,
    content,
    sender,
    attachments: [],
    files: [],
  });
  const text = (text: string) => ({ type: 'text', text, citations: [], start_timestamp: null });

  testCases('Claude export (JSON)', [
    {
      name: 'text, in a list',
      input: [chat([said('human', [text('U')], 'U'), said('assistant', [text('A')], 'A')])],
      expected: { messages: [user('U'), assistant('A')], extra: kept },
    },
    {
      name: 'of older exports, without blocks',
      input: [
        chat([
          { sender: 'human', text: 'U' },
          { sender: 'assistant', text: 'A' },
        ]),
      ],
      expected: { messages: [user('U'), assistant('A')], extra: kept },
    },
    {
      name: 'thinking, a call, its result and the answer are messages of their own',
      input: [
        chat([
          said('human', [text('U')]),
          said(
            'assistant',
            [
              { type: 'thinking', thinking: 'R', summaries: [] },
              text('One '),
              text('moment.'),
              { type: 'tool_use', id: 't1', name: 'repl', input: { code: '1' } },
              {
                type: 'tool_result',
                tool_use_id: 't1',
                name: 'repl',
                content: [text('7'), text('8')],
                is_error: false,
              },
              text('A'),
            ],
            'One moment. ```This block is not supported```A',
          ),
        ]),
      ],
      expected: {
        messages: [
          user('U'),
          assistant('One moment.', {
            reasoning: 'R',
            toolCalls: [call('repl', '{"code":"1"}', { id: 't1' })],
          }),
          tool('7\n8', { toolCallId: 't1', name: 'repl' }),
          assistant('A'),
        ],
        extra: kept,
      },
    },
    {
      name: 'what is left out, by name',
      input: [
        chat([
          {
            ...said('human', [text('U')]),
            attachments: [{ file_name: 'a.txt', extracted_content: 'x' }],
            files: [{ file_name: 'b.png' }],
          },
          said('assistant', [{ type: 'token_budget' }, text('A')]),
        ]),
      ],
      expected: { messages: [user('U'), assistant('A')], extra: kept },
      problems: [
        'warning 1 chat_messages[0].attachments[0]: the attached file "a.txt" was left out, in "Chat"',
        'warning 1 chat_messages[0].files[0]: the attached file "b.png" was left out, in "Chat"',
        'warning 1 chat_messages[1].content[0]: a block of the type "token_budget" was left out, in "Chat"',
      ],
    },
    {
      name: 'what is left out of a conversation without a name, of a question too; a result may be plain text',
      input: [
        chat(
          [
            said('human', [{ type: 'image' }, text('U')]),
            said('assistant', [
              { type: 'tool_use', id: 't1', name: 'repl', input: {} },
              { type: 'tool_result', tool_use_id: 't1', name: 'repl', content: '7' },
              text('A'),
            ]),
          ],
          '',
        ),
      ],
      expected: {
        messages: [
          user('U'),
          assistant('', { toolCalls: [call('repl', '{}', { id: 't1' })] }),
          tool('7', { toolCallId: 't1', name: 'repl' }),
          assistant('A'),
        ],
        extra: { ...kept, name: '' },
      },
      problems: ['warning 1 chat_messages[0].content[0]: a block of the type "image" was left out'],
    },
    {
      name: 'messages of the assistant that follow each other stay apart',
      input: [
        chat([
          said('human', [text('U')]),
          said('assistant', [{ type: 'tool_use', id: 't1', name: 'f', input: {} }]),
          said('assistant', [
            { type: 'tool_use', id: 't2', name: 'f', input: {} },
            { type: 'tool_result', tool_use_id: 't2', name: 'f', content: '7' },
            text('A'),
          ]),
        ]),
      ],
      expected: {
        messages: [
          user('U'),
          assistant('', { toolCalls: [call('f', '{}', { id: 't1' })] }),
          assistant('', { toolCalls: [call('f', '{}', { id: 't2' })] }),
          tool('7', { toolCallId: 't2', name: 'f' }),
          assistant('A'),
        ],
        extra: kept,
      },
      problems: [
        'warning 1 chat_messages[1].content[0]: the result of the call of `f` (id "t1") is missing; none was made up',
      ],
    },
    {
      name: 'everything that can be wrong',
      input: [
        chat([
          { sender: 'robot', text: 'x' },
          { text: 'x' },
          said('assistant', [
            { type: 'tool_use', input: {} },
            { type: 'tool_use', name: 'f' },
          ]),
        ]),
      ],
      problems: [
        'error 1 chat_messages[0].sender: the sender "robot" is unknown',
        'error 1 chat_messages[1]: the sender is not said',
        'error 1 chat_messages[2].content[0]: the call does not name its tool',
        'error 1 chat_messages[2].content[1]: the call of `f` has no input',
      ],
    },
    {
      name: 'a conversation without a message',
      input: [chat([])],
      problems: ['error 1 chat_messages: the conversation holds no message'],
    },
  ]);

  it('names no conversation that has no name', () => {
    const messages = [said('human', [{ type: 'image' }, text('U')]), said('assistant', [text('A')])];
    const { problems } = importText(JSON.stringify([chat(messages, '')]));
    expect(problems.map(({ reason }) => reason)).toEqual(['a block of the type "image" was left out']);
  });
});
