/**
 * @file Which objective a new run has, its settings as typed, and what the data lacks for it.
 */
import { objective as words } from '$strings/objective';
import { objectiveUse as useWords } from '$strings/objective-use';
import type { Conversation } from '../conversation/types';
import {
  DEFAULT_OBJECTIVE,
  ON_POLICY,
  type ObjectiveKind,
  type ObjectiveSettings,
} from '../settings/objective';
import {
  firstOf,
  objectiveDraftsOf,
  objectiveOf,
  objectiveProblem,
  objectiveRow,
  OBJECTIVE_SETTINGS,
  type ObjectiveDrafts,
  type ObjectiveFamily,
} from '../settings/objective-table';
import { objectiveData, type ObjectiveData } from './objective-data';
import { objectiveUse, offerOf, type Offer } from './objective-use';
import type { RewardSource } from './reward-source';

/** The records' own rewards, or those composed on the page. */
export type RewardFrom = 'data' | 'composed';

export class ObjectiveState {
  #kind = $state<ObjectiveKind>('sft');
  #drafts = $state.raw<ObjectiveDrafts>(objectiveDraftsOf());
  /** Each field as it was when it was last right. */
  #right = $state.raw<ObjectiveDrafts>(objectiveDraftsOf());
  #data = $state.raw<ObjectiveData | undefined>();
  #offers = $state.raw<readonly Offer[] | undefined>();
  #lacking = $state<'reading' | 'gone' | undefined>();
  /** Where recorded completions get their rewards. */
  #rewardFrom = $state<RewardFrom>('data');
  /** The objective of each family that was chosen last. */
  #last: Partial<Record<ObjectiveFamily, ObjectiveKind>> = {};

  /** @param rewards what is rewarded, for objectives that are told so */
  constructor(private readonly rewards: () => RewardSource) {}

  get kind() {
    return this.#kind;
  }
  get family() {
    return objectiveRow(this.#kind).family;
  }
  get onPolicy() {
    return ON_POLICY.includes(this.#kind);
  }
  get drafts(): ObjectiveDrafts {
    return this.#drafts;
  }
  set drafts(drafts: ObjectiveDrafts) {
    this.#drafts = drafts;
    const right = OBJECTIVE_SETTINGS.filter((row) => objectiveProblem(row, drafts[row.key]) === undefined);
    this.#right = { ...this.#right, ...Object.fromEntries(right.map(({ key }) => [key, drafts[key]])) };
  }
  /** Undefined while a field that the objective reads is wrong. */
  readonly settings = $derived.by((): ObjectiveSettings | undefined => objectiveOf(this.#kind, this.#drafts));
  /**
   * What conversations are judged by: while a field is wrong, its value before, so that no row changes its words with each key that
   * is typed.
   */
  readonly judged = $derived.by(
    () => objectiveOf(this.#kind, this.#right) ?? { ...DEFAULT_OBJECTIVE, kind: this.#kind },
  );

  /** What the training conversations offer; undefined where they were not looked at. */
  get data() {
    return this.#data;
  }
  /** Why nothing is known of them, where that is so: they are being read, or cannot be. */
  get lacking() {
    return this.#lacking;
  }

  /** Looks at the training conversations, or notes why it cannot. */
  lookAt(found: readonly Conversation[] | 'reading' | 'gone'): void {
    this.#lacking = typeof found === 'string' ? found : undefined;
    const known = typeof found === 'string' ? undefined : found;
    this.#data = known && objectiveData(known);
    this.#offers = known?.map(offerOf);
  }

  get rewardFrom(): RewardFrom {
    return this.#rewardFrom;
  }
  set rewardFrom(from: RewardFrom) {
    this.#rewardFrom = from;
  }
  /** Whether completions are rewarded by what is composed on the page. */
  readonly composes = $derived.by(
    () => this.onPolicy || (this.family === 'rewards' && this.rewardFrom === 'composed'),
  );

  /** How many of the training conversations it learns from, and why not from the others; undefined where that is not known. */
  readonly use = $derived.by(() => this.#offers && objectiveUse(this.judged, this.composes, this.#offers));

  choose(kind: ObjectiveKind): void {
    this.#kind = kind;
    this.#last[objectiveRow(kind).family] = kind;
  }

  chooseFamily(family: ObjectiveFamily): void {
    this.choose(this.#last[family] ?? firstOf(family));
  }

  /** Why a run with this objective cannot begin, in one sentence; undefined where it can, as far as is known. */
  readonly block = $derived.by((): string | undefined => {
    if (!this.settings) return words.block.setting;
    const { parts, problem } = this.rewards();
    if (this.composes && problem !== undefined) return problem;
    if (this.composes && !parts.some(({ weight }) => weight !== 0)) return words.block.noReward;
    const lacks = this.data && missing(this.#kind, this.data, this.composes);
    if (lacks !== undefined) return lacks;
    const { use } = this;
    if (!use || use.used > 0 || use.leftOut.length === 0) return undefined;
    const { short } = objectiveRow(this.#kind);
    return useWords.nothing(useWords.leftOut(short, this.settings.keepFrom, use.leftOut));
  });
}

/** What the data lacks for an objective, and what to do about it; undefined where it lacks nothing. */
export function missing(kind: ObjectiveKind, data: ObjectiveData, composes = false): string | undefined {
  const { block } = words;
  switch (kind) {
    case 'sft':
      return undefined;
    case 'raft':
    case 'rwr':
    case 'awr':
      if (composes) return data.completions ? undefined : block.noCompletion;
      return data.rewarded ? undefined : block.noRewards;
    case 'dpo':
      return data.pairs ? undefined : block.noPairs;
    case 'kto':
      if (data.good && data.bad) return undefined;
      // Labels of what has no completion: that they are left out says what is missing.
      if (!data.good && !data.bad) return data.labelled ? undefined : block.noLabels;
      return data.good ? block.onlyGood : block.onlyBad;
    case 'reinforce':
    case 'rloo':
    case 'grpo':
    case 'gspo':
      return data.prompts ? undefined : block.noPrompts;
    default:
      return kind satisfies never;
  }
}
