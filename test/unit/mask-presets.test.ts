/**
 * @file Each preset spelled out: the exact tokens that the system it is named after trains, on the shipped tokenizer.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenWeights, type MaskPolicy } from '../../src/mask/policy';
import { PRESETS, presetNamed } from '../../src/mask/presets';
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
  '<tool_call>|\n|{"|name|":| |"|get|_|weather|",| |"|arguments|":| |{"|city|":| |"|Os|l|o|"}}|\n|</tool_call>';
const think = (words: string) => `<think>|\n|${words}${words && '|'}\n|</think>|\n|\n`;

const FIRST = { '2 think': think('I| |need| |it|.'), '2 call': CALL, '2 end': END };
const LAST = { '4 think': think('I| |know| |it|.'), '4 answer': '3| |degrees|.', '4 end': END };
const NEWLINES = { '2 scaffold': '\n', '4 scaffold': '\n' };
const BOTH = { ...FIRST, ...LAST };

/** Preset → what it trains of “think, call, result, answer”: messages 2 and 4 are the assistant's. */
const TOOL: Record<string, Record<string, string>> = {
  default: BOTH,
  'trl-assistant-only': { ...BOTH, ...NEWLINES },
  'trl-completion-only': { ...LAST, '4 scaffold': '\n' },
  axolotl: BOTH,
  unsloth: { ...BOTH, ...NEWLINES },
  'llama-factory': { ...BOTH, ...NEWLINES },
  'llama-factory-mask-history': { ...LAST, '4 scaffold': '\n' },
  'nemo-automodel': { ...BOTH, ...NEWLINES },
  'tinker-last-assistant': LAST,
  'tinker-all-assistant': BOTH,
  torchtune: { ...BOTH, ...NEWLINES, '2 header': HEADER, '4 header': HEADER },
  'torchtune-last': { ...LAST, '4 scaffold': '\n', '4 header': HEADER },
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
  unsloth: EMPTY_LINE,
  'llama-factory': EMPTY_LINE,
  'llama-factory-mask-history': EMPTY_LINE,
  'nemo-automodel': EMPTY_LINE,
  'tinker-last-assistant': EMPTY,
  'tinker-all-assistant': EMPTY,
  torchtune: { '1 header': HEADER, ...EMPTY_LINE },
  'torchtune-last': { '1 header': HEADER, ...EMPTY_LINE },
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
    expect(honouring.map(({ name }) => name)).toEqual(['default', 'axolotl']);
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
  const inside = ['default', 'axolotl', 'tinker-last-assistant', 'tinker-all-assistant'];

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
