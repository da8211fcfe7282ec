/**
 * @file The parts of the page that a lesson can point at or hide: a fixed list of names, each with what people call it. A part is
 * the element with that `data-part`; a panel is told by its id as well.
 */
import { lessonParts } from '$strings/lesson-parts';

/** Panels, in the order of the page. */
export const PANELS = ['model', 'data', 'mask', 'sequences', 'train', 'compare'] as const;
export type PanelName = (typeof PANELS)[number];

/** What each part is called; the parts of a panel begin with its name. */
export const PARTS = lessonParts;
export type PartName = keyof typeof PARTS;
export const PART_NAMES = Object.keys(PARTS) as PartName[];

/** The panel that a part belongs to; undefined for the lesson itself. */
export function panelOf(part: PartName): PanelName | undefined {
  return PANELS.find((panel) => part === panel || part.startsWith(`${panel}.`));
}

/** Where a part is in the page, as a CSS selector. */
export function partSelector(part: PartName): string {
  const selector = `[data-part~='${part}']`;
  return PANELS.some((panel) => panel === part) ? `section#${part}` : selector;
}

/** What goes with a part when it is hidden: a panel, and the links that lead to it. */
export function hiddenSelector(part: PartName): string {
  const link = PANELS.some((panel) => panel === part) ? `, nav li:has(> a[href='#${part}'])` : '';
  return `${partSelector(part)}${link}`;
}
