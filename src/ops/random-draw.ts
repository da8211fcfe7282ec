/**
 * @file A random number by its place instead of by its turn: the same for a seed, a stream and a position, in whatever
 * order, batch or device it is asked for.
 *
 * Jarzynski and Olano 2020, “Hash Functions for GPU Rendering”, https://jcgt.org/published/0009/03/02/: their pcg3d.
 */

/**
 * Uniform in [0, 1), a multiple of 2⁻²⁴, which 32-bit floats hold exactly. Not for secrets.
 *
 * @param seed, stream, position integers; their value modulo 2³² counts
 */
export function randomDraw(seed: number, stream: number, position: number): number {
  const step = (value: number) => (Math.imul(value, 1664525) + 1013904223) | 0;
  let [x, y, z] = [step(seed), step(stream), step(position)];
  x = (x + Math.imul(y, z)) | 0;
  y = (y + Math.imul(z, x)) | 0;
  z = (z + Math.imul(x, y)) | 0;
  x ^= x >>> 16;
  y ^= y >>> 16;
  z ^= z >>> 16;
  x = (x + Math.imul(y, z)) | 0;
  return (x >>> 8) / 2 ** 24;
}

/** `fn draw(seed: u32, stream: u32, position: u32) -> f32`, the same in WGSL. */
export const DRAW_WGSL = `
fn draw(seed: u32, stream: u32, position: u32) -> f32 {
  var v = vec3u(seed, stream, position) * 1664525u + 1013904223u;
  v.x += v.y * v.z;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v = v ^ (v >> vec3u(16u));
  v.x += v.y * v.z;
  return f32(v.x >> 8u) / 16777216.0;
}`;
