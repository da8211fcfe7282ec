/**
 * @file What a link changed of the settings: which, and the way back. A setting that was changed since is the person's own again.
 */
import type { Brought } from './url-state.svelte';
import { DEFAULT_SETTINGS, changedSettings, type PageSettings } from './url-settings';

export interface BroughtSetting {
  key: string;
  text: string;
  /** What it was before, or its default. */
  before: string;
}

/**
 * The settings that are as a link brought them and were otherwise before.
 *
 * @param now all settings of the page
 */
export function broughtSettings({ settings, own = {} }: Brought, now: PageSettings): BroughtSetting[] {
  const present = changedSettings(now);
  return Object.entries(DEFAULT_SETTINGS).flatMap(([key, standard]) => {
    const [text, before] = [settings[key] ?? standard, own[key] ?? standard];
    return text === before || (present[key] ?? standard) !== text ? [] : [{ key, text, before }];
  });
}

/** The settings of the page with those as they were before. */
export function takenBack(brought: readonly BroughtSetting[], now: PageSettings): PageSettings {
  return { ...now, ...Object.fromEntries(brought.map(({ key, before }) => [key, before])) };
}
