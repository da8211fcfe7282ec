/**
 * @file What divides a span: matches of a policy's rules, ranges of a message's `detail`, and empty think blocks that the
 * template wrote by itself.
 */
import type { CharacterRange, Message } from '../conversation/types';
import { LosslightError } from '../errors';
import type { Rendered, Span } from '../template/rendered';
import type { Encoded } from '../tokenizer/encoded';
import type { Piece } from './borders';
import { finiteWeight, type MaskPolicy, type MaskRule } from './knobs';
import { trainedTokens } from './whole-tokens';

interface Overlay {
  start: number;
  end: number;
  /** Replaces the weight of the segment, before the message's own factor. */
  replace?: number;
  /** Multiplies the weight that the segment would have. */
  scale?: number;
}

interface CompiledRule {
  pattern: RegExp;
  kinds: MaskRule['kinds'];
  weight: number;
}

/** A think block without a word, with the line breaks that templates put after it. */
const EMPTY_THINK = /<think>\s*<\/think>\n{0,2}/y;

/** Segments that hold a message's content. */
const CONTENT_KINDS: readonly Span['kind'][] = ['system', 'user', 'answer', 'result'];

export class Overlays {
  readonly #rules: readonly CompiledRule[];
  readonly #text: string;
  readonly #emptyThink: readonly Overlay[];
  readonly #detail: readonly (readonly Overlay[])[];
  /** Whether a message with `detail` trains nothing but its content. */
  readonly #onlyContent: boolean;
  /** What of this cannot be done without the text; undefined where nothing needs it. */
  readonly needed: string | undefined;

  /** @throws LosslightError `bad-policy`, `bad-detail`. */
  constructor(
    policy: MaskPolicy,
    messages: readonly Message[],
    rendered: Pick<Rendered, 'text' | 'spans'> | undefined,
    encoded: Pick<Encoded, 'start'>,
  ) {
    this.#rules = (policy.rules ?? []).map(compile);
    const detailed = policy.messageFields !== 'ignore' && messages.some((m) => m.detail?.length);
    this.needed =
      this.#rules.length > 0 ? 'A rule' : detailed ? 'A message’s ranges of trained characters' : undefined;
    this.#text = rendered?.text ?? '';
    this.#emptyThink = rendered && policy.emptyThink === 'mask' ? emptyThinks(rendered) : [];
    const tokens = policy.detail === 'tokens' ? encoded : undefined;
    this.#onlyContent = tokens !== undefined;
    this.#detail =
      rendered && detailed ? messages.map((message, i) => placeDetail(message, i, rendered, tokens)) : [];
  }

  /**
   * The pieces of a span with their weights.
   *
   * @param weight of the span where nothing lies over it
   * @param factor what the message multiplies a replaced weight by
   */
  cut(span: Span, weight: number, factor: number): Piece[] {
    const overlays = this.#over(span);
    if (overlays.length === 0) return [{ ...span, weight }];
    // For each character the overlay on top, from 1; 0 where there is none.
    const top = new Uint32Array(span.end - span.start);
    overlays.forEach(({ start, end }, i) => top.fill(i + 1, start - span.start, end - span.start));
    const pieces: Piece[] = [];
    for (let from = 0; from < top.length;) {
      let to = from + 1;
      while (to < top.length && top[to] === top[from]) to++;
      const over = overlays[(top[from] ?? 0) - 1];
      const own = over?.replace === undefined ? weight * (over?.scale ?? 1) : over.replace * factor;
      // Not −0, which a comparison by Object.is tells from 0.
      pieces.push({ ...span, start: span.start + from, end: span.start + to, weight: own === 0 ? 0 : own });
      from = to;
    }
    return pieces;
  }

