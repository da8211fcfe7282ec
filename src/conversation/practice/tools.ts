/**
 * @file The practice world's tools, those of training and those that are held out.
 */
import type { Tool } from './tool';
import { HELD_OUT_TOOLS } from './tools/held-out';
import { OFFICE_TOOLS } from './tools/office';
import { PLACE_TOOLS } from './tools/places';
import { QUANTITY_TOOLS } from './tools/quantities';
import { REFERENCE_TOOLS } from './tools/reference';

/** The tools that training data lists. */
export const TOOLS: readonly Tool[] = [
  ...QUANTITY_TOOLS,
  ...PLACE_TOOLS,
  ...OFFICE_TOOLS,
  ...REFERENCE_TOOLS,
];

export { HELD_OUT_TOOLS };

export const ALL_TOOLS: readonly Tool[] = [...TOOLS, ...HELD_OUT_TOOLS];

/** The tool of that name, its other names included, or undefined. */
export function findTool(name: string): Tool | undefined {
  return ALL_TOOLS.find((tool) => tool.name === name || tool.aliases.includes(name));
}
