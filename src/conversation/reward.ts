/**
 * @file A record's `reward`: what its completion was worth, for objectives that learn from that.
 */
import type { Reporter } from './report';
import type { Cursor } from './source-text';

/**
 * The number in the field `reward`, also as the text of a number, which is how tables have it.
 *
 * @returns undefined where there is none: absent, null or empty; a list or an object, such as parts of a reward, which stays
 * among the fields that are only kept; and after an error was reported
 */
export function readReward(root: Cursor, report: Reporter): number | undefined {
  const field = root.get('reward');
  if (!field || field.node.kind === 'array' || field.node.kind === 'object') return undefined;
  const text = field.string?.trim();
  if (text === '') return undefined;
  const value = field.node.kind === 'number' ? field.node.value : Number(text ?? NaN);
  if (Number.isFinite(value)) return value;
  const shown = text === undefined ? field.describe() : `“${text.slice(0, 40)}”`;
  report.error(
    field,
    `the reward is ${shown}, not a finite number`,
    'Write a number, such as 1 or -0.5; leave the field out where nothing is known.',
  );
  return undefined;
}
