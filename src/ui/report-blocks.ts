/**
 * @file The report of an experiment, which is Markdown, as blocks to be drawn: headings, paragraphs, lists and tables. The page draws
 * the charts itself: of pictures there is only the place.
 */

/** Text, some of it strong. */
export type Inline = { text: string; strong: boolean }[];

export type ReportBlock =
  | { kind: 'heading'; level: number; text: string }
  | { kind: 'paragraph'; text: Inline }
  | { kind: 'list'; items: Inline[] }
  /** `right`: of each column, whether it stands at the right. */
  | { kind: 'table'; head: Inline[]; right: boolean[]; rows: Inline[][] }
  | { kind: 'pictures' };

/** `**` around what is strong; a backslash before what is meant as it is. */
export function inlineOf(text: string): Inline {
  return text
    .split('**')
    .map((part, i) => ({ text: part.replace(/\\([\\`*_[\]|<>#~-])/g, '$1'), strong: i % 2 === 1 }))
    .filter((part) => part.text !== '');
}

const cellsOf = (line: string): Inline[] =>
  line
    .replace(/^\|\s*|\s*\|$/g, '')
    .split(/\s*(?<!\\)\|\s*/)
    .map(inlineOf);

const rightOf = (line: string): boolean[] =>
  line
    .replace(/^\|\s*|\s*\|$/g, '')
    .split(/\s*\|\s*/)
    .map((cell) => cell.endsWith(':'));

/** Only what `reportMarkdown` writes. Pictures that follow each other are one place. */
export function reportBlocks(markdown: string): ReportBlock[] {
  const groups = markdown.split(/\n{2,}/).map((group) => group.split('\n').filter((line) => line !== ''));
  const blocks = groups.flatMap((lines): ReportBlock[] => {
    const [first = ''] = lines;
    if (first === '') return [];
    if (first.startsWith('![')) return [{ kind: 'pictures' }];
    const heading = /^(#+) (.*)$/.exec(first);
    if (heading) return [{ kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' }];
    if (first.startsWith('|'))
      return [
        {
          kind: 'table',
          head: cellsOf(first),
          right: rightOf(lines[1] ?? ''),
          rows: lines.slice(2).map(cellsOf),
        },
      ];
    if (first.startsWith('- '))
      return [{ kind: 'list', items: lines.map((line) => inlineOf(line.slice(2))) }];
    return [{ kind: 'paragraph', text: inlineOf(lines.join(' ')) }];
  });
  return blocks.filter(({ kind }, i) => kind !== 'pictures' || blocks[i - 1]?.kind !== 'pictures');
}
