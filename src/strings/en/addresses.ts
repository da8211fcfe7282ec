/**
 * @file Settings in an address: what those are called that have no table of their own, and what is said of a value that does not hold.
 */

export const addresses = {
  labels: {
    heldOut: 'Held out, %',
    heldOutSeed: 'Seed of the held-out split',
    practice: (label: string) => `Practice data: ${label}`,
    practiceShown: 'Practice data: contested turns',
    practiceWithout: 'Practice data: tools left out',
    mask: 'Mask',
    policy: 'Mask policy',
    overlay: 'Colour by',
    sequences: 'Training sequences',
    truncate: 'What is cut',
    objective: 'Objective',
    lora: 'LoRA rank',
    loraAlpha: 'LoRA α',
    loraRs: 'rsLoRA',
    loraTargets: 'LoRA projections',
    schedule: 'Schedule',
    recompute: 'Layers computed twice',
    packing: 'Rows',
    /** `?engine=`: what computes. */
    engine: 'The engine',
  },
  /** In place of a policy's text. */
  ownPolicy: 'changed by hand',
  problems: {
    oneOf: (label: string, values: string) => `${label} must be one of ${values}.`,
    names: (label: string) =>
      `${label} must be names of letters, digits, “_”, “-” and “.”, with commas between them.`,
    withRemedy: (message: string, remedy: string) => `${message} ${remedy}`,
    unknown: (key: string) => `“${key}”: there is no such setting.`,
    /** What is wrong with the value of a setting. */
    of: (key: string, value: string, problem: string) => `“${key}” = “${value}”: ${problem}`,
    twice: 'it is given twice; the first one holds.',
    long: (characters: number, most: number) => `it has ${characters} characters; at most ${most} are read.`,
    more: (problems: number) => `And ${problems} more.`,
  },
};
