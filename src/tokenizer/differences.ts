/**
 * @file Features of a tokenizer.json that `@huggingface/tokenizers` 0.2 treats otherwise than the `tokenizers` library
 * does in Python, so that ids can differ from those a model was trained with. Found by reading the first and running
 * both; offsets are right for the ids given, whatever these are.
 */
import { steps, type Json } from './check-json';

/** One sentence for each such feature that a (checked) tokenizer.json has; none for most models. */
export function differencesFromPython(tokenizer: object): string[] {
  const {
    model = {},
    added_tokens: added = [],
    normalizer,
    pre_tokenizer: preTokenizer,
  } = tokenizer as Parts;
  const found: string[] = [];
  for (const { content, single_word: single } of added) {
    if (single)
      found.push(`The added token “${content}” is found inside words too: single_word is not followed.`);
  }
  if (model.byte_fallback && Array.isArray(model.vocab)) {
    found.push(
      'Unknown characters become the unknown token, not bytes: byte_fallback of Unigram is not followed.',
    );
  }
  if (model.continuing_subword_prefix && Array.isArray(model.merges)) {
    found.push('continuing_subword_prefix of BPE is not followed.');
  }
  if (model.dropout) found.push('Merges are never left out at random: dropout is not followed.');

  const replaced = new Set<unknown>();
  for (const [, { type, pattern }] of steps(normalizer, 'normalizer', 'normalizers')) {
    if (type === 'Replace') replaced.add((pattern as Pattern).String);
    const note = typeof type === 'string' ? NORMALIZERS[type] : undefined;
    if (note) found.push(note);
  }
  for (const [path, step] of steps(preTokenizer, 'pre_tokenizer', 'pretokenizers')) {
    const { type, behavior, invert } = step;
    if (type === 'Split' && !isFollowed(step) && !replaced.has((step.pattern as Pattern).String)) {
      const how = `${String(behavior)}${invert ? ', inverted' : ''}`;
      found.push(`Matches of ${path} are cut out as they stand: its behavior (${how}) is not followed.`);
    }
    if (type === 'Punctuation' && behavior !== 'Contiguous') {
      found.push(`Punctuation marks in a row stay together: behavior ${String(behavior)} is not followed.`);
    }
    if (
      type === 'Metaspace' &&
      step.prepend_scheme === 'first' &&
      normalizer &&
      added.some((t) => t.normalized)
    ) {
      found.push('After a normalized added token in the first part of a text a ▁ is put in front.');
    }
    const note = typeof type === 'string' ? PRE_TOKENIZERS[type] : undefined;
    if (note) found.push(note);
  }
  return found;
}

interface Parts {
  model?: Json;
  added_tokens?: { content: string; single_word?: boolean; normalized?: boolean }[];
  normalizer?: unknown;
  pre_tokenizer?: unknown;
}

interface Pattern {
  String?: string;
  Regex?: string;
}

const NORMALIZERS: Record<string, string> = {
  Precompiled:
    'The character table of the normalizer is not read: that of SentencePiece’s nmt_nfkc is assumed.',
  BertNormalizer: 'Ideographs beyond U+FFFF get no spaces around them.',
  Lowercase: 'A Greek capital sigma at the end of a word becomes ς, not σ.',
  StripAccents: 'Accents that take room of their own (Unicode category Mc) are removed as well.',
};

const PRE_TOKENIZERS: Record<string, string> = {
  Whitespace: 'Letters other than a–z count as punctuation when words are divided.',
  Digits: 'Digits other than 0–9 are not divided from what stands beside them.',
};

/** Whether the library does what a Split says. An inverted one keeps the matches alone, which is what Removed means. */
const isFollowed = ({ behavior, invert, pattern }: Json): boolean =>
  invert
    ? behavior === 'Removed'
    : behavior === 'Isolated' || (behavior === 'Removed' && (pattern as Pattern).Regex !== undefined);
