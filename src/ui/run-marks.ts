/**
 * @file What happened in a run at which step, as marks for its charts.
 */
import { runs as words } from '$strings/runs';
import { OBJECTIVE_SETTINGS } from '../settings/objective-table';
import { SCHEDULE_LABELS, TRAIN_SETTINGS } from '../settings/train';
import type { KeptRun, RunPoint } from '../state/runs.svelte';
import type { Update } from '../state/train.svelte';
import type { SettingChange, StepReport } from '../worker/protocol';
import type { ChartMark } from './chart-lines';

/** What a setting is called. */
export function settingLabel(key: string): string {
  if (key === 'schedule') return words.facts.schedule;
  const row = [...TRAIN_SETTINGS, ...OBJECTIVE_SETTINGS].find((setting) => setting.key === key);
  return row?.label ?? key;
}

function valueText(value: SettingChange['to'] | undefined): string {
  if (value === undefined) return words.facts.standard;
  if (typeof value === 'boolean') return value ? words.facts.on : words.facts.off;
  if (typeof value === 'number')
    return value === Infinity ? words.facts.off : String(value).replaceAll('-', '−');
  return Object.hasOwn(SCHEDULE_LABELS, value)
    ? SCHEDULE_LABELS[value as keyof typeof SCHEDULE_LABELS].title
    : value;
}

/** `Learning rate: 0.001 → 0.0005`. */
export function changeText({ key, from, to }: SettingChange): string {
  return words.marks.change(settingLabel(key), valueText(from), valueText(to));
}

/** Changed settings, at their place in the list of reports, from 1. */
export function changeMarks(reports: readonly StepReport[]): ChartMark[] {
  return reports.flatMap(({ changed = [] }, i) =>
    changed.length ? [{ step: i + 1, text: changed.map(changeText).join(words.marks.between) }] : [],
  );
}

/** The same for updates over several runs, and where each run after the first began. */
export function lineageMarks(updates: readonly Update[]): ChartMark[] {
  const begins = updates.flatMap(({ step, update }) =>
    step === 1 && update > 1 ? [{ step: update, text: words.marks.anotherRun }] : [],
  );
  return [...begins, ...changeMarks(updates)].sort((a, b) => a.step - b.step);
}

/**
 * The name of the run that made each of the updates that led to some weights.
 *
 * @param runs those that are kept; steps of one that was deleted, and those before them, have no name
 * @param head where the weights stand
 * @param count updates that led there
 */
export function lineageNames(
  runs: readonly Pick<KeptRun, 'id' | 'name' | 'parent'>[],
  head: RunPoint | undefined,
  count: number,
): string[] {
  const names: string[] = [];
  let at = head;
  while (at) {
    const { run: id, step } = at;
    const run = runs.find((kept) => kept.id === id);
    if (!run) break;
    names.unshift(...Array<string>(step).fill(run.name));
    at = run.parent;
  }
  const all = [...Array<string>(Math.max(0, count - names.length)).fill(''), ...names];
  return all.slice(all.length - count);
}
