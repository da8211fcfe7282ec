/**
 * @file Harmony and plain transcripts, each with the exact conversations that must result.
 */
import { describe, expect, it } from 'vitest';
import { importText } from '../../src/conversation/import';
import { assistant, call, system, testCases, tool, user } from './import-cases';

const block = (header: string, text: string, end = 'end') => `<|start|>${header}<|message|>${text}<|${end}|>`;
const U = block('user', 'U');
const final = (text: string) => block('assistant<|channel|>final', text, 'return');
const CHAT = block('system', 'S') + U + block('assistant<|channel|>analysis', 'R') + final('A');
const CHATTED = { messages: [system('S'), user('U'), assistant('A', { reasoning: 'R' })] };

describe('Harmony text', () => {
  testCases('Harmony (text)', [
    { name: 'thinking and answer', input: CHAT, expected: CHATTED },
    {
      name: 'line breaks between messages',
      input: `\n${CHAT.replaceAll('<|end|>', '<|end|>\n')}\n`,
      expected: CHATTED,
    },
    {
      name: 'a call with preamble, its result, and the answer',
      input:
        U +
        block('assistant<|channel|>analysis', 'R') +
        block('assistant<|channel|>commentary', 'One moment.') +
        block('assistant<|channel|>commentary to=functions.f <|constrain|>json', '{"x": 3}', 'call') +
        block('functions.f to=assistant<|channel|>commentary', '7') +
        final('A'),
      expected: {
        messages: [
          user('U'),
          assistant('One moment.', { reasoning: 'R', toolCalls: [call('f', '{"x": 3}')] }),
          tool('7', { name: 'f' }),
          assistant('A'),
        ],
      },
    },
    {
      name: 'the recipient before the channel, and a second call without a result between',
      input:
        U +
        block('assistant to=functions.f<|channel|>commentary json', '{}', 'call') +
        block('assistant to=functions.g<|channel|>commentary', '{}', 'call'),
      expected: { messages: [user('U'), assistant('', { toolCalls: [call('f', '{}'), call('g', '{}')] })] },
    },
    {
      name: 'a developer message, exact white space',
      input: block('developer', '# Instructions\n\n') + block('user', ' U\n') + block('assistant', 'A '),
      expected: { messages: [system('# Instructions\n\n'), user(' U\n'), assistant('A ')] },
      problems: ['warning 1 [0]: the role `developer` was read as `system`'],
    },
    {
      name: 'an unfinished last message, and a generation prompt',
      input: `${U}<|start|>assistant<|channel|>final<|message|>A\n`,
      expected: { messages: [user('U'), assistant('A')] },
      problems: ['warning 1 [1]: the message is not closed by <|end|>'],
    },
    {
      name: 'a generation prompt at the end',
      input: `${U}\n${block('assistant', 'A')}\n<|start|>assistant`,
      expected: { messages: [user('U'), assistant('A')] },
      problems: ['warning 3 [2]: the generation prompt at the end was left out'],
    },
    {
      name: 'two steps of thinking',
      input:
        U +
        block('assistant<|channel|>analysis', 'R') +
        block('assistant<|channel|>analysis', 'T') +
        final('A'),
      expected: { messages: [user('U'), assistant('A', { reasoning: 'R\nT' })] },
      problems: ['warning 1 [2]: two steps of thinking in a row were joined by a line break'],
    },
    {
      name: 'everything that can be wrong, each at its line',
      input: `${U} x\n${block('assistant<|channel|>secret', '')}\n${block('assistant to=functions.f', 'f(1)', 'call')}\n<|start|>user\n${block('a b c', '')}y`,
      problems: [
        'error 2 [1]: there is text before <|start|>, outside of all messages',
        'error 2 [1]: the channel `secret` is unknown',
        'error 3 [2]: the arguments of `f` are not valid JSON',
        'error 4 [3]: the message has no <|message|>',
        'error 5 [4]: there is text behind the message, outside of all messages',
        'error 5 [4]: the header "a b c" cannot be read',
      ],
    },
  ]);

  testCases('Harmony (JSON)', [
    {
      name: 'in the field `text` of a record',
      input: { text: CHAT, id: 1 },
      expected: { ...CHATTED, extra: { id: 1 } },
    },
    {
      name: 'with the field of what is wrong',
      input: { text: '<|start|>user' },
      problems: ['error 1 text[0]: the message has no <|message|>'],
    },
    {
      name: 'a record without it, where the format is asked for',
      input: { text: 'x' },
      options: { format: 'harmony' },
      problems: ['error 1 text: the record has no field `text` with <|start|>'],
    },
  ]);

  it('begins a conversation after <|return|>, and with a system message after talk', () => {
    const text = `${CHAT}\n${U}${block('assistant', 'B')}\n${block('system', 'T')}${block('developer', 'D')}${U}${final('C')}`;
    const { conversations, records, problems } = importText(text);
    expect(records).toBe(3);
    expect(conversations.map(({ messages, source }) => [source.record, source.line, messages])).toEqual([
      [0, 1, CHATTED.messages],
      [1, 2, [user('U'), assistant('B')]],
      [2, 3, [system('T'), system('D'), user('U'), assistant('C')]],
    ]);
    expect(problems.map(({ line, field }) => [line, field])).toEqual([
      [3, '[1]'],
      [3, '[1]'],
    ]);
  });
});

