/**
 * @file IEEE 754 half precision in integers, both ways. On a device too: WGSL's own `unpack2x16float` may turn subnormal
 * halves, below 6.1e-5, into zeros, and many weights are that small.
 */

/** The largest finite half. */
export const LARGEST_HALF = 65504;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/**
 * Bits of the half nearest to `value`, ties to even: within 2⁻¹¹ of the value relatively, and 2⁻²⁵ below 2⁻¹⁴. Beyond
 * `LARGEST_HALF` infinity.
 */
export function toHalf(value: number): number {
  float[0] = value;
  const all = bits[0] as number;
  const sign = (all >>> 16) & 0x8000;
  const magnitude = all & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal: whole multiples of 2⁻²⁴. Math.round takes ties up, so ties to odd are taken back.
    const units = Math.abs(float[0]) * 2 ** 24;
    const rounded = Math.round(units);
    return sign | (rounded - units === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded);
  }
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

/** The value of a finite half, given its 16 bits. */
export function fromHalf(half: number): number {
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return half & 0x8000 ? -magnitude : magnitude;
}

let table: Float32Array | undefined;

/** Values of all 65,536 halves by their bits, 256 KiB: faster than taking them apart one by one. */
export function halfTable(): Float32Array {
  table ??= Float32Array.from({ length: 65536 }, (_, half) => fromHalf(half));
  return table;
}

/** WGSL: `half(bits)`, the value of a finite half in the lower 16 bits. */
export const HALF_WGSL = `
fn half(bits: u32) -> f32 {
  let magnitude = bits & 0x7fffu;
  let normal = bitcast<f32>((magnitude << 13u) + 0x38000000u);
  let value = select(normal, f32(magnitude) * 5.9604644775390625e-8, magnitude < 0x400u);
  return select(value, -value, (bits & 0x8000u) != 0u);
}`;
