/**
 * @file The normalizer of a tokenizer.json on an aligned text.
 *
 * Each stage does what the class of that name in `@huggingface/tokenizers` does, whose result is the check: where the
 * two texts differ, that is an error.
 */
import {
  BertNormalizer,
  LowercaseNormalizer,
  NFCNormalizer,
  NFDNormalizer,
  NFKCNormalizer,
  NFKDNormalizer,
  type Normalizer,
  PrecompiledNormalizer,
  PrependNormalizer,
  ReplaceNormalizer,
  SequenceNormalizer,
  StripAccentsNormalizer,
  StripNormalizer,
} from '@huggingface/tokenizers';
import { LosslightError } from '../errors';
import {
  type Aligned,
  type Change,
  concat,
  filter,
  prepend,
  replace,
  slice,
  transform,
  trim,
  unaligned,
} from './aligned';
import { toUnicodeForm } from './unicode-forms';

/** A rewriting of an aligned text. */
export type Stage = (source: Aligned) => Aligned;

/**
 * A normalizer as a stage that is checked against it on every text.
 *
 * @throws LosslightError `unsupported-tokenizer` for a class that is not known; the stage throws `bad-offsets` where its
 * text is not the normalizer's.
 */
export function normalizerStage(normalizer: Normalizer | null): Stage {
  if (!normalizer) return (source) => source;
  const stage = stageOf(normalizer);
  return (source) => {
    const result = stage(source);
    if (result.text !== normalizer.normalize(source.text)) {
      throw unaligned('what the normalizer did could not be followed', source.text);
    }
    return result;
  };
}

function stageOf(normalizer: Normalizer | null): Stage {
  if (normalizer === null) return (source) => source;
  if (normalizer instanceof SequenceNormalizer) return chain(normalizer.normalizers.map(stageOf));
  if (normalizer instanceof NFCNormalizer) return (source) => toUnicodeForm(source, 'NFC');
  if (normalizer instanceof NFDNormalizer) return (source) => toUnicodeForm(source, 'NFD');
  if (normalizer instanceof NFKCNormalizer) return (source) => toUnicodeForm(source, 'NFKC');
  if (normalizer instanceof NFKDNormalizer) return (source) => toUnicodeForm(source, 'NFKD');
  if (normalizer instanceof LowercaseNormalizer) return lowercase;
  if (normalizer instanceof StripAccentsNormalizer) return removeMarks;
  if (normalizer instanceof PrecompiledNormalizer) return precompiled;
  if (normalizer instanceof StripNormalizer) {
    const { strip_left: left, strip_right: right } = normalizer.config;
    return (source) => trim(source, left ?? false, right ?? false);
  }
  if (normalizer instanceof PrependNormalizer) return (source) => prepend(source, normalizer.config.prepend);
  if (normalizer instanceof ReplaceNormalizer) {
    const { pattern, config } = normalizer;
    return (source) => (pattern ? replace(source, pattern, config.content ?? '') : source);
  }
  if (normalizer instanceof BertNormalizer) return bert(normalizer);
  throw new LosslightError(
    'unsupported-tokenizer',
    `tokenizer.json has a normalizer of type “${normalizer.config.type}”, whose offsets are not known.`,
    'Use another tokenizer, or report this one.',
  );
}

/** Stages one after the other. */
export const chain =
  (stages: readonly Stage[]): Stage =>
  (source) =>
    stages.reduce((text, stage) => stage(text), source);

/** Lower case: a letter that becomes several is replaced by the first, the others are inserted. */
export function lowercase(source: Aligned): Aligned {
  // A sigma at the end of a word depends on its neighbours, so the letters are those of the whole text.
  const whole = [...source.text.toLowerCase()];
  const changes: Change[] = [];
  for (const character of source.text) {
    [...character.toLowerCase()].forEach((alone, i) => {
      changes.push([whole[changes.length] ?? alone, i === 0 ? 0 : 1]);
    });
  }
  return transform(source, changes);
}

/** Without marks (Unicode category M). */
export const removeMarks: Stage = (source) => filter(source, (character) => !/^\p{M}$/u.test(character));

const eachCharacter = (source: Aligned, of: (character: string) => string): Aligned =>
  transform(
    source,
    Array.from(source.text, (character): Change => [of(character), 0]),
  );

const PRECOMPILED_REMOVED = /[\u0001-\u0008\u000B\u000E-\u001F\u007F\u008F\u009F]/;
const PRECOMPILED_SPACE =
  /[\u0009\u000A\u000C\u000D\u00A0\u1680\u2000-\u200F\u2028\u2029\u202F\u205F\u2581\u3000\uFEFF\uFFFD]/;

/**
 * What the JavaScript library does for every `Precompiled` normalizer, whatever the table in the file: in essence the
 * rules `nmt_nfkc` of SentencePiece. Full-width tildes stay, and what lies between them is normalized part by part.
 */
function precompiled(source: Aligned): Aligned {
  const kept = filter(source, (character) => !PRECOMPILED_REMOVED.test(character));
  const spaced = eachCharacter(kept, (character) => (PRECOMPILED_SPACE.test(character) ? ' ' : character));
  let at = 0;
  const parts: Aligned[] = [];
  for (const part of spaced.text.split(/(\uFF5E)/)) {
    const piece = slice(spaced, at, at + part.length);
    parts.push(part === '\uFF5E' ? piece : toUnicodeForm(piece, 'NFKC'));
    at += part.length;
  }
  return concat(parts, source.from);
}

const CONTROL = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u;

/** What `BertNormalizer` does in the JavaScript library: clean, put spaces around ideographs, lower case, no accents. */
function bert({ config }: BertNormalizer): Stage {
  const stages: Stage[] = [];
  if (config.clean_text) {
    stages.push(
      (source) =>
        filter(source, (c) => !'\0\ufffd'.includes(c) && ('\t\n\r'.includes(c) || !CONTROL.test(c))),
      (source) => eachCharacter(source, (c) => (/\s/.test(c) ? ' ' : c)),
    );
  }
  if (config.handle_chinese_chars) stages.push(spaceIdeographs);
  if (config.lowercase) stages.push(lowercase);
  if (config.strip_accents ?? config.lowercase) {
    stages.push(
      (source) => toUnicodeForm(source, 'NFD'),
      (source) => filter(source, (c) => !/\p{Mn}/u.test(c)),
    );
  }
  return chain(stages);
}

const IDEOGRAPH = /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]/;

const spaceIdeographs: Stage = (source) =>
  transform(
    source,
    Array.from(source.text).flatMap((c): Change[] =>
      // The library looks at UTF-16 units, so ideographs beyond them get no spaces.
      c.length === 1 && IDEOGRAPH.test(c)
        ? [
            [' ', 0],
            [c, 1],
            [' ', 1],
          ]
        : [[c, 0]],
    ),
  );
