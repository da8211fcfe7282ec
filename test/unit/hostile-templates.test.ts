/**
 * @file Hostile and broken chat templates: each ends within a second, with a sentence that says what is wrong, through the
 * same door as the page and the command line.
 */
import { describe, expect, it } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { LosslightError } from '../../src/errors';
import { ChatTemplate } from '../../src/template/chat-template';
import { RenderBudget } from '../../src/template/limits';
import { checkTemplate } from '../../src/template/locate-error';
import { witnessPrefixes } from '../../src/template/prefix';
import { renderWithProvenance } from '../../src/template/provenance';
import { strftimeNow } from '../../src/template/strftime';
import { reportError } from '../../src/worker/host';
import { HOSTILE_TEMPLATES } from '../fixtures/hostile/templates';

const CONTEXT = { bosToken: '<s>', eosToken: '<|im_end|>', specialTokens: ['<|im_end|>'] };
const CONVERSATION: Conversation = {
  id: 'c',
  messages: [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: 'hello' },
  ],
  extra: {},
  source: { file: 'c.json', record: 0, line: 1 },
};
/** A second, and what a machine that does a dozen other things may make of it. */
const DEADLINE = 15_000;

function refusal(run: () => unknown): LosslightError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof LosslightError) return error;
    throw error;
  }
}

it('there are at least twenty', () => expect(HOSTILE_TEMPLATES.length).toBeGreaterThanOrEqual(20));

