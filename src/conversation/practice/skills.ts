/**
 * @file All skills, by tool.
 */
import type { Skill } from './skill';
import { CALENDAR_SKILLS } from './skills/calendar';
import { DESK_SKILLS } from './skills/desk';
import { HELD_OUT_SKILLS } from './skills/held-out';
import { PLACE_SKILLS } from './skills/places';
import { QUANTITY_SKILLS } from './skills/quantities';
import { REFERENCE_SKILLS } from './skills/reference';

/** The skills of the tools that training data lists. */
export const SKILLS: readonly Skill[] = [
  ...QUANTITY_SKILLS,
  ...PLACE_SKILLS,
  ...CALENDAR_SKILLS,
  ...DESK_SKILLS,
  ...REFERENCE_SKILLS,
];

export { HELD_OUT_SKILLS };
