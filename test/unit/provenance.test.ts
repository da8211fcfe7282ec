/**
 * @file Spans of rendered text: on the shipped template, and on small templates with one habit each.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message, ToolSchema } from '../../src/conversation/types';
import { ChatTemplate } from '../../src/template/chat-template';
import { renderWithProvenance } from '../../src/template/provenance';
import type { Rendered } from '../../src/template/rendered';
import { MASK_CONVERSATIONS } from '../fixtures/mask-conversations';

const CHATML = {
  bosToken: '',
  eosToken: '<|im_end|>',
  specialTokens: ['<|endoftext|>', '<|im_start|>', '<|im_end|>'],
};
const SHIPPED = new ChatTemplate(readFileSync('tools/pretrain/chat_template.jinja', 'utf8'), CHATML);

/** `message kind* text` for each span; `*` marks what the model generates. */
function lines({ text, spans }: Rendered): string[] {
  return spans.map(
    (s) => `${s.message} ${s.kind}${s.generated ? '*' : ''} ${JSON.stringify(text.slice(s.start, s.end))}`,
  );
}

function shipped(name: string): Rendered {
  const conversation = MASK_CONVERSATIONS.get(name);
  if (!conversation) throw new Error(`no fixture “${name}”`);
  return renderWithProvenance(SHIPPED, conversation);
}

describe('the shipped template', () => {
  it('names every stretch of a tool turn', () => {
    const rendered = shipped('think, call, result, answer');
    expect(lines(rendered)).toEqual([
      String.raw`0 header "<|im_start|>system\n"`,
      '0 system "Be kind."',
      String.raw`0 tools "\n\n<tools>\n{\"name\": \"get_weather\", \"description\": \"Weather in a city.\", \"parameters\": {\"type\": \"object\", \"properties\": {\"city\": {\"type\": \"string\"}}, \"required\": [\"city\"]}}\n</tools>"`,
      String.raw`0 scaffold "<|im_end|>\n"`,
      String.raw`1 header "<|im_start|>user\n"`,
      '1 user "Oslo?"',
      String.raw`1 scaffold "<|im_end|>\n"`,
      String.raw`2 header "<|im_start|>assistant\n"`,
      String.raw`2 think* "<think>\nI need it.\n</think>\n\n"`,
      String.raw`2 call* "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>"`,
      '2 end* "<|im_end|>"',
      String.raw`2 scaffold "\n"`,
      String.raw`3 header "<|im_start|>user\n"`,
      String.raw`3 result "<tool_response>\n{\"temp\": 3}\n</tool_response>"`,
      String.raw`3 scaffold "<|im_end|>\n"`,
      String.raw`4 header "<|im_start|>assistant\n"`,
      String.raw`4 think* "<think>\nI know it.\n</think>\n\n"`,
      '4 answer* "3 degrees."',
      '4 end* "<|im_end|>"',
      String.raw`4 scaffold "\n"`,
    ]);
    expect(rendered.notes).toEqual([]);
  });

  it('says that earlier thinking is left out, and trains the rest of that turn', () => {
    const rendered = shipped('two turns: earlier thinking is stripped');
    expect(lines(rendered).filter((line) => line.includes('*'))).toEqual([
      '1 answer* "Hello!"',
      '1 end* "<|im_end|>"',
      String.raw`3 think* "<think>\nA farewell.\n</think>\n\n"`,
      '3 answer* "Bye!"',
      '3 end* "<|im_end|>"',
    ]);
    expect(rendered.notes).toEqual([
      {
        code: 'thinking-left-out',
        severity: 'info',
        message: 1,
        text: 'The template leaves the thinking of this turn out of the text, so it is not trained.',
      },
    ]);
  });

  it('takes special tokens and tags inside content for content', () => {
    expect(lines(shipped('content that holds the end-of-turn token'))).toContain(
      '1 answer* "I say <|im_end|> now"',
    );
    expect(lines(shipped('tags in content are content'))).toContain(
      '1 answer* "Use <think> or </tool_call>."',
    );
  });

  it('keeps a field’s own white space with the field', () => {
    expect(lines(shipped('white space at the borders'))).toEqual([
      String.raw`0 header "<|im_start|>user\n"`,
      String.raw`0 user "  Hi\n"`,
      String.raw`0 scaffold "<|im_end|>\n"`,
      String.raw`1 header "<|im_start|>assistant\n"`,
      String.raw`1 think* "<think>\n \n\n</think>\n\n"`,
      String.raw`1 answer* "\n  Hello! \n"`,
      '1 end* "<|im_end|>"',
      String.raw`1 scaffold "\n"`,
    ]);
  });

  it('warns of control tokens that content spells', () => {
    const rendered = shipped('content that holds the end-of-turn token');
    expect(rendered.notes).toEqual(
      [0, 1].map((message) => ({
        code: 'control-token',
        severity: 'warning',
        message,
        text: '<|im_end|> is written in this message’s content: the tokenizer makes the real control token of it.',
        ranges: [{ start: [21, 74][message], end: [31, 84][message] }],
      })),
    );
    const held = rendered.notes.flatMap(({ ranges = [] }) => ranges);
    expect(held.map(({ start, end }) => rendered.text.slice(start, end))).toEqual([
      '<|im_end|>',
      '<|im_end|>',
    ]);
  });

  it('warns of nothing on the other fixtures: both witnesses agree everywhere', () => {
    for (const name of MASK_CONVERSATIONS.keys()) {
      if (name === 'content that holds the end-of-turn token') continue;
      expect(
        shipped(name).notes.filter((note) => note.severity === 'warning'),
        name,
      ).toEqual([]);
    }
  });
});

