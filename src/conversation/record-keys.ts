/**
 * @file Names of fields that tell what a JSON value is: a record, or a document around records.
 */

/** Fields under which a record's list of messages is looked for, in this order. */
export const LIST_KEYS = ['messages', 'conversations', 'conversation'] as const;

/** Fields under which a document's list of records is looked for. */
export const WRAPPERS: readonly string[] = [
  'data',
  'records',
  'rows',
  'examples',
  'samples',
  'items',
  'train',
  ...LIST_KEYS,
];

/** Fields that make a document a record of its own, whatever lists it has. */
export const RECORD_KEYS = new Set<string>(
  'prompt completion chosen rejected instruction output query answers text segments chosen_response rejected_response'.split(
    ' ',
  ),
);
