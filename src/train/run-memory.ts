/**
 * @file What a run of an objective does beside plain steps, as far as it takes memory: the loss of its steps, and what the
 * model writes for them.
 */
import type { RunDemand, StepOptions } from '../model/engine';
import { ON_POLICY, type ObjectiveSettings } from '../settings/objective';
import type { TrainSettings } from '../worker/protocol';
import { stepOptionsOf } from './objectives/recorded';

/** Of the steps of a run on policy: the temperature of its log-probabilities, and the loss of a token where it has its own. */
export function policyStepOptions(objective: ObjectiveSettings): StepOptions {
  const { kind, temperature, clipLow, clipHigh, kl } = objective;
  const byToken = kind === 'grpo' || kind === 'reinforce';
  return { temperature, ...(byToken && { loss: { kind: 'policy', clipLow, clipHigh, kl } }) };
}

/** Sequences of a batch: what the settings say, of DPO both of each pair, or all completions of a step on policy. */
export function batchSizeOf(
  { batchSize }: Pick<TrainSettings, 'batchSize'>,
  objective?: ObjectiveSettings,
): number {
  if (objective && ON_POLICY.includes(objective.kind)) return objective.prompts * objective.groupSize;
  return objective?.kind === 'dpo' ? 2 * batchSize : batchSize;
}

/**
 * What a run demands. A text that is written is taken to be no longer than a sequence that is trained and one message more.
 *
 * @param contextLength of the model, in tokens
 */
export function demandOf(
  { maxLength }: Pick<TrainSettings, 'maxLength'>,
  objective: ObjectiveSettings,
  contextLength: number,
): RunDemand {
  if (!ON_POLICY.includes(objective.kind)) return { step: stepOptionsOf(objective, 0, 1) };
  const tokens = Math.min(contextLength, maxLength + objective.maxNewTokens);
  return {
    step: policyStepOptions(objective),
    writing: { texts: objective.prompts * objective.groupSize, tokens },
  };
}
