/**
 * @file What was asked and how each arm was trained, for the report: a figure means little without them.
 */
import { cellText } from '../reward/decision-table';
import type { Arm, DataSet } from './definition';

/** `300 practice conversations (seed 900, split held-out-phrasings, contested 0.5)`: only what is not the generator's own. */
export function dataText(set: DataSet): string {
  if (set.kind === 'file') return `the file ${set.path}`;
  if (set.kind === 'rollouts') {
    const turns = set.count === undefined ? 'each user turn' : `each of ${set.count} user turns`;
    return `${set.perPrompt} completions of ${turns} of “${set.prompts}”, by the model as loaded at temperature ${set.temperature}`;
  }
  const { seed, ...options } = set.options;
  const told = Object.entries(options).map(
    ([key, value]) => `${key} ${Array.isArray(value) ? value.join(' and ') : String(value)}`,
  );
  const seedText = `seed ${seed}${set.perSeed ? ' plus that of the run' : ''}`;
  return `${set.count} practice conversations (${[seedText, ...told].join(', ')})`;
}

/** Over the cells of `armCells`. */
export const ARM_HEADS = [
  'Arm',
  'Objective',
  'Learns from',
  'Learning rate',
  'Batch',
  'At most',
  'Measured every',
] as const;

/** So many of them, from the first, are texts. */
export const ARM_TEXTS = 3;

/**
 * A row of cells for an arm that trains; none for another.
 *
 * @param every steps between two measurements of an arm that does not say otherwise
 */
export function armCells(
  { name, from, training }: Arm,
  data: Readonly<Record<string, DataSet>>,
  every: number,
): string[] {
  if (!training) return [];
  const { objective, settings, budget, take, lora } = training;
  const set = data[training.data];
  const source = set ? `${training.data}: ${dataText(set)}` : training.data;
  const onPolicy = training.rewards.length > 0;
  const batch = onPolicy ? `${objective.prompts} × ${objective.groupSize}` : String(settings.batchSize);
  const limits = [
    stepsText(budget.steps),
    ...(budget.tokens === undefined ? [] : [`${budget.tokens} tokens`]),
    ...(budget.seconds === undefined ? [] : [`${budget.seconds} s`]),
  ];
  return [
    from === undefined ? name : `${name} (begins with ${from})`,
    `${objective.kind.toUpperCase()}${lora === undefined ? '' : `, LoRA of rank ${lora}`}`,
    take === undefined ? source : `${take} of ${source}`,
    String(settings.learningRate),
    batch,
    limits.join(', '),
    stepsText(training.every ?? every),
  ].map(cellText);
}

const stepsText = (steps: number): string => (steps === 1 ? '1 step' : `${steps} steps`);
