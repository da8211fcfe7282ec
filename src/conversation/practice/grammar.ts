/**
 * @file A small grammar for what people say: alternatives in brackets, slots in braces, and parts that are reserved for
 * held-out data.
 *
 *     [Can|Could] you [check|~pull up] the weather in {city}?
 *
 * An alternative that begins with `~` is reserved: training data never shows it, and held-out phrasings hold at least
 * one. A whole pattern may be reserved too. `[|x]` is an optional part.
 */
import type { Random } from './prng';

/** `seen` appears in training data; `unseen` only in held-out data. */
export type Share = 'seen' | 'unseen';

type Part = string | Choice;
interface Choice {
  options: { parts: Part[]; reserved: boolean }[];
}
interface Pattern {
  parts: Part[];
  reserved: boolean;
}

/** A text that a pattern gives, with its slots still open, and whether a reserved part is in it. */
export interface Phrase {
  text: string;
  reserved: boolean;
}

const parsed = new Map<string, Pattern>();

function parse(source: string): Pattern {
  const known = parsed.get(source);
  if (known) return known;
  let at = 0;
  const sequence = (inside: boolean): Part[] => {
    const parts: Part[] = [];
    let text = '';
    while (at < source.length) {
      const character = source.charAt(at);
      if (inside && (character === '|' || character === ']')) break;
      at++;
      if (character !== '[') {
        text += character;
        continue;
      }
      if (text) parts.push(text);
      text = '';
      const options: Choice['options'] = [];
      do {
        const reserved = source.charAt(at) === '~';
        if (reserved) at++;
        options.push({ parts: sequence(true), reserved });
      } while (source.charAt(at++) === '|');
      if (source.charAt(at - 1) !== ']') throw new SyntaxError(`The pattern “${source}” lacks a “]”.`);
      parts.push({ options });
    }
    if (text) parts.push(text);
    return parts;
  };
  const reserved = source.startsWith('~');
  if (reserved) at = 1;
  const pattern = { parts: sequence(false), reserved };
  parsed.set(source, pattern);
  return pattern;
}

function drawParts(parts: readonly Part[], random: Random, all: boolean): Phrase {
  let text = '';
  let reserved = false;
  for (const part of parts) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const option = random.pick(all ? part.options : part.options.filter((o) => !o.reserved));
    const inner = drawParts(option.parts, random, all);
    text += inner.text;
    reserved ||= option.reserved || inner.reserved;
  }
  return { text, reserved };
}

/**
 * One text of one of the patterns, its slots still open. With `all`, reserved parts may occur, and the result says
 * whether one did.
 *
 * @throws RangeError if every pattern, or every alternative of a part, is reserved and `all` is false.
 */
export function drawPhrase(patterns: readonly string[], random: Random, all: boolean): Phrase {
  const open = patterns.map(parse).filter((pattern) => all || !pattern.reserved);
  const pattern = random.pick(open);
  const { text, reserved } = drawParts(pattern.parts, random, all);
  return { text, reserved: reserved || pattern.reserved };
}

/** Repeats a draw until it is of the wanted share: a reserved part for `unseen`, none for `seen`. */
export function drawShare(share: Share, draw: (all: boolean) => Phrase): string {
  if (share === 'seen') return draw(false).text;
  for (let tries = 0; tries < 500; tries++) {
    const { text, reserved } = draw(true);
    if (reserved) return text;
  }
  throw new RangeError('No held-out phrasing was found in 500 draws; reserve a part of the patterns.');
}

/** Every text of the patterns, with its slots open: for counting phrasings and for comparing the shares. */
export function language(patterns: readonly string[]): Phrase[] {
  const all = (parts: readonly Part[]): Phrase[] =>
    parts.reduce<Phrase[]>(
      (heads, part) => {
        const tails =
          typeof part === 'string'
            ? [{ text: part, reserved: false }]
            : part.options.flatMap((option) =>
                all(option.parts).map(({ text, reserved }) => ({
                  text,
                  reserved: reserved || option.reserved,
                })),
              );
        return heads.flatMap((head) =>
          tails.map((tail) => ({ text: head.text + tail.text, reserved: head.reserved || tail.reserved })),
        );
      },
      [{ text: '', reserved: false }],
    );
  return patterns
    .map(parse)
    .flatMap((pattern) =>
      all(pattern.parts).map(({ text, reserved }) => ({ text, reserved: reserved || pattern.reserved })),
    );
}

/** Replaces each `{name}` by its value; unknown names stay. */
export function fill(template: string, values: { readonly [name: string]: string | number }): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The text with a capital first letter. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The text with a small first letter. */
export function small(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
