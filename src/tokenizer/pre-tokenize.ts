/**
 * @file The pre-tokenizer of a tokenizer.json on an aligned text: the words that the model sees, each with its origin.
 *
 * As in normalize.ts each class of `@huggingface/tokenizers` has its counterpart here, and its result is the check.
 */
import {
  BertPreTokenizer,
  ByteLevelPreTokenizer,
  DigitsPreTokenizer,
  FixedLengthPreTokenizer,
  MetaspacePreTokenizer,
  type PreTokenizer,
  PunctuationPreTokenizer,
  ReplacePreTokenizer,
  SequencePreTokenizer,
  SplitPreTokenizer,
  WhitespacePreTokenizer,
  WhitespaceSplitPreTokenizer,
} from '@huggingface/tokenizers';
import { LosslightError } from '../errors';
import { type Aligned, AlignedBuilder, matches, prepend, replace, slice, trim, unaligned } from './aligned';
import { CHARACTER_OF_BYTE } from './byte-level';

/** Splits a text into words. `section` counts the parts of the whole text between added tokens, from 0. */
export type Splitter = (source: Aligned, section: number) => Aligned[];

/**
 * A pre-tokenizer that is checked against `library` on every text.
 *
 * @throws LosslightError `unsupported-tokenizer` for a class that is not known; the splitter throws `bad-offsets` where
 * its words are not the library's.
 */
export function splitter(library: PreTokenizer | null): Splitter {
  if (!library) return (source) => [source];
  const split = splitterOf(library);
  return (source, section) => {
    const words = split(source, section).filter(({ text }) => text);
    const expected = library.pre_tokenize(source.text, { section_index: section }).filter((word) => word);
    if (words.length !== expected.length || words.some(({ text }, i) => text !== expected[i])) {
      throw unaligned('how the pre-tokenizer split it could not be followed', source.text);
    }
    return words;
  };
}

function splitterOf(library: PreTokenizer | null): Splitter {
  if (library === null) return (source) => [source];
  if (library instanceof SequencePreTokenizer) {
    const steps = library.tokenizers.map(splitterOf);
    return (source, section) =>
      steps.reduce((words, step) => words.flatMap((word) => step(word, section)), [source]);
  }
  if (library instanceof ByteLevelPreTokenizer) return byteLevel(library);
  if (library instanceof MetaspacePreTokenizer) return metaspace(library);
  if (library instanceof SplitPreTokenizer) return splitBy(library);
  if (library instanceof DigitsPreTokenizer || library instanceof PunctuationPreTokenizer) {
    return (source) => matches(source, library.pattern);
  }
  if (library instanceof BertPreTokenizer) {
    return (source) => matches(trim(source, true, true), library.pattern);
  }
  if (library instanceof WhitespacePreTokenizer) return (source) => matches(source, /\w+|[^\w\s]+/g);
  if (library instanceof WhitespaceSplitPreTokenizer) return (source) => matches(source, /\S+/g);
  if (library instanceof ReplacePreTokenizer) {
    const { pattern, config } = library;
    return (source) => [pattern ? replace(source, pattern, config.content ?? '') : source];
  }
  if (library instanceof FixedLengthPreTokenizer) {
    const { length } = library.config;
    return (source) =>
      Array.from({ length: Math.ceil(source.text.length / length) }, (_, i) =>
        slice(source, i * length, Math.min((i + 1) * length, source.text.length)),
      );
  }
  throw new LosslightError(
    'unsupported-tokenizer',
    'tokenizer.json has a pre-tokenizer whose offsets are not known.',
    'Use another tokenizer, or report this one.',
  );
}

/** Words by GPT-2's pattern (or none), then each byte as one character, with the range of the character it is from. */
function byteLevel({ add_prefix_space: prefix, use_regex: regex, pattern }: ByteLevelPreTokenizer): Splitter {
  const utf8 = new TextEncoder();
  const toBytes = (word: Aligned): Aligned => {
    const out = new AlignedBuilder(word.from);
    let at = 0;
    for (const character of word.text) {
      for (const byte of utf8.encode(character)) out.add(CHARACTER_OF_BYTE[byte] ?? '', word, at);
      at += character.length;
    }
    return out.build();
  };
  return (source) => {
    const text = prefix && !source.text.startsWith(' ') ? prepend(source, ' ') : source;
    return (regex ? matches(text, pattern) : [text]).map(toBytes);
  };
}

/** Spaces become ▁, and one more is put in front where the scheme says so: it belongs to the first character. */
function metaspace({ replacement, str_rep: mark, prepend_scheme: scheme }: MetaspacePreTokenizer): Splitter {
  return (source, section) => {
    const text = replace(source, / /g, mark);
    const wanted = scheme === 'always' || (scheme === 'first' && section === 0);
    return [wanted && !text.text.startsWith(replacement) ? prepend(text, mark) : text];
  };
}

/**
 * The library ignores `behavior` save for `Removed` (and that too for a string with `invert: false`, which it puts into a
 * group that `split` keeps): what matches and what lies between are words, each by itself.
 */
function splitBy({ pattern, config }: SplitPreTokenizer): Splitter {
  const removes =
    config.behavior?.toLowerCase() === 'removed' &&
    (!('String' in config.pattern) || config.invert !== false);
  return (source) => {
    if (!pattern) return [];
    if (config.invert) return matches(source, pattern);
    const words: Aligned[] = [];
    let at = 0;
    for (const match of source.text.matchAll(pattern)) {
      words.push(slice(source, at, match.index));
      at = match.index + match[0].length;
      if (!removes) words.push(slice(source, match.index, at));
    }
    words.push(slice(source, at, source.text.length));
    return words;
  };
}
