/**
 * @file What the tests of sequences share: templates and conversations by the hundred, an exact way to compare contexts,
 * and per-message samples that know nothing of how sequences are built.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { composePractice } from '../../src/conversation/practice/compose';
import type { Conversation, Message } from '../../src/conversation/types';
import { tokenWeights, type MaskPolicy } from '../../src/mask/policy';
import { Inspector } from '../../src/sequence/inspector';
import { TEMPLATE_FIXTURES, tokenizerWith } from '../fixtures/templates';

/** As Harmony has it: a live turn ends with `<|return|>`, a past one with `<|end|>`, and past thinking is left out. */
export const LIVE_END = `
{%- for m in messages %}
  {%- if m.role == 'assistant' %}
    {%- if m.reasoning_content and loop.last %}
      {{- '<|start|>assistant<|channel|>analysis<|message|>' + m.reasoning_content + '<|end|>' }}
    {%- endif %}
    {{- '<|start|>assistant<|channel|>final<|message|>' + m.content }}
    {%- for call in m.tool_calls or [] %}{{- '<tool_call>' + (call.function | tojson) + '</tool_call>' }}{%- endfor %}
    {{- '<|return|>' if loop.last else '<|end|>' }}
  {%- else %}
    {{- '<|start|>' + m.role + '<|message|>' + m.content + '<|end|>' }}
  {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|start|>assistant' }}{%- endif %}`;

/** Without thinking: only the token at the end of a turn changes once the turn is past. */
const LIVE_END_ONLY = LIVE_END.replace('m.reasoning_content and loop.last', 'false');

function special(template: string, tokens: string[], eos: string): Inspector {
  const config = { tokenizer_class: 'PreTrainedTokenizerFast', eos_token: eos };
  return new Inspector(tokenizerWith(tokens), JSON.stringify(config), template);
}

const HARMONY = ['<|start|>', '<|end|>', '<|return|>', '<|channel|>', '<|message|>'];

/** Every template that the tests of sequences run on. */
export const TEMPLATES: readonly { name: string; inspector: Inspector }[] = [
  ...TEMPLATE_FIXTURES.map(({ name, withoutBlocks, tokenizerJson, tokenizerConfigJson }) => ({
    name,
    inspector: new Inspector(tokenizerJson, tokenizerConfigJson, withoutBlocks),
  })),
  { name: 'live-end', inspector: special(LIVE_END, HARMONY, '<|return|>') },
  { name: 'live-end-only', inspector: special(LIVE_END_ONLY, HARMONY, '<|return|>') },
];

export function templateNamed(name: string): Inspector {
  const found = TEMPLATES.find((template) => template.name === name);
  if (!found) throw new Error(`no template “${name}”`);
  return found.inspector;
}

/** Hostile conversations (those of the tests of generation blocks) and practice, most of several turns with tools. */
export const CONVERSATIONS: readonly Conversation[] = [...hostile(24), ...practice(32)];

function hostile(count: number): Conversation[] {
  const bytes = gunzipSync(readFileSync('test/golden/blocks/blocks.json.gz'));
  const { conversations } = JSON.parse(bytes.toString()) as {
    conversations: Pick<Conversation, 'messages' | 'tools'>[];
  };
  return conversations.slice(0, count).map(({ messages, tools }, i) => ({
    id: `hostile ${i}`,
    messages,
    ...(tools ? { tools } : {}),
    extra: {},
    source: { file: 'hostile', record: i, line: 1 },
  }));
}

function practice(count: number): Conversation[] {
  const found: Conversation[] = [];
  for (let i = 0; found.length < count; i++) {
    const conversation = composePractice(i, { seed: 4 });
    if (conversation.messages.filter(({ role }) => role === 'assistant').length > 1) found.push(conversation);
  }
  return found;
}

/** N user turns, each answered by one message: the i-th answer has `lengths[i]` digits, and each is a token. */
export function turnsOfDigits(lengths: readonly number[]): Conversation {
  const messages = lengths.flatMap((length): Message[] => [
    { role: 'user', content: 'Go on' },
    { role: 'assistant', content: '7'.repeat(length) },
  ]);
  return { id: 'turns', messages, extra: {}, source: { file: 'f', record: 0, line: 1 } };
}

/** Gives equal sequences of tokens the same number, and only them. */
export class Contexts {
  readonly #next = new Map<number, number>();

  /** The number of a context that is `before` with one more token. The empty context is 0. */
  then(before: number, token: number): number {
    const key = before * 2 ** 20 + token;
    const found = this.#next.get(key) ?? this.#next.size + 1;
    this.#next.set(key, found);
    return found;
  }
}

/** A multiset of `context token×weight`, as sorted strings. */
export type Trained = string[];

/** Everything that is trained: each token with a weight, with the context that it is predicted from. */
export function trainedSet(
  contexts: Contexts,
  sequences: Iterable<{ ids: Int32Array; weights: Float32Array }>,
): Trained {
  const found: Trained = [];
  for (const { ids, weights } of sequences) {
    let context = 0;
    ids.forEach((id, i) => {
      if (i > 0 && weights[i] !== 0) found.push(`${context} ${id}×${weights[i]}`);
      context = contexts.then(context, id);
    });
  }
  return found.sort();
}

/** A conversation that ends with an assistant message, on the tokens that inference puts before it. */
export interface MessageSample {
  message: number;
  row: Conversation;
  view: ReturnType<Inspector['inspect']>;
  /** Tokens of the prompt, which are the first of the sample. */
  prompt: number;
}

/** One sample for each assistant message: the tokens of its prompt, then what the template writes after them. */
export function perMessageSamples(inspector: Inspector, conversation: Conversation): MessageSample[] {
  return conversation.messages.flatMap(({ role }, message) => {
    if (role !== 'assistant') return [];
    const row = { ...conversation, messages: conversation.messages.slice(0, message + 1) };
    const { ids } = inspector.prompt(conversation, message);
    const view = inspector.inspect(row);
    const context = view.encoded.ids.subarray(0, ids.length);
    if (context.join() !== ids.join()) throw new Error(`message ${message} does not begin with its prompt`);
    return [{ message, row, view, prompt: ids.length }];
  });
}

/** The ids of a sample, and the policy's weights on what follows the prompt. */
export function weighSample({ row, view, prompt }: MessageSample, policy: MaskPolicy) {
  const weights = tokenWeights(view.encoded, policy, row, view.rendered);
  return { ids: view.encoded.ids, weights: weights.map((weight, i) => (i < prompt ? 0 : weight)) };
}
