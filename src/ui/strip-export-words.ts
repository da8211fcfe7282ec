/**
 * @file A token in one line of words, for files that are read without the page.
 */
import { strip } from '$strings/strip';
import type { MaskView } from '../state/mask.svelte';
import { OVERLAY_LABELS, type Overlay } from '../state/overlay';
import { count, decimal, nats, natsChange, probability } from './format';
import { KIND_LABELS } from './kinds';
import type { StripToken, StripValues } from './strip-token';

/** `answer, token 12, id 405, weight 1, loss 0.213`; with its bytes, where these are no whole characters. */
export function tokenName(
  { index, kind }: StripToken,
  { encoded, bytes }: MaskView,
  values: StripValues,
): string {
  const { overlay, readings, weights } = values;
  const { file } = strip;
  const token = file.token(KIND_LABELS[kind], index + 1, encoded.ids[index] ?? 0, weights[index] ?? 0);
  const split = bytes.get(index);
  const named = split === undefined ? token : `${token}, ${file.bytes(split)}`;
  const value = readings?.[index] ?? NaN;
  if (overlay === 'weight' || Number.isNaN(value)) return named;
  return `${named}, ${file.reading(OVERLAY_LABELS[overlay], READING[overlay](value))}`;
}

/** An overlay's number, digit for digit as the details of a token have it. */
const READING: Readonly<Record<Exclude<Overlay, 'weight'>, (value: number) => string>> = {
  logProb: (value) => nats(value),
  probability: (share) => probability(Math.log(share)),
  loss: (value) => nats(value, 3),
  rank: count,
  entropy: (value) => nats(value),
  change: (value) => natsChange(value),
  advantage: (value) => decimal(value, 3),
};
