/**
 * @file Expressions of templates against the Jinja of transformers (test/golden/templates): what they write, and which of
 * them are refused.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/conversation/types';
import { ChatTemplate } from '../../src/template/chat-template';

const { expressions } = JSON.parse(
  gunzipSync(readFileSync('test/golden/templates/templates.json.gz')).toString(),
) as { expressions: Record<string, string | { error: string }> };

const CONTEXT = { bosToken: '', eosToken: '', specialTokens: [] };
const MESSAGES: Message[] = [{ role: 'user', content: 'Hi 👋' }];
const render = (source: string, messages = MESSAGES) => new ChatTemplate(source, CONTEXT).render(messages);

describe('as transformers renders them', () => {
  it.each(Object.entries(expressions))('%s', (source, wanted) => {
    if (typeof wanted === 'string') expect(render(source)).toBe(wanted);
    else expect(() => render(source)).toThrow(/The chat template (?:failed|is not valid)/);
  });

  it('there are more than a hundred, and dozens are refused', () => {
    const refused = Object.values(expressions).filter((wanted) => typeof wanted === 'object');
    expect(Object.keys(expressions).length).toBeGreaterThan(100);
    expect(refused.length).toBeGreaterThan(30);
  });
});

describe('the error says what Python says', () => {
  it.each([
    ["{{ 'a' + {'b': 1} }}", 'can only concatenate str (not "dict") to str'],
    ["{{ 1 + 'a' }}", "unsupported operand type(s) for +: 'int' and 'str'"],
    ["{{ none + 'a' }}", "unsupported operand type(s) for +: 'NoneType' and 'str'"],
    ['{% for x in 5 %}{% endfor %}', "'int' object is not iterable"],
    ['{{ messages[0].nothing.more }}', "object has no attribute 'nothing'"],
    ['{{ nothing.more }}', "'nothing' is not defined"],
  ])('%s', (source, words) => {
    expect(() => render(source)).toThrow(words);
  });
});

it('prints numbers of arguments as they were written, in lists too', () => {
  const call = {
    name: 'f',
    arguments: { a: 1, list: [2.5, 'x'] },
    rawArguments: '{"a": 1.0, "list": [2.50, "x"]}',
  };
  const source =
    '{% for k, v in messages[0].tool_calls[0].function.arguments.items() %}' +
    "{{ k }}={{ v }}{{ '!' if v is string }}{{ '?' if v is number }} {% endfor %}";
  expect(render(source, [{ role: 'assistant', content: '', toolCalls: [call] }])).toBe(
    "a=1.0? list=[2.5, 'x'] ",
  );
});
