/**
 * @file A lint with the code that looks for it, and what that code may look at. One file a lint in `checks/`.
 */
import type { LintContext, Setup } from './context';
import type { Rollout } from './rollout-file';
import type { TokenRow } from './row-file';
import type { Found, Lint } from './types';

/** What a whole file adds to its records: trained tokens of the record that has fewest, and of that with most. */
export interface DataSummary {
  records: number;
  fewest: number;
  most: number;
}

export interface Check extends Lint {
  /** One conversation under the policy and the settings. */
  conversation?(context: LintContext): Found[];
  /** The template, the policy and the settings by themselves; once a file. */
  setup?(setup: Setup, data: DataSummary | undefined): Found[];
  /** Token ids that a model was given and wrote. */
  rollout?(rollout: Rollout, setup: Setup): Found[];
  /** A row of token ids as a trainer gets it, with what belongs to it. */
  row?(row: TokenRow, setup: Setup): Found[];
}