describe('habits of other templates', () => {
  const render = (source: string, messages: Message[], context = CHATML, tools?: ToolSchema[]) =>
    renderWithProvenance(new ChatTemplate(source, context), { messages, ...(tools ? { tools } : {}) });
  const chat: Message[] = [
    { role: 'user', content: '  Hi ' },
    { role: 'assistant', content: ' Hello! ' },
  ];

  it('follows fields through trim', () => {
    const source =
      "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content | trim + '<|im_end|>\\n' }}{% endfor %}" +
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
    const rendered = render(source, chat);
    expect(lines(rendered)).toEqual([
      String.raw`0 header "<|im_start|>user\n"`,
      '0 user "Hi"',
      String.raw`0 scaffold "<|im_end|>\n"`,
      String.raw`1 header "<|im_start|>assistant\n"`,
      '1 answer* "Hello!"',
      '1 end* "<|im_end|>"',
      String.raw`1 scaffold "\n"`,
    ]);
    expect(rendered.notes).toEqual([]);
  });

  it('keeps BOS and a default system turn apart from the messages', () => {
    const source =
      "{{ bos_token + '<|im_start|>system\\nYou are kind.<|im_end|>\\n' }}" +
      "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}" +
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
    expect(lines(render(source, chat, { ...CHATML, bosToken: '<s>' })).slice(0, 5)).toEqual([
      '-1 scaffold "<s>"',
      String.raw`-1 system "<|im_start|>system\nYou are kind."`,
      String.raw`-1 scaffold "<|im_end|>\n"`,
      String.raw`0 header "<|im_start|>user\n"`,
      '0 user "  Hi "',
    ]);
  });

  it('counts a think block that the generation prompt opens as header', () => {
    const source =
      "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' }}" +
      "{% if m.role == 'assistant' %}{{ '<think>\\n' + m.reasoning_content + '\\n</think>\\n\\n' }}{% endif %}" +
      "{{ m.content + '<|im_end|>\\n' }}{% endfor %}" +
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n<think>\\n' }}{% endif %}";
    const rendered = render(source, [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello!', reasoning: 'A greeting.' },
    ]);
    expect(lines(rendered).slice(3)).toEqual([
      String.raw`1 header "<|im_start|>assistant\n<think>\n"`,
      String.raw`1 think* "A greeting.\n</think>\n\n"`,
      '1 answer* "Hello!"',
      '1 end* "<|im_end|>"',
      String.raw`1 scaffold "\n"`,
    ]);
    expect(rendered.notes).toEqual([]);
  });

  it('gives the template its own variables, in the text and in what the prompt opens with', () => {
    const conversation = {
      messages: [{ role: 'user' as const, content: 'Hi' }],
      templateKwargs: { enable_thinking: false },
    };
    expect(SHIPPED.render(conversation.messages, { ...conversation, addGenerationPrompt: true })).toBe(
      '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n',
    );
    const rendered = renderWithProvenance(SHIPPED, {
      ...conversation,
      messages: [...conversation.messages, { role: 'assistant', content: 'Hello!', reasoning: '' }],
    });
    // The prompt supplies the empty block, so the model does not write it.
    expect(lines(rendered).slice(3, 5)).toEqual([
      String.raw`1 header "<|im_start|>assistant\n<think>\n\n</think>\n\n"`,
      '1 answer* "Hello!"',
    ]);
  });

  it('gives the template its documents; without any they are none, as in Python', () => {
    const context = { bosToken: '', eosToken: '', specialTokens: [] };
    const template = new ChatTemplate(
      '{% if documents is none %}none{% else %}{% for d in documents %}[{{ d.title }}]{% endfor %}{% endif %}',
      context,
    );
    expect(template.render([])).toBe('none');
    const documents = [{ title: 'A' }, { title: 'B' }];
    expect(template.render([], { templateKwargs: { documents } })).toBe('[A][B]');
  });

  it('says so where the template changes a field beyond recognition, and takes the turn from its prefixes', () => {
    const source =
      "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + (m.content | length | string) + '<|im_end|>\\n' }}{% endfor %}" +
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
    const rendered = render(source, chat);
    expect(lines(rendered).filter((line) => line.includes('*'))).toEqual([
      '1 answer* "8"',
      '1 end* "<|im_end|>"',
    ]);
    expect(rendered.notes.map(({ severity, code, text }) => [severity, code, text])).toEqual([
      [
        'warning',
        'untraced',
        'The template changes this message’s content in a way that cannot be traced, so its tokens are not trained.',
      ],
      [
        'warning',
        'untraced',
        'The template changes this message’s content in a way that cannot be traced. Where the turn begins and ends is known from prefix rendering; what in it is thinking, call or answer is a guess.',
      ],
    ]);
  });

  it('reports where the two witnesses disagree', () => {
    const source =
      "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>SIGNED\\n' }}{% endfor %}" +
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
    expect(render(source, chat).notes).toEqual([
      {
        code: 'witnesses-disagree',
        severity: 'warning',
        message: 1,
        text: 'Witnesses disagree: by its fields this turn ends at character 79, by prefix rendering at 86.',
      },
    ]);
  });

  it('says where the prompt differs from what stands before the finished turn', () => {
    const source =
      "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}" +
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\nSure: ' }}{% endif %}";
    expect(render(source, chat).notes.map((note) => note.text)).toEqual([
      'At inference another history stands before this turn: once a later user message follows, the template rewrites what came before.',
    ]);
  });

  it('names a template that raises, with the template’s own words', () => {
    const source = "{{ raise_exception('Only user and assistant roles are supported!') }}";
    expect(() => render(source, chat)).toThrow(/Only user and assistant roles are supported!/);
    expect(() => new ChatTemplate('{% for %}', CHATML)).toThrow(/not valid Jinja/);
  });
});

