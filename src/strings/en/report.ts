/**
 * @file What the section of the tool-decision report says.
 */
import { count, plural } from './numbers';

export const report = {
  title: 'Does it call the tools that it should?',
  about:
    'The models react to the user turns of conversations that training never shows, and their calls are run where that can be done. What is recorded there is what is right.',
  source: 'Conversations of',
  ownSource: (name: string, heldOut: number) => `${name} (${heldOut})`,
  fields: { count: 'Conversations', seed: 'Seed' },
  also: 'Measure as well',
  measure: 'Measure both',
  measureAll: (models: number) => `Measure ${count(models)} models`,
  stop: 'Stop measuring',
  progress: 'Turns measured',
  done: (done: number, total: number) => `${done} of ${total} turns`,
  noHeldOut: 'No conversation is held out; choose a share in Data.',
  wrongSetting: 'A setting needs correcting.',
  outdated: 'The weights have changed since this was measured.',
  turns: 'Turns',
  region: 'Tool decisions',
  caption: (title: string, turns: number) => `${title}: ${plural(turns, 'turn')}. Shares with 95% intervals.`,
  captionWithout: (title: string, turns: number, left: number) =>
    `${title}: ${plural(turns, 'turn')}, ${left} of them left out: they do not fit into the context. Shares with 95% intervals.`,
  figure: 'Figure',
  /** One figure of some turns alone. */
  ofTurns: (figure: string, turns: string) => `${figure}, ${turns}`,
  change: 'Change, in points',
  changeOf: (model: string) => `Change of ${model}, in points`,
  hits: (hits: number, cases: number) => `${hits} of ${cases}`,
  /** A change goes by the turns to which the figure applies under both models. */
  pairs: (cases: number) => `of the same ${plural(cases, 'turn')}`,
  pairsNote:
    'A change is measured on the turns to which the figure applies under both models; where they are fewer, it is not the difference of the two shares.',
  noWidth: 'An interval without width says that no turn changed, not that none could.',
  interval: (low: string, high: string) => `${low} to ${high}`,
  verdicts: { better: 'better', worse: 'worse', neither: 'not told apart' },
};
