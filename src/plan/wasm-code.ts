/**
 * @file A small assembler for WebAssembly: functions that build the bytes of expressions and of a module whose memory is
 * imported. As much of the format as the CPU executor's kernels need; vector instructions are in wasm-vectors.ts.
 * https://webassembly.github.io/spec/core/binary/
 */

/** The bytes of an expression or statement. */
export type Code = readonly number[];

export type LocalType = 'i32' | 'f32' | 'f64' | 'v128';
const TYPE_BYTES: Record<LocalType, number> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** A parameter or local variable, by its index. */
export interface Local {
  readonly index: number;
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; rest >>= 7) {
    const low = rest & 127;
    if ((rest >> 7 === 0 && low < 64) || (rest >> 7 === -1 && low >= 64)) return [...bytes, low];
    bytes.push(low | 128);
  }
}

/** Alignment is only a hint: 4 bytes, which everything has. */
export const memoryAt = (offset: number): Code => [2, ...unsigned(offset)];

/** Opcodes of vector instructions follow a prefix. */
export const vectorOpcode = (opcode: number): Code => [0xfd, ...unsigned(opcode)];

const binary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [...a, ...b, opcode];

export const int = (value: number): Code => [0x41, ...signed(value)];
export const get = ({ index }: Local): Code => [0x20, ...unsigned(index)];
export const set = ({ index }: Local, value: Code): Code => [...value, 0x21, ...unsigned(index)];
export const add = binary(0x6a);
export const subtract = binary(0x6b);
export const multiply = binary(0x6c);
export const equal = binary(0x46);
export const less = binary(0x48);
export const both = binary(0x71);
/** The rest after division by a power of two, of a number that is not negative. */
export const below = (value: Code, power: number): Code => both(value, int(power - 1));
/** variable ← variable + amount */
export const advance = (local: Local, amount: Code): Code => set(local, add(get(local), amount));
/** The first value where the condition holds, else the second; both are computed. */
export const choose = (condition: Code, yes: Code, no: Code): Code => [...yes, ...no, ...condition, 0x1b];
export const smaller = (a: Code, b: Code): Code => choose(less(a, b), a, b);
export const larger = (a: Code, b: Code): Code => choose(less(a, b), b, a);

export const loadInt = (at: Code, offset = 0): Code => [...at, 0x28, ...memoryAt(offset)];
export const loadFloat = (at: Code, offset = 0): Code => [...at, 0x2a, ...memoryAt(offset)];
export const storeFloat = (at: Code, value: Code, offset = 0): Code => [
  ...at,
  ...value,
  0x38,
  ...memoryAt(offset),
];
const bytesOf = (value: number, size: 4 | 8): number[] => {
  const view = new DataView(new ArrayBuffer(size));
  if (size === 4) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return [...new Uint8Array(view.buffer)];
};
export const float = (value: number): Code => [0x43, ...bytesOf(value, 4)];
export const double = (value: number): Code => [0x44, ...bytesOf(value, 8)];
export const addFloats = binary(0x92);
export const subtractFloats = binary(0x93);
export const multiplyFloats = binary(0x94);
export const divideFloats = binary(0x95);
export const smallerFloat = binary(0x96);
export const largerFloat = binary(0x97);
export const equalFloats = binary(0x5b);
export const lessFloat = binary(0x5d);
export const squareRoot = (a: Code): Code => [...a, 0x91];
export const floatOf = (integer: Code): Code => [...integer, 0xb2];
export const addDoubles = binary(0xa0);
export const subtractDoubles = binary(0xa1);
export const divideDoubles = binary(0xa3);
export const doubleOf = (single: Code): Code => [...single, 0xbb];
export const singleOf = (wide: Code): Code => [...wide, 0xb6];

/** Sets bytes to zero. */
export const clear = (at: Code, bytes: Code): Code => [...at, ...int(0), ...bytes, 0xfc, 0x0b, 0];
/** Copies bytes; the ranges may overlap. */
export const copyBytes = (to: Code, from: Code, bytes: Code): Code => [
  ...to,
  ...from,
  ...bytes,
  0xfc,
  0x0a,
  0,
  0,
];

/** What a module imports besides its memory: the natural logarithm, f64 → f64, and where its working memory is. */
const LOGARITHM = 0;
const IMPORTED_FUNCTIONS = 1;
export const logarithm = (value: Code): Code => [...value, 0x10, LOGARITHM];
export const workingMemory: Code = [0x23, 0];

