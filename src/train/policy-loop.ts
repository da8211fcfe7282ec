/**
 * @file A run on policy: the model learns from what it writes itself during the run.
 */
import type { Engine } from '../model/engine';
import type { RolloutTexts } from '../rollout/types';
import type { TrainingSequence } from '../sequence/types';
import type { ObjectiveSettings } from '../settings/objective';
import type { RolloutPrompt, TrainSettings } from '../worker/protocol';
import { PolicySteps, type PolicyListener } from './policy-steps';
import { RunControl, type RunEvents } from './run-control';

export interface PolicyEvents extends RunEvents, PolicyListener {}

export class PolicyLoop extends RunControl {
  /**
   * @param texts that render, answer calls and reward; their prompts are these, in this order
   * @param heldOut never trained; their supervised loss is measured as the settings say
   * @throws LosslightError as `PolicySteps`.
   */
  constructor(
    engine: Engine,
    texts: RolloutTexts,
    prompts: readonly RolloutPrompt[],
    settings: TrainSettings,
    objective: ObjectiveSettings,
    events: PolicyEvents,
    heldOut: readonly TrainingSequence[] = [],
  ) {
    super(new PolicySteps(engine, texts, prompts, settings, objective, events, heldOut), events);
  }
}
