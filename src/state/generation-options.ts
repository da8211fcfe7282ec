/**
 * @file The settings of the texts that both models write, as they are typed: what each may be, and the numbers that they give.
 */
import { generation as words } from '$strings/generation';
import { parseNumber } from '../settings/train';

interface Rule {
  initial: string;
  whole?: boolean;
  least: number;
  most: number;
}

/** Tokens that a text may take where nothing is known of it. */
export const NEW_TOKENS = 64;

const RULES = {
  maxNewTokens: { initial: String(NEW_TOKENS), whole: true, least: 1, most: 4096 },
  temperature: { initial: '0', least: 0, most: 5 },
  topK: { initial: '0', whole: true, least: 0, most: 1_000_000 },
  topP: { initial: '1', least: 0.01, most: 1 },
  minP: { initial: '0', least: 0, most: 1 },
  seed: { initial: '1', whole: true, least: 0, most: 2 ** 32 - 1 },
} satisfies Record<string, Rule>;

export type GenerationField = keyof typeof RULES;
/** What the fields hold. */
export type GenerationDrafts = Record<GenerationField, string>;

const FIELDS = Object.keys(RULES) as GenerationField[];

function forAll<T>(make: (field: GenerationField) => T): Record<GenerationField, T> {
  return Object.fromEntries(FIELDS.map((field) => [field, make(field)])) as Record<GenerationField, T>;
}

/** What the fields hold at first: the likeliest token, always. */
export function initialDrafts(): GenerationDrafts {
  return forAll((field) => RULES[field].initial);
}

/** What is wrong with a field, or undefined. */
export function generationProblem(field: GenerationField, text: string): string | undefined {
  const { whole = false, least, most }: Rule = RULES[field];
  const value = parseNumber(text);
  const fits = value !== undefined && value >= least && value <= most && (!whole || Number.isInteger(value));
  return fits ? undefined : words[field];
}

/** The numbers of the form, or undefined where one is wrong. */
export function generationOptions(drafts: GenerationDrafts): Record<GenerationField, number> | undefined {
  if (FIELDS.some((field) => generationProblem(field, drafts[field]))) return undefined;
  return forAll((field) => parseNumber(drafts[field]) ?? 0);
}
