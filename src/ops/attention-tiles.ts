/**
 * @file Attention in WGSL with tiles in workgroup memory: the invocations of a workgroup have neighbouring tokens of one
 * head, so they look at nearly the same tokens, and fetch those once for all. A variant of attention-wgsl.ts for devices
 * whose barriers are cheap; the same sums, those of the keys' gradients in another order. No atomics.
 *
 * What tokens look at must not go back: first[n] and last[n] never fall as n grows, as `documentRanges` makes them.
 */
import type { Kernel } from '../plan/operation';
import { makeKernel } from '../plan/wgsl';
import { headWriter } from './attention-head';
import { ATTENTION_UNIFORMS } from './attention-wgsl';

/** Tokens of a workgroup, one an invocation. */
const TOKENS = 64;
/** Numbers of each of the two tiles: together the 16 KiB that every device has. */
const TILE_NUMBERS = 2048;

/** Tokens of a tile. */
function tileTokens(headSize: number): number {
  return Math.max(1, Math.min(TOKENS, Math.floor(TILE_NUMBERS / headSize)));
}

/** Workgroups of a kernel, for so many heads of the kind that has an invocation each. */
export function tiledGroups(tokens: number, heads: number): [number, number, number] {
  return [Math.ceil(tokens / TOKENS), heads, 1];
}

/** Whether a head's tiles fit into workgroup memory. */
export function canTile(headSize: number): boolean {
  return headSize <= TILE_NUMBERS;
}

const tiles = (type: string, size: number) => `
var<workgroup> tileX: array<${type}, ${size}>;
var<workgroup> tileY: array<${type}, ${size}>;`;

/** Fetches the tile that begins at token `start`: token j's vectors are at `line` in both buffers. Called by all. */
const fetchTile = (x: string, y: string, count: number, parts: number, line: string) => `
    workgroupBarrier();
    for (var i = local; i < ${count * parts}u; i += ${TOKENS}u) {
      let j = min(start + i / ${parts}u, sizes.tokens - 1u);
      let place = (${line}) * ${parts}u + i % ${parts}u;
      tileX[i] = ${x}[place];
      tileY[i] = ${y}[place];
    }
    workgroupBarrier();`;

/** First token that token t looks at. */
const begin = (t: string) =>
  `max(u32(first[${t}]), select(0u, ${t} + 1u - sizes.window, ${t} + 1u > sizes.window))`;

/** The invocation's token, and the tokens of the workgroup; one beyond the last repeats that, and stores nothing. */
const OWN = `
  let firstToken = group.x * ${TOKENS}u;
  let lastToken = min(firstToken + ${TOKENS - 1}u, sizes.tokens - 1u);
  let n = min(firstToken + local, lastToken);
  let stores = firstToken + local <= lastToken;`;

const QUERY = `${OWN}
  let head = group.y;
  let line = n * sizes.heads + head;
  let keyHead = head / (sizes.heads / sizes.keyValueHeads);
  let own = ${begin('n')};
  let low = ${begin('firstToken')};`;

const KEY_LINE = 'j * sizes.keyValueHeads + keyHead';

export function tiledForwardKernel(headSize: number): Kernel {
  const { type, parts, declarations, each, load, zeros, dot, store } = headWriter(headSize);
  const vector = `array<${type}>` as const;
  const count = tileTokens(headSize);
  return makeKernel({
    name: `attention in tiles, heads of ${headSize}`,
    buffers: {
      q: `read ${vector}`,
      k: `read ${vector}`,
      v: `read ${vector}`,
      first: 'read array<i32>',
      o: `write ${vector}`,
      statistics: 'write array<f32>',
    },
    uniforms: ATTENTION_UNIFORMS,
    declarations: tiles(type, count * parts) + declarations,
    body: `${QUERY}
  ${load('q', 'q', `line * ${parts}u`)}
  ${zeros('o')}
  var top = -1e30;
  var sum = 0.0;
  for (var start = low; start <= lastToken; start += ${count}u) {
    ${fetchTile('k', 'v', count, parts, KEY_LINE)}
    for (var j = max(own, start); j <= min(n, start + ${count - 1}u); j++) {
      let at = (j - start) * ${parts}u;
      ${load('k', 'tileX', 'at')}
      let score = (${dot('q', 'k')}) * sizes.scale;
      if (score > top) {
        let shrink = exp(top - score);
        top = score;
        sum *= shrink;
        ${each((part) => `${part('o')} *= shrink;`)}
      }
      let p = exp(score - top);
      sum += p;
      ${each((part, i) => `${part('o')} += p * tileY[at + ${i}];`)}
    }
  }
  if (!stores) { return; }
  ${store('o', `line * ${parts}u`, false, (part) => `${part('o')} / sum`)}
  statistics[line] = top + log(sum);`,
  });
}

