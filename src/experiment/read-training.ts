/**
 * @file The training of an arm in an experiment's file: its objective, settings, rewards and adaptation, each over the
 * defaults of the file and checked against the tables of the form.
 */
import { LosslightError } from '../errors';
import { checkRewardParts } from '../reward/compose';
import {
  DEFAULT_OBJECTIVE,
  OBJECTIVES,
  ON_POLICY,
  type ObjectiveKind,
  type ObjectiveSettings,
} from '../settings/objective';
import { objectiveProblem, OBJECTIVE_SETTINGS } from '../settings/objective-table';
import { defaultOf } from '../settings/run-defaults';
import { checkSetting, SCHEDULES, TRAIN_SETTINGS } from '../settings/train';
import type { TrainSettings } from '../worker/protocol';
import type { OwnedRewardPart } from './definition';
import type { Field } from './field-reader';

const RECOMPUTE = ['auto', 'always', 'never'] as const;
/** Set by the run itself, or of no use: nothing is held out but the questions. */
const NOT_HERE = ['steps', 'seed', 'epochs', 'heldOutEvery', 'patience'];

/** The objective: its name alone, or an object with `kind` and settings of its own. */
export function readObjective(own: Field, common: Field | undefined): ObjectiveSettings {
  const keys = OBJECTIVE_SETTINGS.map(({ key }) => key);
  const given = own.cursor.string === undefined ? own.object(['kind', ...keys]) : { kind: own };
  const kind: ObjectiveKind = (
    given['kind'] ?? own.refuse('kind is missing', `Choose one of ${OBJECTIVES.join(', ')}.`)
  ).choice(OBJECTIVES);
  const shared = common?.object(keys) ?? {};
  const values: Partial<Record<string, unknown>> = {};
  for (const row of OBJECTIVE_SETTINGS) {
    const field = given[row.key] ?? shared[row.key];
    if (!field) continue;
    const { cursor } = field;
    if (given[row.key] && !row.readBy.includes(kind))
      field.refuse(`${kind} does not read it`, 'Take it out.');
    const problem = objectiveProblem(row, cursor.string ?? cursor.raw);
    if (problem !== undefined || (row.type !== 'choice' && cursor.string !== undefined))
      field.refuse(`it is ${cursor.raw}`, problem ?? 'Write it without quotation marks.');
    if (row.readBy.includes(kind)) values[row.key] = cursor.json;
  }
  // A measurement that takes time, and that no figure of the report needs.
  const objective = { ...DEFAULT_OBJECTIVE, measureKl: false, ...values, kind };
  checkComparison(objective, (key) => given[key] ?? shared[key] ?? own);
  return objective;
}

/** What the loop would refuse at its first step, long after the experiment began. */
function checkComparison(
  { kind, groupSize, temperature }: ObjectiveSettings,
  field: (key: 'groupSize' | 'temperature') => Field,
): void {
  if (!ON_POLICY.includes(kind)) return;
  if (kind !== 'reinforce' && groupSize < 2)
    field('groupSize').refuse(
      `${kind} compares completions of one prompt, and there is one of each`,
      'Give a group size of at least 2.',
    );
  if (temperature === 0)
    field('temperature').refuse(
      'at 0 all completions of a prompt are the same',
      'Give a temperature above 0, usually 1.',
    );
}

/**
 * The settings of the run; `steps` are those of the budget, and what the file leaves out is the default of the objective, `kind`.
 * The seed is put in when the run begins.
 */
export function readTrainSettings(
  own: Field | undefined,
  common: Field | undefined,
  steps: number,
  kind: ObjectiveKind,
): TrainSettings {
  const rows = TRAIN_SETTINGS.filter(({ key }) => !NOT_HERE.includes(key));
  const known = [...rows.map(({ key }) => key as string), 'packing', 'recompute', 'schedule'];
  const [mine, shared] = [own?.object(known) ?? {}, common?.object(known) ?? {}];
  const numbers = TRAIN_SETTINGS.map((row): [string, number] => {
    const field = mine[row.key] ?? shared[row.key];
    if (!field) return [row.key, row.key === 'steps' ? steps : defaultOf(row, kind)];
    const value = field.number();
    const { error } = checkSetting(row, String(value));
    if (error !== undefined) field.refuse(`it is ${value}`, error);
    return [row.key, value];
  });
  const settings = Object.fromEntries(numbers) as unknown as TrainSettings;
  const packing = mine['packing'] ?? shared['packing'];
  const recompute = mine['recompute'] ?? shared['recompute'];
  const schedule = mine['schedule'] ?? shared['schedule'];
  return {
    ...settings,
    // In the table 0 switches clipping off; to the loop that is no limit.
    clipNorm: settings.clipNorm === 0 ? Infinity : settings.clipNorm,
    ...(packing && { packing: packing.boolean() }),
    ...(recompute && { recompute: recompute.choice(RECOMPUTE) }),
    ...(schedule && { schedule: schedule.choice(SCHEDULES) }),
  };
}

/** The parts of a reward. */
export function readRewards(field: Field): OwnedRewardPart[] {
  const parts = field.items('parts').map((item) => {
    const { id, weight, options, code } = item.object(['id', 'weight', 'options', 'code']);
    const part: OwnedRewardPart = {
      id: (id ?? item.refuse('id is missing', 'Name the reward function.')).text(),
      weight: weight?.number() ?? 1,
      ...(options && {
        options: Object.fromEntries(options.entries().map(([key, value]) => [key, value.number()])),
      }),
      ...(code && { code: code.text() }),
    };
    if (part.id === 'own' && !code) item.refuse('code is missing', 'Give the JavaScript of your own reward.');
    if (part.id !== 'own' && code) code.refuse('only “own” has code', 'Take it out, or write "id": "own".');
    checkAt(item, [part]);
    return part;
  });
  checkAt(field, parts);
  return parts;
}

/** What is wrong with one part is told at its place; what is wrong with all of them together, at the list. */
function checkAt(field: Field, parts: readonly OwnedRewardPart[]): void {
  try {
    checkRewardParts(parts);
  } catch (error) {
    if (!(error instanceof LosslightError)) throw error;
    field.refuse(error.message.replace(/\.$/, ''), error.remedy);
  }
}

/** A rank of LoRA. */
export const readAdaptation = (field: Field | undefined): number | undefined =>
  field?.number({ min: 1, max: 1024, whole: true });
