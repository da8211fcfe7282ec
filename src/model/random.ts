/**
 * @file A small seeded generator of random numbers, so that a seed gives the same run everywhere.
 */

/**
 * SplitMix32: uniform numbers in [0, 1), 32 bits each. Not for secrets.
 * Mixing function of https://github.com/skeeto/hash-prospector (a well-tested 32-bit finalizer over a Weyl sequence).
 *
 * @param seed any finite number; its integer part modulo 2³² counts
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
  };
}
