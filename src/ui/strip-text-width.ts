/**
 * @file How many columns of a monospaced font a text takes, about as terminals count: two for CJK and emoji, none for marks
 * that stand on another character. After Unicode's East Asian Width (UAX 11), in ranges.
 */

/** Wide and fullwidth blocks, and emoji that are shown as pictures by default. */
const WIDE =
  /[\u1100-\u115F\u231A\u231B\u2329\u232A\u23E9-\u23EC\u23F0\u23F3\u25FD\u25FE\u2614\u2615\u2648-\u2653\u267F\u2693\u26A1\u26AA\u26AB\u26BD\u26BE\u26C4\u26C5\u26CE\u26D4\u26EA\u26F2\u26F3\u26F5\u26FA\u26FD\u2705\u270A\u270B\u2728\u274C\u274E\u2753-\u2755\u2757\u2795-\u2797\u27B0\u27BF\u2B1B\u2B1C\u2B50\u2B55\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F000}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u;
const NONE = /[\p{M}\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFE00-\uFE0F\uFEFF\u{1F3FB}-\u{1F3FF}]/u;

export function columns(text: string): number {
  let sum = 0;
  for (const character of text) sum += NONE.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return sum;
}
