/**
 * @file Vector instructions of WebAssembly for the assembler in wasm-code.ts, and what kernels build from them: loops over
 * elements four at a time, sums, and the exponential.
 */
import * as w from './wasm-code';
import type { Code, Local, WasmFunction } from './wasm-code';

const unary =
  (opcode: number) =>
  (a: Code): Code => [...a, ...w.vectorOpcode(opcode)];
const binary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [...a, ...b, ...w.vectorOpcode(opcode)];

export const loadVector = (at: Code, offset = 0): Code => [
  ...at,
  ...w.vectorOpcode(0x00),
  ...w.memoryAt(offset),
];
/** One float, four times. */
export const loadSplat = (at: Code, offset = 0): Code => [
  ...at,
  ...w.vectorOpcode(0x09),
  ...w.memoryAt(offset),
];
export const storeVector = (at: Code, value: Code, offset = 0): Code => [
  ...at,
  ...value,
  ...w.vectorOpcode(0x0b),
  ...w.memoryAt(offset),
];
/** One float and three zeros. */
export const loadFirst = (at: Code): Code => [...at, ...w.vectorOpcode(0x5c), ...w.memoryAt(0)];
const storeFirst = (at: Code, value: Code): Code => [
  ...at,
  ...value,
  ...w.vectorOpcode(0x5a),
  ...w.memoryAt(0),
  0,
];

const constant = (bytes: readonly number[]): Code => [...w.vectorOpcode(0x0c), ...bytes];
export const zeroVector: Code = constant(new Array<number>(16).fill(0));
const FIRST_LANE: Code = constant(Array.from({ length: 16 }, (_, i) => (i < 4 ? 255 : 0)));
/** One float, four times. */
export const splat = unary(0x13);
/** One integer, four times. */
export const splatInts = unary(0x11);
export const number = (value: number): Code => {
  const bytes = [...new Uint8Array(Float32Array.of(value).buffer)];
  return constant([...bytes, ...bytes, ...bytes, ...bytes]);
};
/** The first of four floats. */
export const firstOf = (a: Code): Code => [...a, ...w.vectorOpcode(0x1f), 0];
const lane = (a: Code, index: number): Code => [...a, ...w.vectorOpcode(0x1f), index];
const wideLane = (a: Code, index: number): Code => [...a, ...w.vectorOpcode(0x21), index];

export const addVectors = binary(0xe4);
export const subtractVectors = binary(0xe5);
export const multiplyVectors = binary(0xe6);
export const divideVectors = binary(0xe7);
export const smallerOfVectors = binary(0xe8);
export const largerOfVectors = binary(0xe9);
export const squareRoots = unary(0xe3);
export const negateVector = unary(0xe1);
/** Bits that both have. */
export const bothBits = binary(0x4e);
const nearest = unary(0x6a);
const wholeNumbers = unary(0xf8);
const addInts = binary(0xae);
const addWide = binary(0xf0);
const multiplyWide = binary(0xf2);
/** The first two of four floats in 64 bits. */
const widenFirst = unary(0x5f);
const widenLast = (a: Local): Code =>
  widenFirst([
    ...w.get(a),
    ...w.get(a),
    ...w.vectorOpcode(0x0d),
    ...Array.from({ length: 16 }, (_, i) => (i % 8) + 8),
  ]);

/** How a step of a loop reaches its elements: four of them, or a last one in the first lane. */
export interface Lanes {
  /** What the pointer is at; lanes without an element are 0. */
  load(pointer: Local): Code;
  /** What the pointer is at; lanes without an element repeat one. */
  repeat(pointer: Local): Code;
  store(pointer: Local, value: Code): Code;
  /** `value` in lanes with an element, else 0. */
  only(value: Code): Code;
}

const FOUR: Lanes = {
  load: (pointer) => loadVector(w.get(pointer)),
  repeat: (pointer) => loadVector(w.get(pointer)),
  store: (pointer, value) => storeVector(w.get(pointer), value),
  only: (value) => value,
};
const ONE: Lanes = {
  load: (pointer) => loadFirst(w.get(pointer)),
  repeat: (pointer) => loadSplat(w.get(pointer)),
  store: (pointer, value) => storeFirst(w.get(pointer), value),
  only: (value) => bothBits(value, FIRST_LANE),
};

