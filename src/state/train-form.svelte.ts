/**
 * @file The settings of a new run as the form has them, and what a run with them will take in memory.
 */
import {
  DEFAULT_OPTIONS,
  maxLengthOf,
  settingsOf,
  type DivisionSettings,
  type RunOptions,
  type SettingDrafts,
} from '../settings/train';
import { objectiveDraftsOf } from '../settings/objective-table';
import type { RunPreset } from '../settings/run-presets';
import type { EngineService } from '../worker/engine-client';
import type { MemoryChoice, TrainSettings } from '../worker/protocol';
import { ObjectiveState } from './objective.svelte';
import type { RewardSource } from './reward-source';
import { RunChoices } from './run-choices.svelte';

export class TrainForm {
  /** How a new run uses memory and rows. */
  options = $state.raw<RunOptions>(DEFAULT_OPTIONS);
  /** What a new run makes the model prefer. */
  readonly objective: ObjectiveState;
  /** Numbers and division: what was chosen, over defaults that depend on objective and data. */
  readonly choices: RunChoices;
  #memory = $state.raw<MemoryChoice | undefined>();
  #asked = 0;

  readonly #settings = $derived.by((): TrainSettings | undefined => settingsOf(this.drafts));
  readonly #maxLength = $derived.by(() => maxLengthOf(this.drafts));

  constructor(
    protected readonly engine: EngineService,
    readonly rewards: RewardSource,
  ) {
    this.objective = new ObjectiveState(() => rewards);
    this.choices = new RunChoices(() => this.objective.kind);
  }

  get drafts(): SettingDrafts {
    return this.choices.drafts;
  }
  set drafts(drafts: SettingDrafts) {
    this.choices.drafts = drafts;
  }
  /** How the conversations of a new run are divided into sequences. */
  get division(): DivisionSettings {
    return this.choices.division;
  }
  set division(division: DivisionSettings) {
    this.choices.division = division;
  }

  /** Sets objective, numbers and options as a preset has them; the division stays, and so does what is trained. */
  usePreset(preset: RunPreset): void {
    this.objective.choose(preset.objective.kind);
    this.objective.drafts = objectiveDraftsOf(preset.objective);
    this.choices.choose(preset.settings, this.choices.own.division);
    this.options = { ...DEFAULT_OPTIONS, ...preset.options };
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
    const objective = this.objective.settings;
    let memory: MemoryChoice | null = null;
    if (askable && settings) {
      const { batchSize, maxLength } = settings;
      // Whatever keeps the engine from answering is said where it matters.
      memory = await this.engine
        .memory({ batchSize, maxLength, recompute, ...(objective && { objective }) })
        .catch(() => null);
    }
    if (asked === this.#asked) this.#memory = memory ?? undefined;
  }
}
