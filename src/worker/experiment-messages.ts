/**
 * @file What the page and the experiment's worker say to each other.
 */
import type { Chart } from '../experiment/chart';
import type { Speed } from '../experiment/estimate';
import type { LogLine } from '../experiment/log';

/** An experiment whose results are kept in the browser. */
export interface KeptExperiment {
  key: string;
  name: string;
  /** Its definition, and the name of its file. */
  text: string;
  file: string;
}

export interface RunStatus {
  arm: string;
  seed: number;
  /** Steps that were logged, and all. */
  step: number;
  steps: number;
  finished: boolean;
}

export interface ExperimentReport {
  markdown: string;
  /** As `losslight experiment --report` writes it. */
  json: string;
  charts: Chart[];
}

export interface ExperimentRequests {
  /** Experiments with results, by name. */
  list: { request: null; reply: KeptExperiment[] };
  /** Chooses an experiment: what of it is done. */
  open: { request: { text: string; file: string }; reply: RunStatus[] };
  /** Loads the model at that address, and measures how fast it trains and writes here. */
  measure: { request: { model: string }; reply: Speed & { computes: string } };
  /** Runs what is not finished, and resolves when all is, or when it was paused. */
  run: { request: { model: string }; reply: { paused: boolean } };
  /** Ends after the step under way. */
  pause: { request: null; reply: null };
  /** Of what is finished; null where nothing is. */
  report: { request: null; reply: ExperimentReport | null };
  /** All that was logged, as one file. */
  save: { request: null; reply: string };
  /** Takes a file of `save` in; what it holds is chosen. */
  restore: { request: { text: string }; reply: KeptExperiment };
  /** Deletes what is kept of the chosen experiment. */
  clear: { request: null; reply: null };
}

export type ExperimentEvent =
  /** For people. */
  { type: 'said'; line: string } | { type: 'logged'; arm: string; seed: number; line: LogLine };