describe('plain transcripts', () => {
  const CHATTED = { messages: [user('Hi'), assistant('Hello')] };
  testCases('plain transcript', [
    { name: 'User and Assistant', input: 'User: Hi\nAssistant: Hello\n', expected: CHATTED },
    {
      name: 'Human and AI, blank lines, line ends of Windows',
      input: '\n\nHuman: Hi\r\n\r\nAI: Hello',
      expected: CHATTED,
    },
    { name: 'Markdown', input: '**User:** Hi\n\n**Assistant**: Hello', expected: CHATTED },
    { name: 'headings', input: '### Human: Hi\n### Assistant:\nHello', expected: CHATTED },
    {
      name: 'Markdown headings without a colon, in any letters, under a title and with rules between the turns',
      input:
        '# A talk about tea\n**Created:** today\n\n---\n\n## user\n\nHi\n\n---\n\n## 🤖 Assistant\n\n# Tea\n\nHello\n\n---\n',
      expected: { messages: [user('Hi'), assistant('# Tea\n\nHello')] },
      problems: ['warning 1 : what stands above the first speaker, "# A talk about tea", was left out'],
    },
    {
      name: 'names in bold on lines of their own, and names that only Markdown has',
      input: '**You**\n\nHi\n\n**ChatGPT**\nHello\n',
      expected: CHATTED,
    },
    {
      name: 'what is copied from a page that names its turns, as text and as headings',
      input: 'You said:\nHi\n\n###### ChatGPT said:\n\nHello',
      expected: CHATTED,
    },
    { name: 'emphasis of other kinds', input: '__User:__ Hi\n\n__Claude__: Hello', expected: CHATTED },
    {
      name: 'headings that close, with names in bold',
      input: '### **User:** ###\nHi\n### **AI:** ###\nHello',
      expected: CHATTED,
    },
    {
      name: 'a heading without a colon is text where speakers are written otherwise',
      input: 'User: Hi\n## User\nAssistant: # App\n## Assistant\nyes',
      expected: { messages: [user('Hi\n## User'), assistant('# App\n## Assistant\nyes')] },
    },
    {
      name: 'a plain name is text where speakers are headings, and a heading of another level too',
      input: '## User\nUser: Hi\n### Assistant\n## Assistant\nHello\nYou: x',
      expected: { messages: [user('User: Hi\n### Assistant'), assistant('Hello\nYou: x')] },
    },
    {
      name: 'names that only Markdown has are text elsewhere',
      input: 'User: Hi\nYou: x\nAssistant: Hello\nModel: y',
      expected: { messages: [user('Hi\nYou: x'), assistant('Hello\nModel: y')] },
    },
    {
      name: 'bold labels of an answer are text where speakers are plain',
      input: 'User: Hi\nAssistant: A car\n**Model:** Corolla\n**User:** anybody\n**Prompt:** none',
      expected: {
        messages: [user('Hi'), assistant('A car\n**Model:** Corolla\n**User:** anybody\n**Prompt:** none')],
      },
    },
    {
      name: 'a bold name without a colon is text where the speakers have one',
      input: '**User:** Hi\n**Assistant:** See\n**Response**\nyes',
      expected: { messages: [user('Hi'), assistant('See\n**Response**\nyes')] },
    },
    {
      name: 'speakers in two ways, with their usual names',
      input: 'User: Hi\n**Assistant:** A car\n**Model:** Corolla',
      expected: { messages: [user('Hi'), assistant('A car\n**Model:** Corolla')] },
    },
    {
      name: 'code in fences holds no speakers, whether it begins on a line of its own or beside a name',
      input:
        'User: ```\nAssistant: x\n---\n```\nwhy?\nAssistant: So:\n~~~~py\nUser: y\n~~~\nUser: z\n~~~~\nUser: Thanks\nAssistant: Bye',
      expected: {
        messages: [
          user('```\nAssistant: x\n---\n```\nwhy?'),
          assistant('So:\n~~~~py\nUser: y\n~~~\nUser: z\n~~~~'),
          user('Thanks'),
          assistant('Bye'),
        ],
      },
      problems: [
        'warning 2 [0] user: a line of a code fence begins like a speaker and was read as code',
        'warning 8 [1] assistant: a line of a code fence begins like a speaker and was read as code',
      ],
    },
    {
      name: 'a fence that is never closed is none',
      input: 'User: ```\nAssistant: A',
      expected: { messages: [user('```'), assistant('A')] },
    },
    {
      name: 'prose under the title is not dropped',
      input: '# Tea\nOnce upon a time.\nUser: Hi\nAssistant: Hello',
      problems: ['error 2 : there is text before the first speaker'],
    },
    { name: 'capitals', input: 'USER: Hi\nASSISTANT: Hello', expected: CHATTED },
    {
      name: 'System, Tool and thinking',
      input: 'System: S\nUser: Hi\nAssistant: <think>R</think>A\nTool: 7\nAssistant: B',
      expected: {
        messages: [system('S'), user('Hi'), assistant('A', { reasoning: 'R' }), tool('7'), assistant('B')],
      },
      problems: ['warning 4 [3] tool: the tool result follows no call'],
    },
    {
      name: 'text over several lines, its indentation and inner blank lines kept',
      input: 'User: Hi\n\n  - one: 1\n---\nmore\n\nAssistant:\n\n    code\n  Note: x\n\n',
      expected: { messages: [user('Hi\n\n  - one: 1\n---\nmore'), assistant('    code\n  Note: x')] },
    },
    {
      name: 'a speaker inside a line, or in small letters, is text',
      input: 'User: Say "Assistant: x"\n user: y\nAssistant: A',
      expected: { messages: [user('Say "Assistant: x"\n user: y'), assistant('A')] },
    },
    {
      name: 'text before the first speaker',
      input: 'A talk.\nUser: Hi\nAssistant: Hello',
      problems: ['error 1 : there is text before the first speaker'],
    },
    {
      name: 'a lone turn, where the format is asked for',
      input: 'User: Hi',
      options: { format: 'transcript' },
      expected: { messages: [user('Hi')] },
      problems: ['warning 1 : the conversation has no assistant message'],
    },
  ]);
  testCases('unknown', [
    {
      name: 'prose where the format is asked for',
      input: '\nProse.',
      options: { format: 'transcript' },
      problems: ['error 2 : no line of the file begins with User: or Assistant:'],
    },
  ]);

  it('separates conversations by dashes and by System', () => {
    const text = 'User: a\nAssistant: b\n---\nUser: c\nAssistant: d\nSystem: S\nUser: e\nAssistant: f';
    expect(
      importText(text).conversations.map(({ messages, source }) => [source.line, messages.length]),
    ).toEqual([
      [1, 2],
      [4, 2],
      [6, 3],
    ]);
  });

  it('separates conversations by dashes, also where one begins with the assistant', () => {
    const text =
      'User: a\nAssistant: b\n---\nAssistant: Hello!\nUser: c\nAssistant: d\n---\nUser: e\nAssistant: f';
    const { conversations } = importText(text);
    expect(conversations.map(({ messages }) => messages.map(({ content }) => content))).toEqual([
      ['a', 'b'],
      ['Hello!', 'c', 'd'],
      ['e', 'f'],
    ]);
  });

  it('looks for the end of a fence once, however many are opened', () => {
    const text = `User: U\nAssistant: A\n${'```x\n'.repeat(200_000)}`;
    expect(importText(text).conversations.length).toBe(1);
  });

  it('reads a name with much space behind it in one go', () => {
    const space = ' '.repeat(200_000);
    const text = `## User:${space}x\n## Assistant${space}x\n## Assistant:\nA`;
    expect(importText(text).conversations[0]?.messages).toEqual([
      user(`x\n## Assistant${space}x`),
      assistant('A'),
    ]);
  });
});
