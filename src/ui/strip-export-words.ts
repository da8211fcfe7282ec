/**
 * @file A token in one line of words, for files that are read without the page.
 */
import type { MaskView } from '../state/mask.svelte';
import { OVERLAY_LABELS } from '../state/overlay';
import { decimal, weight as weightText } from './format';
import { KIND_LABELS } from './kinds';
import type { StripToken, StripValues } from './strip-token';

/** `answer, token 12, id 405, weight 1, loss 0.213`. */
export function tokenName({ index, kind }: StripToken, { encoded }: MaskView, values: StripValues): string {
  const { overlay, readings, weights } = values;
  const facts = [
    KIND_LABELS[kind],
    `token ${index + 1}`,
    `id ${encoded.ids[index] ?? 0}`,
    `weight ${weightText(weights[index] ?? 0)}`,
  ];
  const value = readings?.[index] ?? NaN;
  if (overlay !== 'weight' && !Number.isNaN(value))
    facts.push(`${OVERLAY_LABELS[overlay].toLowerCase()} ${decimal(value, overlay === 'rank' ? 0 : 3)}`);
  return facts.join(', ');
}
