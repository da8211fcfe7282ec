/**
 * @file NFC, NFD, NFKC and NFKD that tell what each character replaces (Unicode Standard Annex 15).
 *
 * What the changes are follows the crate unicode-normalization-alignments, which the `tokenizers` library uses: the
 * first part of a decomposed character replaces it, the other parts are inserted; a composition takes its parts' changes
 * together, less one.
 */
import { type Aligned, type Change, transform, unaligned } from './aligned';

export type UnicodeForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

/** Marks with the lowest (1) and the highest (240) combining class there is. */
const LOWEST_CLASS = '\u0334';
const HIGHEST_CLASS = '\u0345';

const reorders = (first: string, second: string) =>
  (first + second).normalize('NFD') === second + first && first !== second;

/** Whether a (decomposed) character is a starter: its combining class is 0, so that it changes places with no mark. */
const isStarter = (character: string) =>
  character < '\u0300' ||
  (!reorders(character, LOWEST_CLASS) && !reorders(HIGHEST_CLASS, character) && character !== LOWEST_CLASS);

/** The text in a normalization form, aligned. */
export function toUnicodeForm(source: Aligned, form: UnicodeForm): Aligned {
  const expected = source.text.normalize(form);
  if (expected === source.text) return source;
  const parts = decompose(source.text, form === 'NFC' || form === 'NFD' ? 'NFD' : 'NFKD');
  const changes = form === 'NFC' || form === 'NFKC' ? compose(parts) : parts.map(({ change }) => change);
  const result = transform(source, changes);
  if (result.text !== expected) throw unaligned(`its form ${form} could not be followed`, source.text);
  return result;
}

interface Part {
  change: Change;
  starter: boolean;
}

function decompose(text: string, form: 'NFD' | 'NFKD'): Part[] {
  const parts: Part[] = [];
  // Canonical order: marks in a row are sorted by combining class, equal ones staying as they are.
  let marks: Part[] = [];
  const flush = () => {
    marks.sort((a, b) => byClass(a.change[0], b.change[0]));
    for (const mark of marks) parts.push(mark);
    marks = [];
  };
  for (const character of text) {
    let first = true;
    for (const part of character.normalize(form)) {
      const starter = isStarter(part);
      if (starter) flush();
      (starter ? parts : marks).push({ change: [part, first ? 0 : 1], starter });
      first = false;
    }
  }
  flush();
  return parts;
}

/** Compares two marks by combining class. */
const byClass = (a: string, b: string): number => (reorders(a, b) ? 1 : reorders(b, a) ? -1 : 0);

/** Composes decomposed text; a mark is blocked from the starter by one of an equal or higher class between them. */
function compose(parts: readonly Part[]): Change[] {
  const out: Change[] = [];
  let starter: Change | undefined;
  let between: Change[] = [];
  const flush = () => {
    if (starter) out.push(starter);
    for (const mark of between) out.push(mark);
    starter = undefined;
    between = [];
  };
  for (const part of parts) {
    const [character, change] = part.change;
    const last = between.at(-1);
    const blocked = last !== undefined && (part.starter || byClass(last[0], character) >= 0);
    const composed = starter && !blocked ? composition(starter[0], character) : undefined;
    if (starter && composed !== undefined) starter = [composed, starter[1] + change - 1];
    else if (part.starter) {
      flush();
      starter = part.change;
    } else if (starter) between.push(part.change);
    else out.push(part.change);
  }
  flush();
  return out;
}

/** The single character that two compose to, if there is one. */
function composition(first: string, second: string): string | undefined {
  const composed = (first + second).normalize('NFC');
  return [...composed].length === 1 ? composed : undefined;
}
