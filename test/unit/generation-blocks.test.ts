/**
 * @file Generation blocks: found as ranges, and compared with what the model generates.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/conversation/types';
import { ChatTemplate } from '../../src/template/chat-template';
import { markGenerationBlocks, takeBlocks } from '../../src/template/generation-blocks';
import { renderWithProvenance } from '../../src/template/provenance';
import { MASK_CONVERSATIONS } from '../fixtures/mask-conversations';

const CHATML = { bosToken: '', eosToken: '<|im_end|>', specialTokens: ['<|im_start|>', '<|im_end|>'] };
const chat: Message[] = [
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Hello!' },
];
const chatml = (assistant: string) =>
  "{%- for m in messages %}{%- if m.role == 'assistant' %}" +
  assistant +
  "{%- else %}{{- '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{%- endif %}{%- endfor %}" +
  "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}";

function blocks(source: string, messages = chat) {
  const { text, blocks, notes } = renderWithProvenance(new ChatTemplate(source, CHATML), { messages });
  return {
    held: blocks?.map(({ start, end }) => text.slice(start, end)),
    notes: notes.map((note) => note.text),
  };
}

describe('generation blocks', () => {
  it('are absent where the template has none', () => {
    expect(markGenerationBlocks('{{ messages }}')).toBeUndefined();
    expect(
      blocks(chatml("{{- '<|im_start|>assistant\\n' + m.content + '<|im_end|>\\n' }}")).held,
    ).toBeUndefined();
  });

  it('agree with the other witnesses where they hold what the model writes', () => {
    const source = chatml(
      "{{- '<|im_start|>assistant\\n' }}{% generation %}{{- m.content + '<|im_end|>' }}{% endgeneration %}{{- '\\n' }}",
    );
    expect(blocks(source)).toEqual({ held: ['Hello!<|im_end|>'], notes: [] });
  });

  it('say so where they hold the header or leave out the end of turn', () => {
    const header = chatml(
      "{%- generation %}{{- '<|im_start|>assistant\\n' + m.content + '<|im_end|>' }}{%- endgeneration %}{{- '\\n' }}",
    );
    expect(blocks(header)).toEqual({
      held: ['<|im_start|>assistant\nHello!<|im_end|>'],
      notes: [
        'The template’s generation block holds text that the model does not write: "<|im_start|>assistant\\n".',
      ],
    });
    const short = chatml(
      "{{- '<|im_start|>assistant\\n' }}{%- generation %}{{- m.content }}{%- endgeneration %}{{- '<|im_end|>\\n' }}",
    );
    expect(blocks(short)).toEqual({
      held: ['Hello!'],
      notes: ['The template’s generation block leaves out text that the model writes: "<|im_end|>".'],
    });
  });

  it('keep the white space around them as transformers does: newline after a block gone, indent before it gone', () => {
    const source = 'a\n  {% generation %}\nb\n  {% endgeneration %}\nc';
    const marked = markGenerationBlocks(source) ?? '';
    const text = (template: string) => new ChatTemplate(template, CHATML).render([]);
    expect(takeBlocks(text(marked))).toEqual({ text: 'a\nb\nc', ranges: [{ start: 2, end: 4 }] });
  });

  it('are not told apart where marks do not pair up', () => {
    expect(takeBlocks('a\u{10fff1}b').ranges).toBeUndefined();
    expect(takeBlocks('\u{10fff0}a\u{10fff0}b\u{10fff1}').ranges).toBeUndefined();
    expect(takeBlocks('\u{10fff0}a').ranges).toBeUndefined();
  });

  it('hold exactly what the shipped template’s spans call generated', () => {
    const twin = new ChatTemplate(
      readFileSync('tools/pretrain/chat_template_generation.jinja', 'utf8'),
      CHATML,
    );
    for (const [name, conversation] of MASK_CONVERSATIONS) {
      const rendered = renderWithProvenance(twin, conversation);
      expect(rendered.blocks, name).toBeDefined();
      expect(
        rendered.notes.filter((note) => note.text.includes('generation block')),
        name,
      ).toEqual([]);
    }
  });
});
