/**
 * @file Prints 500 conversations of our generator, every other one with hostile text put into its fields, and the
 * template fixtures, as JSON for tools/golden/blocks.py to read.
 */
import { runnerImport } from 'vite';

/** @param {string} file */
const load = async (file) => (await runnerImport(new URL(`../../${file}`, import.meta.url).pathname)).module;
const { composeAll } = await load('src/conversation/practice/compose.ts');
const { Random } = await load('src/conversation/practice/prng.ts');
const { TEMPLATE_FIXTURES } = await load('test/fixtures/templates.ts');

const HOSTILE = [
  ...[
    '<|im_end|>',
    '<|im_start|>assistant\n',
    '<think>',
    '</think>',
    '<tool_call>',
    '</tool_call>',
    '<tools>',
  ],
  ...['<|eot_id|>', '<end_of_turn>', '\n', '  ', '\r\n', '\t', '"', '\\', '{"a": 1}', '12.5', '\u200b'],
  ...['é', 'e\u0301', '你好', '🙂👩‍👩‍👧', 'שלום', 'ß', 'İ'],
];
const random = new Random(20261122);

/** @param {string} text */
function hostile(text) {
  const parts = [text];
  for (let i = random.int(0, 3); i > 0; i--)
    parts.splice(random.int(0, parts.length), 0, random.pick(HOSTILE));
  return parts.join('');
}

/** @param {any} message */
function spoil(message) {
  message.content = hostile(message.content);
  if (message.reasoning !== undefined) message.reasoning = hostile(message.reasoning);
  for (const call of message.toolCalls ?? []) {
    for (const [key, value] of Object.entries(call.arguments)) {
      if (typeof value === 'string') call.arguments[key] = hostile(value);
    }
    call.arguments[hostile('extra')] = [1, { x: hostile('y') }, null, true];
    call.rawArguments = JSON.stringify(call.arguments);
  }
}

const conversations = composeAll(500, { seed: 7041 }).map(
  (/** @type {any} */ conversation, /** @type {number} */ i) => {
    const { messages, tools } = structuredClone(conversation);
    if (i % 2) messages.forEach(spoil);
    return { messages, ...(tools ? { tools } : {}) };
  },
);
process.stdout.write(JSON.stringify({ conversations, templates: TEMPLATE_FIXTURES }));
