/**
 * @file What is said of the content of a link, of a session's file or of what the tab kept, where a part of it does not hold.
 */

export const stored = {
  wrong: (path: string, reason: string) => `“${path}” ${reason}.`,
  remedy: 'Use a link or a file as Losslight made it.',
  /** Go on after the name of the field. */
  fields: {
    tooMany: (fields: number, most: number) => `has ${fields} fields, and ${most} are the most`,
    list: 'must be a list',
    tooManyEntries: (entries: number, most: number) => `has ${entries} entries, and ${most} are the most`,
    text: 'must be a text',
    tooLong: (characters: number, most: number) => `has ${characters} characters, and ${most} are the most`,
    empty: 'must not be empty',
    trueOrFalse: 'must be true or false',
    range: (min: number, max: number) => `must be a number from ${min} to ${max}`,
    number: 'must be a number',
    time: 'must be a date and a time, such as 2026-01-31T12:00:00',
    whole: (min: number, max: number) => `must be a whole number from ${min} to ${max}`,
    oneOf: (choices: string) => `must be one of ${choices}`,
    object: 'must be an object',
    plain: 'must be a number, a text, or true or false',
    wrong: (problem: string) => `is wrong: ${problem}`,
    otherKind: 'it is of another kind.',
    unusable: (reason: string) => `cannot be used: ${reason}`,
    notToolText: 'is not the text of its tool',
    takenId: 'is that of another conversation',
  },
  chat: {
    noColumn: 'must have an entry',
    noModel: 'names no model',
    noStep: 'does not name a message and one that follows it',
    entryPerToken: 'must have one entry a token',
    tooManyTokens: (most: number) => `has too many tokens: all messages of a chat have ${most} at most`,
  },
  page: {
    notOurs: 'This was not made by Losslight.',
    notOursRemedy: 'Open a link or file that was.',
    newer: (version: number, known: number) =>
      `This was made by a newer Losslight: it has version ${version}, and ${known} is the newest known here.`,
    newerRemedy: 'Reload the page to get the present version, and open it again.',
    setting: (problem: string) => `Setting ${problem}`,
    /** In place of names that are nobody else's business. */
    ownTokenizer: 'own tokenizer',
    otherModel: 'another model',
    sharedPart: 'shared by link',
    more: (problems: number) => `And ${problems} more.`,
  },
};
