/**
 * @file What happened in a run at which step, as marks for its charts.
 */
import { runs as words } from '$strings/runs';
import { OBJECTIVE_SETTINGS } from '../settings/objective-table';
import { SCHEDULE_LABELS, TRAIN_SETTINGS } from '../settings/train';
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
    return value === Infinity ? words.facts.off : String(value).replace('-', '−');
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
