/**
 * @file The practice world's tools: a JSON schema and a deterministic simulator each. A call always gets a result, an
 * error result included, so that a rollout can go on.
 */
import type { Json, ToolSchema } from '../types';
import { evaluateExpression } from './arithmetic';
import { hashText } from './prng';

/** One parameter, in the part of JSON Schema that the practice tools use. */
export interface Parameter {
  type: 'string' | 'number' | 'integer';
  enum?: string[];
}

export type ToolResult = { [key: string]: Json };

export interface Tool {
  name: string;
  description: string;
  parameters: { [name: string]: Parameter };
  required: string[];
  /** The result of a call with valid arguments. The same world and arguments give the same result. */
  simulate: (args: { [key: string]: Json }, world: number) => ToolResult;
}

/** A draw that depends on the world and on the question alone. */
function lookup(world: number, ...key: string[]): number {
  return hashText(`${world}|${key.join('|')}`);
}

function pickOf<T>(list: readonly [T, ...T[]], number: number): T {
  return list[number % list.length] ?? list[0];
}

const round = (value: number, decimals: number): number => Number(value.toFixed(decimals));

/** Units by quantity, each with its size in the first unit of its quantity (temperature apart). */
const UNIT_SIZES: { [unit: string]: { quantity: string; size: number } } = {
  m: { quantity: 'length', size: 1 },
  km: { quantity: 'length', size: 1000 },
  cm: { quantity: 'length', size: 0.01 },
  miles: { quantity: 'length', size: 1609.344 },
  feet: { quantity: 'length', size: 0.3048 },
  kg: { quantity: 'mass', size: 1 },
  grams: { quantity: 'mass', size: 0.001 },
  pounds: { quantity: 'mass', size: 0.45359237 },
  litres: { quantity: 'volume', size: 1 },
  cups: { quantity: 'volume', size: 0.25 },
};
export const UNITS: readonly string[] = Object.keys(UNIT_SIZES);

/** Units of the same quantity as `unit`, itself left out. */
export function unitsLike(unit: string): string[] {
  return UNITS.filter((u) => u !== unit && UNIT_SIZES[u]?.quantity === UNIT_SIZES[unit]?.quantity);
}

export const SKIES = ['sunny', 'rainy', 'cloudy', 'windy', 'snowy', 'foggy'] as const;

export const TOOLS: readonly Tool[] = [
  {
    name: 'get_weather',
    description: 'Weather in a city',
    parameters: { city: { type: 'string' }, day: { type: 'string', enum: ['today', 'tomorrow'] } },
    required: ['city'],
    simulate: ({ city, day = 'today' }, world) => {
      const key = lookup(world, 'weather', String(city), String(day));
      return { sky: pickOf(SKIES, key), celsius: ((key >>> 8) % 45) - 10 };
    },
  },
  {
    name: 'calculate',
    description: 'Compute an expression',
    parameters: { expression: { type: 'string' } },
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
    name: 'find_contact',
    description: 'Phone number of a person',
    parameters: { name: { type: 'string' } },
    required: ['name'],
    simulate: ({ name }, world): ToolResult => {
      const key = lookup(world, 'contact', String(name).toLowerCase());
      if (key % 10 === 0) return { error: 'not found' };
      return { phone: String(100000 + ((key >>> 4) % 900000)) };
    },
  },
  {
    name: 'convert_units',
    description: 'Convert a measure',
    parameters: {
      value: { type: 'number' },
      from: { type: 'string' },
      to: { type: 'string' },
    },
    required: ['value', 'from', 'to'],
    simulate: ({ value, from, to }): ToolResult => {
      const a = UNIT_SIZES[String(from)];
      const b = UNIT_SIZES[String(to)];
      if (!a || !b || a.quantity !== b.quantity) return { error: 'units do not match' };
      return { value: round((Number(value) * a.size) / b.size, 2) };
    },
  },
  {
    name: 'set_timer',
    description: 'Start a timer',
    parameters: { minutes: { type: 'integer' }, label: { type: 'string' } },
    required: ['minutes'],
    simulate: ({ minutes }): ToolResult =>
      Number(minutes) > 0
        ? { started: true, minutes: Number(minutes) }
        : { error: 'minutes must be above 0' },
  },
  {
    name: 'check_stock',
    description: 'How many are in stock',
    parameters: { item: { type: 'string' } },
    required: ['item'],
    simulate: ({ item }, world) => ({
      count: (lookup(world, 'stock', String(item).toLowerCase()) >>> 3) % 60,
    }),
  },
];

/** The tool of that name, or undefined. */
export function findTool(name: string): Tool | undefined {
  return TOOLS.find((tool) => tool.name === name);
}

/** A tool in the shape that chat templates expect. */
export function toolSchema(tool: Tool): ToolSchema {
  const properties: { [key: string]: Json } = {};
  for (const [name, { type, enum: values }] of Object.entries(tool.parameters)) {
    properties[name] = values ? { type, enum: [...values] } : { type };
  }
  return {
    type: 'function',
    function: {
      name: tool.name,
      description: tool.description,
      parameters: { type: 'object', properties, required: [...tool.required] },
    },
  };
}

/** What is wrong with the arguments of a call, in one sentence; undefined when they fit the tool's schema. */
export function argumentProblem(tool: Tool, args: { [key: string]: Json }): string | undefined {
  const missing = tool.required.find((name) => !(name in args));
  if (missing) return `The argument “${missing}” is missing.`;
  for (const [name, value] of Object.entries(args)) {
    const parameter = tool.parameters[name];
    if (!parameter) return `The tool has no argument “${name}”.`;
    const { type, enum: values } = parameter;
    const fits =
      type === 'string' ? typeof value === 'string' : typeof value === 'number' && Number.isFinite(value);
    if (!fits || (type === 'integer' && !Number.isInteger(value))) {
      return `The argument “${name}” must be of type ${type}.`;
    }
    if (values && !values.includes(String(value))) {
      return `The argument “${name}” must be one of ${values.join(', ')}.`;
    }
  }
  return undefined;
}

/**
 * Runs a call in the world of that number. Never throws: an unknown tool or a bad argument gives `{ error }`, as a real
 * tool server would answer.
 */
export function runTool(name: string, args: { [key: string]: Json }, world: number): ToolResult {
  const tool = findTool(name);
  if (!tool) return { error: `unknown tool ${name}` };
  const problem = argumentProblem(tool, args);
  return problem ? { error: problem } : tool.simulate(args, world);
}
