/**
 * @file Everything that is known of one token, in words.
 */
import { TRAINABLE_KINDS, type MaskPolicy } from '../mask/policy';
import type { MaskView } from '../state/mask.svelte';
import type { SegmentKind } from '../template/rendered';
import { decimal, probability, weight as weightText, change as changeText } from './format';
import { KIND_LABELS, kindAt, ROLE_LABELS } from './kinds';
import { tokenText } from './strip-token';
import { escapedText, visibleText } from './token-text';

export interface TokenDetail {
  index: number;
  id: number;
  kind: SegmentKind;
  shown: string;
  /** Label and value, in the order to read them. */
  facts: { label: string; value: string }[];
}

/** Log-probabilities of the whole conversation, where they have been measured. */
export interface Scores {
  base?: Float32Array;
  tuned?: Float32Array;
}

export function tokenDetail(
  view: MaskView,
  index: number,
  weight: number,
  policy: MaskPolicy,
  { base, tuned }: Scores,
  cutAt?: number,
): TokenDetail {
  const { encoded, source, bytes } = view;
  const kind = kindAt(encoded.kind[index]);
  const text = tokenText(view, index);
  const split = bytes.get(index);
  const messageIndex = encoded.message[index] ?? -1;
  const message = source.messages[messageIndex];
  const facts = [
    { label: 'Token', value: `${index + 1} of ${encoded.ids.length}` },
    { label: 'Id', value: String(encoded.ids[index] ?? '') },
    { label: 'Text', value: split ? `part of ${escapedText(text)}` : escapedText(text) },
  ];
  if (split) facts.push({ label: 'Bytes', value: split });
  facts.push(
    { label: 'Segment', value: KIND_LABELS[kind] },
    {
      label: 'Message',
      value: message
        ? `${ROLE_LABELS[message.role]}, ${messageIndex + 1} of ${source.messages.length}`
        : 'written by the template',
    },
    { label: 'Weight', value: `${weightText(weight)} (${reasonFor(view, index, weight, policy, cutAt)})` },
  );
  const [before, after] = [base?.[index], tuned?.[index]];
  if (index > 0 && before !== undefined)
    facts.push({ label: 'Log-probability, original', value: logProbText(before) });
  if (index > 0 && after !== undefined)
    facts.push({ label: 'Log-probability, tuned', value: logProbText(after) });
  if (index > 0 && before !== undefined && after !== undefined) {
    facts.push({ label: 'Change', value: changeText(after - before) });
  }
  return { index, id: encoded.ids[index] ?? 0, kind, shown: split ?? visibleText(text).trimEnd(), facts };
}

function logProbText(value: number): string {
  return `${decimal(value)} (${probability(value)})`;
}

/** Why a token has the weight that it has. */
function reasonFor(
  { encoded, source }: MaskView,
  index: number,
  weight: number,
  policy: MaskPolicy,
  cutAt = Infinity,
): string {
  if (index >= cutAt) return `cut at ${cutAt} tokens: a run does not read it`;
  const kind = kindAt(encoded.kind[index]);
  const trainable = TRAINABLE_KINDS.find((name) => name === kind);
  const own = source.messages[encoded.message[index] ?? -1]?.weight;
  if (!encoded.generated[index]) return 'context: the model does not write it';
  if (!trainable) return 'glue of the template: never trained';
  if (!policy[trainable].train) return `masked: ${KIND_LABELS[kind]} is switched off`;
  if (own !== undefined && own !== 1) return `times the message’s own weight of ${weightText(own)}`;
  return weight === 0 ? 'masked: its weight is 0' : weight < 0 ? 'trained away from' : 'trained';
}
