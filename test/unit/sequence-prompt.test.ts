/**
 * @file Assistant messages on the tokens of their prompts, where text and tokens do not have the same borders, and where
 * the template refuses.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { Inspector } from '../../src/sequence/inspector';
import type { Strategy } from '../../src/sequence/strategy';
import { conversationOf, inspectorWith } from './mask-support';
import { CONVERSATIONS } from './sequence-support';

/** Bytes, two line breaks in one token, and nothing that keeps a token inside a word. */
function merging(template: string): Inspector {
  const pocket = JSON.parse(readFileSync('public/models/pocket/tokenizer.json', 'utf8')) as {
    model: { vocab: Record<string, number>; merges: [string, string][] };
    pre_tokenizer: unknown;
    added_tokens: { content: string }[];
  };
  const bytes = Object.keys(pocket.model.vocab).filter((token) => [...token].length === 1);
  const added = pocket.added_tokens.map(({ content }) => content);
  const vocab = [...added, ...bytes.filter((token) => !added.includes(token)), 'ĊĊ'];
  const tokenizer = {
    ...pocket,
    added_tokens: pocket.added_tokens.map((token, id) => ({ ...token, id })),
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
    model: {
      ...pocket.model,
      vocab: Object.fromEntries(vocab.map((token, id) => [token, id])),
      merges: [['Ċ', 'Ċ']],
    },
  };
  return new Inspector(JSON.stringify(tokenizer), JSON.stringify({ eos_token: '<|im_end|>' }), template);
}

const THINKS = readFileSync('test/fixtures/templates/prompt-opens-thinking.jinja', 'utf8');

const twice = conversationOf(
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Hello!' },
  { role: 'user', content: 'Bye' },
  { role: 'assistant', content: 'Bye!', reasoning: 'A farewell.' },
);

const trainedText = (inspector: Inspector, conversation: Conversation, strategy: 'whole' | 'fork') =>
  inspector.divide(conversation, DEFAULT_POLICY, { strategy }).sequences.map(({ sequence }) => {
    const pieces = inspector.tokenizer.pieces(sequence.ids);
    return pieces.filter((_, i) => sequence.weights[i] !== 0).join('');
  });

describe('a token across the end of the prompt', () => {
  const inspector = merging(THINKS);
  // The prompt ends `<think>⏎`, and without thinking the model goes on with `⏎</think>`.
  test('is taken apart by merge-and-fork, and trained', () => {
    expect(trainedText(inspector, twice, 'whole')).toEqual([
      // The first line break belongs to the prompt, and with it the token.
      '</think>\n\nHello!<|im_end|>A farewell.\n</think>\n\nBye!<|im_end|>',
    ]);
    // The history keeps the token whole, so that the next turn is a sequence of its own.
    expect(trainedText(inspector, twice, 'fork')).toEqual([
      '\n</think>\n\nHello!<|im_end|>',
      'A farewell.\n</think>\n\nBye!<|im_end|>',
    ]);
  });

  test('the sample begins with the tokens of the prompt, and offsets still point at their characters', () => {
    const { encoded, rendered, fit } = inspector.views(twice).sample(1);
    const prompt = inspector.prompt(twice, 1);
    expect(fit).toBe('realigned');
    expect([...encoded.ids.subarray(0, prompt.ids.length)]).toEqual([...prompt.ids]);
    const pieces = inspector.tokenizer.pieces(encoded.ids);
    expect(pieces.join('')).toBe(rendered.text);
    expect(pieces.map((_, i) => rendered.text.slice(encoded.start[i], encoded.end[i]))).toEqual(pieces);
    expect(encoded.generated[prompt.ids.length]).toBe(1);
    expect(encoded.generated[prompt.ids.length - 1]).toBe(0);
  });

  test('is told, in both', () => {
    const [whole, fork] = inspector.compare(twice, DEFAULT_POLICY, { strategies: ['whole', 'fork'] });
    expect(whole?.differences).toMatchObject([
      { message: 1, cause: 'merged-tokens', token: inspector.prompt(twice, 1).ids.length - 1, changes: [] },
    ]);
    expect(fork?.differences).toEqual([]);
    expect(fork?.notes.map(({ message, text }) => [message, text])).toEqual([
      [
        1,
        'Tokenized as a whole, a token would reach across the end of the prompt; it was taken apart there, as at inference.',
      ],
      [3, 'A new sequence begins here: a token reaches across the border of two messages.'],
    ]);
  });

  test('stays where taking it apart would invent a space', () => {
    const json = readFileSync('test/golden/tokenizer/bpe-metaspace-always.tokenizer.json', 'utf8');
    const colon =
      '{% for m in messages %}{{ m.role + ": " + m.content + "\\n" }}{% endfor %}' +
      '{% if add_generation_prompt %}assistant: {% endif %}';
    const metaspace = new Inspector(json, '{}', colon);
    const one = conversationOf(
      { role: 'user', content: 'the cat' },
      { role: 'assistant', content: 'the cat' },
    );
    const { fit, encoded } = metaspace.views(one).sample(1);
    expect(fit).toBe('merged');
    expect([...encoded.ids]).toEqual([...metaspace.inspect(one).encoded.ids]);
    const [fork] = metaspace.compare(one, DEFAULT_POLICY, { strategies: ['fork'] });
    expect(fork?.differences.map(({ cause }) => cause)).toEqual(['merged-tokens']);
    expect(fork?.notes).toMatchObject([{ severity: 'warning', message: 1 }]);
  });
});

