/**
 * @file The parts of the page that a lesson can point at or hide: a fixed list of names, each with what people call it. A part is
 * the element with that `data-part`; a panel is told by its id as well.
 */

/** Panels, in the order of the page. */
export const PANELS = ['model', 'data', 'mask', 'sequences', 'train', 'compare'] as const;
export type PanelName = (typeof PANELS)[number];

/** What each part is called; the parts of a panel begin with its name. */
export const PARTS = {
  model: 'Model',
  data: 'Data',
  'data.list': 'Data: the list of conversations',
  'data.practice': 'Data: practice data',
  'data.split': 'Data: what is held out',
  mask: 'Mask',
  'mask.policy': 'Mask: the switches and weights of the segments',
  'mask.legend': 'Mask: the legend with the counts of tokens',
  'mask.overlay': 'Mask: what the strip is coloured by',
  'mask.strip': 'Mask: the strip of tokens',
  'mask.lints': 'Mask: the checks',
  sequences: 'Training sequences',
  'sequences.table': 'Training sequences: the table of strategies',
  'sequences.strips': 'Training sequences: two strategies side by side',
  train: 'Train',
  'train.objective': 'Train: the objective',
  'train.settings': 'Train: the settings',
  'train.division': 'Train: how conversations are divided',
  'train.adaptation': 'Train: what is trained of the model',
  'train.rewards': 'Train: the rewards',
  'train.start': 'Train: start, pause and reset',
  'train.progress': 'Train: how the run goes',
  'train.charts': 'Train: the charts',
  'train.rollouts': 'Train: what the model wrote',
  'train.runs': 'Train: the runs of this visit',
  compare: 'Compare',
  'compare.table': 'Compare: log-probabilities before and after',
  'compare.write': 'Compare: both write the same turn',
  'compare.changed': 'Compare: what changed in all conversations',
  'compare.report': 'Compare: decisions about tools',
  lesson: 'The lesson itself',
} as const;
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
