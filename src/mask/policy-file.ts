/**
 * @file A policy as a JSON file: the four switches and the further knobs, over the default or a preset.
 *
 *     { "preset": "axolotl", "think": { "train": true, "weight": 0.3 }, "endOfTurn": "last" }
 */
import { LosslightError } from '../errors';
import { SEGMENT_KINDS, type SegmentKind } from '../template/rendered';
import { compile } from './overlays';
import {
  BASES,
  BORDERS,
  DEFAULT_POLICY,
  DETAILS,
  END_OF_TURN,
  MESSAGE_FIELDS,
  PROMPT_ENDS,
  PROMPT_ROLES,
  TRAINABLE_KINDS,
  TRAIN_OR_MASK,
  TURNS,
  type MaskPolicy,
  type MaskRule,
  type SegmentRule,
} from './knobs';
import { PRESETS, presetNamed } from './presets';

/** Knobs whose value is one of a few words. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  basis: BASES,
  turns: TURNS,
  endOfTurn: END_OF_TURN,
  promptEnds: PROMPT_ENDS,
  emptyThink: TRAIN_OR_MASK,
  earlierThink: TRAIN_OR_MASK,
  messageFields: MESSAGE_FIELDS,
  detail: DETAILS,
  border: BORDERS,
};
/** Knobs whose value is a weight. */
const WEIGHTS: readonly string[] = ['trailingNewline', 'header', 'prompt'];
const FIELDS = ['preset', ...TRAINABLE_KINDS, ...Object.keys(CHOICES), ...WEIGHTS, 'roles', 'rules'];

/**
 * Reads a policy. Fields that are absent are the preset's, or the default's.
 *
 * @throws LosslightError `bad-policy`, naming the field and what it may be.
 */
export function readPolicy(json: string): MaskPolicy {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw bad(
      `it is not valid JSON (${cause instanceof Error ? cause.message : String(cause)})`,
      'Write a JSON object.',
    );
  }
  const file = object(value, 'it', FIELDS);
  const read = Object.entries(file)
    .filter(([field]) => field !== 'preset')
    .map(([field, given]) => [field, readField(field, given)] as const);
  return { ...base(file.preset), ...(Object.fromEntries(read) as Partial<MaskPolicy>) };
}

/** True for an object that can only be meant as a policy: it has fields of one, and no others. A record's prompt is no weight. */
export function isPolicy(value: object): boolean {
  const fields = Object.entries(value);
  const known = ([field, given]: [string, unknown]) =>
    FIELDS.includes(field) && (field !== 'prompt' || typeof given === 'number');
  return fields.length > 0 && fields.every(known);
}

export function writePolicy(policy: MaskPolicy): string {
  return `${JSON.stringify(policy, null, 1)}\n`;
}

function base(name: unknown): Readonly<MaskPolicy> {
  if (name === undefined) return DEFAULT_POLICY;
  const preset = typeof name === 'string' ? presetNamed(name) : undefined;
  if (preset) return preset.policy;
  throw bad('preset names no preset', `Use one of ${PRESETS.map((known) => known.name).join(', ')}.`);
}

function readField(field: string, value: unknown): unknown {
  const choices = Object.hasOwn(CHOICES, field) ? CHOICES[field] : undefined;
  if (choices) {
    if (typeof value === 'string' && choices.includes(value)) return value;
    throw bad(`${field} is ${JSON.stringify(value)}`, `Use one of ${choices.join(', ')}.`);
  }
  if (WEIGHTS.includes(field)) return weight(value, field);
  if (field === 'roles') {
    return Object.fromEntries(
      Object.entries(object(value, field, PROMPT_ROLES)).map(([role, given]) => [
        role,
        weight(given, `roles.${role}`),
      ]),
    );
  }
  if (field === 'rules') {
    if (!Array.isArray(value)) throw bad('rules is no list', 'Write [{"pattern": "…", "weight": 0}].');
    return value.map((rule, i) => readRule(rule, `rules[${i}]`));
  }
  return readSwitch(value, field);
}

function readSwitch(value: unknown, field: string): SegmentRule {
  const { train, weight: given } = object(value, field, ['train', 'weight']);
  if (typeof train !== 'boolean') throw bad(`${field}.train is not true or false`, 'Write true or false.');
  return { train, weight: given === undefined ? 1 : weight(given, `${field}.weight`) };
}

function readRule(value: unknown, path: string): MaskRule {
  const {
    pattern,
    flags,
    kinds,
    weight: given,
  } = object(value, path, ['pattern', 'flags', 'kinds', 'weight']);
  if (typeof pattern !== 'string') throw bad(`${path}.pattern is no string`, 'Write a regular expression.');
  if (flags !== undefined && !(typeof flags === 'string' && /^[ims]*$/.test(flags))) {
    throw bad(`${path}.flags is not made of i, m and s`, 'Leave the others out.');
  }
  const known = (kind: unknown): kind is SegmentKind => SEGMENT_KINDS.includes(kind as SegmentKind);
  if (kinds !== undefined && !(Array.isArray(kinds) && kinds.every(known))) {
    throw bad(`${path}.kinds is no list of segments`, `Use some of ${SEGMENT_KINDS.join(', ')}.`);
  }
  const rule: MaskRule = {
    pattern,
    ...(flags !== undefined && { flags }),
    ...(kinds !== undefined && { kinds: kinds as SegmentKind[] }),
    weight: weight(given, `${path}.weight`),
  };
  compile(rule);
  return rule;
}

function weight(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isFinite(Math.fround(value))) return value;
  throw bad(`${path} is ${JSON.stringify(value)}`, 'A weight is any finite number.');
}

function object(value: unknown, path: string, fields: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw bad(`${path} is no object`, `It may have ${fields.join(', ')}.`);
  }
  const unknown = Object.keys(value).find((field) => !fields.includes(field));
  if (unknown !== undefined)
    throw bad(`${path} has a field “${unknown}”`, `It may have ${fields.join(', ')}.`);
  return value as Record<string, unknown>;
}

function bad(reason: string, remedy: string): LosslightError {
  return new LosslightError('bad-policy', `The policy cannot be read: ${reason}.`, remedy);
}
