/**
 * @file The matrix product in WebAssembly SIMD, written with the assembler in wasm-code.ts. Both factors are packed
 * into panels, A in rows of 4 and B in columns of 8, and a tile of 4 × 8 results stays in eight vector registers while
 * the sum runs. Edges are packed with zeros and only what exists is stored.
 */
import * as v from './wasm-vectors';
import * as w from './wasm-code';
import { WasmFunction, type Code, type Local } from './wasm-code';

/** Rows and columns of a tile. */
const TILE_ROWS = 4;
const TILE_COLUMNS = 8;
/** Terms of a sum that are packed at a time: a panel of B, 16 KiB, stays in the first cache. */
const DEPTH = 512;
/** Rows of A that are packed at a time: 512 KiB, for the second cache. */
const ROWS = 256;

/** Bytes of working memory: the panels of A, one of B, and a tile for the edges. */
const A_BYTES = ROWS * DEPTH * 4;
const B_BYTES = TILE_COLUMNS * DEPTH * 4;
const EDGE_BYTES = TILE_ROWS * TILE_COLUMNS * 4;
/** Working memory of one thread: `host.work` of the module. */
export const PRODUCT_BYTES = A_BYTES + B_BYTES + EDGE_BYTES;

const each = (count: number, make: (i: number) => Code): Code =>
  Array.from({ length: count }, (_, i) => make(i)).flat();

/**
 * pack(source, laneStride, depthStride, lanes, depth, target): target[s][l] = source[l · laneStride + s · depthStride]
 * for s < depth and l < lanes, 0 for lanes ≤ l < width. Strides in bytes.
 */
function makePack<Name extends string>(name: Name, width: number): WasmFunction<Name> {
  const made = new WasmFunction(name, ['source', 'laneStride', 'depthStride', 'lanes', 'depth', 'target']);
  const source = made.parameter('source');
  const laneStride = made.parameter('laneStride');
  const depthStride = made.parameter('depthStride');
  const lanes = made.parameter('lanes');
  const depth = made.parameter('depth');
  const target = made.parameter('target');
  const s = made.local('i32');
  const l = made.local('i32');
  const from = made.local('i32');
  const to = made.local('i32');
  const next = [...w.advance(source, w.get(depthStride)), ...w.advance(target, w.int(4 * width))];
  const full = w.equal(w.get(lanes), w.int(width));
  const copyVectors = each(width / 4, (i) =>
    v.storeVector(w.get(target), v.loadVector(w.get(source), 16 * i), 16 * i),
  );
  const copyFloats = [
    ...w.set(from, w.get(source)),
    ...each(width, (i) => [
      ...w.storeFloat(w.get(target), w.loadFloat(w.get(from)), 4 * i),
      ...w.advance(from, w.get(laneStride)),
    ]),
  ];
  const copyEdge = [
    ...each(width / 4, (i) => v.storeVector(w.get(target), v.zeroVector, 16 * i)),
    ...w.set(from, w.get(source)),
    ...w.set(to, w.get(target)),
    ...w.count(l, w.int(0), w.get(lanes), [
      ...w.storeFloat(w.get(to), w.loadFloat(w.get(from))),
      ...w.advance(from, w.get(laneStride)),
      ...w.advance(to, w.int(4)),
    ]),
  ];
  const overDepth = (body: Code) => w.count(s, w.int(0), w.get(depth), [...body, ...next]);
  made.write(
    w.when(
      full,
      w.when(w.equal(w.get(laneStride), w.int(4)), overDepth(copyVectors), overDepth(copyFloats)),
      overDepth(copyEdge),
    ),
  );
  return made;
}

/**
 * tiles(a, b, c, rows, columns, depth, cStride, accumulate, edge): the product of packed panels of A, `rows` in all, and
 * one packed panel of B, of which `columns` exist. `edge` is where a tile that is not wholly stored is put first.
 */
