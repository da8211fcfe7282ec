/**
 * @file Attention of a range of tokens and a head, forward and backward: blocks of queries against blocks of keys, with
 * the matrix product of the same module. Formulas are in ops/attention.ts. Addresses and strides are bytes.
 *
 * A query n looks at keys begin … n, begin being the later of first[n] and the first of its window. Begins never fall from
 * one token to the next, so that every block between a block of queries' first begin and itself has something in it.
 */
import { callProduct } from './simd-product';
import * as v from './wasm-vectors';
import * as w from './wasm-code';
import { WasmFunction, type Code, type Local } from './wasm-code';

/** Queries, and keys, of a block. */
export const ATTENTION_BLOCK = 64;
const LINE = 4 * ATTENTION_BLOCK;
const TILE = LINE * ATTENTION_BLOCK;
/** Floats of working memory that a call needs: two tiles, and two numbers a query. */
export const ATTENTION_FLOATS = (2 * TILE + 2 * LINE) / 4;

/** What both passes are given; `q`, `k`, `v` and `o` are those of the head in the first token of all. */
const SHARED = [
  ...['q', 'k', 'v', 'o', 'first', 'statistics', 'work'],
  ...['from', 'to', 'headSize', 'row', 'keyRow', 'lines', 'window', 'f32 scale'],
];

function begin<Name extends string>(name: Name, more: readonly string[]) {
  const made = new WasmFunction(name, [...SHARED, ...more]);
  const ints = Array.from({ length: 12 }, () => made.local('i32')) as [
    ...[Local, Local, Local, Local, Local, Local],
    ...[Local, Local, Local, Local, Local, Local],
  ];
  const [query, queries, key, keys, least, i, n, start, end, line, place, other] = ints;
  const at = (parameter: string): Code => w.get(made.parameter(parameter));
  const beginOf = (token: Code): Code =>
    w.larger(
      w.loadInt(w.add(at('first'), w.multiply(token, w.int(4)))),
      w.subtract(w.add(token, w.int(1)), at('window')),
    );
  const ofQuery = (tensor: string): Code => w.add(at(tensor), w.multiply(w.get(query), at('row')));
  const ofKey = (tensor: string): Code => w.add(at(tensor), w.multiply(w.get(key), at('keyRow')));
  const tile = at('work');
  const secondTile = w.add(at('work'), w.int(TILE));
  /** Every pair of blocks, keys of a block of queries together and in order. */
  const overPairs = (before: Code, pair: Code, after: Code): Code =>
    w.count(
      query,
      at('from'),
      at('to'),
      [
        ...w.set(queries, w.smaller(w.subtract(at('to'), w.get(query)), w.int(ATTENTION_BLOCK))),
        ...w.set(least, beginOf(w.get(query))),
        ...w.set(least, w.subtract(w.get(least), w.below(w.get(least), ATTENTION_BLOCK))),
        ...before,
        ...w.count(
          key,
          w.get(least),
          w.add(w.get(query), w.get(queries)),
          [...w.set(keys, w.smaller(w.subtract(at('to'), w.get(key)), w.int(ATTENTION_BLOCK))), ...pair],
          ATTENTION_BLOCK,
        ),
        ...after,
      ],
      ATTENTION_BLOCK,
    );
  /** Every query of a pair: its number `n`, its line of the tile, and where in it the keys are that it looks at. */
  const overLines = (body: Code): Code =>
    w.count(i, w.int(0), w.get(queries), [
      ...w.set(n, w.add(w.get(query), w.get(i))),
      ...w.set(line, w.multiply(w.get(i), w.int(LINE))),
      ...w.set(
        end,
        w.larger(w.int(0), w.smaller(w.get(keys), w.subtract(w.add(w.get(n), w.int(1)), w.get(key)))),
      ),
      ...w.set(start, w.smaller(w.get(end), w.larger(w.int(0), w.subtract(beginOf(w.get(n)), w.get(key))))),
      ...body,
    ]);
  /** Zeros where a line of a tile has keys that the query does not look at. */
  const clearRest = (of: Code): Code => [
    ...w.clear(w.add(of, w.get(line)), w.multiply(w.get(start), w.int(4))),
    ...w.clear(
      w.add(w.add(of, w.get(line)), w.multiply(w.get(end), w.int(4))),
      w.multiply(w.subtract(w.get(keys), w.get(end)), w.int(4)),
    ),
  ];
  /** Where the keys begin that a query looks at. */
  const seenOf = (of: Code): Code => w.add(w.add(of, w.get(line)), w.multiply(w.get(start), w.int(4)));
  const seen = w.subtract(w.get(end), w.get(start));
  /** tile ← A · Bᵀ, rows of queries and rows of keys */
  const scores = (a: string, b: string, to: Code): Code =>
    callProduct({
      ...{ m: w.get(queries), n: w.get(keys), k: at('headSize') },
      ...{ a: ofQuery(a), aRow: at('row'), aColumn: w.int(4) },
      ...{ b: ofKey(b), bRow: w.int(4), bColumn: at('keyRow') },
      ...{ c: to, cRow: w.int(LINE), accumulate: w.int(0) },
    });
  const statistic = (token: Code): Code => w.add(at('statistics'), w.multiply(token, at('lines')));
  return {
    ...{ made, at, query, queries, key, keys, least, i, n, start, place, other },
    ...{ ofQuery, ofKey, tile, secondTile, overPairs, overLines, clearRest, seenOf, seen, scores, statistic },
  };
}

