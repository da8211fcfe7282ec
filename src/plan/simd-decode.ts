/**
 * @file Kernels of generation: attention of a range of tokens to caches, and the weights of a row of logits. Formulas are in
 * ops/cached-attention.ts and ops/sampler.ts. Addresses are bytes; everything else counts elements.
 */
import * as v from './wasm-vectors';
import * as w from './wasm-code';
import { WasmFunction, type Code, type Local } from './wasm-code';

/** Vectors of a head's values that are summed at a time, where there are so many left. */
const MIXED = [8, 4, 1] as const;
/** Keys that a query is multiplied with at a time. */
const KEYS = 4;

/**
 * o of the tokens `from` … `to` − 1; `work` has room for `capacity` floats. A head's size must be a multiple of 4.
 */
const attendCached = (() => {
  const made = new WasmFunction('attendCached', [
    ...['q', 'keys', 'values', 'slots', 'positions', 'o', 'work'],
    ...['from', 'to', 'heads', 'keyHeads', 'headSize', 'capacity', 'window', 'f32 scale'],
  ]);
  const at = (name: string): Code => w.get(made.parameter(name));
  const ints = Array.from({ length: 11 }, () => made.local('i32')) as [
    ...[Local, Local, Local, Local, Local, Local],
    ...[Local, Local, Local, Local, Local],
  ];
  const [n, head, shares, position, begin, count, base, stride, j, left, a] = ints;
  const b = made.local('i32');
  const more = Array.from({ length: KEYS - 1 }, () => made.local('i32'));
  const [rowBytes, headBytes, q, o, score] = Array.from({ length: 5 }, () => made.local('i32')) as [
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const vectors = Array.from({ length: MIXED[0] }, () => made.local('v128'));
  const [part, largest, total] = Array.from({ length: 3 }, () => made.local('v128')) as [Local, Local, Local];
  const [top, factor] = [made.local('f32'), made.local('f32')];
  const exp = v.exponential(made);
  const bytes = (value: Code): Code => w.multiply(value, w.int(4));
  const cacheRow = (buffer: string): Code => w.add(at(buffer), w.get(base));

  /** scores ← q · key for so many keys, from `b` on; a sum waits for itself, so several go side by side. */
  const dots = (keys: number): Code => {
    const pointers = [b, ...more].slice(0, keys);
    const sums = vectors.slice(0, keys);
    return [
      ...pointers
        .slice(1)
        .flatMap((pointer, i) => w.set(pointer, w.add(w.get(pointers[i] as Local), w.get(stride)))),
      ...sums.flatMap((sum) => w.set(sum, v.zeroVector)),
      ...w.set(a, w.get(q)),
      ...w.set(left, w.get(headBytes)),
      ...w.repeatWhile(
        [
          ...w.set(part, v.loadVector(w.get(a))),
          ...sums.flatMap((sum, i) => [
            ...w.set(
              sum,
              v.addVectors(
                w.get(sum),
                v.multiplyVectors(w.get(part), v.loadVector(w.get(pointers[i] as Local))),
              ),
            ),
            ...w.advance(pointers[i] as Local, w.int(16)),
          ]),
          ...w.advance(a, w.int(16)),
          ...w.advance(left, w.int(-16)),
        ],
        w.less(w.int(0), w.get(left)),
      ),
      ...sums.flatMap((sum, i) => w.storeFloat(w.get(score), v.sumOf(sum), 4 * i)),
      ...w.advance(score, w.int(4 * keys)),
      ...w.advance(j, w.int(keys)),
      // The last pointer is at its key's end.
      ...w.set(b, w.add(w.subtract(w.get(pointers.at(-1) as Local), w.get(headBytes)), w.get(stride))),
    ];
  };
  /** scores[j] ← q · key j, for `count` keys from `base` on. */
  const scores: Code = [
    ...w.set(score, at('work')),
    ...w.set(b, cacheRow('keys')),
    ...w.set(j, w.int(0)),
    ...w.whileTrue(w.less(w.add(w.get(j), w.int(KEYS - 1)), w.get(count)), dots(KEYS)),
    ...w.whileTrue(w.less(w.get(j), w.get(count)), dots(1)),
  ];
  /** Scores become e^(score − the largest), and `factor` what makes their sum 1. */
  const softmax: Code = [
    ...w.set(score, at('work')),
    ...w.set(largest, v.loadSplat(w.get(score))),
    ...v.overElements(made, w.get(count), [score], (lanes) =>
      w.set(largest, v.largerOfVectors(w.get(largest), lanes.repeat(score))),
    ),
    ...w.set(top, v.largestOf(largest)),
    ...w.set(largest, v.splat(w.get(top))),
    ...w.set(total, v.zeroVector),
    ...w.set(score, at('work')),
    ...v.overElements(made, w.get(count), [score], (lanes) => [
      ...w.set(
        part,
        lanes.only(
          exp(v.multiplyVectors(v.subtractVectors(lanes.load(score), w.get(largest)), v.splat(at('scale')))),
        ),
      ),
      ...lanes.store(score, w.get(part)),
      ...v.addInDoubles(total, part),
    ]),
    ...w.set(factor, w.divideFloats(w.float(1), w.singleOf(v.sumOfDoubles(total)))),
  ];
  /** So many vectors of o, from byte `a` of the head on: Σ share · value. */
  const mix = (size: number): Code => {
    const used = vectors.slice(0, size);
    return [
      ...used.flatMap((sum) => w.set(sum, v.zeroVector)),
      ...w.set(score, at('work')),
      ...w.set(b, w.add(cacheRow('values'), w.get(a))),
      ...w.count(j, w.int(0), w.get(count), [
        ...w.set(part, v.loadSplat(w.get(score))),
        ...used.flatMap((sum, i) =>
          w.set(
            sum,
            v.addVectors(w.get(sum), v.multiplyVectors(w.get(part), v.loadVector(w.get(b), 16 * i))),
          ),
        ),
        ...w.advance(score, w.int(4)),
        ...w.advance(b, w.get(stride)),
      ]),
      ...w.set(part, v.splat(w.get(factor))),
      ...used.flatMap((sum, i) =>
        v.storeVector(w.add(w.get(o), w.get(a)), v.multiplyVectors(w.get(sum), w.get(part)), 16 * i),
      ),
      ...w.advance(a, w.int(16 * size)),
      ...w.advance(left, w.int(-16 * size)),
    ];
  };
  const values: Code = [
    ...w.set(a, w.int(0)),
    ...w.set(left, w.get(headBytes)),
    ...MIXED.flatMap((size) => w.whileTrue(w.less(w.int(16 * size - 1), w.get(left)), mix(size))),
  ];

  made.write(
    w.set(headBytes, bytes(at('headSize'))),
    w.set(rowBytes, w.multiply(at('heads'), w.get(headBytes))),
    w.set(stride, w.multiply(at('keyHeads'), w.get(headBytes))),
    w.count(n, at('from'), at('to'), [
      ...w.set(q, w.add(at('q'), w.multiply(w.get(n), w.get(rowBytes)))),
      ...w.set(o, w.add(at('o'), w.multiply(w.get(n), w.get(rowBytes)))),
      ...w.set(position, w.loadInt(w.add(at('slots'), bytes(w.get(n))))),
      ...w.when(w.less(w.get(position), w.int(0)), w.clear(w.get(o), w.get(rowBytes)), [
        // The first line of the sequence's part of the caches.
        ...w.set(base, w.multiply(w.get(position), at('capacity'))),
        ...w.set(position, w.loadInt(w.add(at('positions'), bytes(w.get(n))))),
        ...w.set(begin, w.larger(w.int(0), w.subtract(w.add(w.get(position), w.int(1)), at('window')))),
        ...w.set(count, w.subtract(w.add(w.get(position), w.int(1)), w.get(begin))),
        ...w.set(base, w.multiply(w.add(w.get(base), w.get(begin)), w.get(stride))),
        // Query heads come in groups that share keys.
        ...w.set(shares, w.int(0)),
        ...w.count(head, w.int(0), at('heads'), [
          ...scores,
          ...softmax,
          ...values,
          ...w.advance(q, w.get(headBytes)),
          ...w.advance(o, w.get(headBytes)),
          ...w.advance(shares, at('keyHeads')),
          ...w.when(w.equal(w.get(shares), at('heads')), [
            ...w.set(shares, w.int(0)),
            ...w.advance(base, w.get(headBytes)),
          ]),
        ]),
      ]),
    ]),
  );
  return made;
})();

/** weights ← e^((logits − top) · inverse temperature), `width` of them. */
const tokenWeights = (() => {
  const made = new WasmFunction('tokenWeights', ['logits', 'weights', 'width', 'f32 top', 'f32 inverse']);
  const at = (name: string): Code => w.get(made.parameter(name));
  const [from, to] = [made.parameter('logits'), made.parameter('weights')];
  const [top, inverse] = [made.local('v128'), made.local('v128')];
  const exp = v.exponential(made);
  made.write(
    w.set(top, v.splat(at('top'))),
    w.set(inverse, v.splat(at('inverse'))),
    v.overElements(made, at('width'), [from, to], (lanes) =>
      lanes.store(
        to,
        exp(v.multiplyVectors(v.subtractVectors(lanes.load(from), w.get(top)), w.get(inverse))),
      ),
    ),
  );
  return made;
})();

/** All of them. */
export const DECODE_KERNELS = [attendCached, tokenWeights] as const;
