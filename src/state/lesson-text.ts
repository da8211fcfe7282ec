/**
 * @file The text of lessons: a small part of Markdown as plain data, which is drawn as elements. No markup of a text is ever taken
 * for HTML, and links lead to https addresses and to other lessons alone.
 */
import { lessonFile } from '$strings/lesson-file';
import type { Json } from '../conversation/types';
import { badLesson, orElse, stringOf, type Place } from './lesson-fields';
import { figureRemedy, figureText, isFigure, splitFigure } from './lesson-figures';

export type Inline =
  { kind: 'text' | 'strong' | 'em' | 'code'; text: string } | { kind: 'link'; text: string; href: string };

export type Block = { kind: 'paragraph'; lines: Inline[] } | { kind: 'list' | 'steps'; items: Inline[][] };

/** What may stand behind a link: another site, or another lesson of this page. */
const SAFE_LINK = /^(?:https:\/\/[^\s]+|\?lesson=[a-z0-9-]+|\?guide)$/;
const PLACEHOLDER = /\{((?:[a-z0-9-]+:)?[a-z][A-Za-z0-9.-]*)\}/g;
const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s](?:[^*]*[^*\s])?)\*|\[([^\]]+)\]\(([^()\s]+)\)/g;
const ITEM = /^(?:[-*]|(\d+)[.)])\s+/;

/**
 * Reads a text of a lesson and checks its placeholders and links.
 *
 * @param steps ids of earlier steps, whose figures may be cited
 * @throws LosslightError `bad-lesson`.
 */
export function readLessonText(place: Place, value: Json | undefined, steps: readonly string[]): string {
  const text = stringOf(place, value);
  for (const [whole, reference = ''] of text.matchAll(PLACEHOLDER)) {
    orElse(place, () => checkCited(place, whole, reference, steps), undefined);
  }
  for (const [, , , , , href] of text.matchAll(INLINE)) {
    if (href !== undefined && !SAFE_LINK.test(href))
      throw badLesson(place, lessonFile.text.badLink(href.slice(0, 80)), lessonFile.text.goodLink);
  }
  return text;
}

function checkCited(place: Place, whole: string, reference: string, steps: readonly string[]): void {
  const { step, name } = splitFigure(reference);
  if (!isFigure(name)) throw badLesson(place, lessonFile.text.noFigure(whole), figureRemedy(name));
  if (step !== undefined && !steps.includes(step)) {
    const known = steps.length ? lessonFile.useStep(steps.join(', ')) : lessonFile.giveId;
    throw badLesson(place, lessonFile.text.noStep(whole, step), known);
  }
}

/** Figures that a text cites. */
export function citedFigures(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, reference = '']) => reference);
}

/** Puts the figures' numbers in place of their names. What was not measured is a dash. */
export function fillFigures(text: string, figure: (reference: string) => number | undefined): string {
  return text.replace(PLACEHOLDER, (_, reference: string) =>
    figureText(splitFigure(reference).name, figure(reference)),
  );
}

/** Paragraphs and lists; an empty line ends either. */
export function parseBlocks(text: string): Block[] {
  return text
    .split(/\n\s*\n/)
    .map((part) => part.trim())
    .filter(Boolean)
    .flatMap(blocksOf);
}

/** A list may follow its paragraph without an empty line. */
function blocksOf(part: string): Block[] {
  const blocks: Block[] = [];
  for (const line of part.split('\n')) {
    const item = ITEM.exec(line.trim());
    const rest = line.trim().slice(item?.[0].length ?? 0);
    const last = blocks.at(-1);
    if (item) {
      const kind = item[1] === undefined ? 'list' : 'steps';
      if (last && last.kind === kind) last.items.push(parseInline(rest));
      else blocks.push({ kind, items: [parseInline(rest)] });
    } else if (!last) blocks.push({ kind: 'paragraph', lines: parseInline(rest) });
    else if (last.kind === 'paragraph') last.lines.push(...parseInline(` ${rest}`));
    else last.items.at(-1)?.push(...parseInline(` ${rest}`));
  }
  return blocks;
}

/** Code, bold, emphasis and links; anything else is text as it stands. */
export function parseInline(text: string): Inline[] {
  const found: Inline[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, strong, em, label, href] = match;
    if (match.index > end) found.push({ kind: 'text', text: text.slice(end, match.index) });
    end = match.index + whole.length;
    if (code !== undefined) found.push({ kind: 'code', text: code });
    else if (strong !== undefined) found.push({ kind: 'strong', text: strong });
    else if (em !== undefined) found.push({ kind: 'em', text: em });
    else if (label !== undefined && href !== undefined && SAFE_LINK.test(href))
      found.push({ kind: 'link', text: label, href });
    else found.push({ kind: 'text', text: whole });
  }
  if (end < text.length) found.push({ kind: 'text', text: text.slice(end) });
  return found;
}
