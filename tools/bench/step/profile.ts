/**
 * @file Where the time of a step goes: operations grouped by what they are and where in a layer, whatever the layer.
 */
import type { Profile } from '../peers/peer';

export interface OperationTime {
  name: string;
  milliseconds: number;
  /** Floating-point operations. */
  work: number;
  /** Operations that were run together; 1 where absent. */
  count?: number;
}

/** What names of operations of different layers differ in. */
export const LAYER = /layers\.\d+\./g;

/** Groups of operations whose names differ in the layer's number only, longest first. */
export function groupTimes(times: readonly OperationTime[]): Profile {
  const groups = new Map<string, { milliseconds: number; count: number; work: number }>();
  let total = 0;
  for (const { name, milliseconds, work, count = 1 } of times) {
    const kind = name.replace(LAYER, '');
    const group = groups.get(kind) ?? { milliseconds: 0, count: 0, work: 0 };
    groups.set(kind, {
      milliseconds: group.milliseconds + milliseconds,
      count: group.count + count,
      work: group.work + work,
    });
    total += milliseconds;
  }
  return [...groups]
    .map(([kind, { milliseconds, count, work }]) => ({
      kind,
      milliseconds,
      count,
      share: total > 0 ? milliseconds / total : 0,
      gflops: milliseconds > 0 ? work / milliseconds / 1e6 : 0,
    }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}
