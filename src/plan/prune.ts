/**
 * @file A plan without the operations whose results nobody uses: a pass that only fills caches, say, needs nothing that
 * comes after the last of them.
 */
import { PlanBuilder, type Plan } from './builder';
import type { Operation } from './operation';
import type { LogicalBuffer } from './tensor';

/** Keeps what is written to buffers that outlive the run, and everything that goes into it. */
export function prune({ operations }: Plan): Plan {
  const wanted = new Set<LogicalBuffer>();
  const kept: Operation[] = [];
  for (const operation of operations.toReversed()) {
    const { reads, writes } = operation;
    if (!writes.some(({ buffer }) => buffer.role !== 'activation' || wanted.has(buffer))) continue;
    // What is written may be written in part, or changed: it stays wanted.
    for (const { buffer } of reads) wanted.add(buffer);
    kept.push(operation);
  }
  const builder = new PlanBuilder();
  for (const operation of kept.toReversed()) builder.append(operation);
  return builder.finish();
}
