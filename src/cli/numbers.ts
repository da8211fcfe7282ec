/**
 * @file Numbers on the command line.
 */
import { UsageError, type Given } from './arguments';

/**
 * The value of a flag as a number in its range; `fallback` where it was not given.
 *
 * @throws UsageError naming flag, value and range.
 */
export function readNumber(
  given: Given,
  flag: string,
  fallback: number,
  { min, max, integer = false }: { min: number; max: number; integer?: boolean },
): number {
  const text = given.one(flag);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max && (!integer || Number.isInteger(value)))
    return value;
  throw new UsageError(
    `${flag} is “${text}”: give a ${integer ? 'whole ' : ''}number from ${min} to ${max}.`,
  );
}
