/**
 * @file What a run began with, as labels and values to read.
 */
import { runs as words } from '$strings/runs';
import { rewardTitle } from '../reward/registry';
import { strategyNamed } from '../sequence/strategy';
import { objectiveRow, settingsReadBy } from '../settings/objective-table';
import { SCHEDULE_LABELS, TRAIN_SETTINGS } from '../settings/train';
import { sampleKindOf } from '../settings/sample-kind';
import { isRated } from '../state/fingerprint';
import type { KeptRun } from '../state/runs.svelte';

function text(value: number | string | boolean | undefined): string {
  if (typeof value === 'number')
    return value === Infinity ? words.facts.off : String(value).replaceAll('-', '−');
  return value === true
    ? words.facts.on
    : value === false
      ? words.facts.off
      : (value ?? words.facts.standard);
}

/** @param all to name the run whose weights it began with */
export function runFacts(
  { facts, parent }: KeptRun,
  all: readonly KeptRun[],
): [label: string, value: string][] {
  const labels = words.facts;
  const { settings, objective, rewards, division, model, adaptation, engine, conversations, data } = facts;
  const from = parent && all.find(({ id }) => id === parent.run);
  const own = settingsReadBy(objective.kind).map(({ label, key }): [string, string] => [
    label,
    text(objective[key]),
  ]);
  const onPolicy = objectiveRow(objective.kind).family === 'policy';
  return [
    [labels.objective, objectiveRow(objective.kind).title],
    [labels.began, parent ? labels.beganAt(parent.step, from?.name ?? labels.deleted) : labels.original],
    [
      labels.model,
      adaptation.kind === 'full' ? labels.modelAll(model) : labels.modelLora(model, adaptation.rank),
    ],
    [labels.engine, engine],
    [
      onPolicy ? labels.prompts : labels.conversations,
      sampleKindOf(objective.kind) && !isRated(data)
        ? labels.dataUnrated(conversations, data)
        : labels.data(conversations, data),
    ],
    ...TRAIN_SETTINGS.map(({ label, key }): [string, string] => [label, text(settings[key])]),
    [labels.schedule, SCHEDULE_LABELS[settings.schedule ?? 'constant'].title],
    ...(onPolicy
      ? []
      : [[labels.sequences, strategyNamed(division.strategy)?.title ?? ''] as [string, string]]),
    ...own,
    ...(rewards.length && onPolicy
      ? [
          [
            labels.rewards,
            rewards.map(({ id, weight }) => labels.reward(text(weight), rewardTitle(id))).join(labels.plus),
          ] as [string, string],
        ]
      : []),
  ];
}
