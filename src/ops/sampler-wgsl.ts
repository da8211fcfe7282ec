/**
 * @file The sampler in WGSL: invocations share a row where barriers are cheap. See sampler.ts for what is computed.
 */
import type { Kernel } from '../plan/operation';
import { makeRowKernel } from '../plan/wgsl';
import { DRAW_WGSL } from './random-draw';

/** Weights lie between 0 and 1, whose bits are these. */
const HIGHEST_BIT = 29;

/** What the invocations before this one have, and what all have together; added up in one order by all of them. */
function sharing(lanes: number): string {
  return lanes === 1
    ? `fn earlier(value: f32, lane: u32) -> vec2f { return vec2f(0.0, value); }`
    : `fn earlier(value: f32, lane: u32) -> vec2f {
  workgroupBarrier();
  partials[lane] = value;
  workgroupBarrier();
  var before = 0.0;
  var sum = 0.0;
  for (var i = 0u; i < LANES; i++) {
    if (i == lane) { before = sum; }
    sum += partials[i];
  }
  return vec2f(before, sum);
}`;
}

export function samplerKernel(lanes: number): Kernel {
  return makeRowKernel(
    {
      name: 'sampler',
      buffers: {
        logits: 'read array<f32>',
        choices: 'read array<vec4f>',
        draws: 'read array<vec4i>',
        slots: 'read array<i32>',
        positions: 'read array<i32>',
        weights: 'write array<f32>',
        ids: 'write array<i32>',
        drawn: 'write array<f32>',
      },
      uniforms: { rows: 'u32', vocabulary: 'u32', chunk: 'u32' },
      declarations: `${DRAW_WGSL}
${sharing(lanes)}
/** Of the weights with these bits or more: how many, or their sum. */
fn reach(bits: u32, counts: bool, start: u32, end: u32, lane: u32) -> f32 {
  var part = 0.0;
  for (var i = start; i < end; i++) {
    let weight = weights[i];
    if (bitcast<u32>(weight) >= bits) { part += select(weight, 1.0, counts); }
  }
  return total(part, lane);
}
/** The highest bits that still reach the goal; what is below \`lowest\` is not asked for. */
fn border(goal: f32, counts: bool, lowest: u32, start: u32, end: u32, lane: u32) -> u32 {
  var found = 0u;
  for (var step = 0u; step <= ${HIGHEST_BIT}u; step++) {
    let bits = found | (1u << (${HIGHEST_BIT}u - step));
    let sum = reach(max(bits, lowest), counts, start, end, lane);
    if (bits <= lowest || sum >= goal) { found = bits; }
  }
  return max(found, lowest);
}`,
      body: `
  if (slots[row] < 0) { return; }
  let line = row * sizes.vocabulary;
  // Each invocation has ids side by side, so that the first of equals are the first in the order of invocations too.
  let start = line + min(lane * sizes.chunk, sizes.vocabulary);
  let end = line + min((lane + 1u) * sizes.chunk, sizes.vocabulary);
  var best = -3.4e38;
  for (var i = start; i < end; i++) { best = max(best, logits[i]); }
  let top = largest(best, lane);
  var first = sizes.vocabulary;
  var part = 0.0;
  var weighted = 0.0;
  for (var i = start; i < end; i++) {
    let shifted = logits[i] - top;
    if (shifted == 0.0 && first == sizes.vocabulary) { first = i - line; }
    let share = exp(shifted);
    part += share;
    if (share > 0.0) { weighted += share * shifted; }
  }
  let sum = total(part, lane);
  let mean = total(weighted, lane) / sum;
  var id = u32(-largest(-f32(first), lane));

  let choice = choices[row];
  let options = draws[row];
  if (choice.x > 0.0) {
    for (var i = start; i < end; i++) { weights[i] = exp((logits[i] - top) / choice.x); }
    var least = 0u;
    var ties = f32(sizes.vocabulary);
    if (options.x > 0 && u32(options.x) < sizes.vocabulary) {
      let goal = f32(options.x);
      least = border(goal, true, 0u, start, end, lane);
      ties = goal - reach(least + 1u, true, start, end, lane);
    }
    if (choice.y < 1.0) {
      let above = reach(least + 1u, false, start, end, lane);
      let equal = min(ties, reach(least, true, start, end, lane) - reach(least + 1u, true, start, end, lane));
      let goal = choice.y * (above + equal * bitcast<f32>(least));
      // Above the border of top-k nothing is cut by it, so the sums there are those of what it kept.
      // Barriers forbid that only some look for it.
      let cut = border(goal, false, least + 1u, start, end, lane);
      ties = select(ties, f32(sizes.vocabulary), above >= goal);
      least = select(least, cut, above >= goal);
      let value = bitcast<f32>(least);
      let missing = goal - reach(least + 1u, false, start, end, lane);
      ties = select(ties, min(ties, max(1.0, ceil(missing / value))), value > 0.0);
    }
    if (choice.z > bitcast<f32>(least)) {
      least = bitcast<u32>(choice.z);
      ties = f32(sizes.vocabulary);
    }

    var same = 0.0;
    for (var i = start; i < end; i++) { same += select(0.0, 1.0, bitcast<u32>(weights[i]) == least); }
    var rank = earlier(same, lane).x;
    var kept = 0.0;
    var last = 0.0;
    for (var i = start; i < end; i++) {
      let bits = bitcast<u32>(weights[i]);
      let keeps = bits > least || (bits == least && rank < ties);
      if (bits == least) { rank += 1.0; }
      if (!keeps) { weights[i] = 0.0; }
      kept += weights[i];
      if (weights[i] > 0.0) { last = f32(i - line); }
    }
    let sums = earlier(kept, lane);
    let goal = draw(u32(options.y), u32(options.z), u32(positions[row] + 1)) * sums.y;
    var passed = 0.0;
    var chosen = -1.0;
    if (goal >= sums.x && goal < sums.x + kept) {
      chosen = last;
      for (var i = start; i < end; i++) {
        passed += weights[i];
        if (sums.x + passed > goal && weights[i] > 0.0) {
          chosen = f32(i - line);
          break;
        }
      }
    }
    chosen = largest(chosen, lane);
    let final_ = largest(last, lane);
    id = u32(select(chosen, final_, chosen < 0.0));
  }
  if (lane == 0u) {
    ids[row] = i32(id);
    let place = 3u * row;
    drawn[place] = f32(id);
    drawn[place + 1u] = logits[line + id] - top - log(sum);
    drawn[place + 2u] = log(sum) - mean;
  }`,
    },
    lanes,
  );
}
