/**
 * @file A run on recorded data: supervised, from rewards, or from preferences.
 */
import type { Engine } from '../model/engine';
import type { TrainingSequence } from '../sequence/types';
import { DEFAULT_OBJECTIVE, type ObjectiveSettings } from '../settings/objective';
import type { TrainSettings } from '../worker/protocol';
import { RecordedSteps } from './recorded-steps';
import { RunControl, type RunEvents } from './run-control';

export interface RunOptions {
  /** SFT where it is left out. */
  objective?: ObjectiveSettings | undefined;
  /** Never trained; its loss is measured as the settings say. */
  heldOut?: readonly TrainingSequence[] | undefined;
}

export class TrainingLoop extends RunControl {
  /** @throws LosslightError as `RecordedSteps`. */
  constructor(
    readonly engine: Engine,
    sequences: readonly TrainingSequence[],
    settings: TrainSettings,
    events: RunEvents,
    { objective = DEFAULT_OBJECTIVE, heldOut = [] }: RunOptions = {},
  ) {
    super(new RecordedSteps(engine, { sequences, heldOut }, settings, objective), events);
  }
}
