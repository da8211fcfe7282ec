/**
 * @file In which order the tokens of a line stand where it holds text of both directions. A token is never torn apart, so that
 * the Unicode bidirectional algorithm (UAX 9) is followed here over whole tokens, and over no more of it than they need:
 * letters, numbers with their separators and signs, and what stands between.
 */
import { RTL, STRONG } from './token-text';

/** Letters that run left to right or right to left, a number, what may stand in or at one, or none of these; `same` goes with the token before. */
export type Direction = 'left' | 'right' | 'number' | 'separator' | 'sign' | 'neutral' | 'same';

const SEPARATOR = /^[.,:/+\-\u00A0\u2212]$/u;
const SIGN = /^[#$%°€£¥‰]+$/u;

/** How a token runs, by the first of its letters or, without any, by its digits. */
export function directionOf(text: string): Direction {
  for (const character of text) if (STRONG.test(character)) return RTL.test(character) ? 'right' : 'left';
  if (/\p{Nd}/u.test(text)) return 'number';
  return SEPARATOR.test(text) ? 'separator' : SIGN.test(text) ? 'sign' : 'neutral';
}

/**
 * The embedding level of each token: even ones run left to right, odd ones right to left, a higher one within the lower;
 * undefined where all run as the line does.
 */
export function tokenLevels(directions: readonly Direction[], rightToLeft: boolean): Uint8Array | undefined {
  const base = rightToLeft ? 1 : 0;
  const own = numbersJoined(directions);
  const levels = new Uint8Array(own.length).fill(base);
  /** The side of the last letters, by which a number goes, and of the last of either, by which what is neutral goes. */
  let letters: 'left' | 'right' = rightToLeft ? 'right' : 'left';
  let side = letters;
  let pending = 0;
  for (const [i, direction] of own.entries()) {
    if (direction === 'neutral' || direction === 'same') continue;
    const here = direction === 'number' ? letters : (letters = direction);
    // What is neutral runs as both of its neighbours do, else as the line.
    if (here === side) levels.fill(levelOf(here, base), pending, i);
    // A number runs left to right, whatever it stands in.
    levels[i] = direction === 'number' && here === 'right' ? 2 : levelOf(here, base);
    side = here;
    pending = i + 1;
  }
  own.forEach((direction, i) => {
    if (direction === 'same' && i > 0) levels[i] = levels[i - 1] ?? base;
  });
  // A token alone stands where it would stand anyway.
  for (let level = 2; level > base; level--)
    for (const [from, to] of runsFrom(levels, level)) if (to - from === 1) levels[from] = level - 1;
  return levels.some((level) => level !== base) ? levels : undefined;
}

/** Stretches of tokens at a level or a higher one. */
function runsFrom(levels: Uint8Array, level: number): [from: number, to: number][] {
  const runs: [number, number][] = [];
  levels.forEach((own, i) => {
    if (own < level) return;
    const last = runs.at(-1);
    if (last?.[1] === i) last[1] = i + 1;
    else runs.push([i, i + 1]);
  });
  return runs;
}

const levelOf = (side: 'left' | 'right', base: number): number => (side === 'right' ? 1 : base === 0 ? 0 : 2);

type Resolved = 'left' | 'right' | 'number' | 'neutral' | 'same';

/** A separator between two numbers and a sign beside one belong to the number. */
function numbersJoined(directions: readonly Direction[]): Resolved[] {
  const isNumber = (i: number) => directions[i] === 'number';
  return directions.map((direction, i) => {
    if (direction === 'separator') return isNumber(i - 1) && isNumber(i + 1) ? 'number' : 'neutral';
    if (direction === 'sign') return isNumber(i - 1) || isNumber(i + 1) ? 'number' : 'neutral';
    return direction;
  });
}

const RIGHT_TO_LEFT = '\u2067';
const LEFT_TO_RIGHT = '\u2066';
const END = '\u2069';

/** Isolates that are open at a level, in a line that runs from the left (0) or the right (1). */
const opened = (level: number, base: number): string =>
  [RIGHT_TO_LEFT, LEFT_TO_RIGHT].slice(base, Math.max(base, level)).join('');

/** The characters between two tokens that turn the direction: they end isolates and begin others. */
export function turn(from: number, to: number, base: number): string {
  const [before, after] = [opened(from, base), opened(to, base)];
  const common = Math.min(before.length, after.length);
  return END.repeat(before.length - common) + after.slice(common);
}

/** The tokens of a drawn line from left to right, by their levels: rule L2. */
export function visualOrder(levels: readonly number[]): number[] {
  const order = levels.map((_, i) => i);
  for (let level = Math.max(0, ...levels); level > 0; level--) {
    for (let i = 0; i < order.length; i++) {
      let end = i;
      while (end < order.length && (levels[order[end] ?? 0] ?? 0) >= level) end++;
      if (end - i > 1) order.splice(i, end - i, ...order.slice(i, end).reverse());
      i = Math.max(i, end);
    }
  }
  return order;
}
