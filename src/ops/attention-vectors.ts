/**
 * @file Attention on the CPU by the vector kernels of plan/simd-attention.ts: a strand for every key head and for every range
 * of tokens that look at nothing outside it, such as the rows of a batch.
 */
import type { CpuContext, KernelCall, Kernels, Strand } from '../plan/operation';
import { ATTENTION_BLOCK, ATTENTION_FLOATS } from '../plan/simd-attention';
import type { AttentionCall, AttentionGradients } from './attention';

/** Strands at most, as long as there are no more key heads. */
const MOST_STRANDS = 16;

const groupsOf = ({ keyValueHeads, tokens }: AttentionCall): number =>
  Math.max(1, Math.min(Math.ceil(tokens / ATTENTION_BLOCK), Math.floor(MOST_STRANDS / keyValueHeads)));

/** Elements of working memory: every strand has its own. */
export function vectorScratch(call: AttentionCall): number {
  return ATTENTION_FLOATS * call.keyValueHeads * groupsOf(call);
}

/** Ranges of tokens, in whole blocks, that look at nothing outside themselves: about `most` of like size. */
function separateRanges(first: Int32Array, window: number, most: number): [from: number, to: number][] {
  const tokens = first.length;
  const begin = (n: number) => Math.max(first[n] as number, n + 1 - window);
  const ranges: [number, number][] = [];
  let from = 0;
  for (let to = ATTENTION_BLOCK; to < tokens; to += ATTENTION_BLOCK) {
    // Begins never fall, so the first token after the cut decides.
    if (begin(to) < to || (to - from) * most < tokens) continue;
    ranges.push([from, to]);
    from = to;
  }
  ranges.push([from, tokens]);
  return ranges;
}

/** Strands over key heads and ranges; `calls` makes those of one query head. */
function strandsOver(
  call: AttentionCall,
  first: Int32Array,
  scratchPlace: number,
  calls: (head: number, keyHead: number, shared: SharedArguments) => KernelCall,
): Strand[] {
  const { keyValueHeads, heads, headSize, scale, window } = call;
  const shares = heads / keyValueHeads;
  const strands: Strand[] = [];
  const ranges = separateRanges(first, window, groupsOf(call));
  for (const [from, to] of ranges) {
    for (let keyHead = 0; keyHead < keyValueHeads; keyHead++) {
      const work = 4 * (scratchPlace + strands.length * ATTENTION_FLOATS);
      const sizes = [from, to, headSize, 4 * heads * headSize, 4 * keyValueHeads * headSize, 4 * heads];
      const shared = { work, rest: [...sizes, window, scale] };
      // Query heads of a key head add to the same gradients, one after the other.
      strands.push(Array.from({ length: shares }, (_, i) => calls(keyHead * shares + i, keyHead, shared)));
    }
  }
  return strands;
}

interface SharedArguments {
  work: number;
  rest: readonly number[];
}

/** Addresses of a head's first token in the tensors that both passes use. */
function addresses(context: CpuContext, call: AttentionCall) {
  const { q, k, v, o, first, statistics, headSize } = call;
  const at = (tensor: typeof q, head: number) => 4 * (context.place(tensor) + head * headSize);
  return {
    at,
    shared: (head: number, keyHead: number, { work, rest }: SharedArguments): number[] => [
      ...[at(q, head), at(k, keyHead), at(v, keyHead), at(o, head)],
      ...[4 * context.place(first), 4 * (context.place(statistics) + head), work, ...rest],
    ],
  };
}

export function vectorAttend(context: CpuContext, kernels: Kernels, call: AttentionCall): () => void {
  const first = context.ints(call.first);
  const { shared } = addresses(context, call);
  return () =>
    kernels.run(
      strandsOver(call, first, context.scratchPlace, (head, keyHead, given) => [
        ...(['attend', ...shared(head, keyHead, given)] as const),
      ]),
    );
}

export function vectorAttendBackward(
  context: CpuContext,
  kernels: Kernels,
  call: AttentionCall,
  { dOut, dq, dk, dv, adds }: AttentionGradients,
): () => void {
  const { tokens, heads, keyValueHeads, statistics } = call;
  const first = context.ints(call.first);
  const { at, shared } = addresses(context, call);
  return () =>
    kernels.run(
      strandsOver(call, first, context.scratchPlace, (head, keyHead, given) => {
        const again = head % (heads / keyValueHeads) > 0;
        const deltas = 4 * (context.place(statistics) + tokens * heads + head);
        const flags = [adds.q, adds.k || again, adds.v || again];
        return [
          ...(['attendBackward', ...shared(head, keyHead, given)] as const),
          ...[at(dOut, head), at(dq, head), at(dk, keyHead), at(dv, keyHead), deltas],
          ...flags.map((yes) => (yes ? 1 : 0)),
        ];
      }),
    );
}
