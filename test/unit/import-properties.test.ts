/**
 * @file Properties: import never throws and accounts for every record; export then import is the identity.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toOpenAI, toOpenAIJsonl } from '../../src/conversation/export';
import { FORMATS, importText } from '../../src/conversation/import';
import type { Conversation } from '../../src/conversation/types';
import { conversation } from './import-arbitraries';
import { TEXTS } from './import-texts';

/** Imports in every way; checks that nothing is lost: each record is loaded or has an error, never both. */
function check(text: string): void {
  for (const name of ['a.json', 'a.jsonl', 'a.csv']) {
    for (const format of name === 'a.json' ? [undefined, ...FORMATS.map(({ id }) => id)] : [undefined]) {
      const result = importText(text, { name, format });
      const bad = new Set(
        result.problems.filter(({ severity }) => severity === 'error').map(({ record }) => record),
      );
      const good = new Set(result.conversations.map(({ source }) => source.record));
      const lines = text.split('\n').length;
      expect([...good].filter((record) => bad.has(record))).toEqual([]);
      if (result.records > 0) expect(good.size + bad.size).toBe(result.records);
      else expect(bad.size).toBe(1);
      for (const { line, reason, remedy } of result.problems) {
        expect(line >= 1 && line <= lines).toBe(true);
        expect(reason !== '' && remedy !== '').toBe(true);
      }
      expect(structuredClone(result)).toEqual(result);
    }
  }
}

describe('import of anything', () => {
  it.each(TEXTS)('%s', (_, texts) => {
    fc.assert(fc.property(texts, check), { numRuns: 100 });
  });
});

/** Without what an import gives anew; as text, so that the order of keys counts. */
const essence = ({ id: _id, source: _source, ...rest }: Conversation) => rest;

describe('export', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.array(conversation, { minLength: 1, maxLength: 3 }), (conversations) => {
        // Detected record by record: one with `train_detail` is Axolotl's, one with `chat_template_kwargs` TRL's.
        const result = importText(toOpenAIJsonl(conversations), { name: 'x.jsonl' });
        expect(result.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
        expect(result.conversations.map(essence)).toEqual(conversations.map(essence));
        expect(toOpenAIJsonl(result.conversations)).toBe(toOpenAIJsonl(conversations));
      }),
      { numRuns: 300 },
    );
  });

  it('writes OpenAI records', () => {
    const source = [
      '{"messages": [{"role": "user", "content": "U"},',
      '{"role": "assistant", "content": "<think>R</think>", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": {"x": 3.0}}}]},',
      '{"role": "tool", "tool_call_id": "a", "name": "f", "content": "1"},',
      '{"role": "assistant", "content": "A", "weight": 0}], "tools": [{"name": "f"}], "id": 7}',
    ].join('\n');
    const [imported] = importText(source).conversations;
    if (!imported) throw new Error('the record did not load');
    expect(toOpenAI(imported)).toEqual({
      messages: [
        { role: 'user', content: 'U' },
        {
          role: 'assistant',
          content: '',
          reasoning_content: 'R',
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{"x": 3.0}' } }],
        },
        { role: 'tool', content: '1', tool_call_id: 'a', name: 'f' },
        { role: 'assistant', content: 'A', weight: 0 },
      ],
      tools: [{ type: 'function', function: { name: 'f' } }],
      id: 7,
    });
    expect(JSON.stringify(toOpenAI(imported, { arguments: 'object' }))).toContain('"arguments":{"x":3}');
    expect(toOpenAIJsonl([imported, imported]).split('\n')).toHaveLength(3);
  });
});
