/**
 * @file Which settings a run can take while it goes on.
 *
 * Left out is what the run has already been built on: its data and their order (seed, longest sequence, packing, epochs,
 * the reward from which RAFT keeps), its objective, and how memory is used.
 */

/** Of every run, then of single objectives. */
export const CHANGEABLE = [
  'steps',
  'batchSize',
  'accumulation',
  'learningRate',
  'schedule',
  'warmupSteps',
  'finalShare',
  'decayShare',
  'weightDecay',
  'clipNorm',
  'heldOutEvery',
  'patience',
  'labelSmoothing',
  'dft',
  'neftune',
  'rewardTemperature',
  'maxWeight',
  'preferenceBeta',
  'desirableWeight',
  'undesirableWeight',
  'prompts',
  'groupSize',
  'maxNewTokens',
  'temperature',
  'topP',
  'updates',
  'reduction',
  'rewardScale',
  'baseline',
  'maskTruncated',
  'clipLow',
  'clipHigh',
  'kl',
  'measureKl',
] as const;
export type ChangeableKey = (typeof CHANGEABLE)[number];

/** Whether a setting is one of those. */
export function isChangeable(key: string): key is ChangeableKey {
  return (CHANGEABLE as readonly string[]).includes(key);
}

/**
 * What a patch makes different; keys that stay as they are, and those that are no setting of `current`'s run, are left out.
 *
 * @param current the settings now, of the run and of its objective
 */
export function changesOf<T extends Partial<Record<ChangeableKey, number | string | boolean>>>(
  current: Readonly<Partial<Record<ChangeableKey, unknown>>>,
  patch: T,
): { key: ChangeableKey; from: number | string | boolean | undefined; to: number | string | boolean }[] {
  return CHANGEABLE.flatMap((key) => {
    const to = patch[key];
    const from = current[key] as number | string | boolean | undefined;
    return to === undefined || Object.is(from, to) ? [] : [{ key, from, to }];
  });
}
