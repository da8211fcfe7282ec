/**
 * @file The step from one token of each sequence to the next: positions [N] i32 grow by one, and a row whose next position
 * would be ends[n] or more stops, its slot becoming −1 and its position staying where it is.
 *
 * Shapes: slots, positions, ends [N] i32; slots and positions are changed in place.
 */
import type { PlanBuilder } from '../plan/builder';
import { expectShape, type Tensor } from '../plan/tensor';
import { elementwise, makeDispatch, makeKernel } from '../plan/wgsl';

const KERNEL = makeKernel({
  name: 'advance',
  buffers: { ends: 'read array<i32>', slots: 'write array<i32>', positions: 'write array<i32>' },
  uniforms: { tokens: 'u32' },
  body: `
  if (index >= sizes.tokens || slots[index] < 0) { return; }
  let next = positions[index] + 1;
  if (next < ends[index]) { positions[index] = next; } else { slots[index] = -1; }`,
});

/**
 * Appends the step.
 *
 * @throws RangeError where sizes do not fit.
 */
export function advance(plan: PlanBuilder, slots: Tensor, positions: Tensor, ends: Tensor): void {
  const [tokens = 0] = slots.shape;
  for (const tensor of [positions, ends]) expectShape('The next position', tensor, [tokens]);
  plan.append({
    name: 'advance',
    reads: [ends],
    writes: [slots, positions],
    work: tokens,
    wgsl: () => [makeDispatch(KERNEL, { ends, slots, positions }, { tokens }, elementwise(tokens))],
    cpu: (context) => {
      const [places, at, limits] = [context.ints(slots), context.ints(positions), context.ints(ends)];
      return () => {
        for (let n = 0; n < tokens; n++) {
          if ((places[n] as number) < 0) continue;
          const next = (at[n] as number) + 1;
          if (next < (limits[n] as number)) at[n] = next;
          else places[n] = -1;
        }
      };
    },
  });
}
