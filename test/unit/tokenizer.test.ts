/**
 * @file Offsets and decoding on any text, with the shipped tokenizer. Offsets against Python's are in masks.test.ts.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChatTokenizer } from '../../src/tokenizer/tokenizer';

const read = (file: string) => readFileSync(`public/models/pocket/${file}`, 'utf8');
const tokenizer = new ChatTokenizer(read('tokenizer.json'), read('tokenizer_config.json'));

describe('ChatTokenizer', () => {
  const text = fc
    .array(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('<|im_end|>', '<think>', '\r\n', '  ', '12.5', '\ufeff'),
      ),
    )
    .map((parts) => parts.join(''));

  it('covers any text without a hole, and decodes back to it', () => {
    fc.assert(
      fc.property(text, (source) => {
        const { ids, start, end } = tokenizer.encode(source);
        let reached = 0;
        ids.forEach((_, i) => {
          expect(start[i]).toBeLessThanOrEqual(reached);
          expect(end[i]).toBeGreaterThan(start[i] ?? 0);
          reached = Math.max(reached, end[i] ?? 0);
        });
        expect(reached).toBe(source.length);
        expect(tokenizer.decode(ids)).toBe(source);
        expect(tokenizer.pieces(ids)).toHaveLength(ids.length);
      }),
      { numRuns: 500 },
    );
  });

  it('shows the bytes of split characters, and special tokens for what they are', () => {
    const { ids, start, end } = tokenizer.encode('é<|im_end|>');
    expect(tokenizer.pieces(ids)).toEqual(['\\xC3', '\\xA9', '<|im_end|>']);
    expect([...start]).toEqual([0, 0, 1]);
    expect([...end]).toEqual([1, 1, 11]);
  });

  it('shows SentencePiece tokens: ▁ as a space, byte tokens as bytes', () => {
    const file = 'test/golden/tokenizer/bpe-prepend-replace.tokenizer.json';
    const llama = new ChatTokenizer(readFileSync(file, 'utf8'), '{}');
    const { ids, start, end } = llama.encode('a ☃\n<|im_end|>');
    expect(llama.pieces(ids)).toEqual([' a', ' ', '\\xE2', '\\x98', '\\x83', '\n', '<|im_end|>']);
    expect([...start]).toEqual([0, 1, 2, 2, 2, 3, 4]);
    expect([...end]).toEqual([1, 2, 3, 3, 3, 4, 14]);
    expect(llama.bytesOf(ids[2] ?? -1)).toEqual(Uint8Array.of(0xe2));
    expect(llama.bytesOf(100_000)).toEqual(new Uint8Array());
    // The space that the normalizer put in front is taken away at the start alone.
    expect(llama.decode(ids)).toBe('a ☃\n<|im_end|>');
    expect(llama.decode(ids.slice(1))).toBe('☃\n<|im_end|>');
  });

  it('knows its special tokens and its size', () => {
    expect(tokenizer.specialTokens).toEqual(['<|endoftext|>', '<|im_start|>', '<|im_end|>']);
    expect(tokenizer.eosToken).toBe('<|im_end|>');
    expect(tokenizer.bosToken).toBe('');
    expect(tokenizer.idOf('<|im_end|>')).toBe(2);
    const config = JSON.parse(read('config.json')) as { vocab_size: number };
    expect(tokenizer.vocabularySize).toBeLessThanOrEqual(config.vocab_size);
  });
});
