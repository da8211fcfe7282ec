/**
 * @file Fenced code in Markdown: three or more backticks or tildes begin it, at least as many of the same alone on a line
 * end it (CommonMark 0.31, 4.5).
 */

const OPENS = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/;

/**
 * For each line, whether it stands inside of a fence, whose own two lines count as outside. A fence that is never closed
 * is none: it would take in all that follows.
 *
 * @param beginning Of a line, the text at which a fence may begin: behind a speaker's name, where there is one.
 */
export function linesInFences(lines: readonly string[], beginning: (line: string) => string): boolean[] {
  const inside = new Array<boolean>(lines.length).fill(false);
  /** Length from which on no later line closes a fence of these characters: the rest is looked through once a length. */
  const never: Record<string, number> = { '`': Infinity, '~': Infinity };
  for (let i = 0; i < lines.length; i++) {
    const fence = OPENS.exec(beginning(lines[i] ?? ''))?.[1];
    const mark = fence?.charAt(0) ?? '';
    if (fence === undefined || fence.length >= (never[mark] ?? Infinity)) continue;
    const close = closing(lines, i + 1, mark, fence.length);
    if (close < 0) {
      never[mark] = fence.length;
      continue;
    }
    inside.fill(true, i + 1, close);
    i = close;
  }
  return inside;
}

function closing(lines: readonly string[], from: number, mark: string, length: number): number {
  const end = new RegExp(`^ {0,3}${mark}{${length},}[ \\t]*$`);
  for (let i = from; i < lines.length; i++) if (end.test(lines[i] ?? '')) return i;
  return -1;
}
