/**
 * @file What is said where a mask is chosen: presets, switches and weights, rules, files.
 */
import { plural, weight } from './numbers';

export const policy = {
  preset: 'Mask as',
  custom: 'Custom',
  own: (knobs: number) =>
    knobs ? 'A policy of your own, with further knobs turned.' : 'A policy of your own.',
  source: 'Source',
  trained: 'Trained, and with which weight',
  kinds: { think: 'Thinking', call: 'Tool calls', answer: 'Answers', end: 'End of turn' },
  weightOf: (segment: string) => `Weight of ${segment.toLowerCase()}`,
  /** Why the four switches have no say. */
  overruled: {
    blocks: 'The template’s generation blocks decide, verbatim: what is in one is trained with weight 1.',
    noBlocks: 'This template has no generation blocks, so the segments decide.',
    completion: 'Everything after the prompt is trained with weight 1, whatever segment it is.',
    markers: 'Everything between an assistant’s header and the next user’s is trained with weight 1.',
  },
  knobs: (turned: number) => (turned ? `More knobs (${turned} turned)` : 'More knobs'),
  exportFile: 'Export policy',
  importFile: 'Import policy…',
  keep: 'Keep to compare with',
  rules: {
    title: 'Rules by regular expression',
    help: 'What a pattern matches gets the weight, in place of the segment’s. Later rules win over earlier ones.',
    rule: (number: number) => `Rule ${number}`,
    pattern: 'Pattern',
    weight: 'Weight',
    remove: 'Remove',
    removeWhat: (number: number) => ` rule ${number}`,
    add: 'Add a rule',
    where: 'Where it looks, and how',
    segments: 'Segments; none means those the model writes',
    segmentsHelp: 'Without a tick it looks into what the model writes.',
    flags: 'Flags',
    anyCase: 'any case',
    dotAll: '. matches line breaks',
    multiline: '^ and $ at each line',
    empty: 'Write a regular expression, such as \\d+.',
    stopped: 'Not known: the rules were stopped on this conversation.',
    looking: 'Looking…',
    found: (matches: number) => `${plural(matches, 'match', 'matches')} in this conversation`,
  },
  weightField: {
    wrong: 'A weight is any finite number, such as 0.3 or −1.',
    wrongUsed: (used: number) =>
      `A weight is any finite number, such as 0.3 or −1; ${weight(used)} is still used.`,
    large: (value: number) =>
      `Caution: with ${weight(value)}, these tokens decide the whole update and the others hardly count.`,
  },
};
