/**
 * @file How many records the errors of an import kept out.
 */
import type { ImportProblem } from '../conversation/types';

/** A record may have several errors and is left out once; warnings leave nothing out. For the files of one import. */
export function recordsLeftOut(problems: readonly ImportProblem[]): number {
  const errors = problems.filter(({ severity }) => severity === 'error');
  return new Set(errors.map(({ file, record }) => JSON.stringify([file, record]))).size;
}
