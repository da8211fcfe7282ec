/**
 * @file All skills, by tool.
 */
import { drawMadeTool, madeToolOf } from './made-tools';
import type { PracticeOptions } from './options';
import type { Random } from './prng';
import type { Skill } from './skill';
import { CALENDAR_SKILLS } from './skills/calendar';
import { DESK_SKILLS } from './skills/desk';
import { HELD_OUT_SKILLS } from './skills/held-out';
import { PLACE_SKILLS } from './skills/places';
import { QUANTITY_SKILLS } from './skills/quantities';
import { REFERENCE_SKILLS } from './skills/reference';
import type { Listing } from './tool';

/** The skills of the tools that training data lists. */
export const SKILLS: readonly Skill[] = [
  ...QUANTITY_SKILLS,
  ...PLACE_SKILLS,
  ...CALENDAR_SKILLS,
  ...DESK_SKILLS,
  ...REFERENCE_SKILLS,
];

export { HELD_OUT_SKILLS };

/**
 * What the questions of a conversation may be about: the skills of the split, those of the made tools that it lists, and,
 * where tools may be made, some of made tools that it does not list, for requests that must be declined.
 */
export function skillsFor(
  listings: readonly Listing[],
  random: Random,
  { split, tools, made }: PracticeOptions,
): readonly Skill[] {
  if (split === 'held-out-tools') return HELD_OUT_SKILLS;
  const listed = listings.flatMap(({ tool }) => madeToolOf(tool.description) ?? []);
  if (tools !== undefined && made === undefined) return SKILLS;
  const taken = new Set(listed.map(({ thing }) => thing));
  const others = made === 0 ? [] : Array.from({ length: 4 }, () => drawMadeTool(random, taken));
  return [...SKILLS, ...[...listed, ...others].map(({ skill }) => skill)];
}
