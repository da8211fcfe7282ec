/**
 * @file What the strip can be coloured by, and the scale of each.
 */
export const overlays = {
  label: 'Colour by',
  names: {
    weight: 'Weight',
    logProb: 'Log-probability',
    probability: 'Probability',
    loss: 'Loss',
    rank: 'Rank',
    entropy: 'Entropy',
    change: 'Change',
    advantage: 'Advantage',
  },
  /** The scale, read out. */
  scale: (title: string, low: string, high: string, borders: readonly string[]) =>
    `Scale: ${title}. From ${low} to ${high}, with steps at ${borders.join(', ')}.`,
  scales: {
    weight: { title: 'weight in the loss', low: 'context', high: 'counts more' },
    logProb: { title: 'log-probability in nats', low: 'probable', high: 'surprising' },
    probability: { title: 'probability', low: 'improbable', high: 'probable' },
    loss: { title: 'weight times −log p, in nats', low: 'trained away from', high: 'costs much' },
    rank: { title: 'rank among all tokens, 1 is the most probable', low: 'first', high: 'far behind' },
    entropy: { title: 'entropy of the prediction in nats', low: 'certain', high: 'undecided' },
    change: { title: 'change of log-probability in nats', low: 'less', high: 'more probable' },
    advantage: { title: 'advantage of the completion', low: 'worse than its group', high: 'better' },
  },
  percent: (share: number) => `${100 * share}%`,
  away: 'trained away from: a broken bar above',
  noLoss: 'nothing where the weight is 0',
};