describe('a hostile template ends', () => {
  it.each(HOSTILE_TEMPLATES.map((template) => [template.what, template] as const))('%s', (_, template) => {
    const begun = Date.now();
    let text: string | undefined;
    const error = refusal(() => {
      text = renderWithProvenance(new ChatTemplate(template.source, CONTEXT), CONVERSATION).text;
    });
    expect(Date.now() - begun).toBeLessThan(DEADLINE);
    if (template.error) {
      expect(error?.message).toMatch(template.error);
      expect(error?.code).toMatch(/^(?:bad-template|template-limit)$/);
      expect(error?.remedy).not.toBe('');
      expect(error?.message).not.toMatch(/undefined|\[object|stack/);
    } else {
      expect(error).toBeUndefined();
      expect(text).toBe(template.text);
    }
  });

  it('and the same template object works again afterwards', () => {
    const template = new ChatTemplate(
      "{% if messages[0].content == 'loop' %}{% for i in range(9999) %}{% for j in range(9999) %}{{ i }}{% endfor %}{% endfor %}{% endif %}ok",
      CONTEXT,
    );
    expect(refusal(() => template.render([{ role: 'user', content: 'loop' }]))?.code).toBe('template-limit');
    expect(template.render([{ role: 'user', content: 'x' }])).toBe('ok');
  });
});

describe('limits', () => {
  it('leave a loop of the length that Python allows', () => {
    const template = new ChatTemplate('{% for i in range(100000) %}{% endfor %}x', CONTEXT);
    expect(template.render([])).toBe('x');
    expect(refusal(() => new ChatTemplate('{{ range(100001) }}', CONTEXT).render([]))?.code).toBe(
      'template-limit',
    );
  });

  it('grow with the conversation', () => {
    const long = Array.from({ length: 400 }, () => ({ role: 'user' as const, content: 'word '.repeat(800) }));
    const template = new ChatTemplate('{% for m in messages %}{{ m.content }}{% endfor %}', CONTEXT);
    expect(template.render(long)).toHaveLength(400 * 4000);
  });

  it('hold over all renderings of one conversation', () => {
    const slow = new ChatTemplate('{% for i in range(100000) %}{% set x = i %}{% endfor %}x', CONTEXT);
    const within = slow.within(new RenderBudget(1, 1_000_000));
    expect(refusal(() => within.render([]))?.code).toBe('template-limit');
    expect(refusal(() => within.render([]))?.code).toBe('template-limit');
    expect(slow.within(new RenderBudget(60_000, 1_000_000)).render([])).toBe('x');
  });

  it('do not count against a small template on a machine that stands still', () => {
    const budget = new RenderBudget(0, 1000);
    const template = new ChatTemplate('{{ messages | length }}', CONTEXT).within(budget);
    for (let i = 0; i < 100; i++) expect(template.render([{ role: 'user', content: '' }])).toBe('1');
  });

  it('change no text: break, continue, call blocks and macros as before', () => {
    const source =
      "{% macro m(x) %}[{{ x }}{{ caller() }}]{% endmacro %}{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 5 %}{% break %}{% endif %}{% call m(i) %}{{ 'a,b'.replace(',', '-') }}{% endcall %}{% endfor %}{{ [1, 'x'] | tojson }}{{ ['a', 'b'] | join(', ') }}";
    expect(new ChatTemplate(source, CONTEXT).render([])).toBe('[0a-b][1a-b][3a-b][4a-b][1, "x"]a, b');
  });

  it('tell a slow second witness from a failing template', () => {
    const fast = new ChatTemplate('{% for m in messages %}{{ m.content }}{% endfor %}', CONTEXT);
    const { text, spans } = renderWithProvenance(fast, CONVERSATION);
    const slow = new ChatTemplate('{% for i in range(100000) %}{% set x = i %}{% endfor %}x', CONTEXT);
    const { notes } = witnessPrefixes(slow.within(new RenderBudget(1, 1_000_000)), CONVERSATION, text, spans);
    expect(notes.map(({ code }) => code)).toEqual(['unwitnessed']);
  });
});

describe('what is wrong is located', () => {
  it.each([
    ['', undefined],
    ["{% set x = '}}' %}{{ x }}{# {{ #}{{ {'a': {'b': 1}} }}", undefined],
    ['{% set x %}a{% endset %}{% generation %}b{% endgeneration %}', undefined],
    ['ab\ncd{% for x %}', { line: 2, column: 12 }],
    ['{% else %}', { line: 1, column: 1 }],
    ['{% if 1 %}\n{% elif %}\n{% endif %}', { line: 2, column: 9 }],
    ['{{ 1 +', { line: 1, column: 1 }],
    ['x{% nosuch %}', { line: 1, column: 2 }],
    ['{% macro f( %}{% endmacro %}', { line: 1, column: 13 }],
    // Within a tag of several lines: the token that cannot stand there.
    ["{%- set x = [\n  'a',\n  == 'b'\n] -%}", { line: 3, column: 3 }],
    ['a\n{{- m["}}"]\n   | trim\n   | }}', { line: 4, column: 6 }],
    ["{%- if a == 'x'\n   and b c -%}{% endif %}", { line: 2, column: 10 }],
    ['{{ a\n + b § c }}', { line: 2, column: 6 }],
    ["{{ 'one'\n + 'a\\qb' }}", { line: 2, column: 7 }],
    [`a\n\nb${' '.repeat(8000)}c`, { line: 3, column: 2 }],
    [`${'x\n'.repeat(500_001)}`, { line: 500_001, column: 1 }],
    [`${'{% if 1 %}\n'.repeat(5000)}${'{% endif %}'.repeat(5000)}`, { line: 5000, column: 1 }],
  ])('%s', (source, place) => {
    const problem = checkTemplate(source);
    if (place) expect(problem).toMatchObject(place);
    else expect(problem).toBeUndefined();
  });

  it('and an end that closes another block says which', () => {
    expect(checkTemplate('{% for m in messages %}\n{% if m %}\n{% endfor %}')).toEqual({
      message: '“endfor” closes nothing: “endif” is expected, for the “if” of line 2',
      line: 3,
      column: 1,
    });
  });
});

describe('where a template fails on a conversation is located', () => {
  it.each([
    ['a call', "a\n  {{ raise_exception('no') }}", 'no', { line: 2, column: 6 }],
    [
      'a call in a tag of several lines',
      "{%- set x =\n  1 if messages | length == 0 else\n  raise_exception('no') -%}",
      'no',
      { line: 3, column: 3 },
    ],
    [
      'a macro: where it raises, not where it is called',
      "{% macro m(x) %}\n{% if x %}\n{{ raise_exception('no') }}{% endif %}{% endmacro %}\n{% for m_ in messages %}{{ m(1) }}{% endfor %}",
      'no',
      { line: 3, column: 4 },
    ],
    [
      'a caller after a macro that went well',
      '{% macro m() %}\nfine{% endmacro %}\n{{ m() + 1 }}',
      'can only concatenate str (not "int") to str',
      { line: 3, column: 1 },
    ],
    [
      'a filter that does not exist',
      'a\n{% for m in messages %}\n{{ m.content\n | shout }}{% endfor %}',
      'the filter “shout” is not known here',
      { line: 4, column: 4 },
    ],
    [
      'a variable that does not exist',
      '{% if true %}\n {%- set a = 1 -%}\n{% if nothing.at %}{% endif %}{% endif %}',
      "'nothing' is not defined",
      { line: 3, column: 7 },
    ],
    [
      'the condition of an elif',
      '{% if false %}\n{% elif messages < 1 %}\n{% else %}{% endif %}',
      'Unknown operator "<"',
      { line: 2, column: 1 },
    ],
    [
      'a loop over nothing to loop over',
      '{# a\n comment #}\n{% generation %}{% endgeneration %}\n{% for x in 1 %}{% endfor %}',
      '',
      { line: 4, column: 1 },
    ],
    [
      'after break, continue, blocks that are set, filtered and called',
      "{% set b %}\nx{% endset %}{% macro q() %}{{ caller() }}{% endmacro %}{% for i in [1, 2] if i > 0 %}{% if i %}{% continue %}{% endif %}{% break %}{% endfor %}\n{% filter upper %}y{% endfilter %}{% call q() %}\n{{ raise_exception('no') }}{% endcall %}",
      'no',
      { line: 4, column: 4 },
    ],
  ])('%s', (_, source, reason, place) => {
    const error = refusal(() => new ChatTemplate(source, CONTEXT).render(CONVERSATION.messages));
    expect(error?.place).toEqual(place);
    expect(error?.message).toContain(
      `The chat template failed on this conversation, in line ${place.line}, column ${place.column}: ${reason}`,
    );
  });

  it('through the door of the page', () => {
    const template = new ChatTemplate("a\n{{ raise_exception('no') }}", CONTEXT);
    const error = refusal(() => renderWithProvenance(template, CONVERSATION));
    expect(reportError(error)).toMatchObject({ code: 'bad-template', place: { line: 2, column: 4 } });
  });

  it('a template that is stopped has no place: where time ran out says nothing', () => {
    const template = new ChatTemplate('{% for i in range(100000000) %}{% endfor %}', CONTEXT);
    const error = refusal(() => template.render(CONVERSATION.messages));
    expect(error?.code).toBe('template-limit');
    expect(error?.place).toBeUndefined();
  });
});

it('dates are those of Python in English', () => {
  const date = new Date(2024, 6, 4, 15, 5, 9);
  expect(strftimeNow('%d %b %Y, %B %A %a %y-%m %H:%M:%S %I %p %% %Q', date)).toBe(
    '04 Jul 2024, July Thursday Thu 24-07 15:05:09 03 PM % %Q',
  );
});