function makeTiles(): WasmFunction<'tiles'> {
  const names = ['a', 'b', 'c', 'rows', 'columns', 'depth', 'cStride', 'accumulate', 'edge'];
  const made = new WasmFunction('tiles', names);
  const [a, b, c] = [made.parameter('a'), made.parameter('b'), made.parameter('c')];
  const [rows, columns, depth] = [made.parameter('rows'), made.parameter('columns'), made.parameter('depth')];
  const cStride = made.parameter('cStride');
  const accumulate = made.parameter('accumulate');
  const edge = made.parameter('edge');
  const s = made.local('i32');
  const i = made.local('i32');
  const j = made.local('i32');
  const count = made.local('i32');
  const panel = made.local('i32');
  const to = made.local('i32');
  const from = made.local('i32');
  const left = made.local('v128');
  const right = [made.local('v128'), made.local('v128')] as const;
  const sums = Array.from(
    { length: TILE_ROWS },
    () => [made.local('v128'), made.local('v128')] as [Local, Local],
  );
  const ofSums = (make: (sum: Local, row: number, half: number) => Code): Code =>
    sums.flatMap((halves, row) => halves.flatMap((sum, half) => make(sum, row, half)));

  const multiply = [
    ...w.set(right[0], v.loadVector(w.get(panel))),
    ...w.set(right[1], v.loadVector(w.get(panel), 16)),
    ...sums.flatMap((halves, row) => [
      ...w.set(left, v.loadSplat(w.get(a), 4 * row)),
      ...halves.flatMap((sum, half) =>
        w.set(sum, v.addVectors(w.get(sum), v.multiplyVectors(w.get(left), w.get(right[half] as Local)))),
      ),
    ]),
    ...w.advance(a, w.int(4 * TILE_ROWS)),
    ...w.advance(panel, w.int(4 * TILE_COLUMNS)),
  ];
  const nextRow = (row: number, half: number) =>
    half === 1 && row < TILE_ROWS - 1 ? w.advance(to, w.get(cStride)) : [];
  const addStored = [
    ...w.set(to, w.get(c)),
    ...ofSums((sum, row, half) => [
      ...w.set(sum, v.addVectors(v.loadVector(w.get(to), 16 * half), w.get(sum))),
      ...nextRow(row, half),
    ]),
  ];
  const store = [
    ...w.set(to, w.get(c)),
    ...ofSums((sum, row, half) => [
      ...v.storeVector(w.get(to), w.get(sum), 16 * half),
      ...nextRow(row, half),
    ]),
  ];
  const storeEdge = [
    ...ofSums((sum, row, half) => v.storeVector(w.get(edge), w.get(sum), 32 * row + 16 * half)),
    ...w.set(count, w.get(rows)),
    ...w.when(w.less(w.int(TILE_ROWS), w.get(count)), w.set(count, w.int(TILE_ROWS))),
    ...w.count(i, w.int(0), w.get(count), [
      ...w.set(to, w.add(w.get(c), w.multiply(w.get(i), w.get(cStride)))),
      ...w.set(from, w.add(w.get(edge), w.multiply(w.get(i), w.int(4 * TILE_COLUMNS)))),
      ...w.count(j, w.int(0), w.get(columns), [
        ...w.when(
          w.get(accumulate),
          w.storeFloat(w.get(to), w.addFloats(w.loadFloat(w.get(to)), w.loadFloat(w.get(from)))),
          w.storeFloat(w.get(to), w.loadFloat(w.get(from))),
        ),
        ...w.advance(to, w.int(4)),
        ...w.advance(from, w.int(4)),
      ]),
    ]),
  ];
  const whole = w.both(
    w.less(w.int(TILE_ROWS - 1), w.get(rows)),
    w.equal(w.get(columns), w.int(TILE_COLUMNS)),
  );
  made.write(
    w.repeatWhile(
      [
        ...ofSums((sum) => w.set(sum, v.zeroVector)),
        ...w.set(panel, w.get(b)),
        ...w.count(s, w.int(0), w.get(depth), multiply),
        ...w.when(whole, [...w.when(w.get(accumulate), addStored), ...store], storeEdge),
        ...w.advance(c, w.multiply(w.get(cStride), w.int(TILE_ROWS))),
        ...w.advance(rows, w.int(-TILE_ROWS)),
      ],
      w.less(w.int(0), w.get(rows)),
    ),
  );
  return made;
}

