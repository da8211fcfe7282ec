/**
 * @file Which lines of a plain transcript begin what a speaker says: `User: …`, in Markdown too (`**User:** …`,
 * `### Assistant`).
 *
 * Lines that write a name as the file writes its first speaker are speakers, as long as a user and an assistant speak so: a bold
 * `**Model:**` or a heading may as well be a part of what was said. Where they do not, each of the usual names with a colon is
 * one. Nothing inside of a code fence is.
 */
import { linesInFences } from './code-fences';
import type { RoleLine } from './role-blocks';
import type { Role } from './types';

const SPEAKERS: Record<string, Role | undefined> = {
  system: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  ai: 'assistant',
  bot: 'assistant',
  chatgpt: 'assistant',
  tool: 'tool',
  // What is copied from ChatGPT's page, and from others that name their turns for screen readers.
  'you said': 'user',
  'chatgpt said': 'assistant',
  'claude said': 'assistant',
  'gemini said': 'assistant',
  // In Markdown only: in running text these begin many a line.
  you: 'user',
  prompt: 'user',
  claude: 'assistant',
  gemini: 'assistant',
  model: 'assistant',
  response: 'assistant',
};

const NAMES =
  'System|SYSTEM|User|USER|Human|HUMAN|Assistant|ASSISTANT|AI|Bot|BOT|ChatGPT|Tool|TOOL|You said|ChatGPT said|Claude said|Gemini said';
const MARKDOWN_NAMES = Object.keys(SPEAKERS)
  .sort((a, b) => b.length - a.length)
  .join('|');
const USUAL = new RegExp(`^(?:${NAMES})$`, 'iu');
/** A picture before a name, as many exports draw one. */
const ICON = '(?:\\p{Extended_Pictographic}[\\u{FE0F}\\u{200D}\\p{Extended_Pictographic}]* ?)?';

const PLAIN = new RegExp(`^(${NAMES}) ?:(.*)$`, 'u');
const HEADING = new RegExp(
  `^(#{1,6})[ \\t]+(?:\\*\\*|__)?${ICON}(${MARKDOWN_NAMES})(?:\\*\\*|__)?(?: ?(:)(?:\\*\\*|__)?(.*)|(?:[ \\t]+#+)?[ \\t]*)$`,
  'iu',
);
const EMPHASIS = new RegExp(
  `^(\\*\\*|__|\\*|_)${ICON}(${MARKDOWN_NAMES})(?: ?(:)\\1(.*)|\\1 ?(:)(.*)|\\1[ \\t]*())$`,
  'iu',
);

/** A line that may begin what a speaker says. */
interface Candidate extends RoleLine {
  /** How the name is written: plainly, as a heading of a level, in emphasis of a kind. */
  mark: string;
  colon: boolean;
  /** One of the names that are speakers in running text, too. */
  usual: boolean;
}

function candidateOf(text: string): Candidate | undefined {
  const plain = PLAIN.exec(text);
  if (plain) return candidate('', plain[1], true, plain[2]);
  const heading = HEADING.exec(text);
  if (heading) {
    const [, level, name, colon, rest = ''] = heading;
    // A heading may close with the signs that it begins with.
    return candidate(level, name, colon !== undefined, /^#*$/.test(rest.trim()) ? '' : rest);
  }
  const emphasis = EMPHASIS.exec(text);
  if (!emphasis) return undefined;
  const [, mark, name, inside, afterInside, outside, afterOutside] = emphasis;
  return candidate(mark, name, (inside ?? outside) !== undefined, afterInside ?? afterOutside);
}

function candidate(mark = '', name = '', colon: boolean, inline = ''): Candidate | undefined {
  const role = SPEAKERS[name.toLowerCase()];
  return role && { role, inline: inline.trimStart(), mark, colon, usual: USUAL.test(name) };
}

export interface SpeakerLines {
  /** For each line, the speaker that it begins. */
  roles: (RoleLine | undefined)[];
  /** Lines of code that would begin one, were they not in a fence. */
  fenced: ReadonlySet<number>;
}

/** The lines of a text that begin what a speaker says. */
export function speakerLines(lines: readonly string[]): SpeakerLines {
  const found = lines.map(candidateOf);
  const inside = linesInFences(lines, (line) => candidateOf(line)?.inline ?? line);
  const outside = found.map((each, i) => (inside[i] ? undefined : each));
  const first = outside.find((each) => each !== undefined);
  const isAlike = (each: Candidate | undefined) =>
    each !== undefined && each.mark === first?.mark && each.colon === first.colon;
  const strict = isTalk(outside.filter(isAlike));
  const speaks = strict ? isAlike : (each: Candidate | undefined) => each?.colon && each.usual;
  const roles = outside.map((each) => (speaks(each) ? each : undefined));
  const fenced = new Set<number>();
  found.forEach((each, i) => {
    if (inside[i] && speaks(each)) fenced.add(i);
  });
  return { roles, fenced };
}

/** Whether both a user and an assistant speak. */
export function isTalk(roles: readonly (RoleLine | undefined)[]): boolean {
  return ['user', 'assistant'].every((role) => roles.some((each) => each?.role === role));
}