/** A call of the module's function at this place in its list. */
export const call = (place: number, args: readonly Code[]): Code => [
  ...args.flat(),
  0x10,
  ...unsigned(place + IMPORTED_FUNCTIONS),
];

/** Repeats the body while the condition after it holds; at least once. */
export const repeatWhile = (body: Code, condition: Code): Code => [
  0x03,
  0x40,
  ...body,
  ...condition,
  0x0d,
  0,
  0x0b,
];
export const when = (condition: Code, then: Code, otherwise: Code = []): Code => [
  ...condition,
  0x04,
  0x40,
  ...then,
  ...(otherwise.length > 0 ? [0x05, ...otherwise] : []),
  0x0b,
];

/** The body while the condition before it holds; not at all where it does not. */
export const whileTrue = (condition: Code, body: Code): Code => when(condition, repeatWhile(body, condition));

/** local ← from; body, with local counting up by `step`; while local < end. Not at all where from ≥ end. */
export const count = (local: Local, from: Code, end: Code, body: Code, step = 1): Code => [
  ...set(local, from),
  ...whileTrue(less(get(local), end), [...body, ...advance(local, int(step))]),
];

/** A function without a result. Parameters are i32 but for those that a kernel names as f32. */
export class WasmFunction<Name extends string = string> {
  readonly types: readonly LocalType[];
  readonly #parameters: ReadonlyMap<string, Local>;
  readonly #locals: LocalType[] = [];
  #body: number[] = [];

  /** @param parameters their names, in order; those that begin with `f32 ` are floats */
  constructor(
    readonly name: Name,
    parameters: readonly string[],
  ) {
    this.types = parameters.map((parameter) => (parameter.startsWith('f32 ') ? 'f32' : 'i32'));
    this.#parameters = new Map(
      parameters.map((parameter, index) => [parameter.replace('f32 ', ''), { index }]),
    );
  }

  /** @throws RangeError where there is no such parameter. */
  parameter(name: string): Local {
    const found = this.#parameters.get(name);
    if (!found) throw new RangeError(`${this.name} has no parameter “${name}”.`);
    return found;
  }

  local(type: LocalType): Local {
    return { index: this.types.length + this.#locals.push(type) - 1 };
  }

  write(...statements: Code[]): void {
    this.#body = this.#body.concat(...statements);
  }

  /** The function's entry in the code section. */
  encode(): number[] {
    const locals = this.#locals.flatMap((type) => [1, TYPE_BYTES[type]]);
    const content = [...unsigned(this.#locals.length), ...locals, ...this.#body, 0x0b];
    return [...unsigned(content.length), ...content];
  }
}

const text = (value: string): number[] => [
  ...unsigned(value.length),
  ...[...value].map((c) => c.charCodeAt(0)),
];
const section = (id: number, content: number[]): number[] => [id, ...unsigned(content.length), ...content];
const list = (entries: number[][]): number[] => [...unsigned(entries.length), ...entries.flat()];

/** Most pages of a memory: 4 GiB. */
export const MOST_PAGES = 65536;

/**
 * A module that exports its functions by name. It imports `host.log`, `host.work` and the memory `host.memory`.
 *
 * @param shared whether the memory is shared between threads: then it has a largest size, `MOST_PAGES` or less
 */
export function makeModule(functions: readonly WasmFunction[], shared = false): Uint8Array<ArrayBuffer> {
  const type = (parameters: readonly LocalType[], results: readonly LocalType[]) => [
    0x60,
    ...list(parameters.map((name) => [TYPE_BYTES[name]])),
    ...list(results.map((name) => [TYPE_BYTES[name]])),
  ];
  const host = (name: string, kind: readonly number[]) => [...text('host'), ...text(name), ...kind];
  const limits = shared ? [0x03, 0, ...unsigned(MOST_PAGES)] : [0x00, 0];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list([type(['f64'], ['f64']), ...functions.map(({ types }) => type(types, []))])),
    ...section(
      2,
      list([
        host('log', [0x00, 0]),
        host('memory', [0x02, ...limits]),
        host('work', [0x03, TYPE_BYTES.i32, 0]),
      ]),
    ),
    ...section(3, list(functions.map((_, i) => unsigned(i + 1)))),
    ...section(
      7,
      list(functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i + IMPORTED_FUNCTIONS)])),
    ),
    ...section(10, list(functions.map((made) => made.encode()))),
  ]);
}
