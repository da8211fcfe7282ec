/**
 * @file Everything that is known of one token, in words.
 */
import { token as words } from '$strings/token';
import { TRAINABLE_KINDS, type MaskPolicy } from '../mask/policy';
import type { MaskView } from '../state/mask.svelte';
import type { TemplateTrace } from '../state/template-trace.svelte';
import type { SegmentKind } from '../template/rendered';
import { byteParts, sharedTokens } from './byte-parts';
import { KIND_LABELS, kindAt, ROLE_LABELS } from './kinds';
import { lossOf, present, type Scores } from './overlay-values';
import { tokenText } from './strip-token';
import { placesOf, quotePlace } from './template-places';
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
  /** What of the template wrote which characters; undefined while that is not known. */
  trace?: TemplateTrace;
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
  const { facts: named } = words;
  const facts = [
    { label: named.number.label, value: named.number.value(index + 1, encoded.ids.length) },
    { label: named.id.label, value: String(encoded.ids[index] ?? '') },
    { label: named.text.label, value: split ? named.text.part(escapedText(text)) : escapedText(text) },
  ];
  if (split) {
    const parts = byteParts(view, index);
    // What the strip draws as one may be several in Unicode, such as an emoji with its skin tone.
    const { rest, begun } = sharedTokens(view).get(index) ?? {};
    const drawn = [rest, begun].filter((part) => part !== undefined);
    const all = [
      ...parts,
      ...drawn.filter((one) => !parts.some(({ character }) => character === one.character)),
    ];
    const shown = all.map((part) => ({ ...part, character: visibleText(part.character) }));
    facts.push({ label: named.bytes.label, value: named.bytes.value(split, shown) });
  }
  facts.push(
    { label: named.segment.label, value: KIND_LABELS[kind] },
    {
      label: named.message.label,
      value: message
        ? named.message.value(ROLE_LABELS[message.role], messageIndex + 1, source.messages.length)
        : named.message.none,
    },
  );
  const { trace } = context;
  const places = trace ? placesOf(view, index, trace) : [];
  if (trace && places.length) {
    const quoted = places.map((place) => ({ ...place, quote: quotePlace(trace, place) }));
    facts.push({ label: named.template.label, value: named.template.value(quoted) });
  }
  facts.push({
    label: named.weight.label,
    value: named.weight.value(weight, reasonFor(view, index, weight, policy, context, cutAt)),
  });
  if (context.other) {
    const { title, weight: there } = context.other;
    facts.push({ label: named.compared.label, value: named.compared.value(there, title) });
  }
  if (context.block) facts.push({ label: named.block.label, value: named.block[context.block] });
  if (index > 0) facts.push(...measuredFacts(index, weight, scores));
  return { index, id: encoded.ids[index] ?? 0, kind, shown: split ?? visibleText(text).trimEnd(), facts };
}

/** What the model was measured to predict here: of both models, where both were measured. */
function measuredFacts(index: number, weight: number, scores: Scores): TokenDetail['facts'] {
  const facts: TokenDetail['facts'] = [];
  const { logProb, change, loss: lossWords, rank, entropy, advantage } = words.facts;
  const { base, tuned, predicted, names, advantages } = scores;
  const [before, after] = [base?.[index], tuned?.[index]];
  if (before !== undefined)
    facts.push({ label: names ? logProb.of(names.base) : logProb.original, value: logProb.value(before) });
  if (after !== undefined)
    facts.push({ label: names ? logProb.of(names.tuned) : logProb.tuned, value: logProb.value(after) });
  if (before !== undefined && after !== undefined)
    facts.push({ label: change.label, value: change.value(after - before) });
  const now = present(scores);
  const was = tuned ? predicted?.base : undefined;
  const loss = lossOf(weight, now.logProbs?.[index] ?? NaN);
  if (loss !== undefined && !Number.isNaN(loss))
    facts.push({ label: lossWords.label, value: lossWords.value(loss) });
  const pair = (of: 'ranks' | 'entropy', { label, value }: typeof rank) => {
    const measured = now.predictions?.[of][index];
    if (measured !== undefined) facts.push({ label, value: value(measured, was?.[of][index]) });
  };
  pair('ranks', rank);
  pair('entropy', entropy);
  const own = advantages?.[index] ?? NaN;
  if (!Number.isNaN(own)) facts.push({ label: advantage.label, value: advantage.value(own) });
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

/** Why a token has the weight that it has. */
function reasonFor(
  { encoded, source }: MaskView,
  index: number,
  weight: number,
  policy: MaskPolicy,
  { byPolicy, hasBlocks }: TokenContext,
  cutAt = Infinity,
): string {
  const { reasons } = words;
  if (index >= cutAt) return reasons.cut(cutAt);
  if (byPolicy !== undefined) return reasons.byHand(byPolicy);
  switch (policy.basis) {
    case 'generation-blocks':
      if (hasBlocks) return weight ? reasons.inBlock : reasons.inNoBlock;
      break;
    case 'completion':
      return weight ? reasons.completion : reasons.prompt;
    case 'markers':
      return weight ? reasons.afterHeader : reasons.beforeResponse;
    case 'segments':
    case undefined:
  }
  const kind = kindAt(encoded.kind[index]);
  const trainable = TRAINABLE_KINDS.find((name) => name === kind);
  const own = source.messages[encoded.message[index] ?? -1]?.weight;
  if (!encoded.generated[index]) {
    return weight ? reasons.contextTrained : reasons.context;
  }
  if (!trainable) return weight ? reasons.rule : reasons.glue;
  const { train, weight: rule } = policy[trainable];
  if (!train) return weight ? reasons.rule : reasons.switchedOff(KIND_LABELS[kind]);
  if (own !== undefined && own !== 1 && policy.messageFields !== 'ignore') return reasons.messageWeight(own);
  if (weight < 0) return reasons.away;
  if (weight !== Math.fround(rule)) return weight ? reasons.knobTrained : reasons.knobMasked;
  return weight === 0 ? reasons.zero : reasons.trained;
}
