/**
 * @file Reading and changing one knob of a policy. A knob at its default is left out, so that a policy that was turned
 * and turned back is the one that it was.
 */
import { finiteWeight, PROMPT_ROLES, type MaskPolicy, type PromptRole } from '../mask/knobs';
import { parseNumber } from '../settings/train';
import { KNOB_GROUPS, type ChoiceKnob, type WeightKey } from './policy-knobs';

/** Weights beyond this drown all others in a batch. */
export const LARGE_WEIGHT = 100;

/** A weight as people type it; undefined where it is no finite 32-bit number. */
export function parseWeight(text: string): number | undefined {
  const value = parseNumber(text);
  if (value === undefined) return undefined;
  try {
    return finiteWeight(value, 'a field');
  } catch {
    return undefined;
  }
}

/** The value of a choice, by default its first option. */
export function choiceOf(policy: MaskPolicy, knob: ChoiceKnob): string {
  return policy[knob.key] ?? knob.options[0]?.value ?? '';
}

/** The policy with another value of a choice; a value that is no option changes nothing. */
export function withChoice(policy: MaskPolicy, knob: ChoiceKnob, value: string): MaskPolicy {
  const place = knob.options.findIndex((option) => option.value === value);
  const option = knob.options[place];
  return option ? without({ ...policy, [knob.key]: option.value }, place === 0 ? [knob.key] : []) : policy;
}

/** The weight of a knob; undefined where another knob decides. */
export function weightOf(policy: MaskPolicy, key: WeightKey): number | undefined {
  const role = roleOf(key);
  return role ? policy.roles?.[role] : policy[key as Exclude<WeightKey, `role:${PromptRole}`>];
}

/** The policy with another weight of a knob; undefined leaves it to the weight of all context. */
export function withWeight(policy: MaskPolicy, key: WeightKey, weight: number | undefined): MaskPolicy {
  const role = roleOf(key);
  if (!role) {
    const drop = weight === undefined || (key === 'prompt' && weight === 0);
    return without({ ...policy, [key]: weight }, drop ? [key] : []);
  }
  const roles = Object.fromEntries(
    Object.entries({ ...policy.roles, [role]: weight }).filter(([, value]) => value !== undefined),
  );
  return without({ ...policy, roles }, Object.keys(roles).length ? [] : ['roles']);
}

/** How many knobs are not at their default, rules counted each. */
export function knobsTurned(policy: MaskPolicy): number {
  const turned = KNOB_GROUPS.flatMap(({ knobs }) => knobs).filter((knob) =>
    knob.type === 'choice'
      ? choiceOf(policy, knob) !== knob.options[0]?.value
      : (weightOf(policy, knob.key) ?? 0) !== 0,
  );
  return turned.length + (policy.rules?.length ?? 0);
}

function roleOf(key: string): PromptRole | undefined {
  return PROMPT_ROLES.find((role) => key === `role:${role}`);
}

function without(policy: MaskPolicy, keys: readonly string[]): MaskPolicy {
  return Object.fromEntries(Object.entries(policy).filter(([key]) => !keys.includes(key))) as MaskPolicy;
}
