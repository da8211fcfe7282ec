/**
 * @file The settings of a new run as the form has them, and what a run with them will take in memory.
 */
import {
  DEFAULT_DIVISION,
  DEFAULT_OPTIONS,
  draftsOf,
  maxLengthOf,
  settingsOf,
  type DivisionSettings,
  type RunOptions,
  type SettingDrafts,
} from '../settings/train';
import type { EngineService } from '../worker/engine-client';
import type { MemoryChoice, TrainSettings } from '../worker/protocol';
import { ObjectiveState } from './objective.svelte';
import type { RewardSource } from './reward-source';

export class TrainForm {
  drafts = $state.raw<SettingDrafts>(draftsOf());
  /** How a new run uses memory and rows. */
  options = $state.raw<RunOptions>(DEFAULT_OPTIONS);
  /** How the conversations of a new run are divided into sequences. */
  division = $state.raw<DivisionSettings>(DEFAULT_DIVISION);
  /** What a new run makes the model prefer. */
  readonly objective: ObjectiveState;
  #memory = $state.raw<MemoryChoice | undefined>();
  #asked = 0;

  readonly #settings = $derived.by((): TrainSettings | undefined => settingsOf(this.drafts));
  readonly #maxLength = $derived.by(() => maxLengthOf(this.drafts));

  constructor(
    protected readonly engine: EngineService,
    readonly rewards: RewardSource,
  ) {
    this.objective = new ObjectiveState(() => rewards);
  }

  /** Undefined while a field of the form is wrong. */
  get settings(): TrainSettings | undefined {
    return this.#settings;
  }
  /** Longest sequence, in tokens; undefined while its field is wrong. */
  get maxLength() {
    return this.#maxLength;
  }
  /** What a run with the present settings will take at most; undefined where that is not known. */
  get memory() {
    return this.#memory;
  }

  /**
   * Asks what a run with the present settings will take.
   *
   * @param askable whether there is a model, without which there is nothing to say, and no run that has taken it already
   */
  async foresee(askable: boolean): Promise<void> {
    const asked = ++this.#asked;
    const settings = this.#settings;
    const { recompute } = this.options;
    let memory: MemoryChoice | null = null;
    if (askable && settings) {
      const { batchSize, maxLength } = settings;
      // Whatever keeps the engine from answering is said where it matters.
      memory = await this.engine.memory({ batchSize, maxLength, recompute }).catch(() => null);
    }
    if (asked === this.#asked) this.#memory = memory ?? undefined;
  }
}
