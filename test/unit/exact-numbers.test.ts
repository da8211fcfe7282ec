/**
 * @file Numbers in arguments reach the text as Python's `json.dumps` writes them.
 */
import { describe, expect, it } from 'vitest';
import { toOpenAI, toOpenAIJsonl } from '../../src/conversation/export';
import { toTrlJsonl } from '../../src/conversation/export-trl';
import { importText } from '../../src/conversation/import';
import type { Message } from '../../src/conversation/types';
import { ChatTemplate } from '../../src/template/chat-template';
import { pythonNumber } from '../../src/template/python-number';

/** Raw text → what CPython 3.11 prints for `json.dumps(json.loads(raw))`. */
const PRINTED: [string, string][] = [
  ['3', '3'],
  ['-0', '0'],
  ['12345678901234567890', '12345678901234567890'],
  ['3.0', '3.0'],
  ['-0.0', '-0.0'],
  ['0e5', '0.0'],
  ['1.10', '1.1'],
  ['1e5', '100000.0'],
  ['12E3', '12000.0'],
  ['0.0001', '0.0001'],
  ['0.00001', '1e-05'],
  ['1.5e-7', '1.5e-07'],
  ['1e15', '1000000000000000.0'],
  ['1e16', '1e+16'],
  ['1e22', '1e+22'],
  ['123456789012345680.0', '1.2345678901234568e+17'],
  ['5e-324', '5e-324'],
  ['1.7976931348623157e308', '1.7976931348623157e+308'],
  ['0.30000000000000004', '0.30000000000000004'],
  ['1e400', 'Infinity'],
];

describe('pythonNumber', () => {
  it.each(PRINTED)('%s is printed as %s', (raw, printed) => {
    expect(pythonNumber(raw)).toBe(printed);
  });
  it('refuses what is no number', () => {
    expect(() => pythonNumber('x')).toThrow(/not a JSON number/);
  });
});

describe('arguments in a template', () => {
  const none = { bosToken: '', eosToken: '', specialTokens: [] };
  const render = (source: string, rawArguments: string, args = JSON.parse(rawArguments) as object) => {
    const message: Message = {
      role: 'assistant',
      content: '',
      toolCalls: [{ name: 'f', arguments: args as Record<string, never>, rawArguments }],
    };
    return new ChatTemplate(source, none).render([message]);
  };
  const JSON_OF = '{{ messages[0].tool_calls[0].function.arguments | tojson }}';

  it('keep points, digits and order through tojson', () => {
    const raw = '{"a": 3.0, "b": [12345678901234567890, 1, {"c": 1e-7}], "d": "3.0", "e": -0.0}';
    expect(render(JSON_OF, raw)).toBe(raw.replace('1e-7', '1e-07'));
  });

  it('keep them where the template prints values one by one, with quotes of its own or without', () => {
    const each =
      '{% for k, v in messages[0].tool_calls[0].function.arguments | items %}{{ k }}={{ v }};"{{ v }}";{% endfor %}';
    expect(render(each, '{"x": 3.0, "n": 12345678901234567890}')).toBe(
      'x=3.0;"3.0";n=12345678901234567890;"12345678901234567890";',
    );
  });

  it('leaves text alone that looks like a placeholder', () => {
    expect(render(JSON_OF, '{"a": 3.0, "b": "\ue0000\\u0001\ue000"}')).toBe(
      '{"a": 3.0, "b": "\ue0000\\u0001\ue000"}',
    );
  });

  it('prints the value where it is no longer the raw text’s', () => {
    expect(render(JSON_OF, '{"a": 3.0}', { a: 4 })).toBe('{"a": 4}');
  });

  it('keep the order of keys that are integers', () => {
    const raw = '{"10": 1, "b": {"2": "x", "1": 3.0}, "9": []}';
    expect(render(JSON_OF, raw)).toBe(raw);
    const each =
      '{% for k, v in messages[0].tool_calls[0].function.arguments | items %}{{ k }}={{ v }} {% endfor %}';
    expect(render(each, '{"2": "x", "1": 3.0}')).toBe('2=x 1=3.0 ');
  });
});

describe('tools', () => {
  const none = { bosToken: '', eosToken: '', specialTokens: [] };
  /** Python: `" ".join(json.dumps(tool) for tool in json.loads(text)["tools"])`. */
  const EACH = '{% for tool in tools %}{{ tool | tojson }}{% if not loop.last %} {% endif %}{% endfor %}';
  const importTools = (tools: string) => {
    const messages = '[{"role": "user", "content": "U"}, {"role": "assistant", "content": "A"}]';
    const { conversations, problems } = importText(
      `{"messages": ${messages}, "tools": ${tools}, "score": 3.0}`,
    );
    expect(problems).toEqual([]);
    const [conversation] = conversations;
    if (!conversation) throw new Error('the record did not load');
    return conversation;
  };
  const numbers = '{"min": 3.0, "max": 12345678901234567890, "step": 1e-07, "2": -0.0, "1": [1e+16, 1]}';
  const tool = `{"type": "function", "function": {"name": "f", "description": "3.0", "parameters": ${numbers}}}`;
  const other = '{"type": "function", "function": {"name": "g", "parameters": {"1": 1.5}}}';

  it.each([
    ['a list', `[${tool}, ${other}]`],
    ['a string', JSON.stringify(`[${tool}, ${other}]`)],
    ['a list of strings', `[${JSON.stringify(tool)}, ${other}]`],
    ['without their wrapper', `[{"name": "f", "description": "3.0", "parameters": ${numbers}}, ${other}]`],
  ])('reach the text as json.dumps writes them, given as %s', (_, tools) => {
    const { messages, tools: read } = importTools(tools);
    expect(new ChatTemplate(EACH, none).render(messages, { tools: read })).toBe(`${tool} ${other}`);
  });

  it('are written as JavaScript has them where they were changed since', () => {
    const { messages, tools: read = [] } = importTools(`[${tool}]`);
    const changed = read.map((each) => ({ ...each, function: { ...each.function, parameters: { min: 4 } } }));
    expect(new ChatTemplate(EACH, none).render(messages, { tools: changed })).toBe(
      '{"type": "function", "function": {"name": "f", "description": "3.0", "parameters": {"min": 4}}}',
    );
    const record = toOpenAIJsonl([{ ...importTools(`[${tool}]`), tools: changed }]);
    expect(record).toContain('"parameters":{"min":4}}}],"score":3.0}');
  });

  it('come back from an export as they were, and so do further fields', () => {
    const conversation = importTools(`[${tool}, ${other}]`);
    for (const text of [toOpenAIJsonl([conversation]), toTrlJsonl([conversation])]) {
      expect(text).toContain(`"tools":[${tool.replace(/(?<=[,:]) /g, '')},`);
      expect(text).toContain('"score":3.0');
      const [again] = importText(text).conversations;
      expect({ ...again, source: conversation.source, id: conversation.id }).toEqual(conversation);
    }
    expect(JSON.stringify(toOpenAI(conversation))).not.toContain('exactText');
  });
});
