/**
 * @file What a person chose of a run's settings, and what holds where they chose nothing: defaults that depend on the
 * objective and on the data.
 */
import { untrack } from 'svelte';
import { train as words } from '$strings/train';
import type { ObjectiveKind } from '../settings/objective';
import { chosenOf, defaultDrafts } from '../settings/run-defaults';
import {
  DEFAULT_DIVISION,
  draftsOf,
  FORK_DIVISION,
  type DivisionSettings,
  type SettingDrafts,
} from '../settings/train';
import type { TrainSettings } from '../worker/protocol';

/** Own choices; what is absent follows the defaults. */
export interface OwnChoices {
  drafts: Readonly<Partial<SettingDrafts>>;
  division: DivisionSettings | undefined;
}

export class RunChoices {
  #own = $state.raw<OwnChoices['drafts']>({});
  #division = $state.raw<DivisionSettings | undefined>();
  /** Whether the data to be trained is practice data, whose earlier thinking the template strips. */
  practice = $state(false);

  /**
   * The tokenizer and template that were found to rewrite earlier turns of the data. Remembered: divided as that asks for, the data
   * shows it no longer.
   */
  #rewriting = $state.raw<unknown>();

  readonly #drafts = $derived.by((): SettingDrafts => ({ ...defaultDrafts(this.kind()), ...this.#own }));
  readonly #advised = $derived.by(() =>
    this.practice || this.#rewriting !== undefined ? FORK_DIVISION : DEFAULT_DIVISION,
  );

  constructor(private readonly kind: () => ObjectiveKind) {}

  /** The form as it stands. */
  get drafts(): SettingDrafts {
    return this.#drafts;
  }
  /**
   * What is another than the objective's default is a choice, and stays when the objective changes. So does an earlier choice that
   * is left as it was, though it happen to be this objective's default.
   */
  set drafts(drafts: SettingDrafts) {
    const earlier = Object.entries(this.#own).filter(
      ([key, text]) => drafts[key as keyof SettingDrafts] === text,
    );
    this.#own = { ...Object.fromEntries(earlier), ...chosenOf(drafts, this.kind()) };
  }

  /** Whether the division was chosen for own data that the template rewrites. */
  get forkedForData(): boolean {
    return !this.#division && !this.practice && this.#rewriting !== undefined;
  }

  /**
   * What the checks found of the data under a tokenizer and template.
   *
   * @param opened the tokenizer with its template; undefined where there is none, or no data
   */
  noteRewriting(opened: unknown, found: boolean): void {
    if (found && opened !== undefined) this.#rewriting = opened;
    else if (untrack(() => this.#rewriting) !== opened) this.#rewriting = undefined;
  }

  /** Takes the division for own data back; that is a choice. */
  divideWhole(): void {
    this.#division = DEFAULT_DIVISION;
  }

  get division(): DivisionSettings {
    return this.#division ?? this.#advised;
  }
  set division(division: DivisionSettings) {
    this.#division = division;
  }
  /** Why the division is what it is, where nobody chose it and it is not the usual one. */
  get divisionReason(): string | undefined {
    if (this.forkedForData) return words.divisionReasonOwn;
    if (this.#division || !this.practice) return undefined;
    return words.divisionReason;
  }

  get own(): OwnChoices {
    return { drafts: this.#own, division: this.#division };
  }
  set own({ drafts, division }: OwnChoices) {
    this.#own = drafts;
    this.#division = division;
  }

  /** Values in place of all choices. */
  choose(values: Partial<TrainSettings>, division?: DivisionSettings): void {
    const drafts = draftsOf(values);
    const keys = Object.keys(values).filter((key) => key in drafts) as (keyof SettingDrafts)[];
    this.own = { drafts: Object.fromEntries(keys.map((key) => [key, drafts[key]])), division };
  }
}
