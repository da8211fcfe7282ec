/**
 * @file Each preset spelled out: the exact tokens that the system it is named after trains, on the shipped tokenizer.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/conversation/types';
import { DEFAULT_POLICY, tokenWeights, type MaskPolicy } from '../../src/mask/policy';
import { PRESETS, presetNamed } from '../../src/mask/presets';
import { trainedTokens } from '../../src/mask/whole-tokens';
import { SEGMENT_KINDS } from '../../src/template/rendered';
import { MASK_CONVERSATIONS } from '../fixtures/mask-conversations';
import { conversationOf, fixture, inspector, inspectorWith, trained, weighed } from './mask-support';

function preset(name: string): MaskPolicy {
  const found = presetNamed(name);
  if (!found) throw new Error(`no preset “${name}”`);
  return found.policy;
}

const END = '<|im_end|>';
const HEADER = '<|im_start|>|assistant|\n';
const CALL =
  '<tool_call>|\n|{"|name|":| |"|get|_|weather|",| |"|arguments|":| |{"|city|":| |"|Os|lo|"}}|\n|</tool_call>';
const think = (words: string) => `<think>|\n|${words}${words && '|'}\n|</think>|\n|\n`;

const FIRST = { '2 think': think('I| |need| |it|.'), '2 call': CALL, '2 end': END };
const LAST = { '4 think': think('I| |know| |it|.'), '4 answer': '3| |degrees|.', '4 end': END };
const NEWLINES = { '2 scaffold': '\n', '4 scaffold': '\n' };
const BOTH = { ...FIRST, ...LAST };

/** Every token of a fixture; which of its segments a preset trains is said below. */
const all = (name: string) => trained(fixture(name), { ...DEFAULT_POLICY, prompt: 1 });
const pick = (name: string, ...segments: string[]) =>
  Object.fromEntries(segments.map((segment) => [segment, all(name)[segment] ?? '']));
const without = (table: Record<string, string>, ...segments: string[]) =>
  Object.fromEntries(Object.entries(table).filter(([segment]) => !segments.includes(segment)));

const TALK = 'think, call, result, answer';
/** End-of-turn tokens of the system, the user and the tool. */
const ENDS = { '0 scaffold': END, '1 scaffold': END, '3 scaffold': END };
/** ms-swift writes `<|im_end|>` and a line break between rounds, and trains only the last. */
const SWIFT = { ...without(FIRST, '2 end'), ...LAST, '4 scaffold': '\n' };
const TWICE = CALL.split('|')
  .map((piece) => `${piece}×2`)
  .join('|');

/** Preset → what it trains of “think, call, result, answer”: messages 2 and 4 are the assistant's. */
const TOOL: Record<string, Record<string, string>> = {
  default: BOTH,
  'trl-assistant-only': { ...BOTH, ...NEWLINES },
  'trl-completion-only': { ...LAST, '4 scaffold': '\n' },
  axolotl: BOTH,
  'axolotl-eos-all': { ...BOTH, ...ENDS },
  'axolotl-eos-last': without(BOTH, '2 end'),
  'axolotl-eos-none': without(BOTH, '2 end', '4 end'),
  unsloth: { ...BOTH, ...NEWLINES },
  'unsloth-last-response': { ...LAST, '4 scaffold': '\n' },
  'llama-factory': { ...BOTH, ...NEWLINES },
  'llama-factory-mask-history': { ...LAST, '4 scaffold': '\n' },
  'llama-factory-train-on-prompt': all(TALK),
  'nemo-automodel': { ...BOTH, ...NEWLINES },
  'nemo-mask-reasoning': { ...without(BOTH, '2 think', '4 think'), ...NEWLINES },
  'nemo-last-turn': { ...LAST, '4 scaffold': '\n' },
  'tinker-last-assistant': LAST,
  'tinker-last-turn': BOTH,
  'tinker-all-assistant': BOTH,
  'tinker-all-messages': { ...BOTH, ...ENDS, ...pick(TALK, '0 system', '0 tools', '1 user', '3 result') },
  'tinker-all-tokens': all(TALK),
  'tinker-user-and-system': {
    ...without(ENDS, '3 scaffold'),
    ...pick(TALK, '0 system', '0 tools', '1 user'),
  },
  'tinker-customized': BOTH,
  torchtune: { ...BOTH, ...NEWLINES, '2 header': HEADER, '4 header': HEADER },
  'torchtune-last': { ...LAST, '4 scaffold': '\n', '4 header': HEADER },
  'torchtune-all': all(TALK),
  'prime-rl': BOTH,
  'ms-swift': SWIFT,
  'ms-swift-last-round': SWIFT,
  'ms-swift-all': all(TALK),
  'ms-swift-ignore-empty-think': SWIFT,
  'ms-swift-hermes': { ...SWIFT, '2 call': TWICE },
};

