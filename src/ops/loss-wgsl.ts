/**
 * @file WGSL of the loss of rows of logits, in its forms; see loss.ts.
 */
import type { Kernel } from '../plan/operation';
import { makeRowKernel, type KernelSource } from '../plan/wgsl';
import { MOST_DIFFERENCE, TERMS } from './token-loss';

type Kind = 'plain' | 'shaped' | 'policy';

const MORE_BUFFERS: Record<Kind, KernelSource['buffers']> = {
  plain: {},
  shaped: { settings: 'read array<f32>', means: 'write array<f32>' },
  policy: { settings: 'read array<f32>', terms: 'read array<f32>' },
};

/** Statements that define c, and d and s where they are not c and 0. */
const SLOPES: Record<Kind, string> = {
  plain: '',
  shaped: `
  let c = select(weights[row], weights[row] * exp(chosen - log(sum)), settings[1] > 0.0);
  let d = c * settings[2];
  let s = c * settings[3];`,
  policy: `
  let score = chosen - log(sum);
  let advantage = terms[row * ${TERMS}u];
  let ratio = exp(min(score - terms[row * ${TERMS}u + 1u], ${MOST_DIFFERENCE}.0));
  let free = ratio * advantage;
  let held = min(max(ratio, settings[0]), settings[1]) * advantage;
  let inside = ratio > settings[0] && ratio < settings[1];
  let share = select(select(select(0.0, 0.5, free == held), 1.0, free < held), 1.0, inside);
  let away = exp(min(terms[row * ${TERMS}u + 2u] - score, ${MOST_DIFFERENCE}.0)) - 1.0;
  let slope = free * share + settings[2] * away;
  let c = select(weights[row] * slope, 0.0, weights[row] == 0.0);`,
};

const GRADIENT: Record<Kind, string> = {
  plain: `
  let factor = weights[row] / sum;
  for (var i = lane; i < sizes.vocabulary; i += LANES) {
    let p = exp(logits[start + i] - top) * factor;
    logits[start + i] = p - select(0.0, weights[row], i == goal);
  }`,
  shaped: `
  let factor = c / sum;
  for (var i = lane; i < sizes.vocabulary; i += LANES) {
    let p = exp(logits[start + i] - top) * factor;
    logits[start + i] = p - s - select(0.0, d, i == goal);
  }`,
  policy: `
  let factor = c / sum;
  for (var i = lane; i < sizes.vocabulary; i += LANES) {
    let p = exp(logits[start + i] - top) * factor;
    logits[start + i] = p - select(0.0, c, i == goal);
  }`,
};

/** @param kind of the form; the plain loss where there is none */
export function lossKernel(lanes: number, trains: boolean, kind: Kind = 'plain'): Kernel {
  const shaped = kind === 'shaped';
  // A buffer that the code never names has no place in the layout that is made from it.
  const unused =
    kind === 'plain'
      ? '_ = weights[row];'
      : `_ = weights[row] + settings[0]${kind === 'policy' ? ' + terms[row]' : ''};`;
  return makeRowKernel(
    {
      name: `loss${trains ? ' and gradient of the logits' : ''}${kind === 'plain' ? '' : `, ${kind}`}`,
      buffers: {
        logits: trains ? 'write array<f32>' : 'read array<f32>',
        targets: 'read array<i32>',
        weights: 'read array<f32>',
        logProbs: 'write array<f32>',
        entropy: 'write array<f32>',
        ...MORE_BUFFERS[kind],
      },
      uniforms: { rows: 'u32', vocabulary: 'u32' },
      body: `
  let start = row * sizes.vocabulary;
  let goal = u32(targets[row]);
  var top = logits[start + lane % sizes.vocabulary];
  for (var i = lane; i < sizes.vocabulary; i += LANES) { top = max(top, logits[start + i]); }
  top = largest(top, lane);
  let chosen = logits[start + goal] - top;
  var part = 0.0;
  var weighted = 0.0;
  ${shaped ? 'var all = 0.0;' : ''}
  for (var i = lane; i < sizes.vocabulary; i += LANES) {
    let shifted = logits[start + i] - top;
    let e = exp(shifted);
    part += e;
    weighted += e * shifted;
    ${shaped ? 'all += shifted;' : ''}
  }
  let sum = total(part, lane);
  let mean = total(weighted, lane) / sum;
  ${shaped ? 'let spread = total(all, lane) / f32(sizes.vocabulary);' : ''}
  if (lane == 0u) {
    logProbs[row] = chosen - log(sum);
    entropy[row] = log(sum) - mean;
    ${shaped ? 'means[row] = spread - log(sum);' : ''}
  }
  ${
    trains
      ? `${lanes > 1 ? '// Others are about to overwrite what `chosen` is made of.\n  storageBarrier();' : ''}${SLOPES[kind]}${GRADIENT[kind]}`
      : unused
  }`,
    },
    lanes,
  );
}
