/**
 * @file A name that is too long, cut in its middle: the beginning says what it is, and the end, such as a file's ending, which one.
 */

/** Characters that are shown of a name. */
const MOST = 40;
/** Of these at its end. */
const END = 14;

/** A name of at most 40 characters, with `…` for what was cut out. */
export function middleCut(name: string): string {
  if (name.length <= MOST) return name;
  // By characters as people count them: one of several code points must not be torn.
  const characters = [...new Intl.Segmenter().segment(name)].map(({ segment }) => segment);
  if (characters.length <= MOST) return name;
  return `${characters.slice(0, MOST - END - 1).join('')}…${characters.slice(-END).join('')}`;
}
