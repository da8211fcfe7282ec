/**
 * @file A text as blocks, each with a role on its first line, and the blocks as conversations.
 */
import type { SourceText } from './source-text';

export interface Line {
  line: number;
  text: string;
}

export interface Block extends Line {
  role: string;
  /** Text on the role's own line, behind the colon. */
  inline: string;
  body: Line[];
}

export interface RoleLine {
  role: string;
  inline: string;
}

/** Dashes alone on a line, which may separate conversations. */
export const SEPARATOR = /^[ \t]*-{3,}[ \t]*$/;

/**
 * The blocks of each conversation; a separator or a second `system` begins the next one. The preamble is the first line
 * of text before the first role.
 *
 * @param margin Indentation of the roles; a separator is not indented deeper.
 * @param roleOf The role that a line begins, by its text and its place among the lines.
 * @param rules What to do with dashes before a role: they begin the next conversation, or are only drawn between turns.
 */
export function splitConversations(
  source: SourceText,
  margin: number,
  roleOf: (text: string, index: number) => RoleLine | undefined,
  rules: 'separate' | 'drawn' = 'separate',
): { preamble: Line | undefined; conversations: Block[][] } {
  const lines = [...source.lines()].map(({ start, end, line }) => ({
    line,
    text: source.text.slice(start, end),
  }));
  const roles = lines.map(({ text }, i) => roleOf(text, i));
  const borders = findBorders(lines, roles);
  const conversations: Block[][] = [];
  let blocks: Block[] = [];
  let preamble: Line | undefined;
  lines.forEach((line, i) => {
    const found = roles[i];
    if (found) {
      if (blocks.length === 0 || found.role === 'system') conversations.push((blocks = []));
      blocks.push({ ...line, ...found, body: [] });
    } else if (SEPARATOR.test(line.text) && indentOf(line.text) <= margin && borders[i]) {
      if (rules === 'separate') blocks = [];
    } else if (blocks.length > 0) blocks.at(-1)?.body.push(line);
    else if (line.text.trim() !== '') preamble ??= line;
  });
  return { preamble, conversations };
}

/** For each line, whether a role or nothing follows it: only there do dashes separate, elsewhere they are text. */
function findBorders(lines: Line[], roles: readonly (RoleLine | undefined)[]): boolean[] {
  const borders = new Array<boolean>(lines.length);
  let border = true;
  for (let i = lines.length - 1; i >= 0; i--) {
    borders[i] = border;
    const text = lines[i]?.text ?? '';
    if (text.trim() !== '' && !SEPARATOR.test(text)) border = roles[i] !== undefined;
  }
  return borders;
}

/** Length of the white space at a line's start. */
export function indentOf(text: string): number {
  return text.length - text.replace(/^[ \t]+/, '').length;
}
