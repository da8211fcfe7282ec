/**
 * @file The beginning of a kernel: its parameters and locals by name.
 */
import * as w from './wasm-code';
import { WasmFunction, type Code, type Local, type LocalType } from './wasm-code';

/** A function with its parameters as code, and with so many locals of a type. */
export function begin<Name extends string>(name: Name, parameters: readonly string[]) {
  const made = new WasmFunction(name, parameters);
  const locals = <T extends readonly string[]>(type: LocalType, ...names: T) =>
    Object.fromEntries(names.map((local) => [local, made.local(type)])) as Record<T[number], Local>;
  return {
    made,
    locals,
    local: (parameter: string): Local => made.parameter(parameter),
    at: (parameter: string): Code => w.get(made.parameter(parameter)),
  };
}
