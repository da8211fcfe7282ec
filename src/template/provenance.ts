/**
 * @file A conversation rendered with the origin of every character.
 *
 * First witness: marks around the fields (`sentinels.ts`) locate them in the text, and what the template wrote between
 * them is divided by `gaps.ts`. Second witness: prefix rendering (`prefix.ts`). Third, where the template has them:
 * generation blocks (`block-notes.ts`). Where witnesses disagree, a note says so.
 */
import { renderingNotes as words } from '$strings/core-rendering-notes';
import type { Conversation } from '../conversation/types';
import { blockNotes } from './block-notes';
import type { ChatTemplate } from './chat-template';
import { describeField, divideGap, type GapContext } from './gaps';
import { isTemplateLimit, RenderBudget } from './limits';
import { witnessPrefixes } from './prefix';
import { Prefixes } from './prefixes';
import type { Rendered, RenderNote, Span } from './rendered';
import {
  type Field,
  fieldsOf,
  mark,
  type MarkOptions,
  type Placement,
  type Region,
  sameField,
  unmark,
} from './sentinels';
import { withSuppliedAsHeader } from './supplied';
import { withWholeTurns } from './whole-turns';

type Renderable = Pick<Conversation, 'messages' | 'tools' | 'templateKwargs'>;

/**
 * Renders `conversation` and tells for every character which message it belongs to, what it is, and whether the model
 * itself would have written it.
 *
 * @param witnesses Whether the second and third witness are heard; without them fewer notes come, and much sooner.
 * @throws LosslightError `bad-template` where the template refuses the conversation, `template-limit` where it was stopped.
 */
export function renderWithProvenance(
  unlimited: ChatTemplate,
  conversation: Renderable,
  witnesses = true,
): Rendered {
  const { messages, tools, templateKwargs } = conversation;
  const template = unlimited.within(RenderBudget.for(messages, tools));
  const text = template.render(messages, { tools, templateKwargs });
  const located = locateFields(template, conversation, text);
  const regions = inOrder(located.regions);
  const prefixRenders = new Prefixes(template, conversation);
  const context: GapContext = {
    messages,
    generationPrompt: generationPrompt(prefixRenders, messages, template.context),
    bosToken: template.context.bosToken,
    endTokens: template.endTokens,
    specialTokens: template.context.specialTokens,
    borderBefore: (message) => prefixLength(text, prefixRenders.render(message, true)),
    borderAfter: (message) =>
      message === messages.length - 1
        ? text.length
        : prefixLength(text, prefixRenders.render(message + 1, false)),
    notes: [],
  };

  const found: Span[] = [];
  const push = (length: number, what: Omit<Span, 'start' | 'end'>) => {
    const start = found.at(-1)?.end ?? 0;
    const last = found.at(-1);
    const { message, kind, generated } = what;
    if (length <= 0) return;
    if (last && last.message === message && last.kind === kind && last.generated === generated)
      last.end += length;
    else found.push({ start, end: start + length, message, kind, generated });
  };
  let at = 0;
  for (let i = 0; i <= regions.length; i++) {
    const left = regions[i - 1];
    const right = regions[i];
    const gap = text.slice(at, right?.start ?? text.length);
    const after = right ? text.slice(right.end, regions[i + 1]?.start ?? text.length) : '';
    for (const piece of divideGap(gap, at, left?.field, right?.field, after, context))
      push(piece.length, piece);
    if (right) {
      push(right.end - right.start, describeField(right.field, messages));
      at = right.end;
    }
  }
  const { spans, whole } = withWholeTurns(
    withSuppliedAsHeader(found, text, context.generationPrompt),
    text,
    regions,
    context,
  );
  const blocks = template.generationRanges(messages, { tools, templateKwargs }, text);
  const prefixes = witnesses
    ? witnessPrefixes(template, conversation, text, spans, prefixRenders)
    : undefined;
  return {
    text,
    spans,
    ...(blocks && { blocks }),
    ...(prefixes && { prompts: prefixes.prompts }),
    notes: [
      ...context.notes,
      ...missingNotes(conversation, regions, located.untraced, whole),
      ...controlTokenNotes(text, regions, [...template.endTokens, ...template.context.specialTokens]),
      ...(prefixes?.notes ?? []),
      ...(witnesses && blocks ? blockNotes(text, spans, blocks) : []),
    ],
  };
}

/**
 * Finds every field in the plain text. Marks go outside the fields' white space where the template leaves it alone,
 * inside where it trims; a field whose marks change the text in both places, or come through by half, is not traced, and
 * said so.
 */