describe('a template that does not follow its own prompt', () => {
  test('the template’s text is trained, and that is told', () => {
    // As some R1 distillates: the prompt opens thinking, and no turn is ever written with it.
    const drops = inspectorWith(
      '{% for m in messages %}{{ "<|im_start|>" + m.role + "\\n" + m.content + "<|im_end|>\\n" }}{% endfor %}' +
        '{% if add_generation_prompt %}{{ "<|im_start|>assistant\\n<think>\\n" }}{% endif %}',
    );
    const [whole, fork] = drops.compare(twice, DEFAULT_POLICY, { strategies: ['whole', 'fork'] });
    expect(whole?.differences.map(({ message, cause }) => [message, cause])).toEqual([
      [1, 'prompt'],
      [3, 'prompt'],
    ]);
    expect(fork?.lengths).toHaveLength(1);
    expect(fork?.notes.map(({ severity, message }) => [severity, message])).toEqual([
      ['warning', 1],
      ['warning', 3],
    ]);
  });

  test('one that refuses prompts', () => {
    const refuses = inspectorWith(
      '{% if add_generation_prompt %}{{ raise_exception("no prompts") }}{% endif %}' +
        '{% for m in messages %}{{ "<|im_start|>" + m.role + "\\n" + m.content + "<|im_end|>\\n" }}{% endfor %}',
    );
    expect(refuses.views(twice).prompt(1)).toBeUndefined();
    const [, fork] = refuses.compare(twice, DEFAULT_POLICY, { strategies: ['whole', 'fork'] });
    expect(fork?.messages.map(({ times }) => times)).toEqual([1, 1]);
    expect(fork?.differences.map(({ cause }) => cause)).toEqual(['prompt', 'prompt']);
  });

  test('one that refuses a prefix: its message is trained where it stands next', () => {
    // Refuses a conversation of two messages, which is the first prefix.
    const refuses = inspectorWith(
      '{% if messages | length == 2 %}{{ raise_exception("too short") }}{% endif %}' +
        '{% for m in messages %}{{ "<|im_start|>" + m.role + "\\n" + m.content + "<|im_end|>\\n" }}{% endfor %}' +
        '{% if add_generation_prompt %}{{ "<|im_start|>assistant\\n" }}{% endif %}',
    );
    const { sequences, notes } = refuses.divide(twice, DEFAULT_POLICY, { strategy: 'prefixes-last' });
    expect(sequences.map(({ sequence }) => sequence.origin.trained)).toEqual([[3]]);
    expect(notes).toMatchObject([{ severity: 'warning', message: 1 }]);
    expect(notes[0]?.text).toMatch(/^No sequence ends at this message: .*too short/);
    const fork = refuses.divide(twice, DEFAULT_POLICY, { strategy: 'fork' });
    expect(fork.sequences.map(({ sequence }) => sequence.origin.trained)).toEqual([[1, 3]]);
  });

  test('one that refuses the whole: its conversation is a problem, and the others are not', () => {
    const refuses = inspectorWith(
      '{% if messages | length == 4 %}{{ raise_exception("too long") }}{% endif %}' +
        '{% for m in messages %}{{ "<|im_start|>" + m.role + "\\n" + m.content + "<|im_end|>\\n" }}{% endfor %}',
    );
    const short = { ...conversationOf(...twice.messages.slice(0, 2)), id: 'short' };
    const { sequences, problems } = refuses.sequences([twice, short], DEFAULT_POLICY, 512);
    expect(sequences.map(({ origin }) => origin.conversation)).toEqual(['short']);
    expect(problems).toMatchObject([{ conversation: 'c' }]);
    expect(problems[0]?.reason).toContain('too long');
    const last = refuses.sequences([twice, short], DEFAULT_POLICY, 512, {}, { strategy: 'last' });
    expect(last.problems[0]?.reason).toContain('too long');
  });
});

