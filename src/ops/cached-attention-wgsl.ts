/**
 * @file Attention to a cache in WGSL. A row is a token's head. Where barriers are cheap, several invocations share it, each
 * with every so-manieth key and a softmax of its own that is corrected as larger scores turn up; in the end they are put
 * together. Else one invocation goes through all keys. Nothing is kept but a head's components.
 */
import type { Kernel } from '../plan/operation';
import { makeKernel, makeRowKernel } from '../plan/wgsl';

export const storeKernel = makeKernel({
  name: 'keys and values into a cache',
  buffers: {
    k: 'read array<f32>',
    v: 'read array<f32>',
    slots: 'read array<i32>',
    positions: 'read array<i32>',
    keys: 'write array<f32>',
    values: 'write array<f32>',
  },
  uniforms: { tokens: 'u32', width: 'u32', capacity: 'u32' },
  body: `
  let token = index / sizes.width;
  if (token >= sizes.tokens || slots[token] < 0) { return; }
  let line = u32(slots[token]) * sizes.capacity + u32(positions[token]);
  let place = line * sizes.width + index % sizes.width;
  keys[place] = k[index];
  values[place] = v[index];`,
});

export function attendKernel(headSize: number, lanes: number): Kernel {
  const wide = headSize % 4 === 0;
  const type = wide ? 'vec4f' : 'f32';
  const parts = wide ? headSize / 4 : headSize;
  const dot = wide ? 'dot(query[i], keys[at + i])' : 'query[i] * keys[at + i]';
  const alone = lanes === 1;
  return makeRowKernel(
    {
      name: `attention to a cache, heads of ${headSize}`,
      buffers: {
        q: `read array<${type}>`,
        // Written just before, by another dispatch.
        keys: `read array<${type}>`,
        values: `read array<${type}>`,
        slots: 'read array<i32>',
        positions: 'read array<i32>',
        o: `write array<${type}>`,
      },
      uniforms: {
        rows: 'u32',
        heads: 'u32',
        keyValueHeads: 'u32',
        capacity: 'u32',
        window: 'u32',
        scale: 'f32',
      },
      declarations: alone
        ? ''
        : `var<workgroup> pieces: array<${type}, LANES>;
fn gathered(value: ${type}, lane: u32) -> ${type} {
  workgroupBarrier();
  pieces[lane] = value;
  workgroupBarrier();
  for (var width = LANES / 2u; width > 0u; width >>= 1u) {
    if (lane < width) { pieces[lane] += pieces[lane + width]; }
    workgroupBarrier();
  }
  return pieces[0];
}`,
      body: `
  let token = row / sizes.heads;
  let line = row * ${parts}u;
  if (slots[token] < 0) {
    for (var i = lane; i < ${parts}u; i += LANES) { o[line + i] = ${type}(0.0); }
    return;
  }
  let position = u32(positions[token]);
  let begin = select(0u, position + 1u - sizes.window, position + 1u > sizes.window);
  let keyHead = (row % sizes.heads) / (sizes.heads / sizes.keyValueHeads);
  let first = u32(slots[token]) * sizes.capacity;
  var query: array<${type}, ${parts}>;
  var sum: array<${type}, ${parts}>;
  for (var i = 0u; i < ${parts}u; i++) { query[i] = q[line + i] * sizes.scale; }
  var top = -1e30;
  var share = 0.0;
  for (var j = begin + lane; j <= position; j += LANES) {
    let at = ((first + j) * sizes.keyValueHeads + keyHead) * ${parts}u;
    var score = 0.0;
    for (var i = 0u; i < ${parts}u; i++) { score += ${dot}; }
    if (score > top) {
      let shrink = exp(top - score);
      top = score;
      share *= shrink;
      for (var i = 0u; i < ${parts}u; i++) { sum[i] *= shrink; }
    }
    let p = exp(score - top);
    share += p;
    for (var i = 0u; i < ${parts}u; i++) { sum[i] += p * values[at + i]; }
  }
  let highest = largest(top, lane);
  // An invocation that had no key has nothing to add.
  let shrink = exp(top - highest);
  let factor = shrink / total(share * shrink, lane);
  for (var i = 0u; i < ${parts}u; i++) {
    ${
      alone
        ? 'o[line + i] = sum[i] * factor;'
        : `let mixed = gathered(sum[i] * factor, lane);
    if (lane == 0u) { o[line + i] = mixed; }`
    }
  }`,
    },
    lanes,
  );
}
