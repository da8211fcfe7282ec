/**
 * @file What the messages beside the strip say.
 */
export const sourcePane = {
  label: 'Messages as they were brought',
  tools: 'tools',
  message: (number: number, role: string) => `${number} ${role}`,
  segment: (number: number, role: string, segment: string) => `${number} ${role}, ${segment}`,
  goTo: ': go to its tokens',
};