/** `step` on `count` elements, four at a time and then one by one. The pointers move along. */
export function overElements(
  made: WasmFunction,
  count: Code,
  pointers: readonly Local[],
  step: (lanes: Lanes) => Code,
): Code {
  const left = made.local('i32');
  const move = (elements: number) => [
    ...pointers.flatMap((pointer) => w.advance(pointer, w.int(4 * elements))),
    ...w.advance(left, w.int(-elements)),
  ];
  return [
    ...w.set(left, count),
    ...w.whileTrue(w.less(w.int(3), w.get(left)), [...step(FOUR), ...move(4)]),
    ...w.whileTrue(w.less(w.int(0), w.get(left)), [...step(ONE), ...move(1)]),
  ];
}

/** The sum of four floats. */
export const sumOf = (a: Local): Code =>
  w.addFloats(
    w.addFloats(lane(w.get(a), 0), lane(w.get(a), 2)),
    w.addFloats(lane(w.get(a), 1), lane(w.get(a), 3)),
  );
/** The largest of four floats. */
export const largestOf = (a: Local): Code =>
  w.largerFloat(
    w.largerFloat(lane(w.get(a), 0), lane(w.get(a), 2)),
    w.largerFloat(lane(w.get(a), 1), lane(w.get(a), 3)),
  );

/** sum ← sum + value, in 64 bits: two sums side by side. */
export const addInDoubles = (sum: Local, value: Local): Code =>
  w.set(sum, addWide(addWide(w.get(sum), widenFirst(w.get(value))), widenLast(value)));
/** sum ← sum + value², in 64 bits. */
export const addSquaresInDoubles = (sum: Local, value: Local): Code => {
  const [first, last] = [widenFirst(w.get(value)), widenLast(value)];
  return w.set(sum, addWide(addWide(w.get(sum), multiplyWide(first, first)), multiplyWide(last, last)));
};
/** The sum of the two sums, f64. */
export const sumOfDoubles = (a: Local): Code => w.addDoubles(wideLane(w.get(a), 0), wideLane(w.get(a), 1));

/** Beyond these, eˣ is the least, or the largest, that a float holds without loss. */
const LEAST_EXPONENT = -87.33654;
const LARGEST_EXPONENT = 88.37626;
/** ln 2 in two parts: the first has few bits, so that its multiples are exact. */
const LN2 = [0.693359375, -2.12194440054690583e-4] as const;
/** (eʳ − 1 − r) / r² for |r| ≤ ln 2 / 2: the polynomial of expf in Moshier's Cephes library. */
const POLYNOMIAL = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
];

/**
 * eˣ of four floats: x = n · ln 2 + r, eˣ = 2ⁿ · eʳ. Relative error below 3e-7 (measured over all floats in steps); below
 * −87.3 it is 1.2e-38 instead of what is smaller, above 88.3 it is 2.4e38. Not a number stays so.
 */
export function exponential(made: WasmFunction): (x: Code) => Code {
  const x = made.local('v128');
  const n = made.local('v128');
  const polynomial = POLYNOMIAL.slice(1).reduce<Code>(
    (sum, factor) => addVectors(multiplyVectors(sum, w.get(x)), number(factor)),
    number(POLYNOMIAL[0] as number),
  );
  return (value) => [
    ...w.set(x, largerOfVectors(smallerOfVectors(value, number(LARGEST_EXPONENT)), number(LEAST_EXPONENT))),
    ...w.set(n, nearest(multiplyVectors(w.get(x), number(Math.LOG2E)))),
    ...w.set(x, subtractVectors(w.get(x), multiplyVectors(w.get(n), number(LN2[0])))),
    ...w.set(x, subtractVectors(w.get(x), multiplyVectors(w.get(n), number(LN2[1])))),
    ...multiplyVectors(
      addVectors(
        addVectors(multiplyVectors(multiplyVectors(polynomial, w.get(x)), w.get(x)), w.get(x)),
        number(1),
      ),
      // 2ⁿ: the exponent's bits.
      [
        ...addInts(wholeNumbers(w.get(n)), [...w.int(127), ...w.vectorOpcode(0x11)]),
        ...w.int(23),
        ...w.vectorOpcode(0xab),
      ],
    ),
  ];
}
