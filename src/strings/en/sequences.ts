/**
 * @file What is said of the ways to divide conversations into training sequences.
 */
import { count, decimal, plural, weight } from './numbers';

/** How often a token is trained: `3 times`. */
const often = (times: number) => (times === 0 ? 'never' : times === 1 ? 'once' : `${count(times)} times`);

export const sequences = {
  title: 'Training sequences',
  question: 'Is my split right?',
  hide: 'Hide',
  hideWhat: ' the training sequences',
  show: 'Compare the ways to divide it',
  choose: 'Choose a conversation in Data to see what each strategy makes of it.',
  scope: {
    label: 'Compared over',
    conversation: 'This conversation',
    all: (conversations: number) => `All ${count(conversations)} of a run`,
  },
  reduction: {
    label: 'Loss as a mean over',
    tokenMean: 'trained tokens (as here)',
    sampleMean: 'sequences',
  },
  notCompared: 'The strategies could not be compared',
  notMade: 'The sequences could not be made',
  about:
    'Turns count from the first user message; the weight says how much a token of the turn counts in the loss against training every message once, where 1 is no difference. Unlike inference: trained messages whose context, or own text, the model never has when it writes them.',
  onPolicy:
    'The chosen objective trains what the model writes and divides no recorded conversation: what stands here is about objectives that learn from recorded ones.',
  /** Behind the names of strategies whose rows are equal. */
  same: {
    names: (strategies: readonly string[]) =>
      `${strategies.slice(0, -1).join(', ')} and ${strategies.at(-1) ?? ''}`,
    'one-turn': (names: string) =>
      `${names} come to the same here: with one user turn there is nothing to divide. Bring a conversation of several turns to see them differ.`,
    kept: (names: string) =>
      `${names} come to the same here: the template keeps the history as it was, so that one sequence serves all turns.`,
    rewritten: (names: string) =>
      `${names} come to the same here: the template rewrites the history at every user turn, so that Merge and fork has to begin a new sequence at each. Where a template keeps the history, it goes on in one.`,
  },
  progress: (done: number, all: number) => `Compared ${count(done)} of ${count(all)} conversations…`,
  cancel: 'Cancel',
  cancelled: 'Cancelled.',
  resume: 'Compare all',
  refused: (conversations: number) =>
    `${plural(conversations, 'conversation')} could not be rendered and ${conversations === 1 ? 'is' : 'are'} not counted.`,
  comparing: 'Comparing…',
  table: {
    label: 'Strategies',
    caption: 'What each way of dividing conversations into sequences does',
    more: 'There is more to the right: scroll the table sideways.',
    strategy: 'Strategy',
    sequences: 'Sequences',
    tokens: 'Tokens',
    trained: 'Trained',
    cost: 'Cost',
    costOperations: 'Operations, estimated',
    costTokens: 'Tokens',
    factor: (value: number) => `${decimal(value, 2)}×`,
    unknown: '–',
    turns: 'Each turn is trained, at weight',
    turn: (turn: number) => `${turn}:`,
    never: 'never',
    times: (times: number) => (Number.isInteger(times) ? `${times}×` : `${decimal(times, 1)}×`),
    atWeight: 'at weight',
    moreTurns: (turns: number) => `and ${turns} more turns`,
    unlike: 'Unlike inference',
    unlikeNone: 'none',
    unlikeSome: (contexts: number, all: number) => `${count(contexts)} of ${count(all)}`,
    use: 'Use',
    useWhat: (strategy: string) => ` ${strategy} for training`,
    inUse: 'In use',
  },
  sides: {
    title: 'Two of them side by side',
    names: ['Left', 'Right'],
    group: (side: string, strategy: string) => `${side}: ${strategy}`,
    dividing: 'Dividing…',
    none: 'This strategy makes no sequence of this conversation.',
    sequence: (number: number, all: number) => `Sequence ${number} of ${all}`,
    more: (left: number) => `Show more (${count(left)} left)`,
    notes: (notes: number) => plural(notes, 'note'),
    note: (message: number, text: string) => `Message ${message}: ${text}`,
  },
  strip: {
    counts: (tokens: number, trained: number) => `${plural(tokens, 'token')}, ${count(trained)} trained`,
    cut: (tokens: number) => `Cut from ${count(tokens)} tokens.`,
    label: (title: string) => `Tokens of ${title}`,
    message: (number: number, role: string) => `${number} ${role}`,
    template: 'template',
    trained: 'trained',
    trainedAgain: (time: number, of: number) => `trained, time ${time} of ${of}`,
    unlike: (title: string) => `Unlike inference in ${title}`,
    unlikeMessage: (number: number) => `Message ${number}`,
    unlikeTag: '≠ inference',
  },
  difference: {
    label: 'Differences between the two',
    same: (tokens: number) =>
      `Both train the same ${plural(tokens, 'token')}, with the same weights in all their sequences.`,
    nothing: 'Neither trains anything of this conversation.',
    /** Parts that are zero are left out. */
    some: (
      trained: number,
      { onlyA, onlyB, other, alike }: { onlyA: number; onlyB: number; other: number; alike: number },
    ) => {
      const parts = [
        onlyA && `${count(onlyA)} by Left alone`,
        onlyB && `${count(onlyB)} by Right alone`,
        other && `${count(other)} by both, but not as much`,
        alike && `${count(alike)} alike`,
      ].filter((part) => part);
      return `Of ${plural(trained, 'token')} that either trains: ${parts.join(', ')}.`;
    },
    weights: (left: number, right: number) =>
      `The weights of all sequences add up to ${weight(left)} in Left and ${weight(right)} in Right.`,
    onlyA: 'Left alone trains',
    onlyB: 'Right alone trains',
    other: 'trained in both, not as much',
    tag: (left: number, right: number) => `Left ${weight(left)} Right ${weight(right)}`,
    list: 'By message',
    listLabel: 'Where the two differ, by message',
    message: 'Message',
    template: 'template',
    row: (number: number, role: string) => `${number} ${role}`,
    segment: 'Segment',
    tokens: 'Tokens',
    left: 'Left trains each',
    right: 'Right trains each',
    /** How often, and the sum of the weights where that says something else. */
    times: (times: number, sum: number) =>
      times === 0 || sum === times ? often(times) : `${often(times)}, weights add up to ${weight(sum)}`,
  },
  /** How a run divides, among the settings of a run. */
  division: {
    strategy: 'Training sequences',
    cut: 'Longer ones are cut',
  },
};
