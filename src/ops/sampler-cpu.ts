/**
 * @file The sampler on the CPU. What is kept is found by the leading bits of w first, then by sorting the few tokens that
 * share the leading bits of the border. See sampler.ts for what is computed.
 */
import type { CpuContext, FloatArray, Kernels } from '../plan/operation';
import type { Tensor } from '../plan/tensor';
import { randomDraw } from './random-draw';
import { CHOICES, DRAWN, type SamplerCall } from './sampler';

/** Bits of a float that are left of a bucket's: sign, exponent and three bits of the fraction. */
const LEADING = 20;
/** Of numbers from 0 to 1. */
const BUCKETS = (0x3f800000 >>> LEADING) + 1;

/** What is kept of a row: everything above `least`, and of what equals it the first `ties`. */
interface Border {
  least: number;
  ties: number;
}

const EVERYTHING: Border = { least: 0, ties: Infinity };

/** Working memory of a row, made once. */
class Row {
  /** w, rounded to the 32 bits that its buckets are made of. */
  readonly weights: Float32Array;
  readonly #bits: Uint32Array;
  readonly #counts = new Float64Array(BUCKETS);
  readonly #sums = new Float64Array(BUCKETS);

  constructor(readonly vocabulary: number) {
    this.weights = new Float32Array(vocabulary);
    this.#bits = new Uint32Array(this.weights.buffer);
  }

