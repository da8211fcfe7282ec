/**
 * @file What stands around the guide's questions and answers, which are in `guide-text.ts`.
 */

export const guide = {
  title: 'Guide',
  close: 'Close',
  questions: 'Questions',
  figuresMissing: 'The figures are missing',
  link: { title: 'Link to this guide', copy: 'Copy link to guide' },
  answer: {
    lesson: (title: string) => `See it in a lesson: ${title}`,
    step: (name: string) => `Go to ${name}`,
    sources: 'Sources',
    sourcesAndFigures: 'Sources and figures',
    /** Behind a figure's value: what it is of, the file that it was read from, and when. */
    figure: (about: string, date: string) => ({ before: `: ${about}. From `, after: `, ${date}.` }),
  },
  experiment: {
    caption: 'Every arm at its end',
    arm: 'Arm',
    decision: 'Decision right',
    falseCalls: 'False calls',
    missedCalls: 'Missed calls',
    answer: 'Right answer',
    tokens: 'Tokens',
    processor: 'Processor time',
    findings: 'What follows from it, word for word',
    /** Behind the name of the report's file. */
    source: (date: string) => ({ before: 'From ', after: `, read on ${date}.` }),
  },
  figures: {
    experimentUnknown: 'Whether it was run by now is not known here.',
    unreadable: (reason: string) => `The guide’s figures cannot be read: ${reason}.`,
    notJson: 'they are not JSON',
    missing: (field: string) => `“${field}” is missing`,
    lacksField: (figure: string) => `“${figure}” lacks a field`,
    remedy: 'Reload the page; the text holds without them.',
  },
};
