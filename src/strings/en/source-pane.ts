/**
 * @file What the messages beside the strip say.
 */
export const sourcePane = {
  label: 'Messages as they were brought',
  tools: 'tools',
  message: (number: number, role: string) => `${number} ${role}`,
  segment: (number: number, role: string, segment: string) => `${number} ${role}, ${segment}`,
  goTo: ': go to its tokens',
  dropped: {
    thinking: 'Not in the rendered text: the template drops the thinking of this turn.',
    other: 'Not in the rendered text: the template drops it.',
    /** Behind that of thinking. */
    lesson: 'Why templates do so (a lesson, in a new tab)',
  },
};
