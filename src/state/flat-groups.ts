/**
 * @file How many of a run's latest groups had no variance: all completions of such a group earned the same, so that none has an
 * advantage and nothing is learnt from them.
 */
import type { ObjectiveSettings } from '../settings/objective';
import type { StepReport } from '../worker/protocol';

/** Steps that are looked back over. */
const STEPS = 10;
/** Fewer groups than these may well be alike by chance. */
const LEAST = 8;

/**
 * Whether a group without variance has nothing to teach: advantages are differences within a group. REINFORCE subtracts a
 * baseline of the step or the run instead, and a KL penalty in RLOO's reward sets completions apart.
 */
export function learnsFromGroups({ kind, kl }: Pick<ObjectiveSettings, 'kind' | 'kl'>): boolean {
  return kind === 'grpo' || kind === 'gspo' || (kind === 'rloo' && kl === 0);
}

export interface FlatGroups {
  flat: number;
  /** Of so many. */
  groups: number;
}

/**
 * @param reports of the run, one a step
 * @param prompts groups of a step that does not say how many it had, as those of older session files
 * @returns undefined where it is at most half of them, or there were too few to tell
 */
export function mostlyFlat(
  reports: readonly Pick<StepReport, 'metrics'>[],
  prompts: number,
): FlatGroups | undefined {
  const told = reports
    .slice(-STEPS)
    .flatMap(({ metrics: { flatGroups, groups = prompts } = {} }) =>
      flatGroups === undefined ? [] : [{ flatGroups, groups }],
    );
  const groups = told.reduce((sum, one) => sum + one.groups, 0);
  const flat = told.reduce((sum, one) => sum + one.flatGroups, 0);
  return groups >= LEAST && flat > groups / 2 ? { flat, groups } : undefined;
}