/** Preset → what it trains of a turn with an empty think block. */
const ANSWER = { '1 answer': 'Hello|!', '1 end': END };
const EMPTY = { '1 think': think(''), ...ANSWER };
const EMPTY_LINE = { ...EMPTY, '1 scaffold': '\n' };
const EMPTY_THINK: Record<string, Record<string, string>> = {
  default: EMPTY,
  'trl-assistant-only': EMPTY_LINE,
  'trl-completion-only': EMPTY_LINE,
  axolotl: ANSWER,
  'axolotl-eos-all': { ...ANSWER, '0 scaffold': END },
  'axolotl-eos-last': ANSWER,
  'axolotl-eos-none': without(ANSWER, '1 end'),
  unsloth: EMPTY_LINE,
  'unsloth-last-response': EMPTY_LINE,
  'llama-factory': EMPTY_LINE,
  'llama-factory-mask-history': EMPTY_LINE,
  'llama-factory-train-on-prompt': all('empty think'),
  'nemo-automodel': EMPTY_LINE,
  'nemo-mask-reasoning': without(EMPTY_LINE, '1 think'),
  'nemo-last-turn': EMPTY_LINE,
  'tinker-last-assistant': EMPTY,
  'tinker-last-turn': EMPTY,
  'tinker-all-assistant': EMPTY,
  'tinker-all-messages': { '0 user': 'Hi', '0 scaffold': END, ...EMPTY },
  'tinker-all-tokens': all('empty think'),
  'tinker-user-and-system': { '0 user': 'Hi', '0 scaffold': END },
  'tinker-customized': EMPTY,
  torchtune: { '1 header': HEADER, ...EMPTY_LINE },
  'torchtune-last': { '1 header': HEADER, ...EMPTY_LINE },
  'torchtune-all': all('empty think'),
  'prime-rl': EMPTY,
  'ms-swift': EMPTY_LINE,
  'ms-swift-last-round': EMPTY_LINE,
  'ms-swift-all': all('empty think'),
  'ms-swift-ignore-empty-think': without(EMPTY_LINE, '1 think'),
  'ms-swift-hermes': EMPTY_LINE,
};

describe('presets', () => {
  it('are all spelled out, under names of their own', () => {
    const names = PRESETS.map(({ name }) => name);
    expect(names).toEqual(Object.keys(TOOL));
    expect(names).toEqual(Object.keys(EMPTY_THINK));
  });

  it.each(Object.keys(TOOL))('%s trains of two messages around a tool result', (name) => {
    expect(trained(fixture('think, call, result, answer'), preset(name))).toEqual(TOOL[name]);
  });

  it.each(Object.keys(EMPTY_THINK))('%s trains of a turn with an empty think block', (name) => {
    expect(trained(fixture('empty think'), preset(name))).toEqual(EMPTY_THINK[name]);
  });

  it('weigh a message only where the system knows such fields', () => {
    const conversation = conversationOf(
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello!', weight: 0 },
    );
    const honouring = PRESETS.filter(({ policy }) => Object.keys(trained(conversation, policy)).length === 0);
    expect(honouring.map(({ name }) => name)).toEqual([
      ...['default', 'axolotl', 'axolotl-eos-last', 'axolotl-eos-none', 'tinker-customized'],
      ...['ms-swift', 'ms-swift-last-round', 'ms-swift-ignore-empty-think', 'ms-swift-hermes'],
    ]);
  });

  it('train a whole text where they are for every token', () => {
    for (const name of [
      'llama-factory-train-on-prompt',
      'tinker-all-tokens',
      'torchtune-all',
      'ms-swift-all',
    ]) {
      for (const conversation of MASK_CONVERSATIONS.values()) {
        const { weights } = weighed(conversation, preset(name));
        expect(
          weights.every((weight) => weight === 1),
          `${name}, ${conversation.id}`,
        ).toBe(true);
      }
    }
  });
});

