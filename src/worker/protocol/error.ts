/** @file An error as it crosses the border between the page and its workers: plain data. */
import type { TextPlace } from '../../errors';

/** What went wrong, and what a person can do about it. */
export interface ErrorReport {
  /** Stable name: `webgpu-missing`, `device-lost`, `gpu-error`, `bad-model`, `bad-template`, `timeout`, `zero-norm`, … */
  code: string;
  message: string;
  remedy: string;
  /** Where in the chat template it is, where that is known. */
  place?: TextPlace | undefined;
}