  /** Everything over a span, clipped to it; the later wins. */
  #over(span: Span): Overlay[] {
    const found: Overlay[] = [];
    const add = (overlay: Overlay) => {
      const [start, end] = [Math.max(overlay.start, span.start), Math.min(overlay.end, span.end)];
      if (start < end) found.push({ ...overlay, start, end });
    };
    this.#emptyThink.forEach(add);
    for (const { pattern, kinds, weight } of this.#rules) {
      if (kinds ? !kinds.includes(span.kind) : !span.generated) continue;
      for (const match of this.#text.slice(span.start, span.end).matchAll(pattern)) {
        const start = span.start + match.index;
        add({ start, end: start + match[0].length, replace: weight });
      }
    }
    const detail = this.#detail[span.message] ?? [];
    if (CONTENT_KINDS.includes(span.kind)) detail.forEach(add);
    else if (this.#onlyContent && detail.length > 0 && (span.kind === 'think' || span.kind === 'call'))
      add({ start: span.start, end: span.end, scale: 0 });
    return found;
  }
}

/** @throws LosslightError `bad-policy` where the pattern is no regular expression. */
export function compile({ pattern, flags = '', kinds, weight }: MaskRule): CompiledRule {
  try {
    return { pattern: new RegExp(pattern, `gu${flags}`), kinds, weight };
  } catch (cause) {
    throw new LosslightError(
      'bad-policy',
      `The rule /${pattern}/${flags} is not a regular expression: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Correct the pattern; flags may be i, m and s.',
      { cause },
    );
  }
}

/** Empty think blocks before an answer or a call. One that the message itself has is a segment of its own. */
function emptyThinks({ text, spans }: Pick<Rendered, 'text' | 'spans'>): Overlay[] {
  const found: Overlay[] = [];
  let speaking = -1;
  for (const { start, message, kind, generated } of spans) {
    if (!generated || message === speaking) continue;
    speaking = message;
    if (kind === 'think') continue;
    EMPTY_THINK.lastIndex = start;
    const match = EMPTY_THINK.exec(text);
    if (match) found.push({ start, end: start + match[0].length, replace: 0 });
  }
  return found;
}

/**
 * A message's `detail` as ranges of the text. A template may trim the content, and nothing else.
 *
 * @param tokens those of the text, where the ranges go by whole tokens
 */
function placeDetail(
  message: Message,
  index: number,
  { text, spans }: Pick<Rendered, 'text' | 'spans'>,
  tokens: Pick<Encoded, 'start'> | undefined,
): Overlay[] {
  if (!message.detail?.length) return [];
  const { content } = message;
  const places = spans.filter((span) => span.message === index && CONTENT_KINDS.includes(span.kind));
  if (places.length === 0) return []; // the template leaves the message out, and its rendering notes that
  const from = places[0]?.start ?? 0;
  const inside = text.slice(from, places.at(-1)?.end ?? from);
  const whole = inside.indexOf(content);
  const trimmed = inside.indexOf(content.trim());
  const lead = content.length - content.trimStart().length;
  if (trimmed < 0) throw badDetail(index, 'the template changes its content, so they cannot be placed');
  const origin = from + (whole >= 0 ? whole : trimmed - lead);
  const ranges = message.detail.map(({ start, end, weight }: CharacterRange): Overlay => {
    if (!(
      Number.isInteger(start) &&
      Number.isInteger(end) &&
      start >= 0 &&
      start < end &&
      end <= content.length
    )) {
      throw badDetail(index, `${start} to ${end} is no range of its ${content.length} characters`);
    }
    return { start: origin + start, end: origin + end, scale: finiteWeight(weight, 'a range of characters') };
  });
  // Characters in no range have weight 0.
  const none = { start: origin, end: origin + content.length, scale: 0 };
  if (!tokens) return [none, ...ranges];
  const starts = [...new Set(tokens.start)]
    .filter((start) => start >= origin && start < none.end)
    .map((start) => start - origin);
  const trained = trainedTokens(content, message.detail, starts);
  return [none, ...trained.map(({ start, end }) => ({ start: origin + start, end: origin + end, scale: 1 }))];
}

function badDetail(index: number, why: string): LosslightError {
  return new LosslightError(
    'bad-detail',
    `The trained ranges of messages[${index}] (\`train_detail\`) do not fit: ${why}.`,
    'Correct the ranges in the data, or use a policy that ignores the fields of messages.',
  );
}