  /** Σ w; must come before `border`. */
  fill(): number {
    this.#counts.fill(0);
    this.#sums.fill(0);
    let sum = 0;
    for (let id = 0; id < this.vocabulary; id++) {
      const weight = this.weights[id] as number;
      const bucket = (this.#bits[id] as number) >>> LEADING;
      (this.#counts[bucket] as number) += 1;
      (this.#sums[bucket] as number) += weight;
      sum += weight;
    }
    return sum;
  }

  /** The fewest tokens, in their order, that are `count` ones or weigh `sum`, whichever is reached first. */
  border(count: number, sum: number): Border & { sum: number } {
    let [counted, summed] = [0, 0];
    let bucket = BUCKETS - 1;
    for (; bucket > 0; bucket--) {
      const [here, weight] = [this.#counts[bucket] as number, this.#sums[bucket] as number];
      if (counted + here >= count || summed + weight >= sum) break;
      counted += here;
      summed += weight;
    }
    const members = this.weights
      .filter((_, id) => (this.#bits[id] as number) >>> LEADING === bucket)
      .sort()
      .reverse();
    let [least, ties] = [0, 0];
    for (const weight of members) {
      if (counted >= count || (summed >= sum && counted > 0)) break;
      ties = weight === least ? ties + 1 : 1;
      least = weight;
      counted++;
      summed += weight;
    }
    return { least, ties, sum: summed };
  }
}

/** Of the logits of a row: e^((logit − top) / temperature) into `row.weights`. */
type Weigh = (n: number, top: number, temperature: number) => void;

export function sampleOnCpu(context: CpuContext, call: SamplerCall): () => void {
  const [rows = 0, vocabulary = 0] = call.logits.shape;
  const [logits, choices, drawn] = [
    context.floats(call.logits),
    context.floats(call.choices),
    context.floats(call.drawn),
  ];
  const [draws, slots, positions, ids] = [
    context.ints(call.draws),
    context.ints(call.slots),
    context.ints(call.positions),
    context.ints(call.ids),
  ];
  const { kernels } = context;
  const row = new Row(vocabulary);
  const weights = context.floats(call.weights);
  const lineOf = (values: FloatArray, n: number) => values.subarray(n * vocabulary, (n + 1) * vocabulary);
  const weigh: Weigh = kernels
    ? (n, top, temperature) => {
        const [from, to] = [call.logits, call.weights].map(
          (tensor) => 4 * (context.place(tensor) + n * vocabulary),
        ) as [number, number];
        kernels.run([[['tokenWeights', from, to, vocabulary, top, 1 / temperature]]]);
        row.weights.set(lineOf(weights, n));
      }
    : (n, top, temperature) => {
        const line = lineOf(logits, n);
        for (let i = 0; i < vocabulary; i++) {
          row.weights[i] = Math.exp(((line[i] as number) - top) / temperature);
        }
      };

  const choose = (n: number): number => {
    const line = lineOf(logits, n);
    const best = largestOf(line);
    const [temperature = 0, topP = 1, minP = 0] = choices.subarray(CHOICES * n, CHOICES * (n + 1));
    const [topK = 0, seed = 0, stream = 0] = draws.subarray(CHOICES * n, CHOICES * (n + 1));
    if (temperature === 0) return best;
    weigh(n, line[best] as number, temperature);
    return drawFrom(row, { topK, topP, minP }, randomDraw(seed, stream, (positions[n] as number) + 1));
  };
  const summarize = kernels
    ? summarizeWithKernels(context, kernels, call)
    : (n: number) => {
        const [logProb, entropy] = summaryOf(lineOf(logits, n), ids[n] as number);
        drawn.set([logProb, entropy], DRAWN * n + 1);
      };
  return () => {
    for (let n = 0; n < rows; n++) {
      if ((slots[n] as number) < 0) continue;
      const id = choose(n);
      ids[n] = id;
      drawn[DRAWN * n] = id;
      summarize(n);
    }
  };
}

/** The kernel of the loss gives a target's log-probability and the entropy. */
function summarizeWithKernels(context: CpuContext, kernels: Kernels, call: SamplerCall): (n: number) => void {
  const { logits, choices, ids, drawn } = call;
  const vocabulary = logits.shape[1] ?? 0;
  const at = (tensor: Tensor, element: number) => 4 * (context.place(tensor) + element);
  return (n) => {
    const place = at(drawn, DRAWN * n + 1);
    // The loss's weights play no part in what is asked for; any row of floats will do.
    const pointers = [at(logits, n * vocabulary), at(ids, n), at(choices, CHOICES * n), place, place + 4];
    kernels.run([[['loss', ...pointers, 1, vocabulary, 0]]]);
  };
}

function largestOf(line: FloatArray): number {
  let best = 0;
  let top = line[0] as number;
  for (let i = 1; i < line.length; i++) {
    const value = line[i] as number;
    if (value > top) {
      best = i;
      top = value;
    }
  }
  return best;
}

/** The log-probability of a token, and the entropy. */
function summaryOf(line: FloatArray, id: number): [logProb: number, entropy: number] {
  const top = line[largestOf(line)] as number;
  let [sum, weighted] = [0, 0];
  for (const logit of line) {
    const share = Math.exp(logit - top);
    sum += share;
    weighted += share * (logit - top);
  }
  return [(line[id] as number) - top - Math.log(sum), Math.log(sum) - weighted / sum];
}

function drawFrom(
  row: Row,
  { topK, topP, minP }: { topK: number; topP: number; minP: number },
  uniform: number,
): number {
  let sum = row.fill();
  let kept = EVERYTHING;
  if (topK > 0 && topK < row.vocabulary) {
    const border = row.border(topK, Infinity);
    kept = border;
    sum = border.sum;
  }
  if (topP < 1) {
    const border = row.border(kept === EVERYTHING ? Infinity : topK, topP * sum);
    kept = border;
    sum = border.sum;
  }
  if (Math.fround(minP) > kept.least) kept = { least: Math.fround(minP), ties: Infinity };

  const { weights } = row;
  const isKept = (weight: number, ties: number) =>
    weight > kept.least || (weight === kept.least && ties < kept.ties);
  if (kept !== EVERYTHING) {
    let ties = 0;
    for (let id = 0; id < weights.length; id++) {
      const weight = weights[id] as number;
      if (!isKept(weight, ties)) weights[id] = 0;
      else if (weight === kept.least) ties++;
    }
    sum = weights.reduce((total, weight) => total + weight, 0);
  }
  const goal = uniform * sum;
  let [passed, last] = [0, 0];
  for (let id = 0; id < weights.length; id++) {
    const weight = weights[id] as number;
    if (weight === 0) continue;
    passed += weight;
    last = id;
    if (passed > goal) break;
  }
  return last;
}