/** o and log Σ exp(s) of a head for tokens `from` … `to`, which look at none before `from`. */
const attend = (() => {
  const t = begin('attend', []);
  const { made, at, query, queries, least, i, n, key, place } = t;
  const tops = (offset: Local): Code =>
    w.add(w.add(at('work'), w.int(2 * TILE)), w.multiply(w.get(offset), w.int(4)));
  const exp = v.exponential(made);
  const [top, sum, before, shrink] = Array.from({ length: 4 }, () => made.local('f32')) as [
    Local,
    Local,
    Local,
    Local,
  ];
  const [largest, sums, part] = Array.from({ length: 3 }, () => made.local('v128')) as [Local, Local, Local];
  const outOf = w.add(at('o'), w.multiply(w.get(n), at('row')));
  const timesOut = (factor: Code): Code => [
    ...w.set(place, outOf),
    ...w.set(part, v.splat(factor)),
    ...v.overElements(made, at('headSize'), [place], (lanes) =>
      lanes.store(place, v.multiplyVectors(lanes.load(place), w.get(part))),
    ),
  ];
  /** Scores become shares relative to the largest so far, and what was summed before is corrected. */
  const share = t.overLines([
    ...t.clearRest(t.tile),
    ...w.when(w.less(w.get(t.start), w.add(w.get(t.start), t.seen)), [
      ...w.set(place, t.seenOf(t.tile)),
      ...w.set(largest, v.loadSplat(w.get(place))),
      ...v.overElements(made, t.seen, [place], (lanes) =>
        w.set(largest, v.largerOfVectors(w.get(largest), lanes.repeat(place))),
      ),
      ...w.set(before, w.loadFloat(tops(i))),
      ...w.set(top, w.largerFloat(w.get(before), w.multiplyFloats(v.largestOf(largest), at('scale')))),
      ...w.set(place, t.seenOf(t.tile)),
      ...w.set(sums, v.zeroVector),
      ...v.overElements(made, t.seen, [place], (lanes) => [
        ...w.set(
          part,
          exp(
            v.subtractVectors(
              v.multiplyVectors(lanes.load(place), v.splat(at('scale'))),
              v.splat(w.get(top)),
            ),
          ),
        ),
        ...lanes.store(place, w.get(part)),
        ...w.set(sums, v.addVectors(w.get(sums), lanes.only(w.get(part)))),
      ]),
      ...w.set(sum, w.loadFloat(tops(i), LINE)),
      ...w.when(
        // Nothing was summed before where the sum is 0.
        w.both(w.lessFloat(w.get(before), w.get(top)), w.lessFloat(w.float(0), w.get(sum))),
        [
          ...w.set(shrink, v.firstOf(exp(v.splat(w.subtractFloats(w.get(before), w.get(top)))))),
          ...w.set(sum, w.multiplyFloats(w.get(sum), w.get(shrink))),
          ...timesOut(w.get(shrink)),
        ],
      ),
      ...w.storeFloat(tops(i), w.get(top)),
      ...w.storeFloat(tops(i), w.addFloats(w.get(sum), v.sumOf(sums)), LINE),
    ]),
  ]);
  made.write(
    t.overPairs(
      w.count(i, w.int(0), w.get(queries), [
        ...w.storeFloat(tops(i), w.float(-Infinity)),
        ...w.storeFloat(tops(i), w.float(0), LINE),
      ]),
      [
        ...t.scores('q', 'k', t.tile),
        ...share,
        ...callProduct({
          ...{ m: w.get(queries), n: at('headSize'), k: w.get(t.keys) },
          ...{ a: t.tile, aRow: w.int(LINE), aColumn: w.int(4) },
          ...{ b: t.ofKey('v'), bRow: at('keyRow'), bColumn: w.int(4) },
          ...{ c: t.ofQuery('o'), cRow: at('row'), accumulate: w.less(w.get(least), w.get(key)) },
        }),
      ],
      w.count(i, w.int(0), w.get(queries), [
        ...w.set(n, w.add(w.get(query), w.get(i))),
        ...w.set(sum, w.loadFloat(tops(i), LINE)),
        ...timesOut(w.divideFloats(w.float(1), w.get(sum))),
        ...w.storeFloat(
          t.statistic(w.get(n)),
          w.addFloats(w.loadFloat(tops(i)), w.singleOf(w.logarithm(w.doubleOf(w.get(sum))))),
        ),
      ]),
    ),
  );
  return made;
})();