describe('TRL', () => {
  const conversation = fixture('think, call, result, answer');
  const policy = preset('trl-assistant-only');
  const source = readFileSync('tools/pretrain/chat_template_generation.jinja', 'utf8');

  it('takes generation blocks verbatim, where the template has them', () => {
    expect(trained(conversation, policy, inspectorWith(source))).toEqual(BOTH);
  });

  it('a header inside a block is trained, although the model never writes it', () => {
    const header = "    {{- '<|im_start|>assistant\\n' -}}\n";
    const block = '    {%- generation -%}\n';
    expect(source).toContain(header + block);
    const moved = inspectorWith(source.replace(header + block, block + header));
    expect(trained(conversation, policy, moved)).toEqual({ ...BOTH, '2 header': HEADER, '4 header': HEADER });
  });

  it('a token counts as soon as any of its characters is in a block', () => {
    const { rendered, encoded } = inspector.inspect(conversation);
    const blocks = [{ start: rendered.text.indexOf('need') + 1, end: rendered.text.indexOf('it.') + 1 }];
    const found = tokenWeights(encoded, policy, conversation, { ...rendered, blocks });
    const pieces = inspector.tokenizer.pieces(encoded.ids).filter((_, i) => found[i] === 1);
    expect(pieces).toEqual(['need', ' ', 'it']);
  });

  it('trains a completion whole, tool results and headers included', () => {
    const found = trained({ ...conversation, completionFrom: 2 }, preset('trl-completion-only'));
    expect(Object.keys(found)).toEqual([
      ...['2 think', '2 call', '2 end', '2 scaffold', '3 header', '3 result', '3 scaffold'],
      ...['4 header', '4 think', '4 answer', '4 end', '4 scaffold'],
    ]);
    expect(found['3 result']).toContain('<tool_response>');
  });

  it('trains nothing of a prompt without a completion', () => {
    const alone = { ...fixture('unfinished: the user spoke last'), completionFrom: 3 };
    expect(trained(alone, preset('trl-completion-only'))).toEqual({});
  });
});

describe('over two turns', () => {
  const two = fixture('two turns: earlier thinking is stripped');
  const FIRST_TURN = { '1 answer': 'Hello|!', '1 end': END };
  const LAST_TURN = {
    '3 think': think('A| |f|are|well|.'),
    '3 answer': 'B|y|e|!',
    '3 end': END,
  };
  it.each<[name: string, wanted: Record<string, string>]>([
    ['tinker-last-turn', LAST_TURN],
    ['tinker-all-assistant', { ...FIRST_TURN, ...LAST_TURN }],
    ['ms-swift', { '1 answer': 'Hello|!', ...LAST_TURN, '3 scaffold': '\n' }],
    ['ms-swift-last-round', { ...LAST_TURN, '3 scaffold': '\n' }],
    ['axolotl-eos-last', { '1 answer': 'Hello|!', ...LAST_TURN }],
    ['nemo-last-turn', { ...LAST_TURN, '3 scaffold': '\n' }],
    ['unsloth-last-response', { ...LAST_TURN, '3 scaffold': '\n' }],
  ])('%s', (name, wanted) => expect(trained(two, preset(name))).toEqual(wanted));
});

