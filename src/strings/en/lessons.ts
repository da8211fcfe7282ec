/**
 * @file What the page says of lessons while none is open: their list, opening them, and what a broken file of theirs lacks.
 */
export const lessons = {
  list: {
    label: 'Lessons',
    /** Under a title, in its list: how long it takes, and how far one has come. */
    minutes: (minutes: number) => `${minutes} minutes`,
    done: (minutes: number) => `${minutes} minutes · ✓ gone through`,
    begun: (minutes: number, step: number) => `${minutes} minutes · at step ${step}`,
  },
  /** Where the one that the address names will stand. */
  coming: 'The lesson is loading…',
  /** Why none can be opened or closed. */
  running: 'A run is in progress; stop it before you open or close a lesson.',
  runGoesOn: {
    title: 'A run is in progress',
    message: 'The run goes by the mask and the settings that it began with.',
    remedy: 'Stop the run, and do this again.',
  },
  /** Where a lesson was chosen under a run. */
  waiting: {
    label: 'The lesson waits',
    why: (paused: boolean) =>
      `The lesson cannot open while a run is ${paused ? 'paused' : 'in progress'}: it brings a mask, settings and weights of its own.`,
    stop: 'Stop the run and open it',
    stay: 'Stay here',
  },
  /** Where a lesson closed, and the weights that it had put aside are not there; before `remedy` stands why. */
  weights: {
    title: 'Your tuned weights did not come back after the lesson',
    notKept:
      'They are not kept any more: their run was deleted, or the memory for kept weights was full. The original weights are in their place.',
    remedy: 'Train again, or go back to weights that are still kept in the list of runs.',
  },
  notListed: 'The lessons could not be listed',
  notOpened: 'The lesson could not be opened',
  ofLink: 'The lesson of the link',
  runtime: {
    failed: (reason: string) => `The part of the page that runs lessons could not be loaded: ${reason}`,
    remedy: 'Check the connection, and try again.',
  },
  missing: { message: (file: string) => `${file} does not exist.`, remedy: 'Choose another lesson.' },
  address: {
    none: (text: string) => `“${text}” is no address.`,
    correct: 'Correct the link.',
    insecure: (host: string) => `${host} is not asked without https.`,
    useHttps: 'Use an https link.',
  },
  /** A lesson's file at an address: the reason goes into `failed`, and each has its remedy. */
  download: {
    failed: (url: string, reason: string) => `The lesson at ${url} could not be loaded: ${reason}.`,
    noAnswer: 'the server did not answer',
    checkConnection: 'Check the address and the connection.',
    otherServer: 'this page may not read from other servers',
    bringFile: 'Download the file and drop it on the page, or put it on the server of this page.',
    status: (status: number) => `the server answered with status ${status}`,
    checkAddress: 'Check the address.',
    tooLarge: 'it is larger than 5 MB',
    shorten: 'Leave some conversations out of it.',
  },
  /** A lesson's file: a field, what is wrong with it, and the remedy. What only an open lesson needs is in `lesson-file.ts`. */
  file: {
    inFile: (file: string, told: string) => `${file}: ${told}`,
    wrong: (path: string, reason: string) => `“${path}” ${reason}.`,
    wrongInStep: (step: number, path: string, reason: string) => `step ${step}, “${path}”, ${reason}.`,
    /** Behind a reason. */
    atLine: (reason: string, line: number) => `${reason} (line ${line})`,
    /** Several at once, each on a line of its own; `more` are not told. */
    several: (file: string, mistakes: number, told: readonly string[], more: number) =>
      [
        `${file} has ${mistakes} mistakes:`,
        ...told.map((mistake, i) => `${i + 1}. ${mistake.charAt(0).toUpperCase()}${mistake.slice(1)}`),
        ...(more ? [`And ${more} more.`] : []),
      ].join('\n'),
    withFix: (told: string, fix: string) => `${told} ${fix}`,
    /** In place of a long list of names that an earlier mistake has, by its number. */
    asUnder: (mistake: number) => `Use one of the names under ${mistake}.`,
    correctAll: 'Correct them.',
    didYouMean: (names: readonly string[]) =>
      `Did you mean ${names.map((name) => `“${name}”`).join(' or ')}?`,
    remedy: (file: string, remedy: string) => `${remedy} Then open ${file} again.`,
    correct: (path: string) => `Correct “${path}”.`,
    notJson: (file: string, reason: string) => `${file} is not valid JSON: ${reason}`,
    notJsonAtLine: (file: string, reason: string, line: number) =>
      `${file} is not valid JSON: ${reason} (line ${line}).`,
    /** Behind the whole value. */
    somethingBehind: 'something stands behind its end',
    notJsonRemedy: (file: string) => `Correct ${file} there, and open it again.`,
    object: 'must be an object',
    text: 'must be a text that is not empty',
    list: 'must be a list',
    positive: 'must be a number above 0',
    whole: (min: number, max: number) => `must be a whole number from ${min} to ${max}`,
    id: 'may hold only small letters, digits and dashes',
    unknown: 'is not a known field',
    leaveOut: (known: string) => `Leave it out, or use one of ${known}.`,
    tooLong: (characters: number, most: number) => `has ${characters} characters, and ${most} are the most`,
    shorten: 'Shorten it.',
    tooMany: (entries: number, most: number) => `has ${entries} entries, and ${most} are the most`,
    shortenList: 'Shorten the list.',
    missing: 'is missing',
    is: (value: string) => `is ${value}`,
    useOneOf: (choices: string) => `Use one of ${choices}.`,
    unusable: (reason: string) => `cannot be used: ${reason}`,
  },
};
