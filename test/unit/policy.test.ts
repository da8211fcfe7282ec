/**
 * @file From provenance to weights.
 */
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, type MaskPolicy, tokenWeights, trainedCount } from '../../src/mask/policy';
import { SEGMENT_KINDS, type SegmentKind } from '../../src/template/rendered';
import type { Encoded } from '../../src/tokenizer/encoded';

/** A token a kind; generated where the name has a star. */
function encoded(...kinds: (SegmentKind | `${SegmentKind}*`)[]): Encoded {
  const length = kinds.length;
  return {
    ids: Int32Array.from({ length }, (_, i) => i),
    start: new Int32Array(length),
    end: new Int32Array(length),
    kind: Uint8Array.from(kinds, (kind) => SEGMENT_KINDS.indexOf(kind.replace('*', '') as SegmentKind)),
    message: new Int32Array(length),
    generated: Uint8Array.from(kinds, (kind) => (kind.endsWith('*') ? 1 : 0)),
  };
}
const policy = (change: Partial<MaskPolicy>): MaskPolicy => ({ ...DEFAULT_POLICY, ...change });
const one = { messages: [{ role: 'assistant' as const, content: '' }] };

describe('tokenWeights', () => {
  const all = encoded('system', 'user', 'header', 'think*', 'call*', 'answer*', 'end*', 'scaffold', 'result');

  it('trains thinking, calls, answers and the end of turn by default', () => {
    expect([...tokenWeights(all, DEFAULT_POLICY, one)]).toEqual([0, 0, 0, 1, 1, 1, 1, 0, 0]);
  });

  it('gives each segment its own weight, any finite number', () => {
    const weights = tokenWeights(
      all,
      policy({
        think: { train: true, weight: 0.5 },
        call: { train: false, weight: 3 },
        answer: { train: true, weight: -2 },
      }),
      one,
    );
    expect([...weights]).toEqual([0, 0, 0, 0.5, 0, -2, 1, 0, 0]);
    expect(trainedCount(weights)).toBe(3);
  });

  it('never trains what the model would not generate, whatever its segment', () => {
    expect([...tokenWeights(encoded('think', 'answer', 'end', 'end*'), DEFAULT_POLICY, one)]).toEqual([
      0, 0, 0, 1,
    ]);
  });

  it('multiplies by the message’s own weight', () => {
    const message = { role: 'assistant' as const, content: '' };
    expect(
      [...tokenWeights(all, DEFAULT_POLICY, { messages: [{ ...message, weight: 0.25 }] })].slice(3, 7),
    ).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(trainedCount(tokenWeights(all, DEFAULT_POLICY, { messages: [{ ...message, weight: 0 }] }))).toBe(
      0,
    );
  });

  it('refuses a weight that is no finite number', () => {
    for (const weight of [NaN, Infinity, -Infinity]) {
      expect(() => tokenWeights(all, policy({ call: { train: true, weight } }), one)).toThrow(
        /“call”.*finite/,
      );
    }
  });
});
