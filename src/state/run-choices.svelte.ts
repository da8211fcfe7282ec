/**
 * @file What a person chose of a run's settings, and what holds where they chose nothing: defaults that depend on the
 * objective and on the data.
 */
import { untrack } from 'svelte';
import { runData as words } from '$strings/run-data';
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

/** What the checks look at: imports of the list and tokenizer with template, each known by its identity. */
export interface CheckedData {
  opened: unknown;
  parts: readonly unknown[];
}

export class RunChoices {
  #own = $state.raw<OwnChoices['drafts']>({});
  #division = $state.raw<DivisionSettings | undefined>();
  /** Whether the data to be trained is practice data, whose earlier thinking the template strips. */
  practice = $state(false);

  /**
   * Imports whose earlier turns the template was found to rewrite. Remembered: divided as that asks for, the data shows it no longer.
   * Forgotten with the imports that showed it.
   */
  #rewriting = $state.raw<CheckedData | undefined>();
  /** Data for which the last run that divides was divided; undefined where it was not, or not for such data. */
  #usedFor = $state.raw<CheckedData | undefined>();
  /** What there is now. */
  #checked: CheckedData | undefined;
  /** The whole division that was asked for in place of the one for such data, and all that was there then. */
  #undone: { division: DivisionSettings; about: CheckedData | undefined } | undefined;

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

  /** Whether the last run was already divided for that data. */
  get forkUsed(): boolean {
    return this.forkedForData && remaining(this.#usedFor, this.#rewriting);
  }

  /** A run begins with the division as it is. */
  noteUsed(): void {
    this.#usedFor = this.forkedForData ? this.#rewriting : undefined;
  }

  /**
   * What the checks found of the data under a tokenizer and template. Of data that was found to be rewritten and is divided for it,
   * they find nothing; it counts as rewritten as long as an import that showed it is there, edited or not.
   *
   * @param about undefined where there is no tokenizer, or no data
   * @param found imports that showed it; undefined until the data as it is now was checked
   */
  noteRewriting(about: CheckedData | undefined, found: readonly unknown[] | undefined): void {
    this.#checked = about;
    const before = untrack(() => this.#rewriting);
    if (about && found?.length) {
      this.#rewriting = { opened: about.opened, parts: found };
    } else if (before && !remaining(before, about)) this.#rewriting = undefined;
    this.#dropUndone(about, found);
  }

  /** Takes the division for own data back; that is a choice, as long as some of that data is there and shows it. */
  divideWhole(): void {
    const division = { ...DEFAULT_DIVISION };
    this.#undone = { division, about: this.#checked };
    this.#division = division;
  }

  #dropUndone(about: CheckedData | undefined, found: readonly unknown[] | undefined): void {
    if (!this.#undone) return;
    const isInUse = untrack(() => this.#division) === this.#undone.division;
    // Undivided, data shows what there is to show: where some of it is gone and the rest shows nothing, the question is no more.
    const isLess = this.#undone.about?.parts.some((part) => !about?.parts.includes(part));
    const isAnswered = isInUse && isLess && found?.length === 0;
    if (remaining(this.#undone.about, about) && !isAnswered) return;
    if (isInUse) this.#division = undefined;
    this.#undone = undefined;
  }

  get division(): DivisionSettings {
    return this.#division ?? this.#advised;
  }
  /** What holds where nobody chose. */
  get advised(): DivisionSettings {
    return this.#advised;
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

/** Whether some of what was there is still there, under the same tokenizer and template. */
function remaining(before: CheckedData | undefined, now: CheckedData | undefined): boolean {
  return before?.opened === now?.opened && (before?.parts ?? []).some((part) => now?.parts.includes(part));
}
