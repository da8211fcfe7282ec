/**
 * @file What Compare says of the chosen conversation: log-probabilities before and after, and what both models write.
 */
import { change, count, decimal, plural } from './numbers';

export const compare = {
  title: 'Compare',
  /** Scores of the trained tokens. */
  scores: {
    /** Before a run, of the conversation as the strip shows it. */
    caption: 'Mean log-probability of trained tokens in this conversation, as it is shown',
    /** `how` is a way to divide conversations. */
    captionBy: (run: string, how: string, sequences: number) =>
      `Mean log-probability of trained tokens in this conversation, divided and masked as in ${run}: ${how}, ${plural(sequences, 'sequence')}`,
    captionRecorded: (run: string) =>
      `Mean log-probability of trained tokens in this conversation, as recorded. ${run} did not train them: it learnt from what the model wrote`,
    changedSince: (run: string) =>
      `The page is set to another mask or division now. This still is what ${run} trained; a new run will go by the new setting.`,
    noneBy: (run: string) => `${run} trains no token of this conversation.`,
    /** Beside the strip's colours. */
    strip: (run: string, how: string) =>
      `Measured on the conversation as it stands here. ${run} trained it in other sequences (${how}): Compare measures those.`,
    segment: 'Segment',
    tokens: 'Tokens',
    change: 'Change',
    all: 'all trained',
    none: 'No token of this conversation is trained.',
    show: 'Show the change on the strip',
  },
  /** Of a run on policy. */
  rewards: {
    caption: (run: string, window: number, steps: number) =>
      `What ${run} was rewarded for: completions of its first and its last ${plural(window, 'step')}, of ${count(steps)}`,
    figure: 'Mean of the completions',
    before: 'At the beginning',
    after: 'At the end',
    change: 'Change',
    reward: 'Reward',
    decision: 'Right decisions',
    share: (value: number) => `${decimal(100 * value, 1)}%`,
    points: (value: number) => `${change(100 * value, 1)} points`,
    other:
      'Each step has other prompts. “Does it call the tools that it should?” below asks both models the same questions, which no run has seen.',
  },
  write: {
    title: 'Let both write the same turn',
    turn: 'Turn',
    /** What a message does, or how it begins. */
    message: (number: number, what: string) => `Message ${number}: ${what}`,
    calls: (tool: string) => `calls ${tool}`,
    assistant: 'assistant',
    begin: 'Write both',
    stop: 'Stop writing',
    noTurn: 'This conversation has no assistant turn.',
    wrongSetting: 'A setting needs correcting.',
    prompt: 'The prompt that both were given',
    promptLabel: 'Prompt',
    outdated: 'The weights have changed since these were written.',
    untrained: 'Nothing has been trained yet, so both are the same model.',
    same: 'Both are the same model, with the same seed.',
    tooLong: (tokens: number, context: number) =>
      `The prompt has ${tokens} tokens, and the model's context holds ${context}.`,
    tooLongRemedy: 'Choose an earlier turn or a shorter conversation.',
  },
  fields: {
    maxNewTokens: { label: 'New tokens', help: '' },
    temperature: { label: 'Temperature', help: '0 always takes the likeliest token.' },
    topK: { label: 'Top-k', help: 'So many of the likeliest; 0 keeps all.' },
    topP: { label: 'Top-p', help: 'The likeliest up to this share.' },
    minP: { label: 'Min-p', help: 'At least so likely, next to the likeliest.' },
    seed: { label: 'Seed', help: '' },
  },
  /** What one model wrote. */
  text: {
    label: (model: string) => `${model}: text`,
    reading: 'Reading the prompt…',
    endings: {
      waiting: 'waiting',
      running: 'writing…',
      ended: 'ended its turn',
      limit: 'cut at the limit',
      stopped: 'stopped by you',
      failed: 'ended by an error',
      skipped: 'not written',
    },
    how: (tokens: number, ending: string) => `${count(tokens)} tokens, ${ending}`,
    howWithMean: (tokens: number, ending: string, logProb: number) =>
      `${count(tokens)} tokens, ${ending}; mean log-probability ${decimal(logProb)}`,
    token: (segment: string, logProb: number, probability: string) =>
      `${segment}: log-probability ${decimal(logProb)} (${probability})`,
  },
};
