/**
 * @file Tools about quantities: arithmetic, units, currencies.
 */
import { evaluateExpression } from '../arithmetic';
import type { Tool, ToolResult } from '../tool';
import type { World } from '../world';

const round = (value: number, decimals: number): number => Number(value.toFixed(decimals));

/** Units by quantity, each with its size in the first unit of its quantity. */
const UNIT_SIZES = new Map(
  Object.entries({
    m: { quantity: 'length', size: 1 },
    km: { quantity: 'length', size: 1000 },
    cm: { quantity: 'length', size: 0.01 },
    miles: { quantity: 'length', size: 1609.344 },
    feet: { quantity: 'length', size: 0.3048 },
    inches: { quantity: 'length', size: 0.0254 },
    kg: { quantity: 'mass', size: 1 },
    grams: { quantity: 'mass', size: 0.001 },
    pounds: { quantity: 'mass', size: 0.45359237 },
    litres: { quantity: 'volume', size: 1 },
    cups: { quantity: 'volume', size: 0.25 },
    gallons: { quantity: 'volume', size: 3.785411784 },
    hours: { quantity: 'time', size: 60 },
    minutes: { quantity: 'time', size: 1 },
    days: { quantity: 'time', size: 1440 },
  }),
);
export const UNITS: readonly string[] = [...UNIT_SIZES.keys()];

/** Units of the same quantity as `unit`, itself left out. */
export function unitsLike(unit: string): string[] {
  return UNITS.filter((u) => u !== unit && UNIT_SIZES.get(u)?.quantity === UNIT_SIZES.get(unit)?.quantity);
}

/** Currencies by code: what people call them, and about how many of them a euro buys. */
export const CURRENCIES: ReadonlyMap<string, { word: string; perEuro: number }> = new Map(
  Object.entries({
    EUR: { word: 'euros', perEuro: 1 },
    USD: { word: 'dollars', perEuro: 1.1 },
    GBP: { word: 'pounds', perEuro: 0.85 },
    CHF: { word: 'francs', perEuro: 0.95 },
    JPY: { word: 'yen', perEuro: 160 },
    SEK: { word: 'crowns', perEuro: 11.5 },
    INR: { word: 'rupees', perEuro: 90 },
    MXN: { word: 'pesos', perEuro: 19 },
  }),
);

/** How many `to` one `from` buys in a world: near the usual rate, up to a tenth off. Undefined for unknown codes. */
function rateOf(world: World, from: string, to: string): number | undefined {
  const [a, b] = [CURRENCIES.get(from), CURRENCIES.get(to)];
  if (!a || !b) return undefined;
  const drift = (code: string): number => 0.95 + (world.draw('rate', code) % 1000) / 10000;
  const rate = (b.perEuro * drift(to)) / (a.perEuro * drift(from));
  return round(rate, rate > 10 ? 1 : rate > 0.1 ? 2 : 4);
}

export const QUANTITY_TOOLS: readonly Tool[] = [
  {
    name: 'calculate',
    aliases: ['calculator', 'compute', 'evaluate_sum'],
    description: 'Compute an expression',
    parameters: { expression: { type: 'string', aliases: ['formula', 'sum'] } },
    required: ['expression'],
    simulate: ({ expression }): ToolResult => {
      try {
        return { result: round(evaluateExpression(String(expression)), 6) };
      } catch (error) {
        return { error: error instanceof Error ? error.message : String(error) };
      }
    },
  },
  {
    name: 'convert_units',
    aliases: ['unit_converter', 'change_unit'],
    description: 'Convert a measure',
    parameters: {
      value: { type: 'number', aliases: ['quantity'] },
      from: { type: 'string', aliases: ['from_unit'] },
      to: { type: 'string', aliases: ['to_unit'] },
    },
    required: ['value', 'from', 'to'],
    simulate: ({ value, from, to }): ToolResult => {
      const [a, b] = [UNIT_SIZES.get(String(from)), UNIT_SIZES.get(String(to))];
      if (!a || !b || a.quantity !== b.quantity) return { error: 'units do not match' };
      return { value: round((Number(value) * a.size) / b.size, 2) };
    },
  },
  {
    name: 'convert_currency',
    aliases: ['money_converter', 'change_money'],
    description: 'Convert money',
    parameters: {
      amount: { type: 'number', aliases: ['sum'] },
      from: { type: 'string', aliases: ['source'] },
      to: { type: 'string', aliases: ['target'] },
    },
    required: ['amount', 'from', 'to'],
    simulate: ({ amount, from, to }, world): ToolResult => {
      const rate = rateOf(world, String(from), String(to));
      return rate === undefined ? { error: 'unknown currency' } : { amount: round(Number(amount) * rate, 2) };
    },
  },
  {
    name: 'exchange_rate',
    aliases: ['currency_rate', 'get_rate'],
    description: 'Rate of two currencies',
    parameters: {
      base: { type: 'string', aliases: ['from'] },
      quote: { type: 'string', aliases: ['to', 'target'] },
    },
    required: ['base', 'quote'],
    simulate: ({ base, quote }, world): ToolResult => {
      const rate = rateOf(world, String(base), String(quote));
      return rate === undefined ? { error: 'unknown currency' } : { rate };
    },
  },
];
