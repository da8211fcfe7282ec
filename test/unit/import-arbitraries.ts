/**
 * @file Arbitrary conversations, as importers write them.
 */
import fc from 'fast-check';
import type {
  CharacterRange,
  Conversation,
  Json,
  Message,
  ToolCall,
  ToolSchema,
} from '../../src/conversation/types';

/** JSON values; -0 is not among them, for JSON.stringify writes it as 0. */
export const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json);

export const words = fc.constantFrom(
  ...[
    'Hi',
    '',
    '<think>',
    '</think>',
    '<think>a</think>b',
    '<tool_call>',
    '<tool_call>{"name":"f","arguments":{}}</tool_call>',
    '<TOOLCALL>[]</TOOLCALL>',
    '<tool_response>1</tool_response>',
    "[{'name': 'f', 'arguments': {}}]",
    'f(x=1)',
    '{"name":"f","arguments":{}}',
    '---',
    '<|start|>user<|message|>',
    'User: x',
  ],
);

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  words.filter((word) => !word.includes('<TOOLCALL>')),
  fc.constantFrom('a<|im_end|>b', '\n\n', '🙂'),
);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
/** An object without the keys whose value is undefined, as importers write them. */
const compact = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;

const argumentsText = fc
  .tuple(fc.dictionary(fc.string(), json), fc.constantFrom(undefined, 1, '\t'))
  .map(([value, indent]) => JSON.stringify(value, null, indent));
const toolCall: fc.Arbitrary<ToolCall> = fc
  .record({ id: optional(fc.string()), name: fc.string({ minLength: 1 }), rawArguments: argumentsText })
  .map((call) => compact({ ...call, arguments: JSON.parse(call.rawArguments) as { [key: string]: Json } }));
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
const shared = {
  content: text,
  name: optional(fc.string()),
  weight: optional(number),
  cuts: optional(fc.uniqueArray(fc.tuple(fc.nat(), number), { maxLength: 4 })),
};
/** Ranges between cuts, every other one, at borders of characters. */
function rangesOf(content: string, cuts: readonly [number, number][]): CharacterRange[] {
  const borders = [0, ...[...content].map((_, i, all) => all.slice(0, i + 1).join('').length)];
  const points = [...new Set(cuts.map(([at]) => at % borders.length))].sort((a, b) => a - b);
  return points.slice(1).flatMap((point, i) => {
    if (i % 2 === 1) return [];
    return [{ start: borders[points[i] ?? 0] ?? 0, end: borders[point] ?? 0, weight: cuts[i]?.[1] ?? 1 }];
  });
}

export const message: fc.Arbitrary<Message> = fc
  .oneof(
    fc.record({ ...shared, role: fc.constantFrom<'system' | 'user'>('system', 'user') }),
    fc.record({ ...shared, role: fc.constant('tool' as const), toolCallId: optional(fc.string()) }),
    fc.record({
      ...shared,
      role: fc.constant('assistant' as const),
      reasoning: optional(text),
      toolCalls: optional(fc.array(toolCall, { minLength: 1, maxLength: 3 })),
    }),
  )
  .map(({ cuts, ...given }): Message => compact({ ...given, detail: cuts && rangesOf(given.content, cuts) }))
  // The one case that the format cannot hold: see the docstring of toOpenAI.
  .filter((m) => m.role !== 'assistant' || m.reasoning !== undefined || !/<\/?think>/.test(m.content));
const tool: fc.Arbitrary<ToolSchema> = fc
  .record({
    name: fc.string({ minLength: 1 }),
    description: optional(fc.string()),
    parameters: optional(fc.dictionary(fc.string(), json)),
  })
  .map((definition) => ({ type: 'function', function: compact(definition) }));
/** Names of fields that a format reads, so that `extra` never has them. */
const RESERVED =
  'messages conversations conversation tools functions chat_template_kwargs prompt completion completions chosen rejected label chosen_response rejected_response'.split(
    ' ',
  );
const rest = {
  tools: optional(fc.array(tool, { maxLength: 2 })),
  templateKwargs: optional(fc.dictionary(fc.string(), json)),
  extra: fc.dictionary(
    fc.string().filter((key) => !RESERVED.includes(key)),
    json,
  ),
};
const source = { file: '', record: 0, line: 1 };

/** What an OpenAI record can hold. */
export const conversation = fc
  .record({ messages: fc.array(message, { minLength: 1, maxLength: 6 }), ...rest })
  .map((parts): Conversation => compact({ id: '', ...parts, source }));

/** With a border between prompt and completion, a label or a rejected completion, as TRL has them. */
export const divided = fc
  .record({
    prompt: fc.array(message, { maxLength: 3 }),
    chosen: fc.array(message, { minLength: 1, maxLength: 3 }),
    rejected: optional(fc.array(message, { minLength: 1, maxLength: 3 })),
    label: optional(fc.boolean()),
    empty: fc.boolean(),
    ...rest,
  })
  .map(({ prompt, chosen, rejected, label, empty, ...parts }): Conversation => {
    const alone = empty && rejected === undefined && prompt.length > 0;
    return compact({
      id: '',
      messages: alone ? prompt : [...prompt, ...chosen],
      completionFrom: prompt.length,
      preference: rejected && { chosen, rejected },
      label: rejected ? undefined : label,
      ...parts,
      source,
    });
  });
