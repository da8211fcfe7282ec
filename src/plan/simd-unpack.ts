/**
 * @file Kernels that make floats of packed rows: halves, and groups of 8-bit or 4-bit integers with their scales. What the
 * words mean is written in ops/frozen-format.ts. Addresses are bytes; `rows`, `columns` and `group` count elements, all
 * columns multiples of 8. Rows lie side by side, packed and unpacked. Each value has the bits that a plain loop gives.
 */
import * as v from './wasm-vectors';
import * as w from './wasm-code';
import { WasmFunction, type Code, type Local } from './wasm-code';

const unary =
  (opcode: number) =>
  (a: Code): Code => [...a, ...w.vectorOpcode(opcode)];
const shiftLeft = (a: Code, bits: number): Code => [...a, ...w.int(bits), ...w.vectorOpcode(0xab)];
const bits = (a: Code, b: Code): Code => [...a, ...b, ...w.vectorOpcode(0x50)];
const floats = unary(0xfa);
/** Eight bytes, or four, into the lowest of a vector. */
const loadEight = (at: Code): Code => [...at, ...w.vectorOpcode(0x5d), ...w.memoryAt(0)];
/** The first four 16-bit integers in 32 bits. */
const widen = unary(0xa9);
const widenSigned = unary(0xa7);
/** The first, or the last, eight 8-bit integers in 16 bits. */
const widenBytes = unary(0x87);
/** The last four of eight 16-bit integers in 32 bits. */
const widenSignedLast = unary(0xa8);
const ints = (values: readonly number[]): Code => [
  ...w.vectorOpcode(0x0c),
  ...new Uint8Array(Int32Array.from(values).buffer),
];
const all = (value: number): Code => ints([value, value, value, value]);

/**
 * Four halves, each in the lower bits of a lane of `from`, as floats. The exponent is moved by a product, which is exact,
 * also for subnormal halves.
 */
const halves = (from: Local): Code =>
  bits(
    v.multiplyVectors(shiftLeft(v.bothBits(w.get(from), all(0x7fff)), 13), v.number(2 ** 112)),
    shiftLeft(v.bothBits(w.get(from), all(0x8000)), 16),
  );

/** to ← count halves, in words of two; a multiple of 8. */
const unpackHalves = (() => {
  const made = new WasmFunction('unpackHalves', ['words', 'to', 'count']);
  const [words, to] = [made.parameter('words'), made.parameter('to')];
  const i = made.local('i32');
  const four = made.local('v128');
  made.write(
    w.count(
      i,
      w.int(0),
      w.get(made.parameter('count')),
      [
        ...w.set(four, widen(loadEight(w.get(words)))),
        ...v.storeVector(w.get(to), halves(four)),
        ...w.advance(words, w.int(8)),
        ...w.advance(to, w.int(16)),
      ],
      4,
    ),
  );
  return made;
})();

/** A function over the groups of all rows: `begin` reads a group's scale, `eight` unpacks 8 columns. */
function overGroups<Name extends string>(
  name: Name,
  write: (made: WasmFunction<Name>, at: (parameter: string) => Local) => { begin: Code; eight: Code },
): WasmFunction<Name> {
  const made = new WasmFunction(name, ['words', 'scales', 'to', 'rows', 'columns', 'group']);
  const at = (parameter: string) => made.parameter(parameter);
  const [row, start, i, end] = Array.from({ length: 4 }, () => made.local('i32')) as [
    Local,
    Local,
    Local,
    Local,
  ];
  const { begin, eight } = write(made, at);
  made.write(
    w.count(row, w.int(0), w.get(at('rows')), [
      ...w.set(start, w.int(0)),
      ...w.whileTrue(w.less(w.get(start), w.get(at('columns'))), [
        ...begin,
        ...w.advance(at('scales'), w.int(4)),
        ...w.set(end, w.smaller(w.add(w.get(start), w.get(at('group'))), w.get(at('columns')))),
        ...w.count(i, w.get(start), w.get(end), [...eight, ...w.advance(at('to'), w.int(32))], 8),
        ...w.set(start, w.get(end)),
      ]),
    ]),
  );
  return made;
}

/** to ← scale · q */
const unpackBytes = overGroups('unpackBytes', (made, at) => {
  const [scale, q] = [made.local('v128'), made.local('v128')];
  const half = (integers: Code, offset: number) =>
    v.storeVector(w.get(at('to')), v.multiplyVectors(floats(integers), w.get(scale)), offset);
  return {
    begin: w.set(scale, v.loadSplat(w.get(at('scales')))),
    eight: [
      ...w.set(q, widenBytes(loadEight(w.get(at('words'))))),
      ...half(widenSigned(w.get(q)), 0),
      ...half(widenSignedLast(w.get(q)), 16),
      ...w.advance(at('words'), w.int(8)),
    ],
  };
});

/** to ← low + step · q, the step in the lower half of a group's word and the low end in the upper. */
const unpackNibbles = overGroups('unpackNibbles', (made, at) => {
  const [ends, low, steps, word] = Array.from({ length: 4 }, () => made.local('v128')) as [
    Local,
    Local,
    Local,
    Local,
  ];
  // A lane keeps its bits where they are in the word, and its step is as many times smaller: exact, both are.
  const lanes = [0, 4, 8, 12];
  const masks = ints(lanes.map((shift) => 15 << shift));
  const powers: Code = [
    ...w.vectorOpcode(0x0c),
    ...new Uint8Array(Float32Array.from(lanes, (shift) => 2 ** -shift).buffer),
  ];
  const four = (integers: Code, offset: number) =>
    v.storeVector(
      w.get(at('to')),
      v.addVectors(v.multiplyVectors(floats(v.bothBits(integers, masks)), w.get(steps)), w.get(low)),
      offset,
    );
  const shiftRight = (a: Code, count: number): Code => [...a, ...w.int(count), ...w.vectorOpcode(0xad)];
  return {
    begin: [
      ...w.set(ends, v.splatInts(w.loadInt(w.get(at('scales'))))),
      ...w.set(steps, v.multiplyVectors(halves(ends), powers)),
      ...w.set(ends, shiftRight(w.get(ends), 16)),
      ...w.set(low, halves(ends)),
    ],
    eight: [
      ...w.set(word, v.splatInts(w.loadInt(w.get(at('words'))))),
      ...four(w.get(word), 0),
      ...four(shiftRight(w.get(word), 16), 16),
      ...w.advance(at('words'), w.int(4)),
    ],
  };
});

export const UNPACK_KERNELS = [unpackHalves, unpackBytes, unpackNibbles] as const;
