/**
 * @file What a run began with, as labels and values to read.
 */
import { rewardTitle } from '../reward/registry';
import { strategyNamed } from '../sequence/strategy';
import { objectiveRow, settingsReadBy } from '../settings/objective-table';
import { SCHEDULE_LABELS, TRAIN_SETTINGS } from '../settings/train';
import type { KeptRun } from '../state/runs.svelte';
import { count } from './format';

function text(value: number | string | boolean | undefined): string {
  if (typeof value === 'number') return value === Infinity ? 'off' : String(value).replace('-', '−');
  return value === true ? 'on' : value === false ? 'off' : (value ?? 'the default');
}

/** @param all to name the run whose weights it began with */
export function runFacts(
  { facts, parent }: KeptRun,
  all: readonly KeptRun[],
): [label: string, value: string][] {
  const { settings, objective, rewards, division, model, adaptation, engine, conversations, data } = facts;
  const from = parent && all.find(({ id }) => id === parent.run);
  const own = settingsReadBy(objective.kind).map(({ label, key }): [string, string] => [
    label,
    text(objective[key]),
  ]);
  const onPolicy = objectiveRow(objective.kind).family === 'policy';
  return [
    ['Objective', objectiveRow(objective.kind).title],
    [
      'Began with',
      parent ? `step ${parent.step} of ${from?.name ?? 'a run that was deleted'}` : 'the original weights',
    ],
    [
      'Model',
      `${model}, ${adaptation.kind === 'full' ? 'all parameters' : `LoRA of rank ${adaptation.rank}`}`,
    ],
    ['Engine', engine],
    [onPolicy ? 'Prompts' : 'Conversations', `${count(conversations)}, fingerprint ${data}`],
    ...TRAIN_SETTINGS.map(({ label, key }): [string, string] => [label, text(settings[key])]),
    ['Schedule', SCHEDULE_LABELS[settings.schedule ?? 'constant'].title],
    ...(onPolicy
      ? []
      : [['Training sequences', strategyNamed(division.strategy)?.title ?? ''] as [string, string]]),
    ...own,
    ...(rewards.length && onPolicy
      ? [
          [
            'Rewards',
            rewards.map(({ id, weight }) => `${text(weight)} · ${rewardTitle(id)}`).join(' + '),
          ] as [string, string],
        ]
      : []),
  ];
}
