/**
 * @file Kernels of RMSNorm. Formulas are in ops/rms-norm.ts. Addresses are bytes; `rows` and `width` count.
 */
import * as v from './wasm-vectors';
import * as w from './wasm-code';
import type { Code } from './wasm-code';
import { begin } from './simd-function';

/** y ← s · r · (offset + scale) and inverse ← r; where `residual` is not 0, s ← x + residual first, else s must be x. */
const rmsForward = (() => {
  const { made, at, local, locals } = begin('rmsForward', [
    ...['x', 'residual', 's', 'scale', 'y', 'inverse', 'rows', 'width', 'f32 offset', 'f32 epsilon'],
  ]);
  const { row, from, other, to, factor } = locals('i32', 'row', 'from', 'other', 'to', 'factor');
  const { value, squares, shift } = locals('v128', 'value', 'squares', 'shift');
  const { r } = locals('f32', 'r');
  const bytes = w.multiply(at('width'), w.int(4));
  const sumUp = v.addInDoubles;
  made.write(
    w.set(shift, v.splat(at('offset'))),
    w.count(row, w.int(0), at('rows'), [
      ...w.set(squares, v.zeroVector),
      ...w.set(from, at('x')),
      ...w.set(other, at('residual')),
      ...w.set(to, at('s')),
      ...w.when(
        at('residual'),
        [
          ...v.overElements(made, at('width'), [from, other, to], (lanes) => [
            ...w.set(value, v.addVectors(lanes.load(from), lanes.load(other))),
            ...lanes.store(to, w.get(value)),
            ...w.set(value, v.multiplyVectors(w.get(value), w.get(value))),
            ...sumUp(squares, value),
          ]),
          ...w.advance(local('residual'), bytes),
        ],
        v.overElements(made, at('width'), [from], (lanes) => [
          ...w.set(value, lanes.load(from)),
          ...w.set(value, v.multiplyVectors(w.get(value), w.get(value))),
          ...sumUp(squares, value),
        ]),
      ),
      ...w.set(
        r,
        w.divideFloats(
          w.float(1),
          w.squareRoot(
            w.addFloats(
              w.divideFloats(w.singleOf(v.sumOfDoubles(squares)), w.floatOf(at('width'))),
              at('epsilon'),
            ),
          ),
        ),
      ),
      ...w.storeFloat(at('inverse'), w.get(r)),
      ...w.set(from, at('s')),
      ...w.set(to, at('y')),
      ...w.set(factor, at('scale')),
      ...v.overElements(made, at('width'), [from, to, factor], (lanes) =>
        lanes.store(
          to,
          v.multiplyVectors(
            v.multiplyVectors(lanes.load(from), v.splat(w.get(r))),
            v.addVectors(w.get(shift), lanes.load(factor)),
          ),
        ),
      ),
      ...['x', 's', 'y'].flatMap((name) => w.advance(local(name), bytes)),
      ...w.advance(local('inverse'), w.int(4)),
    ]),
  );
  return made;
})();

/** ds ← the gradient of s, or added to it where `adds` is −1 */
const rmsBackward = (() => {
  const { made, at, local, locals } = begin('rmsBackward', [
    ...['s', 'scale', 'inverse', 'dy', 'ds', 'rows', 'width', 'f32 offset', 'adds'],
  ]);
  const { row, value, factor, slope, to } = locals('i32', 'row', 'value', 'factor', 'slope', 'to');
  const { dot, part, shift, mask } = locals('v128', 'dot', 'part', 'shift', 'mask');
  const { r, drop } = locals('f32', 'r', 'drop');
  const bytes = w.multiply(at('width'), w.int(4));
  const restart = [
    ...w.set(value, at('s')),
    ...w.set(factor, at('scale')),
    ...w.set(slope, at('dy')),
    ...w.set(to, at('ds')),
  ];
  /** ∂y · scale */
  const scaled = (lanes: v.Lanes): Code =>
    v.multiplyVectors(lanes.load(slope), v.addVectors(w.get(shift), lanes.load(factor)));
  made.write(
    w.set(shift, v.splat(at('offset'))),
    w.set(mask, v.splatInts(at('adds'))),
    w.count(row, w.int(0), at('rows'), [
      ...restart,
      ...w.set(dot, v.zeroVector),
      ...v.overElements(made, at('width'), [value, factor, slope], (lanes) => [
        ...w.set(part, v.multiplyVectors(scaled(lanes), lanes.load(value))),
        ...v.addInDoubles(dot, part),
      ]),
      ...w.set(r, w.loadFloat(at('inverse'))),
      ...w.set(
        drop,
        w.multiplyFloats(
          w.divideFloats(w.singleOf(v.sumOfDoubles(dot)), w.floatOf(at('width'))),
          w.multiplyFloats(w.multiplyFloats(w.get(r), w.get(r)), w.get(r)),
        ),
      ),
      ...restart,
      ...v.overElements(made, at('width'), [value, factor, slope, to], (lanes) =>
        lanes.store(
          to,
          v.addVectors(
            v.bothBits(lanes.load(to), w.get(mask)),
            v.subtractVectors(
              v.multiplyVectors(scaled(lanes), v.splat(w.get(r))),
              v.multiplyVectors(lanes.load(value), v.splat(w.get(drop))),
            ),
          ),
        ),
      ),
      ...['s', 'dy', 'ds'].flatMap((name) => w.advance(local(name), bytes)),
      ...w.advance(local('inverse'), w.int(4)),
    ]),
  );
  return made;
})();

/** part ← Σ ∂y · s · r over the rows: the gradient of the scale, of these rows alone */
const rmsScale = (() => {
  const { made, at, local, locals } = begin('rmsScale', ['s', 'inverse', 'dy', 'part', 'rows', 'width']);
  const { row, value, slope, to } = locals('i32', 'row', 'value', 'slope', 'to');
  const { r } = locals('v128', 'r');
  const bytes = w.multiply(at('width'), w.int(4));
  made.write(
    w.clear(at('part'), bytes),
    w.count(row, w.int(0), at('rows'), [
      ...w.set(r, v.loadSplat(at('inverse'))),
      ...w.set(value, at('s')),
      ...w.set(slope, at('dy')),
      ...w.set(to, at('part')),
      ...v.overElements(made, at('width'), [value, slope, to], (lanes) =>
        lanes.store(
          to,
          v.addVectors(
            lanes.load(to),
            v.multiplyVectors(v.multiplyVectors(lanes.load(slope), lanes.load(value)), w.get(r)),
          ),
        ),
      ),
      ...['s', 'dy'].flatMap((name) => w.advance(local(name), bytes)),
      ...w.advance(local('inverse'), w.int(4)),
    ]),
  );
  return made;
})();

/** All of them. */
export const ROW_KERNELS = [rmsForward, rmsBackward, rmsScale] as const;
