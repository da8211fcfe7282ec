/**
 * @file Arbitrary files: texts of every format, right, nearly right and wrong.
 */
import fc from 'fast-check';
import { json, words } from './import-arbitraries';

const jsonText = fc.json();
/** Values as conversations have them, at every place possibly wrong. */
const nearly = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 8, arbitrary }, { weight: 1, arbitrary: json });
const role = fc.constantFrom(
  ...[
    'system',
    'user',
    'assistant',
    'tool',
    'function',
    'assistant_think',
    'assistant_tool',
    'assistant_answer',
    'x',
  ],
);
const messageLike = fc.record(
  {
    role: nearly(role),
    content: nearly(words),
    tool_calls: nearly(
      fc.array(
        nearly(
          fc.record({
            id: nearly(fc.string()),
            function: nearly(fc.record({ name: words, arguments: nearly(jsonText) })),
          }),
        ),
      ),
    ),
    reasoning_content: nearly(words),
    tool_call_id: nearly(fc.string()),
    weight: nearly(fc.double()),
  },
  { requiredKeys: [] },
);
const recordLike = fc.record(
  {
    messages: nearly(fc.array(nearly(messageLike))),
    conversation: nearly(fc.array(nearly(messageLike))),
    tools: nearly(fc.array(nearly(fc.record({ name: words, parameters: json })))),
    id: json,
  },
  { requiredKeys: [] },
);
const transcriptLike = fc
  .array(
    fc.tuple(
      fc.constantFrom('', ' ', '    ', '\t'),
      fc.oneof(role, words, fc.string()),
      fc.constantFrom('', ':', ': x'),
    ),
  )
  .map((lines) => lines.map((parts) => parts.join('')).join('\n'));

const turnLike = fc.record(
  {
    from: nearly(fc.constantFrom('human', 'gpt', 'system', 'function_call', 'observation', 'tool', 'x')),
    value: nearly(words),
    train: nearly(fc.boolean()),
    train_detail: nearly(
      fc.array(nearly(fc.record({ begin_offset: fc.nat(3), end_offset: fc.nat(3), train: fc.boolean() }))),
    ),
  },
  { requiredKeys: [] },
);
const side = nearly(fc.oneof(words, fc.array(nearly(messageLike), { maxLength: 3 }), messageLike));
/** Fields of all formats in any combination. */
const anyRecordLike = fc.record(
  {
    conversations: nearly(fc.array(nearly(turnLike), { maxLength: 3 })),
    messages: nearly(fc.array(nearly(messageLike), { maxLength: 3 })),
    prompt: side,
    completion: side,
    chosen: side,
    rejected: fc.oneof(side, turnLike),
    label: nearly(fc.boolean()),
    chosen_response: side,
    rejected_response: side,
    instruction: nearly(words),
    output: nearly(words),
    system: nearly(words),
    history: nearly(fc.array(nearly(fc.array(words, { maxLength: 3 })))),
    query: nearly(words),
    answers: nearly(fc.oneof(words, fc.array(nearly(fc.record({ name: words, arguments: json }))))),
    segments: nearly(fc.array(nearly(fc.record({ text: nearly(words), label: nearly(fc.boolean()) })))),
    text: nearly(words),
    tools: nearly(fc.oneof(words, fc.array(words))),
    chat_template_kwargs: nearly(fc.dictionary(fc.string(), json)),
    data: nearly(fc.array(nearly(recordLike), { maxLength: 2 })),
  },
  { requiredKeys: [], noNullPrototype: true },
);
/** Pieces of Harmony, of transcripts and of tables, in any order. */
const pieces = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...'<|start|> <|message|> <|end|> <|return|> <|call|> <|channel|>final <|channel|>analysis to=f user assistant {}'.split(
          ' ',
        ),
      ),
      fc.constantFrom('User: ', 'Assistant:', '**AI:**', 'System: S', '---', '\n', '\n\n'),
      fc.constantFrom(
        'prompt',
        'answer',
        'role',
        'content',
        'messages',
        'label',
        ',',
        ';',
        '"',
        '""',
        '\r\n',
        '[{"role": "user"}]',
      ),
      words,
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 14 },
  )
  .map((list) => list.join(''));
const header = fc.constantFrom(
  'prompt,answer\n',
  'role,content\n',
  'id;messages\n',
  'prompt,completion,label\n',
);

/** Kinds of texts by name. */
export const TEXTS: [string, fc.Arbitrary<string>][] = [
  ['strings', fc.string({ unit: 'binary', maxLength: 200 })],
  ['JSON', fc.json({ maxDepth: 5 })],
  [
    'JSON that is cut off',
    fc.tuple(fc.json(), fc.nat()).map(([text, at]) => text.slice(0, at % (text.length + 1))),
  ],
  ['records', fc.array(recordLike, { maxLength: 4 }).map((records) => JSON.stringify(records))],
  [
    'lines of records and other lines',
    fc
      .array(
        fc.oneof(
          recordLike.map((r) => JSON.stringify(r)),
          fc.json(),
          fc.string(),
        ),
        { maxLength: 5 },
      )
      .map((lines) => lines.join('\n')),
  ],
  [
    'bare messages',
    fc.array(nearly(messageLike), { maxLength: 5 }).map((list) => JSON.stringify(list, null, 1)),
  ],
  ['transcripts', transcriptLike],
  [
    'records of any format',
    fc.array(anyRecordLike, { maxLength: 3 }).map((records) => JSON.stringify(records)),
  ],
  ['pieces of text formats', pieces],
  ['tables', fc.tuple(header, pieces).map((parts) => parts.join(''))],
  [
    'documents around a list',
    fc
      .tuple(fc.constantFrom('data', 'messages', 'rows'), fc.array(anyRecordLike, { maxLength: 2 }))
      .map(([key, records]) => JSON.stringify({ [key]: records, x: 1 })),
  ],
];
