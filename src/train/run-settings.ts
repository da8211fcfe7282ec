/**
 * @file The checks of a run's settings before it begins and when they are changed.
 */
import { LosslightError } from '../errors';
import { isChangeable } from '../settings/changes';
import type { ObjectiveSettings } from '../settings/objective';
import { OBJECTIVE_SETTINGS } from '../settings/objective-table';
import { SCHEDULES } from '../settings/train';
import type { SettingsPatch, TrainSettings } from '../worker/protocol';

/** Of every run. @throws LosslightError `bad-settings`, naming the setting. */
export function checkRunSettings(settings: TrainSettings): void {
  const whole = (value: number, least: number) => Number.isSafeInteger(value) && value >= least;
  const share = (value: number) => value >= 0 && value <= 1;
  const { accumulation = 1, epochs = 0, finalShare = 0, decayShare = 0, schedule = 'constant' } = settings;
  const { heldOutEvery = 0, patience = 0 } = settings;
  const rules: [keyof TrainSettings, boolean, string][] = [
    ['steps', whole(settings.steps, 1), 'a whole number from 1'],
    ['batchSize', whole(settings.batchSize, 1), 'a whole number from 1'],
    ['accumulation', whole(accumulation, 1), 'a whole number from 1'],
    ['epochs', whole(epochs, 0), 'a whole number from 1, or 0 to go by steps'],
    ['schedule', SCHEDULES.includes(schedule), `one of ${SCHEDULES.join(', ')}`],
    ['finalShare', share(finalShare), 'a number from 0 to 1'],
    ['decayShare', share(decayShare), 'a number from 0 to 1'],
    ['heldOutEvery', whole(heldOutEvery, 0), 'a whole number from 1, or 0 for no measurement'],
    ['patience', whole(patience, 0), 'a whole number from 1, or 0 for no early stop'],
    ['warmupSteps', whole(settings.warmupSteps, 0), 'a whole number from 0'],
    ['maxLength', whole(settings.maxLength, 2), 'a whole number from 2'],
    ['seed', Number.isFinite(settings.seed), 'a finite number'],
    [
      'learningRate',
      settings.learningRate > 0 && Number.isFinite(settings.learningRate),
      'a positive number',
    ],
    [
      'weightDecay',
      settings.weightDecay >= 0 && Number.isFinite(settings.weightDecay),
      'a finite number from 0',
    ],
    ['clipNorm', settings.clipNorm > 0, 'a positive number, or Infinity for no clipping'],
  ];
  for (const [name, valid, rule] of rules) {
    if (!valid) throw new LosslightError('bad-settings', `${name} is ${settings[name]}.`, `Choose ${rule}.`);
  }
}

/** What the objective reads, against its table. @throws LosslightError `bad-settings`, naming the setting. */
export function checkObjectiveSettings(settings: ObjectiveSettings): void {
  for (const row of OBJECTIVE_SETTINGS) {
    if (!row.readBy.includes(settings.kind)) continue;
    const value = settings[row.key];
    const [valid, rule] =
      row.type === 'number'
        ? [
            typeof value === 'number' &&
              value >= row.min &&
              value <= row.max &&
              (!row.integer || Number.isInteger(value)),
            `a ${row.integer ? 'whole ' : ''}number from ${row.min} to ${row.max}`,
          ]
        : row.type === 'switch'
          ? [typeof value === 'boolean', 'true or false']
          : [
              row.choices.some((choice) => choice.value === value),
              `one of ${row.choices.map((choice) => choice.value).join(', ')}`,
            ];
    if (!valid) throw new LosslightError('bad-settings', `${row.key} is ${value}.`, `Choose ${rule}.`);
  }
}

/**
 * A run's settings with a patch laid over them, checked. A clip of 0 becomes Infinity, as in the form.
 *
 * @throws LosslightError `bad-settings` for a value out of its range, and for a setting that this run cannot change.
 */
export function patched(
  { run, objective }: { run: TrainSettings; objective: ObjectiveSettings },
  patch: SettingsPatch,
): { run: TrainSettings; objective: ObjectiveSettings } {
  const own: Record<string, unknown> = {};
  const its: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    const row = OBJECTIVE_SETTINGS.find((candidate) => candidate.key === key);
    if (!isChangeable(key) || (row && !row.readBy.includes(objective.kind))) {
      throw new LosslightError(
        'bad-settings',
        row && isChangeable(key)
          ? `${key} is no setting of ${objective.kind}.`
          : `${key} cannot be changed while a run goes on.`,
        'Leave it as it is, or begin another run.',
      );
    }
    if (row) its[key] = value;
    else own[key] = key === 'clipNorm' && value === 0 ? Infinity : value;
  }
  if (own['steps'] !== undefined && (run.epochs ?? 0) > 0) {
    const remedy = 'Begin another run to go by steps.';
    throw new LosslightError('bad-settings', 'This run goes by epochs, not by steps.', remedy);
  }
  const next = { run: { ...run, ...own }, objective: { ...objective, ...its } };
  checkRunSettings(next.run);
  checkObjectiveSettings(next.objective);
  return next;
}
