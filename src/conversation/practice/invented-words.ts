/**
 * @file Words that nobody knows, for made tools: “Height of a breandor”, “Flousk a tower”. With known words alone a model
 * takes a word that it has never seen for the nearest one that it has.
 */
import { isHeldOut } from './entities';
import { PROPERTIES, THINGS, VERBS } from './made-words';
import { type Random, hashText } from './prng';

const ONSETS = 'b c d f g h j k l m n p r s t v w z br ch cl cr dr fl gr pl pr sh sl sp st th tr'.split(' ');
const VOWELS = 'a e i o u ai ea ee ou'.split(' ');
const CODAS = 'n r l t s m d ck nd st sk p ble ter ment'.split(' ');
const SYLLABLE = `(?:${ONSETS.join('|')})(?:${VOWELS.join('|')})(?:${CODAS.join('|')})?`;
const WORD = new RegExp(`^(?:${SYLLABLE}){2,3}$`);
const KNOWN = new Set([...THINGS, ...VERBS, ...PROPERTIES.map(({ name }) => name)]);
/** Beginnings of words of tools that stay unseen. */
const RESERVED = /^(?:parcel|pars?el|letter|table|restaurant|track|count|book|reserv|word)/;

/**
 * True for a word that may have been drawn. One in sixteen that look like one is, so that tools of other people are
 * seldom taken for made ones.
 */
export function isInvented(word: string): boolean {
  return (
    word.length >= 4 &&
    word.length <= 10 &&
    WORD.test(word) &&
    hashText(`invented|${word}`) % 16 === 0 &&
    !RESERVED.test(word) &&
    !KNOWN.has(word) &&
    !isHeldOut(word)
  );
}

/** A word of two or three syllables that means nothing. */
export function inventedWord(random: Random): string {
  for (;;) {
    let word = '';
    const count = random.chance(0.7) ? 2 : 3;
    for (let i = 0; i < count; i++) {
      const coda = random.chance(i === count - 1 ? 0.7 : 0.3) ? random.pick(CODAS) : '';
      word += random.pick(ONSETS) + random.pick(VOWELS) + coda;
    }
    if (isInvented(word)) return word;
  }
}