test('messages that nobody answers are in the whole conversation alone', () => {
  const open = conversationOf(...twice.messages, { role: 'user', content: 'Still there?' });
  const inspector = inspectorWith();
  const messages = (strategy: 'whole' | 'prefixes' | 'fork') =>
    inspector
      .divide(open, DEFAULT_POLICY, { strategy })
      .sequences.map(({ sequence: { origin } }) => [origin.trained, origin.context]);
  expect(messages('whole')).toEqual([
    [
      [1, 3],
      [0, 2, 4],
    ],
  ]);
  expect(messages('prefixes')).toEqual([
    [[1], [0]],
    [
      [1, 3],
      [0, 2],
    ],
  ]);
  expect(messages('fork')).toEqual([
    [
      [1, 3],
      [0, 2],
    ],
  ]);
});

test('a conversation without an assistant gives no sequence, and says why', () => {
  const inspector = inspectorWith();
  const lonely = conversationOf({ role: 'user', content: 'Hi' });
  for (const strategy of ['whole', 'prefixes', 'prefixes-last', 'last', 'fork'] as const) {
    const { sequences, problems } = inspector.sequences([lonely], DEFAULT_POLICY, 512, {}, { strategy });
    expect(sequences).toEqual([]);
    expect(problems[0]?.reason).toBe('It has no assistant turn, so there is nothing to train on.');
  }
});

test('a policy that trains what others say: every message is in exactly one sequence', () => {
  const inspector = inspectorWith();
  const policy = { ...DEFAULT_POLICY, roles: { system: 1, user: 1, tool: 1 } };
  for (const conversation of CONVERSATIONS) {
    const trained = (strategy: Strategy) =>
      inspector
        .divide(conversation, policy, { strategy })
        .sequences.flatMap(({ sequence }) => sequence.origin.trained ?? []);
    const last = trained('prefixes-last');
    expect(new Set(last).size, conversation.id).toBe(last.length);
    expect(trained('fork'), conversation.id).toEqual(last);
    const users = conversation.messages.filter(
      ({ role, content }) => role === 'user' && content.trim(),
    ).length;
    expect(last.filter((m) => conversation.messages[m]?.role === 'user').length).toBeGreaterThanOrEqual(
      users - 1,
    );
  }
});

test('renderings are made once for a conversation, however many strategies ask', () => {
  const inspector = inspectorWith();
  expect(inspector.views(twice)).toBe(inspector.views(twice));
  expect(inspector.views({ ...twice })).not.toBe(inspector.views(twice));
  const [first] = inspector.divide(twice, DEFAULT_POLICY, { strategy: 'whole' }).sequences;
  expect(first?.encoded.ids).toBe(inspector.views(twice).whole.encoded.ids);
  for (const conversation of CONVERSATIONS.slice(0, 20)) inspector.views(conversation);
  expect(inspector.views(twice).whole.encoded.ids).not.toBe(first?.encoded.ids);
});
