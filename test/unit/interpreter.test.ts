/**
 * @file The interpreter's short ways: what they write, and what they refuse, is what `@huggingface/jinja` alone writes and
 * refuses; and values that renderings share stay what they are.
 */
import { Environment, Interpreter, Template } from '@huggingface/jinja';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Json, Message, ToolSchema } from '../../src/conversation/types';
import { ChatTemplate } from '../../src/template/chat-template';
import { BoundedInterpreter } from '../../src/template/interpreter';
import { RenderBudget } from '../../src/template/limits';
import { convert, scopeIn } from '../../src/template/runtime-values';
import { InputValues } from '../../src/template/inputs';

const DATA: { [key: string]: Json } = {
  messages: [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'Hi <b>' },
    {
      role: 'assistant',
      content: '',
      tool_calls: [{ name: 'f', arguments: { x: [1, 2.5, null, true], y: 'é' } }],
    },
    { role: 'tool', content: '{"a": 1}' },
  ],
  empty: [],
  nothing: null,
  flag: false,
  number: 7,
  real: 2.5,
  text: 'a,b,c',
  dict: { get: 'own', b: { c: 'deep' } },
};

/** What one of the two does with a template: its text, or the message of its error. */
function outcome(source: string, ours: boolean): string {
  try {
    const outer = new Environment();
    const environment = ours ? scopeIn(outer) : outer;
    for (const [name, value] of Object.entries({ ...DATA, true: true, false: false, none: null })) {
      if (ours) environment.setVariable(name, convert(value));
      else environment.set(name, value);
    }
    const interpreter = ours
      ? new BoundedInterpreter(environment, new RenderBudget(5000, 1_000_000))
      : new Interpreter(environment);
    return `text: ${String(interpreter.run(new Template(source).parsed).value)}`;
  } catch (error) {
    return `error: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const LOOPS = '{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.length }}';
const SOURCES = [
  `{% for m in messages %}${LOOPS}{{ loop.first }}{{ loop.last }}{{ m.role }}{{ m['content'] }}{% endfor %}`,
  '{% for m in messages %}{{ loop.previtem.role }}-{{ loop.nextitem is defined }};{% endfor %}',
  '{% for m in messages %}{% for n in messages %}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}',
  "{% for m in messages if m.role != 'tool' %}{{ loop.index }}{{ m.role }}{% else %}none{% endfor %}",
  '{% for x in empty %}{{ x }}{% else %}none{% endfor %}{% for x in empty %}{% endfor %}',
  '{% for key in dict %}{{ key }}{{ dict[key] }}{% endfor %}{% for k, v in dict.items() %}{{ k }}{{ v }}{% endfor %}',
  '{% for x in text %}{{ x }}{% endfor %}',
  '{% for x in nothing %}{{ x }}{% endfor %}',
  '{% for x in [1, 2, 3, 4] %}{{ x }}{% if x == 2 %}{% continue %}{% endif %}{% if x == 4 %}{% break %}{% endif %},{% endfor %}',
  '{% for x in [1, 2] %}{% continue %}{% else %}all skipped{% endfor %}',
  '{% for x in [1, 2] %}{% set y = x %}{% endfor %}{{ y is defined }}{{ x is defined }}',
  '{% set ns = namespace(a=1) %}{% for x in [1, 2] %}{% set ns.a = ns.a + x %}{% endfor %}{{ ns.a }}{{ ns.b is defined }}',
  '{% set dict.a = 1 %}',
  '{% set a, b = [1, 2] %}{{ b }}{{ a }}{% set t %}<{{ a }}>{% endset %}{{ t }}',
  '{% macro m(a, b=2) %}{{ a }}{{ b }}{{ number }}{% endmacro %}{{ m(1) }}{{ m(1, b=3) }}{{ m(*[4, 5]) }}{{ m(1, 2, 3) }}',
  '{% macro m(x) %}[{{ x }}{{ caller() }}]{% endmacro %}{% call m(1) %}in{% endcall %}',
  '{{ messages[0].role }}{{ messages[-1].role }}{{ messages[9] is defined }}{{ messages[1:3] | length }}{{ messages[::-1][0].role }}',
  '{{ messages.length }}{{ text.length }}{{ text[0] }}{{ text[1:] }}{{ dict.get }}{{ dict.b.get("c") }}{{ dict.b.get("d", 5) }}',
  '{{ dict.missing }}{{ dict.missing.more }}',
  '{{ nothing.more }}',
  '{{ messages["role"] }}{{ dict[0] }}',
  "{{ 1 == 1.0 }}{{ 1 == '1' }}{{ none == nothing }}{{ missing == nothing }}{{ 'a' != 'b' }}{{ true == 1 }}{{ messages == messages }}",
  '{{ 1 < 2 }}{{ 2 <= 2 }}{{ 3 > 4 }}{{ 5 >= 6 }}{{ 7 - 9 }}{{ 1 - 0.5 }}{{ real > number }}{{ 7 // 2 }}{{ 7 % 4 }}{{ 2 ** 3 }}',
  "{{ 'a' < 'b' }}",
  "{{ 'a' + 'b' }}{{ 'a' ~ 'b' }}{{ 'a' + 1 }}{{ 1 ~ 2 }}{{ [1] + [2] }}",
  '{{ missing + 1 }}',
  "{{ 'a' in text }}{{ 'z' not in text }}{{ 1 in [1, 2] }}{{ 'b' in dict }}{{ 'a' in missing }}",
  "{{ flag and missing }}{{ flag or 'x' }}{{ not flag }}{{ not empty }}{{ not dict }}{{ empty and 1 }}{{ -number }}{{ +real }}",
  "{{ 'yes' if flag else 'no' }}{{ 'yes' if number }}{{ 'yes' if flag }}|",
  '{{ text is string }}{{ missing is not defined }}{{ number is odd }}{{ dict is mapping }}{{ dict is iterable }}{{ none is none }}',
  '{{ text is nosuch }}',
  '{{ dict is odd }}',
  '{{ messages | tojson }}{{ messages[2] | tojson(indent=2) }}{{ dict | tojson }}{{ dict | tojson }}{{ nothing | tojson }}',
  "{{ text.split(',') | join('-') }}{{ text | upper | length }}",
  "{{ text.replace(',', ';') }}{{ text.upper() }}{{ text() }}{{ missing() }}{{ missing.call() }}",
  '{{ [1, "a", none, 2.0, {"k": [true]}] }}{{ (1, 2) }}{{ {} }}{{ 1.0 }}{{ none }}{{ true }}',
  '{% if empty %}a{% elif dict %}b{% else %}c{% endif %}{% if missing %}d{% endif %}{# comment #}{% filter upper %}x{{ number }}{% endfilter %}',
];

describe('as the library alone', () => {
  it.each(SOURCES)('%s', (source) => {
    expect(outcome(source, true)).toBe(outcome(source, false));
  });

  it('except for the first item of an empty list, which is undefined as in Python', () => {
    expect(outcome('{{ empty | first is defined }}', true)).toBe('text: false');
    expect(outcome('{{ empty | first is defined }}', false)).toMatch(/^error: Cannot read properties/);
  });

  it('the shipped template', () => {
    const config = path.resolve(import.meta.dirname, '../../public/models/pocket/tokenizer_config.json');
    const { chat_template: source } = JSON.parse(readFileSync(config, 'utf8')) as { chat_template: string };
    expect(outcome(source, true)).toBe(outcome(source, false));
    expect(outcome(source, true)).toMatch(/^text: .*Be kind/s);
  });
});

describe('shared values', () => {
  const context = { bosToken: '', eosToken: '</s>', specialTokens: [] };
  const tools: ToolSchema[] = [{ type: 'function', function: { name: 'f', description: 'does' } }];
  const messages: Message[] = [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'b' },
  ];
  const source =
    '{% for m in messages %}{% set m = {"x": m.content} %}{{ m | tojson }}{% endfor %}{% set messages = [] %}{% set true = 5 %}{{ tools | tojson }}{{ true }}{% set range = 1 %}';

  it('are the same after every rendering', () => {
    const template = new ChatTemplate(source, context).within(RenderBudget.for(messages, tools));
    const first = template.render(messages, { tools });
    expect(template.render(messages.slice(0, 1), { tools })).toBe(first.replace('{"x": "b"}', ''));
    expect(template.render(messages, { tools })).toBe(first);
  });

  it('are made anew for a template without a budget, whose conversation may change', () => {
    const template = new ChatTemplate('{{ messages[0].content }}', context);
    const changing: Message[] = [{ role: 'user', content: 'a' }];
    expect(template.render(changing)).toBe('a');
    changing[0] = Object.assign(changing[0] ?? {}, { role: 'user' as const, content: 'b' });
    expect(template.render(changing)).toBe('b');
  });

  it('of a message with a placeholder belong to one rendering', () => {
    const inputs = new InputValues();
    const call = { name: 'f', arguments: { x: 3 }, rawArguments: '{"x": 3.0}' };
    const exact: Message[] = [{ role: 'assistant', content: '', toolCalls: [call] }];
    expect(inputs.of(exact).messages).not.toBe(inputs.of(exact).messages);
    const template = new ChatTemplate('{{ messages[0].tool_calls | tojson }}', context);
    const within = template.within(RenderBudget.for(exact));
    expect(within.render(exact)).toContain('"x": 3.0');
    expect(within.render(exact)).toBe(within.render(exact));
  });
});
