/**
 * @file Spans spelled out for habits of real templates that fields alone do not tell. Template text is ours.
 */
import { describe, expect, it } from 'vitest';
import type { Message, ToolCall } from '../../src/conversation/types';
import { ChatTemplate, type TemplateContext } from '../../src/template/chat-template';
import { renderWithProvenance } from '../../src/template/provenance';
import type { Rendered } from '../../src/template/rendered';

const call = (name: string, args: ToolCall['arguments'], rawArguments = JSON.stringify(args)): ToolCall => ({
  name,
  arguments: args,
  rawArguments,
});
const CITY = call('weather', { city: 'Oslo' });
const USER: Message = { role: 'user', content: 'Oslo?' };
const CALLS: Message = { role: 'assistant', content: '', toolCalls: [CITY] };
const RESULT: Message = { role: 'tool', content: '3' };
const ANSWER: Message = { role: 'assistant', content: 'Cold.' };

const CHATML: TemplateContext = {
  bosToken: '',
  eosToken: '<|im_end|>',
  specialTokens: ['<|im_start|>', '<|im_end|>'],
};
const bare = (specialTokens: string[] = []): TemplateContext => ({
  bosToken: '',
  eosToken: '',
  specialTokens,
});

/** `message kind* text` for each span from message 1 on; `*` marks what the model generates. */
const lines = ({ text, spans }: Rendered): string[] =>
  spans
    .filter(({ message }) => message > 0)
    .map(
      (s) =>
        `${s.message} ${s.kind}${s.generated ? '*' : ''} ${text.slice(s.start, s.end).replaceAll('\n', '⏎')}`,
    );

const render = (source: string, messages: Message[], context = CHATML) =>
  renderWithProvenance(new ChatTemplate(source, context), { messages });
const codes = ({ notes }: Rendered) => notes.map(({ code, message }) => `${message} ${code}`);

describe('a prompt that opens thinking (Qwen 3.5, DeepSeek R1)', () => {
  const source =
    '{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.reasoning_content %}<think>\n{{ m.reasoning_content }}\n</think>\n\n{% endif %}' +
    '{{ m.content }}{% for c in m.tool_calls %}<tool_call>\n<function={{ c.function.name }}></tool_call>{% endfor %}<|im_end|>\n{% endfor %}' +
    '{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}';

  it('does not share “<t” with a call that stands in the place of thinking', () => {
    const rendered = render(source, [USER, CALLS]);
    expect(lines(rendered)).toEqual([
      '1 header <|im_start|>assistant⏎',
      '1 call* <tool_call>⏎<function=weather></tool_call>',
      '1 end* <|im_end|>',
      '1 scaffold ⏎',
    ]);
    expect(codes(rendered)).toContain('1 rewritten-history');
  });

  it('supplies the tag where the turn thinks', () => {
    expect(lines(render(source, [USER, { ...ANSWER, reasoning: 'Brr.' }]))).toEqual([
      '1 header <|im_start|>assistant⏎<think>⏎',
      '1 think* Brr.⏎</think>⏎⏎',
      '1 answer* Cold.',
      '1 end* <|im_end|>',
      '1 scaffold ⏎',
    ]);
  });

  it('finds the header on one line with the tag', () => {
    const oneLine =
      "{% for m in messages %}{{ '<｜User｜>' if m.role == 'user' else '<｜Assistant｜>' }}{{ m.content }}" +
      "{{ '<｜end｜>' if m.role == 'assistant' }}{% endfor %}{{ '<｜Assistant｜><think>\n' if add_generation_prompt }}";
    const rendered = render(oneLine, [USER, ANSWER], { ...bare(), eosToken: '<｜end｜>' });
    expect(lines(rendered)).toEqual(['1 header <｜Assistant｜>', '1 answer* Cold.', '1 end* <｜end｜>']);
    expect(codes(rendered)).toEqual(['1 rewritten-history']);
  });
});

describe('turns without an end-of-turn token (GLM)', () => {
  const source =
    "{% for m in messages %}<|{{ 'observation' if m.role == 'tool' else m.role }}|>\n" +
    "{% if m.role == 'assistant' %}<think>{{ m.reasoning_content }}</think>\n{% endif %}{{ m.content }}" +
    '{% for c in m.tool_calls %}\n<tool_call>{{ c.function.name }}\n{{ c.function.arguments.city }}</tool_call>{% endfor %}{% endfor %}' +
    "{{ '<|assistant|>' if add_generation_prompt }}";

  it('takes an empty block that the template writes for thinking', () => {
    const rendered = render(source, [USER, CALLS, RESULT, ANSWER], bare(['<|user|>', '<|assistant|>']));
    expect(lines(rendered)).toEqual([
      '1 header <|assistant|>',
      '1 think* ⏎<think></think>⏎',
      '1 call* <tool_call>weather⏎Oslo</tool_call>',
      '2 header <|observation|>⏎',
      '2 result 3',
      '3 header <|assistant|>',
      '3 think* ⏎<think></think>⏎',
      '3 answer* Cold.',
    ]);
    expect(codes(rendered)).toEqual([]);
  });
});

