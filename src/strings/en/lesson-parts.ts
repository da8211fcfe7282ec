/**
 * @file What the parts of the page are called that a lesson can point at; the parts of a panel begin with its name. The keys are the
 * names that lessons use.
 */

export const lessonParts = {
  model: 'Model',
  data: 'Data',
  'data.list': 'Data: the list of conversations',
  'data.practice': 'Data: practice data',
  'data.split': 'Data: what is held out',
  mask: 'Mask',
  'mask.policy': 'Mask: the switches and weights of the segments',
  'mask.legend': 'Mask: the legend with the counts of tokens',
  'mask.overlay': 'Mask: what the strip is coloured by',
  'mask.strip': 'Mask: the strip of tokens',
  'mask.lints': 'Mask: the checks',
  sequences: 'Training sequences',
  'sequences.table': 'Training sequences: the table of strategies',
  'sequences.strips': 'Training sequences: two strategies side by side',
  train: 'Train',
  'train.objective': 'Train: the objective',
  'train.settings': 'Train: the settings',
  'train.division': 'Train: how conversations are divided',
  'train.adaptation': 'Train: what is trained of the model',
  'train.rewards': 'Train: the rewards',
  'train.start': 'Train: start, pause and reset',
  'train.progress': 'Train: how the run goes',
  'train.charts': 'Train: the charts',
  'train.rollouts': 'Train: what the model wrote',
  'train.runs': 'Train: the runs of this visit',
  compare: 'Compare',
  'compare.table': 'Compare: log-probabilities before and after',
  'compare.write': 'Compare: both write the same turn',
  'compare.changed': 'Compare: what changed in all conversations',
  'compare.report': 'Compare: decisions about tools',
  lesson: 'The lesson itself',
};
