/**
 * @file Rows of the embedding table for token ids.
 *
 * Shapes: table [V, D], ids [N], result [N, D]. y[n] = table[ids[n]].
 * Backward: ∂table[v] += Σ ∂y[n] over all n with ids[n] = v, in the order of n: the tokens are sorted by id on the host,
 * so that each row has one invocation that adds, and the same bits come out every time.
 */
import type { PlanBuilder } from '../plan/builder';
import type { Operation } from '../plan/operation';
import { strandsOf } from '../plan/strands';
import { expectShape, type Tensor } from '../plan/tensor';
import { elementwise, makeDispatch, makeKernel } from '../plan/wgsl';
import { zero } from './zero';

const LOOK_UP = makeKernel({
  name: 'embedding',
  buffers: { table: 'read array<f32>', ids: 'read array<i32>', y: 'write array<f32>' },
  uniforms: { tokens: 'u32', width: 'u32' },
  body: `
  if (index >= sizes.tokens * sizes.width) { return; }
  y[index] = table[u32(ids[index / sizes.width]) * sizes.width + index % sizes.width];`,
});

const SUM = makeKernel({
  name: 'embedding, backward',
  buffers: {
    dy: 'read array<f32>',
    order: 'read array<i32>',
    starts: 'read array<i32>',
    rows: 'read array<i32>',
    dTable: 'write array<f32>',
  },
  uniforms: { tokens: 'u32', width: 'u32' },
  body: `
  let segment = index / sizes.width;
  let column = index % sizes.width;
  if (segment >= sizes.tokens) { return; }
  let end = starts[segment + 1u];
  var start = starts[segment];
  if (start >= end) { return; }
  var sum = 0.0;
  for (; start < end; start++) { sum += dy[u32(order[start]) * sizes.width + column]; }
  dTable[u32(rows[segment]) * sizes.width + column] += sum;`,
});

/** Tokens sorted by id: what the backward needs beside the ids, [N], [N + 1] and [N] of i32. */
export interface Segments<T> {
  /** Token numbers, those of one id side by side and in order. */
  order: T;
  /** Where each id's tokens begin in `order`; past the last id always the end. */
  starts: T;
  /** The ids themselves, in the order of `starts`. */
  rows: T;
}

/**
 * Sorts tokens by id.
 *
 * @param counts whether token n has a gradient; those without are left out
 */
export function sortSegments(
  ids: Int32Array,
  counts: (n: number) => boolean = () => true,
): Segments<Int32Array> {
  const tokens = new Map<number, number[]>();
  ids.forEach((id, n) => {
    if (!counts(n)) return;
    const found = tokens.get(id);
    if (found) found.push(n);
    else tokens.set(id, [n]);
  });
  const order = new Int32Array(ids.length);
  const starts = new Int32Array(ids.length + 1);
  const rows = new Int32Array(ids.length);
  let end = 0;
  let segment = 0;
  for (const [id, numbers] of tokens) {
    rows[segment] = id;
    starts[segment++] = end;
    order.set(numbers, end);
    end += numbers.length;
  }
  return { order, starts: starts.fill(end, segment), rows };
}

function lookUp(table: Tensor, ids: Tensor, y: Tensor): Operation {
  const [tokens = 0, width = 0] = y.shape;
  const size = tokens * width;
  return {
    name: `embedding ${y.buffer.name}`,
    reads: [table, ids],
    writes: [y],
    work: size,
    wgsl: () => [makeDispatch(LOOK_UP, { table, ids, y }, { tokens, width }, elementwise(size))],
    cpu: (context) => {
      const { kernels } = context;
      if (kernels) {
        const [from, list, to] = [context.place(table), context.place(ids), context.place(y)];
        const strands = strandsOf(tokens, 2 * width, (start, count) => [
          ...(['gather', 4 * from, 4 * (list + start), 4 * (to + start * width), count, width] as const),
        ]);
        return () => kernels.run(strands);
      }
      const [rows, numbers, out] = [context.floats(table), context.ints(ids), context.floats(y)];
      return () =>
        numbers.forEach((id, n) => out.set(rows.subarray(id * width, (id + 1) * width), n * width));
    },
  };
}

function sumRows(dy: Tensor, segments: Segments<Tensor>, dTable: Tensor): Operation {
  const [tokens = 0, width = 0] = dy.shape;
  const { order, starts, rows } = segments;
  return {
    name: `embedding, backward of ${dTable.buffer.name}`,
    reads: [dy, order, starts, rows],
    writes: [dTable],
    work: tokens * width,
    wgsl: () => [
      makeDispatch(SUM, { dy, order, starts, rows, dTable }, { tokens, width }, elementwise(tokens * width)),
    ],
    cpu: (context) => {
      const [from, to] = [context.floats(dy), context.floats(dTable)];
      const [numbers, begins, ids] = [context.ints(order), context.ints(starts), context.ints(rows)];
      return () => {
        for (let segment = 0; segment < tokens; segment++) {
          const end = begins[segment + 1] as number;
          const row = (ids[segment] as number) * width;
          for (let place = begins[segment] as number; place < end; place++) {
            const source = (numbers[place] as number) * width;
            for (let i = 0; i < width; i++) (to[row + i] as number) += from[source + i] as number;
          }
        }
      };
    },
  };
}

/**
 * Appends the look-up.
 *
 * @param ids [N] i32, all below V: a device reads anything beyond the table without a word
 * @param segments of the same ids, see `sortSegments`; only a table that is trained needs them
 * @throws RangeError where sizes do not fit, or a table that is trained comes without segments.
 */
export function embedding(
  plan: PlanBuilder,
  table: Tensor,
  ids: Tensor,
  segments?: Segments<Tensor>,
  name = 'embedding',
): Tensor {
  const [tokens = 0] = ids.shape;
  if (segments) {
    expectShape('embedding', segments.order, [tokens]);
    expectShape('embedding', segments.starts, [tokens + 1]);
    expectShape('embedding', segments.rows, [tokens]);
  } else if (plan.needsGradient(table)) {
    throw new RangeError(`The gradient of ${table.buffer.name} needs its ids sorted.`);
  }
  const y = plan.activation(name, [tokens, table.shape[1] ?? 0]);
  plan.append(lookUp(table, ids, y));
  plan.record([table], [y], () => {
    const dy = plan.gradientOf(y);
    const target = plan.gradientTarget(table);
    if (!dy || !target || !segments) return;
    if (!target.accumulate) plan.append(zero(target.tensor));
    plan.append(sumRows(dy, segments, target.tensor));
  });
  return y;
}
