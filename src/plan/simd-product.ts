/**
 * @file The matrix product in WebAssembly SIMD, written here with the assembler in wasm-code.ts. Both factors are packed
 * into panels, A in rows of 4 and B in columns of 8, and a tile of 4 × 8 results stays in eight vector registers while
 * the sum runs. Edges are packed with zeros and only what exists is stored.
 */
import type { ProductCall } from './operation';
import * as w from './wasm-code';
import { makeModule, WasmFunction, type Code, type Local } from './wasm-code';

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
export const PRODUCT_BYTES = A_BYTES + B_BYTES + TILE_ROWS * TILE_COLUMNS * 4;

const each = (count: number, make: (i: number) => Code): Code =>
  Array.from({ length: count }, (_, i) => make(i)).flat();

/** local ← 0; body, with local counting up; while local < end */
const countTo = (local: Local, end: Code, body: Code): Code => [
  ...w.set(local, w.int(0)),
  ...w.repeatWhile([...body, ...w.advance(local, w.int(1))], w.less(w.get(local), end)),
];

/**
 * pack(source, laneStride, depthStride, lanes, depth, target): target[s][l] = source[l · laneStride + s · depthStride]
 * for s < depth and l < lanes, 0 for lanes ≤ l < width. Strides in bytes.
 */
function makePack(name: string, width: number): WasmFunction {
  const made = new WasmFunction(name, 6);
  const [source, laneStride, depthStride, lanes, depth, target] = made.parameters as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const s = made.local('i32');
  const l = made.local('i32');
  const from = made.local('i32');
  const to = made.local('i32');
  const next = [...w.advance(source, w.get(depthStride)), ...w.advance(target, w.int(4 * width))];
  const full = w.equal(w.get(lanes), w.int(width));
  const copyVectors = each(width / 4, (i) =>
    w.storeVector(w.get(target), w.loadVector(w.get(source), 16 * i), 16 * i),
  );
  const copyFloats = [
    ...w.set(from, w.get(source)),
    ...each(width, (i) => [
      ...w.storeFloat(w.get(target), w.loadFloat(w.get(from)), 4 * i),
      ...w.advance(from, w.get(laneStride)),
    ]),
  ];
  const copyEdge = [
    ...each(width / 4, (i) => w.storeVector(w.get(target), w.zeroVector, 16 * i)),
    ...w.set(from, w.get(source)),
    ...w.set(to, w.get(target)),
    ...countTo(l, w.get(lanes), [
      ...w.storeFloat(w.get(to), w.loadFloat(w.get(from))),
      ...w.advance(from, w.get(laneStride)),
      ...w.advance(to, w.int(4)),
    ]),
  ];
  const overDepth = (body: Code) => countTo(s, w.get(depth), [...body, ...next]);
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
function makeTiles(): WasmFunction {
  const made = new WasmFunction('tiles', 9);
  const [a, b, c, rows, columns, depth, cStride, accumulate, edge] = made.parameters as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
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
    ...w.set(right[0], w.loadVector(w.get(panel))),
    ...w.set(right[1], w.loadVector(w.get(panel), 16)),
    ...sums.flatMap((halves, row) => [
      ...w.set(left, w.loadSplat(w.get(a), 4 * row)),
      ...halves.flatMap((sum, half) =>
        w.set(sum, w.addVectors(w.get(sum), w.multiplyVectors(w.get(left), w.get(right[half] as Local)))),
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
      ...w.set(sum, w.addVectors(w.loadVector(w.get(to), 16 * half), w.get(sum))),
      ...nextRow(row, half),
    ]),
  ];
  const store = [
    ...w.set(to, w.get(c)),
    ...ofSums((sum, row, half) => [
      ...w.storeVector(w.get(to), w.get(sum), 16 * half),
      ...nextRow(row, half),
    ]),
  ];
  const storeEdge = [
    ...ofSums((sum, row, half) => w.storeVector(w.get(edge), w.get(sum), 32 * row + 16 * half)),
    ...w.set(count, w.get(rows)),
    ...w.when(w.less(w.int(TILE_ROWS), w.get(count)), w.set(count, w.int(TILE_ROWS))),
    ...countTo(i, w.get(count), [
      ...w.set(to, w.add(w.get(c), w.multiply(w.get(i), w.get(cStride)))),
      ...w.set(from, w.add(w.get(edge), w.multiply(w.get(i), w.int(4 * TILE_COLUMNS)))),
      ...countTo(j, w.get(columns), [
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
        ...ofSums((sum) => w.set(sum, w.zeroVector)),
        ...w.set(panel, w.get(b)),
        ...countTo(s, w.get(depth), multiply),
        ...w.when(whole, [...w.when(w.get(accumulate), addStored), ...store], storeEdge),
        ...w.advance(c, w.multiply(w.get(cStride), w.int(TILE_ROWS))),
        ...w.advance(rows, w.int(-TILE_ROWS)),
      ],
      w.less(w.int(0), w.get(rows)),
    ),
  );
  return made;
}

/** The bytes of the module. Vector instructions without fused multiply-add: the same bits on every machine. */
export function productModule(): Uint8Array<ArrayBuffer> {
  return makeModule([makePack('packRows', TILE_ROWS), makePack('packColumns', TILE_COLUMNS), makeTiles()]);
}

type Pack = (
  source: number,
  laneStride: number,
  depthStride: number,
  lanes: number,
  depth: number,
  target: number,
) => void;

interface Exports {
  packRows: Pack;
  packColumns: Pack;
  tiles(
    a: number,
    b: number,
    c: number,
    rows: number,
    columns: number,
    depth: number,
    cStride: number,
    accumulate: number,
    edge: number,
  ): void;
}

/** Whether this machine's WebAssembly has vector instructions. */
export function hasSimd(): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(productModule());
}

/**
 * The product over `memory`.
 *
 * @param work where `PRODUCT_BYTES` bytes of it are free, a multiple of 16
 */
export async function instantiateProduct(
  memory: WebAssembly.Memory,
  work: number,
): Promise<(call: ProductCall) => void> {
  const { instance } = await WebAssembly.instantiate(productModule(), { host: { memory } });
  const { packRows, packColumns, tiles } = instance.exports as unknown as Exports;
  const panel = work + A_BYTES;
  const edge = panel + B_BYTES;
  return ({ m, n, k, a, aRow, aColumn, b, bRow, bColumn, c, cRow, accumulate }) => {
    for (let k0 = 0; k0 < k; k0 += DEPTH) {
      const depth = Math.min(DEPTH, k - k0);
      const adds = accumulate || k0 > 0 ? 1 : 0;
      for (let m0 = 0; m0 < m; m0 += ROWS) {
        const rows = Math.min(ROWS, m - m0);
        const left = 4 * (a + m0 * aRow + k0 * aColumn);
        for (let i = 0; i < rows; i += TILE_ROWS) {
          const lanes = Math.min(TILE_ROWS, rows - i);
          packRows(left + 4 * i * aRow, 4 * aRow, 4 * aColumn, lanes, depth, work + 4 * i * depth);
        }
        for (let n0 = 0; n0 < n; n0 += TILE_COLUMNS) {
          const columns = Math.min(TILE_COLUMNS, n - n0);
          packColumns(4 * (b + k0 * bRow + n0 * bColumn), 4 * bColumn, 4 * bRow, columns, depth, panel);
          tiles(work, panel, 4 * (c + m0 * cRow + n0), rows, columns, depth, 4 * cRow, adds, edge);
        }
      }
    }
  };
}