const PRODUCT_ARGUMENTS = [
  ...(['m', 'n', 'k', 'a', 'aRow', 'aColumn', 'b', 'bRow', 'bColumn', 'c', 'cRow', 'accumulate'] as const),
];
type ProductArgument = (typeof PRODUCT_ARGUMENTS)[number];

/** Where the functions are in a module's list, which must begin with them. */
const PLACES = { packRows: 0, packColumns: 1, tiles: 2, product: 3 } as const;

/**
 * product(m, n, k, a, aRow, aColumn, b, bRow, bColumn, c, cRow, accumulate): C = A · B or C += A · B, as `ProductCall`
 * has it, but with places and strides in bytes.
 */
function makeProduct(): WasmFunction<'product'> {
  const made = new WasmFunction('product', PRODUCT_ARGUMENTS);
  const p = (name: ProductArgument): Code => w.get(made.parameter(name));
  const locals = Array.from({ length: 6 }, () => made.local('i32'));
  const [k0, m0, n0, i, depth, rows] = locals as [Local, Local, Local, Local, Local, Local];
  const times = (local: Local, stride: ProductArgument) => w.multiply(w.get(local), p(stride));
  const rest = (size: ProductArgument, from: Local, most: number) =>
    w.smaller(w.subtract(p(size), w.get(from)), w.int(most));
  const panel = w.add(w.workingMemory, w.int(A_BYTES));
  const edge = w.add(w.workingMemory, w.int(A_BYTES + B_BYTES));

  const packAllRows = w.count(
    i,
    w.int(0),
    w.get(rows),
    w.call(PLACES.packRows, [
      w.add(w.add(p('a'), w.multiply(w.add(w.get(m0), w.get(i)), p('aRow'))), times(k0, 'aColumn')),
      p('aRow'),
      p('aColumn'),
      w.smaller(w.subtract(w.get(rows), w.get(i)), w.int(TILE_ROWS)),
      w.get(depth),
      w.add(w.workingMemory, w.multiply(w.multiply(w.get(i), w.get(depth)), w.int(4))),
    ]),
    TILE_ROWS,
  );
  const columns = rest('n', n0, TILE_COLUMNS);
  const overColumns = w.count(
    n0,
    w.int(0),
    p('n'),
    [
      ...w.call(PLACES.packColumns, [
        w.add(w.add(p('b'), times(k0, 'bRow')), times(n0, 'bColumn')),
        p('bColumn'),
        p('bRow'),
        columns,
        w.get(depth),
        panel,
      ]),
      ...w.call(PLACES.tiles, [
        w.workingMemory,
        panel,
        w.add(w.add(p('c'), times(m0, 'cRow')), w.multiply(w.get(n0), w.int(4))),
        w.get(rows),
        columns,
        w.get(depth),
        p('cRow'),
        w.choose(w.get(k0), w.int(1), p('accumulate')),
        edge,
      ]),
    ],
    TILE_COLUMNS,
  );
  made.write(
    w.count(
      k0,
      w.int(0),
      p('k'),
      [
        ...w.set(depth, rest('k', k0, DEPTH)),
        ...w.count(
          m0,
          w.int(0),
          p('m'),
          [...w.set(rows, rest('m', m0, ROWS)), ...packAllRows, ...overColumns],
          ROWS,
        ),
      ],
      DEPTH,
    ),
  );
  return made;
}

/** The functions that a module begins with; vector instructions without fused multiply-add: the same bits everywhere. */
export function productFunctions() {
  return [
    makePack('packRows', TILE_ROWS),
    makePack('packColumns', TILE_COLUMNS),
    makeTiles(),
    makeProduct(),
  ] as const;
}

/** A call of `product` from another function of the module; arguments by their names. */
export function callProduct(args: Readonly<Record<ProductArgument, Code>>): Code {
  return w.call(
    PLACES.product,
    PRODUCT_ARGUMENTS.map((name) => args[name]),
  );
}
