/**
 * @file Which line of the chat template wrote which characters of a rendering. Followed while the template runs, so that
 * loops, branches and macros are told by what was really written.
 */
import type { Conversation } from '../conversation/types';
import type { ChatTemplate, RenderOptions } from './chat-template';
import { RenderBudget } from './limits';

/** Characters of the rendered text and what wrote them; `end` is exclusive. Pieces tile the text in order. */
export interface TemplatePiece {
  start: number;
  end: number;
  /** Lines of the template, from 1, the last one included. */
  line: number;
  lastLine: number;
  /** Characters of the template's source: a tag with its braces, or the text. `to` is exclusive. */
  from: number;
  to: number;
  /**
   * `text`: characters as they stand in the line. `expression`: `{{ … }}`, whose macros are told by the line that calls
   * them. `block`: a loop, filter or call that begins there and is written as a whole.
   */
  kind: 'text' | 'expression' | 'block';
}

/**
 * What wrote each character of a conversation's rendering; undefined where that cannot be told, which is never guessed.
 *
 * @param text the rendering that is asked about: pieces are given only where following gives the same
 * @throws LosslightError `bad-template` or `template-limit`, as `ChatTemplate.render`.
 */
export function traceTemplate(
  template: ChatTemplate,
  { messages, tools, templateKwargs }: Pick<Conversation, 'messages' | 'tools' | 'templateKwargs'>,
  text: string,
): TemplatePiece[] | undefined {
  const options: RenderOptions = { tools, templateKwargs };
  const written = template.within(RenderBudget.for(messages, tools)).follow(messages, options);
  if (!written || written.map((part) => part.text).join('') !== text) return undefined;
  const lineAt = lineFinder(template.source);
  const pieces: TemplatePiece[] = [];
  let at = 0;
  for (const { text: part, place } of written) {
    if (place.kind === 'text') {
      putText(pieces, at, place.characters, lineAt);
    } else if (part) {
      const { kind, start: from, end: to } = place;
      // The tag's last brace, not what comes after it.
      const [line, lastLine] = [lineAt(from), lineAt(to - 1)];
      pieces.push({ start: at, end: at + part.length, line, lastLine, from, to, kind });
    }
    at += part.length;
  }
  return pieces;
}

/** One piece a line. */
function putText(
  pieces: TemplatePiece[],
  start: number,
  characters: readonly number[],
  lineAt: (offset: number) => number,
): void {
  let first = 0;
  const lines = characters.map(lineAt);
  lines.forEach((line, i) => {
    if (lines[i + 1] === line) return;
    const [from, to] = [characters[first] ?? 0, (characters[i] ?? 0) + 1];
    pieces.push({ start: start + first, end: start + i + 1, line, lastLine: line, from, to, kind: 'text' });
    first = i + 1;
  });
}

/** Gives the line of an offset, from 1. */
function lineFinder(source: string): (offset: number) => number {
  const ends: number[] = [];
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) ends.push(at);
  return (offset) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}

/** The piece that a character belongs to; undefined where it is in none. */
export function pieceAt(pieces: readonly TemplatePiece[], character: number): TemplatePiece | undefined {
  let [low, high] = [0, pieces.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pieces[middle]?.end ?? 0) <= character) low = middle + 1;
    else high = middle;
  }
  const found = pieces[low];
  return found && found.start <= character ? found : undefined;
}