describe('a template that knows no calls (Llama 3)', () => {
  const source =
    '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content | trim }}<|im_end|>\n{% endfor %}' +
    "{{ '<|im_start|>assistant\n' if add_generation_prompt }}";

  it('still ends the turn that held one', () => {
    const rendered = render(source, [USER, CALLS, RESULT, ANSWER]);
    expect(lines(rendered)).toEqual([
      '1 header <|im_start|>assistant⏎',
      '1 end* <|im_end|>',
      '1 scaffold ⏎',
      '2 header <|im_start|>tool⏎',
      '2 result 3',
      '2 scaffold <|im_end|>⏎',
      '3 header <|im_start|>assistant⏎',
      '3 answer* Cold.',
      '3 end* <|im_end|>',
      '3 scaffold ⏎',
    ]);
    expect(codes(rendered)).toEqual(['1 left-out']);
  });
});

describe('a result that repeats the name of its call', () => {
  it('after an end of turn (gpt-oss)', () => {
    const source =
      '{% set last = namespace(name=none) %}{% for m in messages %}' +
      '{% if m.tool_calls %}{% set c = m.tool_calls[0].function %}{% set last.name = c.name %}<|start|>assistant to={{ c.name }}<|message|>{{ c.arguments | tojson }}<|call|>' +
      "{% elif m.role == 'tool' %}<|start|>{{ last.name }} to=assistant<|message|>{{ m.content }}<|end|>" +
      '{% else %}<|start|>{{ m.role }}<|message|>{{ m.content }}<|end|>{% endif %}{% endfor %}' +
      "{{ '<|start|>assistant' if add_generation_prompt }}";
    const rendered = render(source, [USER, CALLS, RESULT, ANSWER], bare(['<|end|>', '<|call|>']));
    expect(lines(rendered)).toEqual([
      '1 header <|start|>assistant',
      '1 call*  to=weather<|message|>{"city": "Oslo"}',
      '1 end* <|call|>',
      '2 header <|start|>weather to=assistant<|message|>',
      '2 result 3',
      '2 scaffold <|end|>',
      '3 header <|start|>assistant',
      '3 answer* <|message|>Cold.',
      '3 end* <|end|>',
    ]);
    expect(codes(rendered)).toEqual([]);
  });

  it('in the middle of the model’s turn, where only prefixes tell its borders (Gemma 4)', () => {
    const source =
      "{% for m in messages %}{% if m.role == 'tool' %}response:{{ messages[loop.index0 - 1].tool_calls[0].function.name }}({{ m.content }})<response|>" +
      "{% elif m.role == 'assistant' and loop.previtem.role == 'tool' %}{{ m.content }}<turn|>\n" +
      '{% else %}<|turn>{{ m.role }}\n{{ m.content }}{% for c in m.tool_calls %}<|call>{{ c.function.name }}({{ c.function.arguments.city }})<call|><|response>{% else %}<turn|>\n{% endfor %}{% endif %}{% endfor %}' +
      "{{ '<|turn>assistant\n' if add_generation_prompt and messages[-1].role != 'tool' }}";
    const context = {
      ...bare(['<|turn>', '<turn|>', '<|call>', '<call|>', '<|response>']),
      eosToken: '<turn|>',
    };
    const rendered = render(source, [USER, CALLS, RESULT, ANSWER], context);
    expect(lines(rendered)).toEqual([
      '1 header <|turn>assistant⏎',
      '1 call* <|call>weather(Oslo)<call|>',
      '1 end* <|response>',
      '2 header response:weather(',
      '2 result 3)<response|>',
      '3 answer* Cold.',
      '3 end* <turn|>',
      '3 scaffold ⏎',
    ]);
    expect(codes(rendered)).toEqual([]);
  });
});

describe('tokens named for the end of something else (LFM 2)', () => {
  it('do not end the turn', () => {
    const source =
      '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}' +
      '{% for c in m.tool_calls %}<|tool_call_start|>{{ c.function.name }}({{ c.function.arguments }})<|tool_call_end|>{% endfor %}<|im_end|>\n{% endfor %}' +
      "{{ '<|im_start|>assistant\n' if add_generation_prompt }}";
    const context = {
      ...CHATML,
      specialTokens: [...CHATML.specialTokens, '<|tool_call_start|>', '<|tool_call_end|>'],
    };
    const exact = call('weather', { days: 2, city: 'Oslo' }, '{"days": 2.0, "city": "Oslo"}');
    const rendered = render(source, [USER, { ...CALLS, toolCalls: [exact] }], context);
    expect(lines(rendered)).toEqual([
      '1 header <|im_start|>assistant⏎',
      "1 call* <|tool_call_start|>weather({'days': 2.0, 'city': 'Oslo'})<|tool_call_end|>",
      '1 end* <|im_end|>',
      '1 scaffold ⏎',
    ]);
    expect(codes(rendered)).toEqual([]);
  });
});

describe('a field of which only part comes through', () => {
  it('is known to be untraced, and its turn by its prefixes', () => {
    const source =
      "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content.split('</think>')[-1] }}<|im_end|>\n{% endfor %}" +
      "{{ '<|im_start|>assistant\n' if add_generation_prompt }}";
    const rendered = render(source, [USER, { role: 'assistant', content: '<think>Brr.</think>Cold.' }]);
    expect(lines(rendered)).toEqual([
      '1 header <|im_start|>assistant⏎',
      '1 answer* Cold.',
      '1 end* <|im_end|>',
      '1 scaffold ⏎',
    ]);
    expect(codes(rendered)).toEqual(['1 untraced']);
    expect(rendered.notes[0]?.text).toMatch(
      /prefix rendering; what in it is thinking, call or answer is a guess/,
    );
  });
});
