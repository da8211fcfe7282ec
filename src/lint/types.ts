/**
 * @file What a lint is and what it finds: a mistake that people make in silence, where it is, why it matters, and what
 * would mend it. Plain data, so that it crosses a worker's border and goes into a report as it is.
 */
import type { Conversation, SourcePosition } from '../conversation/types';
import type { MaskPolicy } from '../mask/policy';
import type { SettingKey, TrainerSettings } from './settings';

/**
 * `error`: training as it stands surely goes wrong. `warning`: it usually does, or teaches something unwanted. `info`:
 * worth knowing, and often intended.
 */
export const SEVERITIES = ['error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One kind of mistake. */
export interface Lint {
  /** Stable name for the command line, reports and links. */
  id: string;
  title: string;
  /** Of most of its findings; a finding may be graver or milder. */
  severity: Severity;
  /** One sentence: what goes wrong where it is ignored. */
  why: string;
  /** Issues in which people met it, `project#number`. */
  sources: readonly string[];
}

/** A stretch of tokens or characters; `end` is exclusive. */
export interface Stretch {
  start: number;
  end: number;
}

/** Where a finding is. Absent parts do not apply: a finding about settings has no record. */
export interface Place {
  /** Id of the conversation. */
  conversation?: string;
  /** File, record (from 0) and line (from 1) that it came from. */
  source?: SourcePosition;
  /** Index of the message. */
  message?: number;
  /** Field of the message, record or settings: `content`, `reasoning_content`, `tools`, `maxLength`. */
  field?: string;
  /** Characters of the rendered text, in UTF-16 units. */
  characters?: Stretch;
  /** Tokens of the sequence; of a rollout, counted from the prompt's first token. */
  tokens?: Stretch;
}

/** What would mend a finding, as data: a page applies it with one click, the command line tells its title. */
export type Fix =
  | { kind: 'policy'; title: string; change: Partial<MaskPolicy> }
  /** The whole conversation as it should be; its id stays. */
  | { kind: 'conversation'; title: string; conversation: Conversation }
  | { kind: 'setting'; title: string; change: Partial<TrainerSettings> }
  /** The whole chat template as it should be. */
  | { kind: 'template'; title: string; source: string }
  /** Fields of an imported row of tokens, as they should be. */
  | { kind: 'row'; title: string; change: Partial<RowFields> };

/** The fields of a row of tokens that a fix may change; see `row-file.ts`. */
export interface RowFields {
  labels: number[];
  positionIds: number[];
  documents: number[];
}

export interface Finding {
  /** Id of the lint. */
  lint: string;
  severity: Severity;
  /** One sentence with the particulars. */
  message: string;
  place: Place;
  fix?: Fix;
  /**
   * For what the template, the policy or the settings do to every record alike: how many records show it. The place is
   * the first of them.
   */
  records?: number;
}

/** What a check says; who calls it adds the lint's name, the usual severity and where the record came from. */
export interface Found {
  message: string;
  severity?: Severity;
  place?: Place;
  fix?: Fix | undefined;
  /** True for what is the same in every record: it is told once for a whole file. */
  shared?: boolean;
}

export type { SettingKey, TrainerSettings };
