/**
 * @file What is said of two masks side by side: what to compare with, and where they differ.
 */
import { count, plural, weight } from './numbers';

const tokens = (differing: number) => (differing === 1 ? ' token differs' : ' tokens differ');
const masks = (other: string) => ` between this mask (A) and ${other} (B)`;

export const diff = {
  /** The choice of the other mask. */
  with: {
    label: 'Compare with',
    nothing: 'nothing',
    withoutEdits: 'this without my edits',
    kept: 'Kept',
    presets: 'Presets',
  },
  /** What the other mask is called where it is the same policy. */
  withoutEdits: 'this policy without hand edits',
  group: 'Differences',
  failed: (other: string, message: string, remedy: string) =>
    `${other} cannot be compared here: ${message} ${remedy}`,
  /** The sentence of the result; the number stands out. */
  result: {
    none: (other: string) => `No token differs${masks(other)}.`,
    some: (differing: number, other: string, places: number) => ({
      number: count(differing),
      rest: `${tokens(differing)}${masks(other)}${places > 1 ? `, in ${count(places)} places` : ''}.`,
    }),
  },
  beside: 'Side by side',
  marks: {
    'only-a': 'A alone trains',
    'only-b': 'B alone trains',
    weight: 'other weight',
    same: '',
  },
  previous: 'Previous',
  next: 'Next',
  /** Behind both, for who cannot see what they stand under. */
  difference: ' difference',
  at: (number: number, of: number) => `${count(number)} of ${count(of)}`,
  details: 'By segment, and each place',
  segment: 'Segment',
  tokens: 'Tokens',
  trainedA: 'Trained, A',
  trainedB: 'Trained, B',
  differ: 'Differ',
  places: 'Places that differ',
  where: (segment: string, message: number | undefined) =>
    message === undefined ? segment : `${segment}, message ${message}`,
  how: (mark: string, a: number, b: number) => `${mark}: A ${weight(a)}, B ${weight(b)}`,
  length: (length: number) => plural(length, 'token'),
  more: (left: number) => `Show more (${count(left)} left)`,
};