describe('any conversation on the shipped template', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 12 });
  const piece = fc.oneof(
    text,
    fc.constantFrom('<|im_end|>', '</think>', '<tool_call>', '\n', ' ', '\u{f0000}', '\ud800'),
  );
  const content = fc.array(piece, { maxLength: 4 }).map((parts) => parts.join(''));
  const call = fc
    .record({
      name: content,
      arguments: fc.dictionary(content, fc.oneof(content, fc.integer(), fc.boolean())),
    })
    .map((c) => ({ ...c, rawArguments: JSON.stringify(c.arguments) }));
  const message: fc.Arbitrary<Message> = fc.oneof(
    fc.record({ role: fc.constantFrom('user' as const, 'system' as const, 'tool' as const), content }),
    fc.record(
      {
        role: fc.constant('assistant' as const),
        content,
        reasoning: content,
        toolCalls: fc.array(call, { maxLength: 2 }),
      },
      { requiredKeys: ['role', 'content'] },
    ),
  );

  it('is tiled by its spans, which generate in assistant turns only', () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 6 }), (messages) => {
        const { text: rendered, spans } = renderWithProvenance(SHIPPED, { messages });
        let at = 0;
        for (const span of spans) {
          expect(span.start).toBe(at);
          expect(span.end).toBeGreaterThan(span.start);
          at = span.end;
          if (span.generated) expect(messages[span.message]?.role).toBe('assistant');
        }
        expect(at).toBe(rendered.length);
        // Every turn of the assistant ends with a trained end of turn, whatever its content holds.
        messages.forEach((m, i) => {
          if (m.role !== 'assistant') return;
          const generated = spans.filter((span) => span.message === i && span.generated);
          expect(generated.at(-1)?.kind).toBe('end');
        });
      }),
      { numRuns: 300 },
    );
  });
});
