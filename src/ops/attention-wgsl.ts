/**
 * @file Attention in WGSL: an invocation for each token and head, which keeps its vectors in registers and goes through the
 * other tokens one by one. No barriers, no atomics.
 */
import type { Kernel } from '../plan/operation';
import { makeKernel, type KernelSource } from '../plan/wgsl';
import { headWriter } from './attention-head';

export const ATTENTION_UNIFORMS: KernelSource['uniforms'] = {
  tokens: 'u32',
  heads: 'u32',
  keyValueHeads: 'u32',
  window: 'u32',
  scale: 'f32',
};

/** Neighbours in a workgroup are neighbours in the text and have the same head, so that they read the same keys. */
const QUERY = `
  let n = index % sizes.tokens;
  let head = index / sizes.tokens;
  if (head >= sizes.heads) { return; }
  let line = n * sizes.heads + head;
  let keyHead = head / (sizes.heads / sizes.keyValueHeads);
  let begin = max(u32(first[n]), select(0u, n + 1u - sizes.window, n + 1u > sizes.window));`;

export function forwardKernel(headSize: number): Kernel {
  const { type, parts, declarations, each, load, zeros, dot, store } = headWriter(headSize);
  const vector = `array<${type}>` as const;
  return makeKernel({
    name: `attention, heads of ${headSize}`,
    buffers: {
      q: `read ${vector}`,
      k: `read ${vector}`,
      v: `read ${vector}`,
      first: 'read array<i32>',
      o: `write ${vector}`,
      statistics: 'write array<f32>',
    },
    uniforms: ATTENTION_UNIFORMS,
    declarations,
    body: `${QUERY}
  ${load('q', 'q', `line * ${parts}u`)}
  ${zeros('o')}
  var top = -1e30;
  var sum = 0.0;
  for (var j = begin; j <= n; j++) {
    let at = (j * sizes.keyValueHeads + keyHead) * ${parts}u;
    ${load('k', 'k', 'at')}
    let score = (${dot('q', 'k')}) * sizes.scale;
    if (score > top) {
      let shrink = exp(top - score);
      top = score;
      sum *= shrink;
      ${each((part) => `${part('o')} *= shrink;`)}
    }
    let p = exp(score - top);
    sum += p;
    ${each((part, i) => `${part('o')} += p * v[at + ${i}];`)}
  }
  ${store('o', `line * ${parts}u`, false, (part) => `${part('o')} / sum`)}
  statistics[line] = top + log(sum);`,
  });
}

/** δ and ∂q. */
export function queriesKernel(headSize: number, adds: boolean): Kernel {
  const { type, parts, declarations, each, load, zeros, dot, store } = headWriter(headSize);
  const vector = `array<${type}>` as const;
  return makeKernel({
    name: `attention, backward of queries, heads of ${headSize}${adds ? ', adds' : ''}`,
    buffers: {
      q: `read ${vector}`,
      k: `read ${vector}`,
      v: `read ${vector}`,
      o: `read ${vector}`,
      dOut: `read ${vector}`,
      first: 'read array<i32>',
      statistics: 'write array<f32>',
      dq: `write ${vector}`,
    },
    uniforms: ATTENTION_UNIFORMS,
    declarations,
    body: `${QUERY}
  ${load('q', 'q', `line * ${parts}u`)}
  ${load('g', 'dOut', `line * ${parts}u`)}
  ${load('o', 'o', `line * ${parts}u`)}
  let delta = ${dot('g', 'o')};
  let logSum = statistics[line];
  statistics[sizes.tokens * sizes.heads + line] = delta;
  ${zeros('s')}
  for (var j = begin; j <= n; j++) {
    let at = (j * sizes.keyValueHeads + keyHead) * ${parts}u;
    ${load('k', 'k', 'at')}
    ${load('v', 'v', 'at')}
    let p = exp((${dot('q', 'k')}) * sizes.scale - logSum);
    let ds = p * (${dot('g', 'v')} - delta) * sizes.scale;
    ${each((part) => `${part('s')} += ds * ${part('k')};`)}
  }
  ${store('dq', `line * ${parts}u`, adds, (part) => `${part('s')}`)}`,
  });
}

/** ∂k and ∂v; after `queriesKernel`, which leaves δ. */
export function keysKernel(headSize: number, addsK: boolean, addsV: boolean): Kernel {
  const { type, parts, declarations, each, load, zeros, dot, store } = headWriter(headSize);
  const vector = `array<${type}>` as const;
  return makeKernel({
    name: `attention, backward of keys, heads of ${headSize}${addsK ? ', adds to k' : ''}${addsV ? ', adds to v' : ''}`,
    buffers: {
      q: `read ${vector}`,
      k: `read ${vector}`,
      v: `read ${vector}`,
      dOut: `read ${vector}`,
      last: 'read array<i32>',
      // Only read here; the same buffer is written just before.
      statistics: 'read array<f32>',
      dk: `write ${vector}`,
      dv: `write ${vector}`,
    },
    uniforms: ATTENTION_UNIFORMS,
    declarations,
    body: `
  let n = index % sizes.tokens;
  let keyHead = index / sizes.tokens;
  if (keyHead >= sizes.keyValueHeads) { return; }
  let line = (n * sizes.keyValueHeads + keyHead) * ${parts}u;
  let shares = sizes.heads / sizes.keyValueHeads;
  let end = min(u32(last[n]) + 1u, n + sizes.window);
  ${load('k', 'k', 'line')}
  ${load('v', 'v', 'line')}
  ${zeros('x')}
  ${zeros('y')}
  for (var j = n; j < end; j++) {
    for (var i = 0u; i < shares; i++) {
      let query = j * sizes.heads + keyHead * shares + i;
      let at = query * ${parts}u;
      ${load('q', 'q', 'at')}
      ${load('g', 'dOut', 'at')}
      let p = exp((${dot('q', 'k')}) * sizes.scale - statistics[query]);
      let ds = p * (${dot('g', 'v')} - statistics[sizes.tokens * sizes.heads + query]) * sizes.scale;
      ${each((part) => `${part('x')} += ds * ${part('q')};`)}
      ${each((part) => `${part('y')} += p * ${part('g')};`)}
    }
  }
  ${store('dk', 'line', addsK, (part) => `${part('x')}`)}
  ${store('dv', 'line', addsV, (part) => `${part('y')}`)}`,
  });
}