/**
 * Gradients of a head for tokens `from` … `to`, which are not looked at from outside. `dq`, `dk`, `dv` are those of the head
 * and its key head; `addsQ` and `addsKeys` 1 or 0. The line of δ is at `deltas`, as `statistics`.
 */
const attendBackward = (() => {
  const t = begin('attendBackward', [...['dOut', 'dq', 'dk', 'dv', 'deltas', 'addsQ', 'addsK', 'addsV']]);
  const { made, at, n, key, keys, query, queries, least, place, other } = t;
  const exp = v.exponential(made);
  const delta = w.add(at('deltas'), w.multiply(w.get(n), at('lines')));
  const [sum, part, logSum, drop] = Array.from({ length: 4 }, () => made.local('v128')) as [
    Local,
    Local,
    Local,
    Local,
  ];
  const sumDeltas = w.count(n, at('from'), at('to'), [
    ...w.set(sum, v.zeroVector),
    ...w.set(place, w.add(at('o'), w.multiply(w.get(n), at('row')))),
    ...w.set(other, w.add(at('dOut'), w.multiply(w.get(n), at('row')))),
    ...v.overElements(made, at('headSize'), [place, other], (lanes) =>
      w.set(sum, v.addVectors(w.get(sum), v.multiplyVectors(lanes.load(place), lanes.load(other)))),
    ),
    ...w.storeFloat(delta, v.sumOf(sum)),
  ]);
  /** Scores and ∂o · v become p and ∂s. */
  const derive = t.overLines([
    ...t.clearRest(t.tile),
    ...t.clearRest(t.secondTile),
    ...w.set(place, t.seenOf(t.tile)),
    ...w.set(other, t.seenOf(t.secondTile)),
    ...w.set(logSum, v.loadSplat(t.statistic(w.get(n)))),
    ...w.set(drop, v.loadSplat(delta)),
    ...v.overElements(made, t.seen, [place, other], (lanes) => [
      ...w.set(
        part,
        exp(v.subtractVectors(v.multiplyVectors(lanes.load(place), v.splat(at('scale'))), w.get(logSum))),
      ),
      ...lanes.store(place, w.get(part)),
      ...lanes.store(
        other,
        v.multiplyVectors(
          v.multiplyVectors(w.get(part), v.subtractVectors(lanes.load(other), w.get(drop))),
          v.splat(at('scale')),
        ),
      ),
    ]),
  ]);
  const addToKeys = (a: Code, b: string, c: string, adds: string): Code =>
    callProduct({
      ...{ m: w.get(keys), n: at('headSize'), k: w.get(queries) },
      ...{ a, aRow: w.int(4), aColumn: w.int(LINE) },
      ...{ b: t.ofQuery(b), bRow: at('row'), bColumn: w.int(4) },
      ...{ c: t.ofKey(c), cRow: at('keyRow') },
      // A block of keys is first met by the queries of the same tokens.
      accumulate: w.choose(w.less(w.get(key), w.get(query)), w.int(1), at(adds)),
    });
  made.write(
    sumDeltas,
    t.overPairs(
      [],
      [
        ...t.scores('q', 'k', t.tile),
        ...t.scores('dOut', 'v', t.secondTile),
        ...derive,
        ...callProduct({
          ...{ m: w.get(queries), n: at('headSize'), k: w.get(keys) },
          ...{ a: t.secondTile, aRow: w.int(LINE), aColumn: w.int(4) },
          ...{ b: t.ofKey('k'), bRow: at('keyRow'), bColumn: w.int(4) },
          ...{ c: t.ofQuery('dq'), cRow: at('row') },
          accumulate: w.choose(w.less(w.get(least), w.get(key)), w.int(1), at('addsQ')),
        }),
        ...addToKeys(t.secondTile, 'q', 'dk', 'addsK'),
        ...addToKeys(t.tile, 'dOut', 'dv', 'addsV'),
      ],
      [],
    ),
  );
  return made;
})();

/** All of them; they call `product`, so the module must begin with its functions. */
export const ATTENTION_KERNELS = [attend, attendBackward] as const;
