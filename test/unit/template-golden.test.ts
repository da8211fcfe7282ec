/**
 * @file Templates that TRL ships, against transformers (test/golden/templates): every text and every refusal, and every
 * border of a turn that prefix rendering in Python gives. A border that we put elsewhere must be told by a note.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Conversation, Message, ToolSchema } from '../../src/conversation/types';
import { LosslightError } from '../../src/errors';
import { ChatTemplate } from '../../src/template/chat-template';
import { renderWithProvenance } from '../../src/template/provenance';
import type { Rendered } from '../../src/template/rendered';

type Given = Pick<Conversation, 'messages' | 'tools'>;
interface Case {
  error?: string;
  digest?: string;
  /** Message → length of the text before it with the generation prompt, and of the text through it. */
  borders?: Record<string, [number | null, number | null]>;
}
interface Template {
  source: string;
  bos: string | null;
  eos: string;
  special: string[];
  cases: Case[];
}
const read = (file: string): unknown => JSON.parse(gunzipSync(readFileSync(file)).toString());
const golden = read('test/golden/templates/templates.json.gz') as { templates: Record<string, Template> };
const blocks = read('test/golden/blocks/blocks.json.gz') as { conversations: Given[] };
const own = JSON.parse(readFileSync('test/fixtures/template-conversations.json', 'utf8')) as {
  messages: Message[];
  tools?: ToolSchema[];
}[];
const conversations: Given[] = [...own, ...blocks.conversations.filter((_, i) => i % 12 === 0)];

/** What is wrong with a rendering; empty where all is well, or where a note says what is not. */
function faults(
  { text, spans, notes }: Rendered,
  { digest, borders = {} }: Case,
  { messages }: Given,
): string[] {
  const found: string[] = [];
  if (createHash('sha256').update(text).digest('hex').slice(0, 8) !== digest) return ['another text'];
  const told = (message: number) =>
    notes.some(
      (note) => note.message === message && note.severity === 'warning' && note.code !== 'control-token',
    );
  let at = 0;
  for (const span of spans) {
    if (span.start !== at || span.end <= at) found.push(`hole at ${at}`);
    if (span.generated && messages[span.message]?.role !== 'assistant') found.push(`generated at ${at}`);
    at = span.end;
  }
  if (at !== text.length) found.push('spans end early');
  for (const [key, [before, through]] of Object.entries(borders)) {
    const message = Number(key);
    if (before === null || told(message)) continue;
    const generated = spans.filter((span) => span.message === message && span.generated);
    const [first, last] = [generated[0], generated.at(-1)];
    if (!first || !last) {
      if (through !== null && text.slice(before, through).trim()) found.push(`${key}: nothing is generated`);
      continue;
    }
    if (first.start !== before) found.push(`${key}: begins at ${first.start}, not ${before}`);
    if (through !== null && (last.end > through || text.slice(last.end, through).trim()))
      found.push(`${key}: ends at ${last.end}, not ${through}`);
  }
  return found;
}

// A template that prints the date has that of the golden values.
beforeAll(() => vi.useFakeTimers({ toFake: ['Date'], now: new Date(2026, 10, 22, 12) }));
afterAll(() => vi.useRealTimers());

it.each(Object.entries(golden.templates))(
  '%s',
  { timeout: 60_000 },
  (_, { source, bos, eos, special, cases }) => {
    const template = new ChatTemplate(source, { bosToken: bos ?? '', eosToken: eos, specialTokens: special });
    expect(cases).toHaveLength(conversations.length);
    const wrong: string[] = [];
    cases.forEach((wanted, i) => {
      const conversation = conversations[i];
      if (!conversation) throw new Error('no conversation');
      try {
        const rendered = renderWithProvenance(template, conversation);
        const found = wanted.error === undefined ? faults(rendered, wanted, conversation) : [wanted.error];
        wrong.push(...found.map((fault) => `${i}: ${fault}`));
      } catch (error) {
        if (!(error instanceof LosslightError)) throw error;
        if (wanted.error === undefined) wrong.push(`${i}: ${error.message}`);
      }
    });
    expect(wrong).toEqual([]);
  },
);
