/**
 * @file The settings of the page as texts, read from where each lives and put back there: for an address, a link and a session
 * file. The list of them is `url-settings.ts`.
 */
import { DEFAULT_POLICY, type MaskPolicy } from '../mask/policy';
import { readPolicy } from '../mask/policy-file';
import type { Adaptation } from '../model/engine';
import type { Strategy } from '../sequence/strategy';
import type { ObjectiveKind } from '../settings/objective';
import { OBJECTIVE_SETTINGS, type ObjectiveDrafts } from '../settings/objective-table';
import { PRACTICE_SETTINGS, type PracticeDrafts } from '../settings/practice';
import {
  DEFAULT_DIVISION,
  TRAIN_SETTINGS,
  type DivisionSettings,
  type RunOptions,
  type SettingDrafts,
} from '../settings/train';
import type { Overlay } from './overlay';
import type { Session } from './session.svelte';
import { DEFAULT_SETTINGS, type PageSettings } from './url-settings';

/** Where settings live. */
export type SettingsOwner = Pick<Session, 'data' | 'practice' | 'mask' | 'train' | 'model'>;

const FULL: Adaptation = { kind: 'full' };

/**
 * All settings as they are now.
 *
 * @param waiting what is to be trained as soon as the model is there; else what is trained now counts
 */
export function settingsNow(owner: SettingsOwner, waiting?: Adaptation): PageSettings {
  const { data, practice, mask, train, model } = owner;
  const { split } = data.list;
  const { objective, drafts, options, division, choices } = train;
  // A person's own model may have to be tuned by LoRA; that is no wish of theirs.
  const own = model.shippedWeights ? model.info?.trained.adaptation : undefined;
  return {
    holdout: split ? String(Number((split.share * 100).toPrecision(6))) : '0',
    'holdout-seed': String(split?.seed ?? DEFAULT_SETTINGS['holdout-seed']),
    ...Object.fromEntries(PRACTICE_SETTINGS.map(({ key, url }) => [url, practice.drafts[key]])),
    'practice-shown': practice.contestedShown,
    'practice-without': practice.without.join(','),
    ...(mask.preset ? { mask: mask.preset.name } : { policy: policyText(mask.policy) }),
    overlay: mask.overlay,
    // Empty where nobody chose: then the data decides.
    sequences: choices.own.division?.strategy ?? '',
    truncate: division.truncate,
    objective: objective.kind,
    ...Object.fromEntries(OBJECTIVE_SETTINGS.map(({ key, url }) => [url, objective.drafts[key]])),
    ...adaptationTexts(waiting ?? own ?? FULL),
    ...Object.fromEntries(TRAIN_SETTINGS.map(({ key, url }) => [url, drafts[key]])),
    schedule: options.schedule,
    recompute: options.recompute,
    packing: options.packing ? 'on' : 'off',
  };
}

/**
 * Puts settings where they belong; those that are not given get their default.
 *
 * @param settings checked ones, see `readSettings`
 * @returns what is to be trained, which the caller asks the engine for
 */
export function applySettings(owner: SettingsOwner, settings: PageSettings): Adaptation {
  const { data, practice, mask, train } = owner;
  const of = (key: string) => settings[key] ?? DEFAULT_SETTINGS[key] ?? '';
  const share = Number(of('holdout')) / 100;
  const split = share > 0 ? { share, seed: Number(of('holdout-seed')) } : undefined;
  if (JSON.stringify(split) !== JSON.stringify(data.list.split)) data.setSplit(split);
  practice.drafts = textsOf<PracticeDrafts>(PRACTICE_SETTINGS, of);
  practice.contestedShown = of('practice-shown') === 'right' ? 'right' : 'both';
  practice.without = of('practice-without').split(',').filter(Boolean);
  if (settings['policy']) mask.setPolicy(readPolicy(settings['policy']));
  else mask.setPreset(of('mask'));
  mask.overlay = of('overlay') as Overlay;
  const strategy = of('sequences') as Strategy | '';
  const truncate = of('truncate') as DivisionSettings['truncate'];
  const chosen = strategy !== '' || truncate !== DEFAULT_DIVISION.truncate;
  const division = chosen ? { strategy: strategy || DEFAULT_DIVISION.strategy, truncate } : undefined;
  train.choices.own = { ...train.choices.own, division };
  train.objective.choose(of('objective') as ObjectiveKind);
  train.objective.drafts = textsOf<ObjectiveDrafts>(OBJECTIVE_SETTINGS, of);
  train.drafts = textsOf<SettingDrafts>(TRAIN_SETTINGS, of);
  train.options = {
    schedule: of('schedule') as RunOptions['schedule'],
    recompute: of('recompute') as RunOptions['recompute'],
    packing: of('packing') === 'on',
  };
  return adaptationOf(of);
}

/** A policy as a policy file has it, without what is the default. */
function policyText(policy: MaskPolicy): string {
  const standard: Readonly<Record<string, unknown>> = { ...DEFAULT_POLICY };
  const own = Object.entries(policy).filter(
    ([key, value]) => value !== undefined && JSON.stringify(value) !== JSON.stringify(standard[key]),
  );
  return JSON.stringify(Object.fromEntries(own));
}

function textsOf<T>(rows: readonly { key: string; url: string }[], of: (key: string) => string): T {
  return Object.fromEntries(rows.map(({ key, url }) => [key, of(url)])) as T;
}

function adaptationTexts(adaptation: Adaptation): PageSettings {
  if (adaptation.kind === 'full') return { lora: '0' };
  const { rank, alpha, rsLora, targets } = adaptation;
  return {
    lora: String(rank),
    'lora-alpha': alpha === 2 * rank ? '' : String(alpha),
    'lora-rs': rsLora ? 'on' : 'off',
    'lora-targets': typeof targets === 'string' ? targets : targets.join(','),
  };
}

function adaptationOf(of: (key: string) => string): Adaptation {
  const rank = Number(of('lora'));
  if (!rank) return FULL;
  const targets = of('lora-targets');
  return {
    kind: 'lora',
    rank,
    alpha: of('lora-alpha') ? Number(of('lora-alpha')) : 2 * rank,
    rsLora: of('lora-rs') === 'on',
    targets: targets === 'all-linear' ? targets : targets.split(','),
    seed: 0,
  };
}
