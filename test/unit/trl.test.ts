/**
 * @file Labels by TRL itself, assistant-only and completion-only, on 500 conversations: our fixtures' templates, and
 * templates that TRL ships, with those that it trains on in their place.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { LosslightError } from '../../src/errors';
import { tokenWeights } from '../../src/mask/policy';
import { presetNamed } from '../../src/mask/presets';
import { Inspector } from '../../src/sequence/inspector';
import { TEMPLATE_FIXTURES, tokenizerWith } from '../fixtures/templates';
import { runLengths } from './mask-support';

type Mode = 'assistant' | 'completion';
type Label = 'error' | 'none' | (string & {}) | { runs: number[]; digest: string };
interface Template {
  assistant: Label[];
  completion: Label[];
  /** Of templates that TRL ships: the one that it trains on, and what the tokenizer needs. */
  training?: string;
  source?: string;
  special?: string[];
  bos?: string | null;
  eos?: string;
}
const read = (file: string): unknown =>
  JSON.parse(gunzipSync(readFileSync(`test/golden/${file}.json.gz`)).toString());
const golden = read('trl/trl') as { templates: Record<string, Template> };
const blocks = read('blocks/blocks') as { conversations: Pick<Conversation, 'messages' | 'tools'>[] };
const conversations = blocks.conversations.map(({ messages, tools }, i): Conversation => ({
  id: String(i),
  messages,
  ...(tools ? { tools } : {}),
  extra: {},
  source: { file: 'golden', record: i, line: 1 },
}));

/** The tokenizer of a template, with the template that TRL gives it for either loss. */
function inspectorsOf(name: string): Record<Mode, Inspector> {
  const fixture = TEMPLATE_FIXTURES.find((known) => known.name === name);
  if (fixture) {
    const one = new Inspector(fixture.tokenizerJson, fixture.tokenizerConfigJson, fixture.source);
    return { assistant: one, completion: one };
  }
  const { special = [], bos, eos, source, training } = golden.templates[name] ?? {};
  const config = JSON.stringify({
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: bos,
    eos_token: eos,
  });
  const withTemplate = (template?: string) => new Inspector(tokenizerWith(special), config, template);
  return { assistant: withTemplate(training), completion: withTemplate(source) };
}

/** As the golden script divides: at the last assistant message, in every other conversation at the first. */
function divided(conversation: Conversation, index: number): Conversation {
  const speaks = (message: Conversation['messages'][number]) => message.role === 'assistant';
  const { messages } = conversation;
  return {
    ...conversation,
    completionFrom: index % 2 ? messages.findIndex(speaks) : messages.findLastIndex(speaks),
  };
}

type View = ReturnType<Inspector['inspect']> | 'error';

function viewOf(inspector: Inspector, conversation: Conversation): View {
  try {
    return inspector.inspect(conversation);
  } catch (error) {
    if (error instanceof LosslightError) return 'error';
    throw error;
  }
}

function labelOf(view: View, mode: Mode, conversation: Conversation): Label {
  const policy = presetNamed(`trl-${mode}-only`)?.policy;
  if (!policy) throw new Error('no preset');
  if (view === 'error') return view;
  const { rendered, encoded } = view;
  const weights = tokenWeights(encoded, policy, conversation, rendered);
  if (mode === 'assistant' && !weights.includes(1)) return 'none';
  const runs = runLengths(weights);
  const text = `${encoded.ids.join(',')}|${runs.join(',')}`;
  return { runs, digest: createHash('sha256').update(text).digest('hex').slice(0, 8) };
}

const digestOf = (label: Label | undefined) => (typeof label === 'object' ? label.digest : label);

/**
 * Templates of TRL are compared on every fifth conversation, because that takes long; 500 on ours.
 * The golden values have all.
 */
const EVERY = 5;

// A template that prints the date has that of the golden values.
beforeAll(() => vi.useFakeTimers({ toFake: ['Date'], now: new Date(2026, 10, 22, 12) }));
afterAll(() => vi.useRealTimers());

it.each(Object.keys(golden.templates))('%s: TRL’s labels', { timeout: 60_000 }, (name) => {
  const inspectors = inspectorsOf(name);
  const same = inspectors.assistant === inspectors.completion;
  const different: object[] = [];
  const step = name.startsWith('trl/') ? EVERY : 1;
  conversations.forEach((whole, i) => {
    if (i % step !== 0) return;
    const conversation = divided(whole, i);
    let view: View | undefined;
    for (const mode of ['assistant', 'completion'] as const) {
      view = same && view ? view : viewOf(inspectors[mode], conversation);
      const found = labelOf(view, mode, conversation);
      const wanted = golden.templates[name]?.[mode][i];
      if (digestOf(found) !== digestOf(wanted)) different.push({ conversation: i, mode, found, wanted });
    }
  });
  expect(golden.templates[name]?.assistant).toHaveLength(conversations.length);
  expect(golden.templates[name]?.completion).toHaveLength(conversations.length);
  expect(different.slice(0, 3), `${different.length} labels differ`).toEqual([]);
});