/** δ and ∂q. */
export function tiledQueriesKernel(headSize: number, adds: boolean): Kernel {
  const { type, parts, declarations, each, load, zeros, dot, store } = headWriter(headSize);
  const vector = `array<${type}>` as const;
  const count = tileTokens(headSize);
  return makeKernel({
    name: `attention in tiles, backward of queries, heads of ${headSize}${adds ? ', adds' : ''}`,
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
    declarations: tiles(type, count * parts) + declarations,
    body: `${QUERY}
  ${load('q', 'q', `line * ${parts}u`)}
  ${load('g', 'dOut', `line * ${parts}u`)}
  ${load('o', 'o', `line * ${parts}u`)}
  let delta = ${dot('g', 'o')};
  let logSum = statistics[line];
  ${zeros('s')}
  for (var start = low; start <= lastToken; start += ${count}u) {
    ${fetchTile('k', 'v', count, parts, KEY_LINE)}
    for (var j = max(own, start); j <= min(n, start + ${count - 1}u); j++) {
      let at = (j - start) * ${parts}u;
      ${load('k', 'tileX', 'at')}
      ${load('v', 'tileY', 'at')}
      let p = exp((${dot('q', 'k')}) * sizes.scale - logSum);
      let ds = p * (${dot('g', 'v')} - delta) * sizes.scale;
      ${each((part) => `${part('s')} += ds * ${part('k')};`)}
    }
  }
  if (!stores) { return; }
  statistics[sizes.tokens * sizes.heads + line] = delta;
  ${store('dq', `line * ${parts}u`, adds, (part) => `${part('s')}`)}`,
  });
}

/** ∂k and ∂v; after `tiledQueriesKernel`, which leaves δ. */
export function tiledKeysKernel(headSize: number, addsK: boolean, addsV: boolean): Kernel {
  const { type, parts, declarations, each, load, zeros, dot, store } = headWriter(headSize);
  const vector = `array<${type}>` as const;
  const count = tileTokens(headSize);
  const end = (t: string) => `min(u32(last[${t}]) + 1u, ${t} + sizes.window)`;
  return makeKernel({
    name: `attention in tiles, backward of keys, heads of ${headSize}${addsK ? ', adds to k' : ''}${addsV ? ', adds to v' : ''}`,
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
    declarations: tiles(type, count * parts) + declarations,
    body: `${OWN}
  let keyHead = group.y;
  let line = (n * sizes.keyValueHeads + keyHead) * ${parts}u;
  let shares = sizes.heads / sizes.keyValueHeads;
  let own = ${end('n')};
  let high = ${end('lastToken')};
  ${load('k', 'k', 'line')}
  ${load('v', 'v', 'line')}
  ${zeros('x')}
  ${zeros('y')}
  for (var share = 0u; share < shares; share++) {
    let head = keyHead * shares + share;
    for (var start = firstToken; start < high; start += ${count}u) {
      ${fetchTile('q', 'dOut', count, parts, 'j * sizes.heads + head')}
      for (var j = max(n, start); j < min(own, start + ${count}u); j++) {
        let query = j * sizes.heads + head;
        let at = (j - start) * ${parts}u;
        ${load('q', 'tileX', 'at')}
        ${load('g', 'tileY', 'at')}
        let p = exp((${dot('q', 'k')}) * sizes.scale - statistics[query]);
        let ds = p * (${dot('g', 'v')} - statistics[sizes.tokens * sizes.heads + query]) * sizes.scale;
        ${each((part) => `${part('x')} += ds * ${part('q')};`)}
        ${each((part) => `${part('y')} += p * ${part('g')};`)}
      }
    }
  }
  if (!stores) { return; }
  ${store('dk', 'line', addsK, (part) => `${part('x')}`)}
  ${store('dv', 'line', addsV, (part) => `${part('y')}`)}`,
  });
}