describe('Axolotl', () => {
  const says = (content: string, more: Partial<Message> = {}): Message => ({
    role: 'assistant',
    content,
    ...more,
  });
  const user = (content: string, more: Partial<Message> = {}): Message => ({
    role: 'user',
    content,
    ...more,
  });

  it('trains a message that says train: true, of any role, through its end-of-turn token', () => {
    const conversation = conversationOf(user('Hi', { weight: 1 }), says('Hello!', { weight: 0 }));
    expect(trained(conversation, preset('axolotl'))).toEqual({ '0 user': 'Hi', '0 scaffold': END });
  });

  it('with train_on_eos: all, ends every turn, also one that says train: false', () => {
    const conversation = conversationOf(user('Hi'), says('Hello!', { weight: 0 }));
    expect(trained(conversation, preset('axolotl-eos-all'))).toEqual({ '0 scaffold': END, '1 end': END });
  });

  it('with train_on_eos: last, takes the last turn that trains', () => {
    const conversation = conversationOf(user('Hi'), says('Hello!'), user('Bye'), says('Bye!', { weight: 0 }));
    expect(trained(conversation, preset('axolotl-eos-last'))).toEqual({
      '1 answer': 'Hello|!',
      '1 end': END,
    });
  });

  it('trains the characters of train_detail, and the end of turn', () => {
    const detail = [
      { start: 0, end: 2, weight: 1 },
      { start: 4, end: 5, weight: 0 },
    ];
    const conversation = conversationOf(user('Hi'), says('12345', { detail }));
    expect(trained(conversation, preset('axolotl'))).toEqual({ '1 answer': '1|2', '1 end': END });
  });

  // Tokens: `Hello`, `!`.
  it.each<
    [what: string, ranges: [start: number, end: number, weight: number][], trained: string | undefined]
  >([
    ['widens a range by a token that ends behind its beginning', [[3, 6, 1]], 'Hello|!'],
    ['not by one of which it holds the last character alone', [[4, 6, 1]], '!'],
    ['widens a range by a token that begins two characters before its end', [[0, 2, 1]], 'Hello'],
    ['not by one of which it holds the first character alone', [[0, 1, 1]], undefined],
    ['to the token around a range of one character', [[2, 3, 1]], 'Hello'],
    [
      'lets training win where ranges are widened over the same token',
      [
        [0, 3, 0],
        [3, 5, 1],
      ],
      'Hello',
    ],
    ['knows no weight but 1', [[0, 5, 0.3]], 'Hello'],
  ])('%s', (_, ranges, wanted) => {
    const detail = ranges.map(([start, end, weight]) => ({ start, end, weight }));
    const conversation = conversationOf(user('Hi'), says('Hello!', { detail }));
    const found = { ...(wanted && { '1 answer': wanted }), '1 end': END };
    expect(trained(conversation, preset('axolotl'))).toEqual(found);
  });

  it('trains nothing of a message whose train_detail is empty, unless it says train: true', () => {
    const conversation = (more: Partial<Message>) =>
      conversationOf(user('Hi'), says('Hello!', { detail: [], ...more }));
    expect(trained(conversation({}), preset('axolotl'))).toEqual({});
    const wanted = { '1 answer': 'Hello|!', '1 end': END };
    expect(trained(conversation({ weight: 1 }), preset('axolotl'))).toEqual(wanted);
    expect(trained(conversation({}), preset('default'))).toEqual(wanted);
  });

  it('trains neither thinking nor calls of a message with train_detail', () => {
    const [use = user('Hi')] = fixture('think, call, result, answer').messages.filter((m) => m.toolCalls);
    const detail = [{ start: 0, end: 5, weight: 1 }];
    const conversation = conversationOf(user('Hi'), { ...use, content: 'Hello!', detail });
    expect(trained(conversation, preset('axolotl'))).toEqual({ '1 answer': 'Hello', '1 end': END });
    const { detail: tokens, ...characters } = preset('axolotl');
    expect(tokens).toBe('tokens');
    expect(Object.keys(trained(conversation, characters))).toEqual([
      '1 think',
      '1 answer',
      '1 call',
      '1 end',
    ]);
  });

  it('widens ranges of code points, where a character has two UTF-16 units', () => {
    // Tokens `😀`, `ab`, ` c`: one character of the second is no reason to widen, whatever came before counts.
    const ranges = (start: number, end: number) =>
      trainedTokens('😀ab c', [{ start, end, weight: 1 }], [0, 2, 4]);
    expect(ranges(0, 3)).toEqual([{ start: 0, end: 2 }]);
    expect(ranges(0, 4)).toEqual([
      { start: 0, end: 2 },
      { start: 2, end: 4 },
    ]);
    expect(ranges(3, 6)).toEqual([{ start: 4, end: 6 }]);
  });
});

describe('Tinker, customized', () => {
  it('follows the weight of every message', () => {
    const conversation = conversationOf(
      { role: 'user', content: 'Hi', weight: 1 },
      { role: 'assistant', content: 'Hello!', weight: 0 },
      { role: 'user', content: 'Hi', weight: 0 },
      { role: 'assistant', content: 'Hello!', weight: 1 },
    );
    expect(trained(conversation, preset('tinker-customized'))).toEqual({
      ...{ '0 user': 'Hi', '0 scaffold': END },
      ...{ '3 answer': 'Hello|!', '3 end': END },
    });
  });
});

describe('Unsloth', () => {
  it('lets a tool result leak in where its header is not the user’s', () => {
    const other = inspectorWith(
      inspector.template.source.replace("{{- '<|im_start|>user' -}}", "{{- '<|im_start|>tool' -}}"),
    );
    const found = trained(fixture('think, call, result, answer'), preset('unsloth'), other);
    expect(found['3 result']).toBe('<tool_response>|\n|{"|te|m|p|":| |3|}|\n|</tool_response>');
    expect(found['4 header']).toBe(HEADER);
    expect(Object.keys(found)).not.toContain('1 user');
  });

  it('takes the last response alone with turns: last-message', () => {
    const found = trained(fixture('two turns: earlier thinking is stripped'), {
      ...preset('unsloth'),
      turns: 'last-message',
    });
    expect(Object.keys(found)).toEqual(['3 think', '3 answer', '3 end', '3 scaffold']);
  });

  it('needs a header to go by', () => {
    const bare = inspectorWith("{% for m in messages %}{{ m.content }}{{ '<|im_end|>' }}{% endfor %}");
    expect(() => trained(fixture('no system'), preset('unsloth'), bare)).toThrow(
      /no header before an assistant/,
    );
  });
});

