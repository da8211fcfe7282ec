/**
 * @file A small assembler for WebAssembly: functions that build the bytes of expressions and of a module with one
 * memory, imported, and functions of i32 parameters. As much of the format as the matrix product needs.
 * https://webassembly.github.io/spec/core/binary/
 */

/** The bytes of an expression or statement. */
export type Code = readonly number[];

export type LocalType = 'i32' | 'f32' | 'v128';
const TYPE_BYTES: Record<LocalType, number> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

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

/** Opcodes of the vector instructions follow a prefix. */
const vector = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];
/** Alignment is only a hint: 4 bytes, which everything has. */
const memory = (offset: number): number[] => [2, ...unsigned(offset)];

export const int = (value: number): Code => [0x41, ...signed(value)];
export const get = ({ index }: Local): Code => [0x20, ...unsigned(index)];
export const set = ({ index }: Local, value: Code): Code => [...value, 0x21, ...unsigned(index)];
export const add = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
export const subtract = (a: Code, b: Code): Code => [...a, ...b, 0x6b];
export const multiply = (a: Code, b: Code): Code => [...a, ...b, 0x6c];
export const equal = (a: Code, b: Code): Code => [...a, ...b, 0x46];
export const less = (a: Code, b: Code): Code => [...a, ...b, 0x48];
export const both = (a: Code, b: Code): Code => [...a, ...b, 0x71];
/** variable ← variable + amount */
export const advance = (local: Local, amount: Code): Code => set(local, add(get(local), amount));

export const loadFloat = (at: Code, offset = 0): Code => [...at, 0x2a, ...memory(offset)];
export const storeFloat = (at: Code, value: Code, offset = 0): Code => [
  ...at,
  ...value,
  0x38,
  ...memory(offset),
];
export const addFloats = (a: Code, b: Code): Code => [...a, ...b, 0x92];
export const zeroFloat: Code = [0x43, 0, 0, 0, 0];

export const loadVector = (at: Code, offset = 0): Code => [...at, ...vector(0x00), ...memory(offset)];
/** One float, four times. */
export const loadSplat = (at: Code, offset = 0): Code => [...at, ...vector(0x09), ...memory(offset)];
export const storeVector = (at: Code, value: Code, offset = 0): Code => [
  ...at,
  ...value,
  ...vector(0x0b),
  ...memory(offset),
];
export const zeroVector: Code = [...vector(0x0c), ...new Array<number>(16).fill(0)];
export const addVectors = (a: Code, b: Code): Code => [...a, ...b, ...vector(0xe4)];
export const multiplyVectors = (a: Code, b: Code): Code => [...a, ...b, ...vector(0xe6)];

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

/** A function of i32 parameters without a result. */
export class WasmFunction {
  readonly parameters: readonly Local[];
  readonly #locals: LocalType[] = [];
  #body: number[] = [];

  constructor(
    readonly name: string,
    parameterCount: number,
  ) {
    this.parameters = Array.from({ length: parameterCount }, (_, index) => ({ index }));
  }

  /** @throws RangeError where there is no such parameter. */
  parameter(index: number): Local {
    const found = this.parameters[index];
    if (!found) throw new RangeError(`${this.name} has no parameter ${index}.`);
    return found;
  }

  local(type: LocalType): Local {
    return { index: this.parameters.length + this.#locals.push(type) - 1 };
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

/** A module that imports the memory `host.memory` and exports its functions by name. */
export function makeModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [
    0x60,
    ...list(parameters.map(() => [TYPE_BYTES.i32])),
    ...list([]),
  ]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(2, list([[...text('host'), ...text('memory'), 0x02, 0x00, 0]])),
    ...section(3, list(functions.map((_, i) => unsigned(i)))),
    ...section(7, list(functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)]))),
    ...section(10, list(functions.map((made) => made.encode()))),
  ]);
}
