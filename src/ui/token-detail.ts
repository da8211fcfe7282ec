/**
 * @file Everything that is known of one token, in words.
 */
import { TRAINABLE_KINDS, type MaskPolicy } from '../mask/policy';
import type { MaskView } from '../state/mask.svelte';
import type { SegmentKind } from '../template/rendered';
import { count, decimal, probability, weight as weightText, change as changeText } from './format';
import { KIND_LABELS, kindAt, ROLE_LABELS } from './kinds';
import { lossOf, present, type Scores } from './overlay-values';
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

/** What else decides a token's weight, or is compared with it. */
export interface TokenContext {
  /** The policy's own weight, where the weight was set by hand. */
  byPolicy?: number;
  /** The weight under the mask that is compared with. */
  other?: { title: string; weight: number };
  block?: 'extra' | 'missing';
  /** True where the template has generation blocks. */
  hasBlocks?: boolean;
}

export function tokenDetail(
  view: MaskView,
  index: number,
  weight: number,
  policy: MaskPolicy,
  scores: Scores,
  cutAt?: number,
  context: TokenContext = {},
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
    {
      label: 'Weight',
      value: `${weightText(weight)} (${reasonFor(view, index, weight, policy, context, cutAt)})`,
    },
  );
  if (context.other) {
    const { title, weight: there } = context.other;
    facts.push({ label: 'Compared', value: `${weightText(there)} (${title})` });
  }
  if (context.block) facts.push({ label: 'Generation block', value: BLOCK_FACTS[context.block] });
  if (index > 0) facts.push(...measuredFacts(index, weight, scores));
  return { index, id: encoded.ids[index] ?? 0, kind, shown: split ?? visibleText(text).trimEnd(), facts };
}

const BLOCK_FACTS = {
  extra: 'holds this, which the model does not write',
  missing: 'leaves this out, which the model writes',
} as const;

/** What the model was measured to predict here: of both models, where both were measured. */
function measuredFacts(index: number, weight: number, scores: Scores): TokenDetail['facts'] {
  const facts: TokenDetail['facts'] = [];
  const { base, tuned, predicted } = scores;
  const [before, after] = [base?.[index], tuned?.[index]];
  if (before !== undefined) facts.push({ label: 'Log-probability, original', value: logProbText(before) });
  if (after !== undefined) facts.push({ label: 'Log-probability, tuned', value: logProbText(after) });
  if (before !== undefined && after !== undefined)
    facts.push({ label: 'Change', value: changeText(after - before) });
  const now = present(scores);
  const was = tuned ? predicted?.base : undefined;
  const loss = lossOf(weight, now.logProbs?.[index] ?? NaN);
  if (loss !== undefined && !Number.isNaN(loss)) facts.push({ label: 'Loss', value: decimal(loss, 3) });
  const pair = (label: string, of: 'ranks' | 'entropy', text: (value: number) => string) => {
    const value = now.predictions?.[of][index];
    if (value === undefined) return;
    const earlier = was?.[of][index];
    facts.push({ label, value: `${text(value)}${earlier === undefined ? '' : `, was ${text(earlier)}`}` });
  };
  pair('Rank', 'ranks', count);
  pair('Entropy', 'entropy', (value) => `${decimal(value)} nats`);
  return facts;
}

/** A token that the model might have written, and how probable it was. */
export interface Alternative {
  id: number;
  logProb: number;
  /** True of the one that is there. */
  chosen: boolean;
}

/** The most probable tokens at a place, the most probable first; none where that was not measured. */
export function alternativesAt(view: MaskView, index: number, scores: Scores): Alternative[] {
  const { logProbs, predictions } = present(scores);
  if (index === 0 || !predictions || !logProbs || index >= logProbs.length) return [];
  const width = predictions.topIds.length / logProbs.length;
  const [from, to] = [index * width, (index + 1) * width];
  return Array.from(predictions.topIds.subarray(from, to), (id, k) => ({
    id,
    logProb: predictions.topLogProbs[from + k] ?? NaN,
    chosen: id === view.encoded.ids[index],
  }));
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
  { byPolicy, hasBlocks }: TokenContext,
  cutAt = Infinity,
): string {
  if (index >= cutAt) return `cut at ${cutAt} tokens: a run does not read it`;
  if (byPolicy !== undefined) return `set by hand; the policy says ${weightText(byPolicy)}`;
  switch (policy.basis) {
    case 'generation-blocks':
      if (hasBlocks) return weight ? 'in a generation block' : 'in no generation block';
      break;
    case 'completion':
      return weight ? 'part of the completion' : 'part of the prompt';
    case 'markers':
      return weight ? 'after an assistant’s header' : 'before a response';
    case 'segments':
    case undefined:
  }
  const kind = kindAt(encoded.kind[index]);
  const trainable = TRAINABLE_KINDS.find((name) => name === kind);
  const own = source.messages[encoded.message[index] ?? -1]?.weight;
  if (!encoded.generated[index]) {
    return weight ? 'context that the policy trains' : 'context: the model does not write it';
  }
  if (!trainable) return weight ? 'by a rule' : 'glue of the template: never trained';
  const { train, weight: rule } = policy[trainable];
  if (!train) return weight ? 'by a rule' : `masked: ${KIND_LABELS[kind]} is switched off`;
  if (own !== undefined && own !== 1 && policy.messageFields !== 'ignore')
    return `times the message’s own weight of ${weightText(own)}`;
  if (weight < 0) return 'trained away from';
  if (weight !== Math.fround(rule)) return weight ? 'trained, by a further knob' : 'masked by a further knob';
  return weight === 0 ? 'masked: its weight is 0' : 'trained';
}
