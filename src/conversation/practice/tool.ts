/**
 * @file What a practice tool is: a JSON schema with types, other names that it may be listed under, and a
 * deterministic simulator.
 */
import type { Json, ToolSchema } from '../types';
import type { World } from './world';

/** One parameter, in the part of JSON Schema that the practice tools use. */
export interface Parameter {
  type: 'string' | 'number' | 'integer';
  enum?: readonly string[];
  /** Other names that a listing may give it. */
  aliases?: readonly string[];
}

export type Arguments = { [key: string]: Json };
export type ToolResult = { [key: string]: Json };

export interface Call {
  name: string;
  arguments: Arguments;
}

export interface Tool {
  name: string;
  /** Other names that a listing may give it. No two tools share a name. */
  aliases: readonly string[];
  description: string;
  parameters: { readonly [name: string]: Parameter };
  required: readonly string[];
  /** The result of a call with valid arguments. The same world and arguments give the same result. */
  simulate: (args: Arguments, world: World) => ToolResult;
}

/** A tool as one conversation lists it: under which name, and its parameters under which names. */
export interface Listing {
  tool: Tool;
  name: string;
  /** The listed name of each parameter, by its own name. */
  parameters: { readonly [own: string]: string };
}

/** A tool under its own names. */
export function plainListing(tool: Tool): Listing {
  const parameters = Object.fromEntries(Object.keys(tool.parameters).map((name) => [name, name]));
  return { tool, name: tool.name, parameters };
}

/** A listing in the shape that chat templates expect. */
export function listingSchema({ tool, name, parameters }: Listing): ToolSchema {
  const properties: { [key: string]: Json } = {};
  for (const [own, { type, enum: values }] of Object.entries(tool.parameters)) {
    properties[parameters[own] ?? own] = values ? { type, enum: [...values] } : { type };
  }
  const required = tool.required.map((own) => parameters[own] ?? own);
  return {
    type: 'function',
    function: { name, description: tool.description, parameters: { type: 'object', properties, required } },
  };
}

/** A call of a listing, its arguments given under the tool's own names. */
export function callOf(listing: Listing, args: Arguments): Call {
  return {
    name: listing.name,
    arguments: Object.fromEntries(
      Object.entries(args).map(([own, value]) => [listing.parameters[own] ?? own, value]),
    ),
  };
}

/**
 * What is wrong with the arguments of a call, in one sentence that names the parameter as the listing does; undefined
 * when they fit the schema.
 */
export function argumentProblem(listing: Listing, args: Arguments): string | undefined {
  const { tool, parameters } = listing;
  const missing = tool.required
    .map((own) => parameters[own] ?? own)
    .find((name) => !Object.hasOwn(args, name));
  if (missing) return `The argument “${missing}” is missing.`;
  for (const [name, value] of Object.entries(args)) {
    const own = ownName(listing, name);
    const parameter = own === undefined ? undefined : tool.parameters[own];
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

/** A parameter's own name, from the name that the listing gives it. */
export function ownName({ parameters }: Listing, listed: string): string | undefined {
  return Object.keys(parameters).find((own) => parameters[own] === listed);
}
