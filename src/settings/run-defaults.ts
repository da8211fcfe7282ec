/**
 * @file Where a run's settings begin, by objective: a rate that suits supervised training takes a policy apart within a few
 * steps, because its gradient is that of a few noisy rewards.
 */
import { ON_POLICY, type ObjectiveKind } from './objective';
import { draftsOf, TRAIN_SETTINGS, type NumberSetting, type SettingDrafts } from './train';

type OwnDefaults = Partial<Record<NumberSetting['key'], number>>;

/** 24 steps of GRPO on practice data: 2e-4 raised format kept and right decisions, 6e-4 lost right answers and missed more calls. */
const POLICY: OwnDefaults = { learningRate: 2e-4 };
/** A pair or a label moves whole completions; DPO and KTO are run at a tenth or less of the rate of SFT (arXiv 2305.18290, 2402.01306). */
const PREFERENCES: OwnDefaults = { learningRate: 1e-4 };
/** Supervised training on what the model wrote itself, weighted: most of it is what it would write anyway. */
const REWARDED: OwnDefaults = { learningRate: 3e-4 };

/** What differs from the table for an objective. */
function ownDefaults(kind: ObjectiveKind): OwnDefaults {
  if (ON_POLICY.includes(kind)) return POLICY;
  if (kind === 'dpo' || kind === 'kto') return PREFERENCES;
  return kind === 'sft' ? {} : REWARDED;
}

/** A setting's default for an objective. */
export const defaultOf = ({ key, default: standard }: NumberSetting, kind: ObjectiveKind): number =>
  ownDefaults(kind)[key] ?? standard;

/** Whether an objective has a default of its own for a setting. */
export const hasOwnDefault = (key: NumberSetting['key'], kind: ObjectiveKind): boolean =>
  ownDefaults(kind)[key] !== undefined;

/** What the form of an objective begins with. */
export const defaultDrafts = (kind: ObjectiveKind): SettingDrafts => draftsOf(ownDefaults(kind));

/** What of some drafts is not an objective's default: compared as numbers, since 1e-4 and 0.0001 are one choice. */
export function chosenOf(drafts: Readonly<SettingDrafts>, kind: ObjectiveKind): Partial<SettingDrafts> {
  return Object.fromEntries(
    TRAIN_SETTINGS.flatMap((setting) => {
      const text = drafts[setting.key];
      const same = text.trim() !== '' && Number(text) === defaultOf(setting, kind);
      return same ? [] : [[setting.key, text]];
    }),
  );
}
