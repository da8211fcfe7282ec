/**
 * @file `map` and `filter` of iterators, which jax-js calls and Node has from version 22 only; browsers with WebGPU have
 * them.
 */

type Iterated = Iterable<unknown>;

const prototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())) as {
  map?: (this: Iterated, change: (value: unknown) => unknown) => Iterated;
  filter?: (this: Iterated, keep: (value: unknown) => boolean) => Iterated;
};

prototype.map ??= function* (change) {
  for (const value of this) yield change(value);
};
prototype.filter ??= function* (keep) {
  for (const value of this) if (keep(value)) yield value;
};

export {};
