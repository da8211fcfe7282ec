/**
 * @file The tokens of one word, each with the part of the word that it stands for.
 *
 * The pieces come from the library's own model (`BPE.bpe`, `Unigram.tokenize`, `WordPiece.encode`), before pieces that
 * are not in the vocabulary turn into bytes or the unknown token; they must spell the word.
 */
import { BPE, type Model, Unigram, WordPiece } from '@huggingface/tokenizers';
import { type Aligned, unaligned } from './aligned';

/** A token with the range of the original text that it covers. */
export interface LocatedToken {
  token: string;
  start: number;
  end: number;
}

/**
 * The tokens of the words of one part of the text, as `model(words)` gives them.
 *
 * @throws LosslightError `bad-offsets` where the pieces do not spell a word.
 */
export function locateTokens(model: Model, words: readonly Aligned[]): LocatedToken[] {
  const tokens = words.flatMap((word) => {
    if (model instanceof BPE) return bpeTokens(model, word);
    if (model instanceof Unigram) return spell(word, model.tokenize(word.text));
    if (model instanceof WordPiece) return wordPieceTokens(model, word);
    // The library's model for a bare vocabulary: a word is a token.
    return spell(word, model.encode([word.text]));
  });
  return model.fuse_unk ? fuseUnknown(model, tokens) : tokens;
}

/** Locates pieces that spell `word` in a row, without `affixes` where they have them. */
function spell(
  word: Aligned,
  pieces: readonly string[],
  bare: (piece: string, i: number) => string = (piece) => piece,
): LocatedToken[] {
  let at = 0;
  const tokens = pieces.map((token, i) => {
    const text = bare(token, i);
    if (!text || !word.text.startsWith(text, at))
      throw unaligned(`the piece “${token}” does not fit`, word.text);
    at += text.length;
    return range(token, word, at - text.length, at);
  });
  if (at !== word.text.length) throw unaligned('the model left out a part', word.text);
  return tokens;
}

const range = (token: string, word: Aligned, from: number, to: number): LocatedToken => ({
  token,
  start: word.start[from] ?? 0,
  end: word.end[to - 1] ?? 0,
});

function bpeTokens(model: BPE, word: Aligned): LocatedToken[] {
  const known = (token: string) => model.tokens_to_ids.has(token);
  if (model.ignore_merges && known(word.text)) return [range(word.text, word, 0, word.text.length)];
  const pieces = model.bpe(word.text);
  const located = spell(word, pieces, (piece, i) => {
    const last = i === pieces.length - 1;
    return withoutSuffix(piece, last ? model.end_of_word_suffix : model.continuing_subword_suffix);
  });
  let at = 0;
  return located.flatMap((piece, i) => {
    const from = at;
    const last = i === pieces.length - 1;
    const suffix = last ? model.end_of_word_suffix : model.continuing_subword_suffix;
    at += withoutSuffix(piece.token, suffix).length;
    if (known(piece.token)) return [piece];
    const bytes = model.byte_fallback ? byteTokens(piece.token, word, from, at) : [];
    if (bytes.length && bytes.every(({ token }) => known(token))) return bytes;
    return model.unk_token == null ? [] : [{ ...piece, token: model.unk_token }];
  });
}

const withoutSuffix = (piece: string, suffix: string | null | undefined) =>
  suffix && piece.endsWith(suffix) ? piece.slice(0, -suffix.length) : piece;

/** One token `<0xE4>` for each byte; each covers the whole of its character (a suffix belongs to the last one). */
function byteTokens(piece: string, word: Aligned, from: number, to: number): LocatedToken[] {
  const utf8 = new TextEncoder();
  const tokens: LocatedToken[] = [];
  let at = from;
  for (const character of piece) {
    const unit = Math.min(at, to - 1);
    for (const byte of utf8.encode(character)) {
      const token = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
      tokens.push(range(token, word, unit, unit + 1));
    }
    at += character.length;
  }
  return tokens;
}

function wordPieceTokens(model: WordPiece, word: Aligned): LocatedToken[] {
  const pieces = model.encode([word.text]);
  // A word that has no division into pieces is the unknown token as a whole.
  const [first = ''] = pieces;
  if (pieces.length === 1 && first === model.unk_token) {
    return [range(first, word, 0, word.text.length)];
  }
  const prefix = model.config.continuing_subword_prefix ?? '';
  return spell(word, pieces, (piece, i) => (i === 0 ? piece : piece.slice(prefix.length)));
}

/** Unknown tokens in a row become one, as `fuse_unk` in the library does it: their texts are put together. */
function fuseUnknown(model: Model, tokens: readonly LocatedToken[]): LocatedToken[] {
  const unknown = model.unk_token_id;
  const idOf = (token: string) => model.tokens_to_ids.get(token) ?? unknown;
  const fused: LocatedToken[] = [];
  let run = false;
  for (const token of tokens) {
    const last = fused.at(-1);
    if (!run || !last || idOf(token.token) !== unknown) {
      fused.push({ ...token });
      run = idOf(token.token) === unknown;
      continue;
    }
    last.end = token.end;
    if (model.tokens_to_ids.get(last.token) !== unknown) last.token += token.token;
  }
  return fused;
}
