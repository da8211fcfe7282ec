/**
 * @file The matrix product with few rows, as decoding has it: C = A · Bᵀ where the terms of each sum lie side by side in both
 * factors. Nothing is packed, and every element of B is read once for four rows of A. The order of a sum depends neither
 * on the number of rows nor on the element's place among them. Addresses and strides are bytes.
 */
import * as v from './wasm-vectors';
import * as w from './wasm-code';
import { WasmFunction, type Code, type Local } from './wasm-code';

/** Most rows for which this is used: more of A would not stay in the first cache beside B. */
export const DOTS_ROWS = 64;
/** Terms that a loop takes at a time. */
const TERMS = 8;

/** dots(m, n, k, a, aRow, b, bColumn, c, cRow, accumulate): C = A · Bᵀ or C += A · Bᵀ; A [m, k], B [n, k], C [m, n]. */
const dots = (() => {
  const made = new WasmFunction('dots', [
    ...['m', 'n', 'k', 'a', 'aRow', 'b', 'bColumn', 'c', 'cRow', 'accumulate'],
  ]);
  const at = (name: string): Code => w.get(made.parameter(name));
  const ints = (count: number) => Array.from({ length: count }, () => made.local('i32'));
  const [i, j, left, row, column, to] = ints(6) as [Local, Local, Local, Local, Local, Local];
  const fromA = ints(4);
  const fromB = ints(4);
  const sums = Array.from({ length: 8 }, () => made.local('v128'));
  const vectors = Array.from({ length: 4 }, () => made.local('v128'));
  const [part, sum] = [made.local('v128'), made.local('f32')];

  /** Rows i … i + rows − 1 with columns j … j + columns − 1. */
  const tile = (rows: number, columns: number): Code => {
    const as = fromA.slice(0, rows);
    const bs = fromB.slice(0, columns);
    const each = (make: (a: number, b: number, total: Local) => Code): Code =>
      as.flatMap((_, a) => bs.flatMap((__, b) => make(a, b, sums[a * columns + b] as Local)));
    const advance = (terms: number): Code => [
      ...[...as, ...bs].flatMap((pointer) => w.advance(pointer, w.int(4 * terms))),
      ...w.advance(left, w.int(-terms)),
    ];
    // What there are fewer of is kept in registers.
    const [kept, streamed] = rows > columns ? [bs, as] : [as, bs];
    const multiply = (offset: number): Code => [
      ...kept.flatMap((pointer, at_) => w.set(vectors[at_] as Local, v.loadVector(w.get(pointer), offset))),
      ...streamed.flatMap((pointer, s) => [
        ...w.set(part, v.loadVector(w.get(pointer), offset)),
        ...kept.flatMap((_, at_) => {
          const total = sums[rows > columns ? s * columns + at_ : at_ * columns + s] as Local;
          return w.set(
            total,
            v.addVectors(w.get(total), v.multiplyVectors(w.get(vectors[at_] as Local), w.get(part))),
          );
        }),
      ]),
    ];
    /** The last terms one by one, in the first lane: their order is that of the other loop's first lane. */
    const single = each((a, b, total) =>
      w.set(
        total,
        v.addVectors(
          w.get(total),
          v.multiplyVectors(v.loadFirst(w.get(as[a] as Local)), v.loadFirst(w.get(bs[b] as Local))),
        ),
      ),
    );
    return [
      ...w.set(row, w.add(at('a'), w.multiply(w.get(i), at('aRow')))),
      ...as.flatMap((pointer) => [...w.set(pointer, w.get(row)), ...w.advance(row, at('aRow'))]),
      ...w.set(column, w.add(at('b'), w.multiply(w.get(j), at('bColumn')))),
      ...bs.flatMap((pointer) => [...w.set(pointer, w.get(column)), ...w.advance(column, at('bColumn'))]),
      ...each((_, __, total) => w.set(total, v.zeroVector)),
      ...w.set(left, at('k')),
      ...w.whileTrue(w.less(w.int(TERMS - 1), w.get(left)), [
        ...multiply(0),
        ...multiply(16),
        ...advance(TERMS),
      ]),
      ...w.whileTrue(w.less(w.int(3), w.get(left)), [...multiply(0), ...advance(4)]),
      ...w.whileTrue(w.less(w.int(0), w.get(left)), [...single, ...advance(1)]),
      ...as.flatMap((_, a) => [
        ...w.set(
          to,
          w.add(
            w.add(at('c'), w.multiply(w.add(w.get(i), w.int(a)), at('cRow'))),
            w.multiply(w.get(j), w.int(4)),
          ),
        ),
        ...bs.flatMap((__, b) => [
          ...w.set(sum, v.sumOf(sums[a * columns + b] as Local)),
          ...w.when(at('accumulate'), w.set(sum, w.addFloats(w.loadFloat(w.get(to), 4 * b), w.get(sum)))),
          ...w.storeFloat(w.get(to), w.get(sum), 4 * b),
        ]),
      ]),
    ];
  };
  const room = (size: string, from: Local, count: number): Code =>
    w.less(w.add(w.get(from), w.int(count - 1)), at(size));
  made.write(
    w.set(j, w.int(0)),
    // Two columns at a time where there are four rows, four at a time where there are fewer.
    w.when(
      w.less(w.int(3), at('m')),
      w.whileTrue(room('n', j, 2), [
        ...w.set(i, w.int(0)),
        ...w.whileTrue(room('m', i, 4), [...tile(4, 2), ...w.advance(i, w.int(4))]),
        ...w.whileTrue(room('m', i, 1), [...tile(1, 2), ...w.advance(i, w.int(1))]),
        ...w.advance(j, w.int(2)),
      ]),
      w.whileTrue(room('n', j, 4), [
        ...w.set(i, w.int(0)),
        ...w.whileTrue(room('m', i, 1), [...tile(1, 4), ...w.advance(i, w.int(1))]),
        ...w.advance(j, w.int(4)),
      ]),
    ),
    w.whileTrue(room('n', j, 1), [
      ...w.set(i, w.int(0)),
      ...w.whileTrue(room('m', i, 1), [...tile(1, 1), ...w.advance(i, w.int(1))]),
      ...w.advance(j, w.int(1)),
    ]),
  );
  return made;
})();

/** All of them. */
export const DOT_KERNELS = [dots] as const;
