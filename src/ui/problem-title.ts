/**
 * @file What the problems of an import are called, in one line.
 */
import { problems as words } from '$strings/problems';
import { visibleControls } from '../conversation/visible-controls';
import type { ProblemList } from '../state/problem-list.svelte';

type Counts = Pick<ProblemList, 'groups' | 'leftOut' | 'filesLeftOut' | 'warnings' | 'length'>;

/** How many records and files were left out, and the warnings; of one file alone, why. */
export function problemTitle({ groups, leftOut, filesLeftOut, warnings, length }: Counts): string {
  const only = length === 1 && filesLeftOut === 1 ? groups[0]?.problems[0] : undefined;
  if (only) return words.fileLeftOut(visibleControls(only.file), visibleControls(only.reason));
  return words.title(leftOut - filesLeftOut, warnings, filesLeftOut);
}
