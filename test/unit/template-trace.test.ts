/**
 * @file Which line of a chat template wrote which characters: against Jinja2's own line numbers for the templates that TRL
 * ships (test/golden/templates/lines.json.gz), and spelt out for literal text, loops, macros and what writes as a whole.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { ChatTemplate } from '../../src/template/chat-template';
import { pieceAt, type TemplatePiece, traceTemplate } from '../../src/template/trace';

type Given = Pick<Conversation, 'messages' | 'tools'>;
const read = (file: string): unknown => JSON.parse(gunzipSync(readFileSync(file)).toString());
const { templates } = read('test/golden/templates/templates.json.gz') as {
  templates: Record<string, { source: string; bos: string | null; eos: string; special: string[] }>;
};
const { lines } = read('test/golden/templates/lines.json.gz') as {
  lines: Record<string, ([offset: number, line: number][] | null)[]>;
};
const conversations = JSON.parse(
  readFileSync('test/fixtures/template-conversations.json', 'utf8'),
) as Given[];

const CONTEXT = { bosToken: '<s>', eosToken: '</s>', specialTokens: ['</s>'] };
const CHAT: Given = {
  messages: [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello!' },
  ],
};

/** Kind, first and last line, and the characters of each piece. */
function traced(source: string, given: Given = CHAT) {
  const template = new ChatTemplate(source, CONTEXT);
  const text = template.render(given.messages, { tools: given.tools });
  return traceTemplate(template, given, text)?.map(
    ({ kind, line, lastLine, start, end }) =>
      `${kind} ${line === lastLine ? line : `${line}-${lastLine}`}: ${JSON.stringify(text.slice(start, end))}`,
  );
}

describe('the templates of TRL', () => {
  beforeAll(() => vi.useFakeTimers({ now: new Date(2026, 10, 22, 12), toFake: ['Date'] }));
  afterAll(() => vi.useRealTimers());

  it.for(Object.entries(lines))('%s', ([name, cases]) => {
    const { source, bos, eos, special } = templates[name] ?? expect.fail('no such template');
    const template = new ChatTemplate(source, { bosToken: bos ?? '', eosToken: eos, specialTokens: special });
    const own = source.split('\n');
    let compared = 0;
    for (const [i, given] of conversations.entries()) {
      const expected = cases[i];
      if (!expected) continue;
      const text = template.render(given.messages, { tools: given.tools });
      const pieces = traceTemplate(template, given, text) ?? expect.fail(`conversation ${i} is not traced`);
      expect(pieces.map(({ start }) => start)).toEqual([0, ...pieces.slice(0, -1).map(({ end }) => end)]);
      expect(pieces.at(-1)?.end).toBe(text.length);
      for (const { kind, line, lastLine, start, end } of pieces) {
        if (kind !== 'text') continue;
        expect(lastLine).toBe(line);
        expect(`${own[line - 1]}\n`).toContain(text.slice(start, end));
      }
      for (const [offset, line] of expected) {
        const piece = pieceAt(pieces, offset) ?? expect.fail(`nothing at ${offset}`);
        if (piece.kind === 'block') continue;
        compared++;
        expect([piece.start, piece.kind]).toEqual([offset, 'expression']);
        expect(line, text.slice(piece.start, piece.end)).toBeGreaterThanOrEqual(piece.line);
        expect(line).toBeLessThanOrEqual(piece.lastLine);
      }
    }
    expect(compared).toBeGreaterThan(0);
  });
});

describe('spelt out', () => {
  it('text is told line by line, without what tags strip; white space is never told of another line', () => {
    const source =
      'One\n\n  two {{- bos_token }}\n{% for m in messages %}\n  {{ m.role }}:\n  {%- if true -%}\n    yes\n{% endif %}\n{% endfor %}\nend';
    expect(traced(source)).toEqual([
      'text 1: "One\\n"',
      'text 2: "\\n"',
      'text 3: "  two"',
      'expression 3: "<s>"',
      'text 3: "\\n"',
      'text 5: "  "',
      'expression 5: "user"',
      'text 5: ":"',
      'text 7: "yes\\n"',
      'text 5: "  "',
      'expression 5: "assistant"',
      'text 5: ":"',
      'text 7: "yes\\n"',
      'text 10: "end"',
    ]);
  });

  it('a macro is told by the line that calls it, wherever it calls others', () => {
    const source =
      '{% macro inner(x) %}[{{ x }}]{% endmacro %}\n{% macro outer(x) %}({{ inner(x) }}){% endmacro %}\n' +
      '{% for m in messages if inner(m.role) %}{{ m.role }}{% endfor %}\n{{ outer("a") }}\n{% if outer("b") %}b{% endif %}\n';
    // A loop with `if` in its head is told as a whole.
    expect(traced(source)).toEqual([
      'block 3: "userassistant"',
      'expression 4: "([a])"',
      'text 4: "\\n"',
      'text 5: "b"',
    ]);
  });

  it('what an iteration wrote before it was broken off is nobody’s', () => {
    const source =
      '{% for m in messages %}\n{{ m.role }}\n{% if loop.first %}{% continue %}{% endif %}\n!{% endfor %}\n{{ eos_token }}';
    expect(traced(source)).toEqual([
      'expression 2: "assistant"',
      'text 2: "\\n"',
      'text 4: "!"',
      'expression 5: "</s>"',
    ]);
  });

  it('sets, filters, calls with a body, comments and generation blocks', () => {
    const source = [
      '{% set kept %}not written here{% endset %}{# none #}',
      '{% filter upper %}loud {{ kept }}{% endfilter %}',
      '{% macro box(x) %}<{{ caller() }}>{% endmacro %}',
      '{% call box(1) %}in{% endcall %}',
      'a {%- generation -%}',
      '  b',
      '{% endgeneration %}',
      'c{{ {"k": {"n": 1}}.k.n }}',
    ].join('\n');
    expect(traced(source)).toEqual([
      'block 2: "LOUD NOT WRITTEN HERE"',
      'block 4: "<in>"',
      'text 5: "a"',
      'text 6: "b\\n"',
      'text 8: "c"',
      'expression 8: "1"',
    ]);
  });

  it('a tag over several lines is told with all of them', () => {
    expect(traced("{{- '<|im_start|>' +\n  messages[0].role\n-}}\nx")).toEqual([
      'expression 1-3: "<|im_start|>user"',
      'text 4: "x"',
    ]);
  });

  it('numbers of a call’s arguments keep their text, which comes after the template', () => {
    const given: Given = {
      messages: [
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ name: 'f', arguments: { x: 1e21 }, rawArguments: '{"x": 1000000000000000000000}' }],
        },
      ],
    };
    expect(
      traced(
        '{% for c in messages[0].tool_calls %}\n{{ c.function.arguments | tojson }}{% endfor %}|',
        given,
      ),
    ).toEqual(['expression 2: "{\\"x\\": 1000000000000000000000}"', 'text 2: "|"']);
  });

  it('is undefined where another text is asked about', () => {
    const template = new ChatTemplate('{{ messages[0].content }}', CONTEXT);
    expect(traceTemplate(template, CHAT, 'Hi there')).toBeUndefined();
    const pieces: TemplatePiece[] = traceTemplate(template, CHAT, 'Hi') ?? [];
    expect([pieceAt(pieces, 1)?.line, pieceAt(pieces, 2), pieceAt([], 0)]).toEqual([1, undefined, undefined]);
  });
});