describe('against the systems’ own ways, on token ids', () => {
  const all = [...MASK_CONVERSATIONS.values()];

  it('TRL, completion only: the completion’s tokens are all that follow the rendered prompt’s', () => {
    let compared = 0;
    for (const conversation of all) {
      const completion = conversation.messages.findLastIndex(({ role }) => role === 'assistant');
      const { encoded, weights } = weighed(conversation, preset('trl-completion-only'));
      const prompt = inspector.prompt(conversation, completion).ids;
      if (!prompt.every((id, i) => encoded.ids[i] === id)) continue; // TRL warns, and its mask is off
      expect([...weights], conversation.id).toEqual(
        Array.from(encoded.ids, (_, i) => (i < prompt.length ? 0 : 1)),
      );
      compared++;
    }
    expect(compared).toBeGreaterThanOrEqual(all.length - 1);
  });

  it('Unsloth: from each response marker’s ids to the next instruction marker’s', () => {
    const [response, instruction] = ['assistant', 'user'].map((role) =>
      Array.from(inspector.tokenizer.encode(`<|im_start|>${role}\n`).ids),
    );
    for (const conversation of all) {
      const { encoded, weights } = weighed(conversation, preset('unsloth'));
      const ids = Array.from(encoded.ids);
      const standsAt = (marker: number[] | undefined, at: number) =>
        marker?.every((id, i) => ids[at + i] === id) ?? false;
      const wanted = ids.map(() => 0);
      let inside = false;
      for (let i = 0; i < ids.length; i++) {
        if (!inside && standsAt(response, i)) {
          inside = true;
          i += (response?.length ?? 1) - 1;
          continue;
        }
        if (standsAt(instruction, i)) inside = false;
        if (inside) wanted[i] = 1;
      }
      expect([...weights], conversation.id).toEqual(wanted);
    }
  });

  it('transformers: {% generation %} masks of the twin template', () => {
    const golden = JSON.parse(readFileSync('test/golden/masks/masks.json', 'utf8')) as {
      cases: Record<string, { mask: number[] }>;
    };
    const twin = inspectorWith(readFileSync('tools/pretrain/chat_template_generation.jinja', 'utf8'));
    for (const conversation of all) {
      const { weights } = weighed(conversation, preset('trl-assistant-only'), twin);
      expect([...weights], conversation.id).toEqual(golden.cases[conversation.id]?.mask);
    }
  });
});

describe('properties', () => {
  /** Presets that a text beyond the generated spans and the line break after them cannot enter. */
  const inside = [
    ...['default', 'axolotl', 'axolotl-eos-last', 'axolotl-eos-none', 'prime-rl'],
    ...['tinker-last-assistant', 'tinker-last-turn', 'tinker-all-assistant', 'tinker-customized'],
  ];

  it('weights outside generated spans are 0 under every preset that is defined on spans', () => {
    const role = fc.constantFrom('user' as const, 'assistant' as const, 'tool' as const, 'system' as const);
    const message = fc.record({ role, content: fc.string({ unit: 'grapheme', maxLength: 12 }) });
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 6 }), (messages) => {
        const conversation = conversationOf(...messages);
        for (const name of inside) {
          const { encoded, weights } = weighed(conversation, preset(name));
          weights.forEach((weight, i) => {
            if (!encoded.generated[i]) expect(weight, `${name}, token ${i}`).toBe(0);
          });
        }
      }),
      { numRuns: 60 },
    );
  });

  it('presets that only add a line break add nothing else', () => {
    for (const conversation of MASK_CONVERSATIONS.values()) {
      const { encoded, weights } = weighed(conversation, preset('tinker-all-assistant'));
      const more = weighed(conversation, preset('llama-factory')).weights;
      more.forEach((weight, i) => {
        if (weight !== weights[i]) expect(SEGMENT_KINDS[encoded.kind[i] ?? 0]).toBe('scaffold');
      });
    }
  });
});