function locateFields(
  template: ChatTemplate,
  { messages, tools, templateKwargs }: Renderable,
  text: string,
): { regions: Region[]; untraced: Field[] } {
  const attempt = (placement: (field: Field) => Placement, options: MarkOptions): Region[] | undefined => {
    const marked = mark(messages, tools, placement, options);
    try {
      const found = unmark(template.render(marked.messages, { tools: marked.tools, templateKwargs }), marked);
      return found.text === text && !found.torn ? found.regions : undefined;
    } catch (error) {
      if (isTemplateLimit(error)) throw error;
      return undefined; // a template that rejects the marked text has told us as much as one that changes it
    }
  };
  /** Adds turns of which the template leaves nothing but an empty content. */
  const withEmpty = (regions: Region[], placement: (field: Field) => Placement, options: MarkOptions) => {
    const found = new Set(regions.map(({ field }) => field.message));
    const lost = messages.flatMap((m, i) =>
      m.content === '' && m.toolCalls?.length && !found.has(i) ? [i] : [],
    );
    return lost.length ? (attempt(placement, { ...options, alsoEmpty: new Set(lost) }) ?? regions) : regions;
  };
  const hasKeys = messages.some((m) => m.toolCalls?.some((call) => Object.keys(call.arguments).length));
  for (const withoutKeys of hasKeys ? [false, true] : [false]) {
    for (const everywhere of ['outside', 'inside'] as const) {
      const regions = attempt(() => everywhere, { withoutKeys });
      if (regions) return { regions: withEmpty(regions, () => everywhere, { withoutKeys }), untraced: [] };
    }
  }
  const options = { withoutKeys: true };
  const choices = new Map<Field, Placement>();
  for (const field of fieldsOf(messages, tools)) {
    const works = (['outside', 'inside'] as const).find((placement) =>
      attempt((other) => (sameField(other, field) ? placement : 'none'), options),
    );
    choices.set(field, works ?? 'none');
  }
  const chosen = (field: Field) => [...choices].find(([other]) => sameField(other, field))?.[1] ?? 'none';
  const untraced = [...choices].filter(([, placement]) => placement === 'none').map(([field]) => field);
  return { regions: withEmpty(attempt(chosen, options) ?? [], chosen, options), untraced };
}

/** One region a field, in text order. A field that occurs twice keeps all of it; one inside another is dropped. */
function inOrder(found: readonly Region[]): Region[] {
  const regions: Region[] = [];
  for (const region of found) {
    const last = regions.at(-1);
    if (last && sameField(last.field, region.field)) last.end = Math.max(last.end, region.end);
    else if (!last || region.start >= last.end) regions.push({ ...region });
  }
  return regions;
}

/** Length of `prefix` where the text begins with it. */
const prefixLength = (text: string, prefix: string | undefined): number | undefined =>
  prefix !== undefined && text.startsWith(prefix) ? prefix.length : undefined;

/** What the template appends for `add_generation_prompt`; '' where it appends nothing or refuses. */
function generationPrompt(
  prefixes: Prefixes,
  messages: Renderable['messages'],
  { eosToken }: ChatTemplate['context'],
): string {
  const first = messages.findIndex((message) => message.role === 'assistant');
  const upTo = first < 0 ? messages.length : first;
  const without = prefixes.render(upTo, false);
  const withPrompt = prefixes.render(upTo, true);
  if (without === undefined || withPrompt === undefined) return '';
  if (withPrompt.startsWith(without)) return withPrompt.slice(without.length);
  // A template may end a text without the prompt by the end-of-sequence token (Phi-3).
  const cut = eosToken && without.endsWith(eosToken) ? without.slice(0, -eosToken.length) : undefined;
  return cut !== undefined && withPrompt.startsWith(cut) ? withPrompt.slice(cut.length) : '';
}

/** Fields that are not in the text: a template that strips earlier thinking does that on purpose. */
function missingNotes(
  { messages, tools }: Renderable,
  regions: readonly Region[],
  untraced: readonly Field[],
  whole: ReadonlySet<number>,
): RenderNote[] {
  const notes: RenderNote[] = [];
  const told = new Set([...regions.map(({ field }) => field.message), ...whole]);
  for (const field of fieldsOf(messages, tools)) {
    if (regions.some((region) => sameField(region.field, field))) continue;
    if (untraced.some((other) => sameField(other, field))) {
      const borders = whole.has(field.message);
      // A template that tests whether a field is empty cannot be traced with marks in it, and has nothing of it to trace.
      if (
        isEmpty(field, messages) &&
        (told.has(field.message) || messages[field.message]?.role !== 'assistant')
      )
        continue;
      notes.push({
        code: 'untraced',
        severity: 'warning',
        message: field.message,
        text: (borders ? words.untracedWithBorders : words.untraced)(nameOf(field)),
      });
    } else if (field.kind === 'reasoning') {
      notes.push({
        code: 'thinking-left-out',
        severity: 'info',
        message: field.message,
        text: words.thinkingLeftOut,
      });
    } else {
      notes.push({
        code: 'left-out',
        severity: 'warning',
        message: field.message,
        text: words.leftOut(nameOf(field)),
      });
    }
  }
  return notes;
}

/** Content that spells a special token becomes that token: an end of turn in mid-answer, or a turn of somebody else's. */
function controlTokenNotes(
  text: string,
  regions: readonly Region[],
  specialTokens: readonly string[],
): RenderNote[] {
  return regions.flatMap(({ field, start, end }) => {
    const inside = text.slice(start, end);
    const held = [...new Set(specialTokens)].filter((token) => token && inside.includes(token));
    if (!held.length) return [];
    const ranges = held.flatMap((token) => occurrences(inside, token, start));
    return [
      {
        code: 'control-token' as const,
        severity: 'warning' as const,
        message: field.message,
        text: words.controlToken(held, nameOf(field)),
        ranges: ranges.sort((a, b) => a.start - b.start),
      },
    ];
  });
}

/** Where `token` stands in `text`, as ranges of the whole that begins `offset` characters before it. */
function occurrences(text: string, token: string, offset: number): { start: number; end: number }[] {
  const found = [];
  for (let at = text.indexOf(token); at >= 0; at = text.indexOf(token, at + token.length)) {
    found.push({ start: offset + at, end: offset + at + token.length });
  }
  return found;
}

function isEmpty(field: Field, messages: Renderable['messages']): boolean {
  const message = messages[field.message];
  const text = field.kind === 'reasoning' ? message?.reasoning : message?.content;
  return (field.kind === 'reasoning' || field.kind === 'content') && !text?.trim();
}

function nameOf(field: Field): string {
  return field.kind === 'call' ? words.call(field.call + 1) : words.fields[field.kind];
}
