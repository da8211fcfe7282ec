/**
 * @file What Compare says of the chosen conversation: log-probabilities before and after, and what both models write.
 */
import { change, count, decimal, nats, plural } from './numbers';

export const compare = {
  title: 'Compare',
  /** Scores of the trained tokens. */
  scores: {
    /** Before a run, of the conversation as the strip shows it. */
    caption: 'Mean log-probability of trained tokens in this conversation, as it is shown',
    /** While there is a run, and what it trains has not been measured, or where it was deleted. */
    captionMask:
      'Mean log-probability of the tokens that the mask has chosen in this conversation, as it is shown',
    /** What a run's tokens are called. */
    tokensOf: {
      taken: () => 'trained tokens',
      would: (run: string) => `the tokens that ${run} would train`,
      /** With a weight that may be 0. */
      wouldTake: (run: string) => `the tokens that ${run} would take`,
      unknown: (run: string) => `the tokens that ${run} trains`,
    },
    /** `tokens` are some of those above; `how` is a way to divide conversations. */
    captionBy: (tokens: string, run: string, how: string, sequences: number) =>
      `Mean log-probability of ${tokens} in this conversation, divided and masked as in ${run}: ${how}, ${plural(sequences, 'sequence')}`,
    /** Of a run of which nobody knows the mask. */
    captionPageMask: (tokens: string, how: string, sequences: number) =>
      `Mean log-probability of ${tokens} in this conversation by the page’s mask: ${how}, ${plural(sequences, 'sequence')}`,
    /** Of objectives that learn from recorded completions; what stands before one is context. */
    captionCompletion: (tokens: string, run: string, how: string, sequences: number) =>
      `Mean log-probability of ${tokens} in this conversation: its recorded completion alone, divided and masked as in ${run}: ${how}, ${plural(sequences, 'sequence')}`,
    captionPair: (tokens: string, completions: string, run: string) =>
      `Mean log-probability of ${tokens} in this conversation: its ${completions} alone, masked as in ${run}`,
    completions: {
      recorded: 'recorded completion',
      chosen: 'chosen completion',
      rejected: 'rejected completion',
      both: 'chosen and its rejected completion',
    },
    captionRecorded: (run: string) =>
      `Mean log-probability of this conversation’s recorded turns. ${run} trained none of these tokens: a run on policy learns from what the model writes`,
    /** Of a conversation that a run did not train as it is now; `trains` is one of those below. */
    notTaken: (run: string, trains: string) =>
      `This conversation took no part in ${run}: these are the tokens that ${run} ${trains} in it.`,
    /** It was edited, or is another one. */
    conversationChanged: (run: string, trains: string) =>
      `${run} took something else under this id: the conversation, its rating or the template was another. These are the tokens that ${run} ${trains} in it now.`,
    /** Of objectives that multiply a completion by a factor of all rewards of its group, which may vanish. */
    mayBeWeightless: (run: string) => `By its reward ${run} may give them the weight 0.`,
    /** Of a run of an older session file: what that does not say. */
    doubts: {
      conversations: (run: string) =>
        `${run} comes from an older session file, which does not say which conversations it took. If this was one of them, these are the tokens that ${run} trained in it.`,
      rewards: (run: string) =>
        `${run} comes from an older session file, which says neither which conversations it took nor by which rewards it went. If this was one of them, with the reward that it has in the data, these are the tokens that ${run} trained in it.`,
      mask: (run: string) =>
        `${run} comes from an older session file, which says neither by which mask it trained nor which conversations it took. These are the tokens that it would train by the page’s mask.`,
    },
    /** The page has other settings than the run had. */
    changedSince: {
      taken: (run: string) =>
        `The page is set to another mask or division now. This still is what ${run} trained; a new run will go by the new setting.`,
      would: (run: string) =>
        `The page is set to another mask or division now. This table goes by those of ${run}; a new run will go by the new setting.`,
      /** Of a run of which nobody knows the mask. */
      division: (run: string) =>
        `The page is set to another division now. This table goes by that of ${run}; a new run will go by the new setting.`,
    },
    noneBy: (run: string, reason: string | undefined) =>
      [`${run} trains no token of this conversation.`, ...(reason === undefined ? [] : [reason])].join(' '),
    /** The same of a run of an older session file. */
    noneDoubted: (run: string, reason: string | undefined) =>
      [
        `${run} comes from an older session file, which does not say what it trained. As the data and the page are now, it would train no token of this conversation.`,
        ...(reason === undefined ? [] : [reason]),
      ].join(' '),
    /** What a run does to a conversation. */
    trains: { taken: 'trained', would: 'would train', wouldTake: 'would take', unknown: 'trains' },
    /** Beside the strip's colours; `trains` is one of those above. */
    strip: (run: string, trains: string, how: string) =>
      `Measured on the conversation as it stands here. ${run} ${trains} it in other sequences (${how}): Compare measures those.`,
    /** `completions` are some of those above. */
    stripCompletion: (run: string, trains: string, completions: string) =>
      `The mask’s underlining is shown here. Of this conversation ${run} ${trains} its ${completions} alone: Compare measures that.`,
    region: 'Log-probabilities by segment',
    segment: 'Segment',
    tokens: 'Tokens',
    change: 'Change',
    all: 'all trained',
    allMeasured: 'all measured',
    parts: {
      chosen: 'Chosen completion',
      rejected: 'Rejected completion',
      good: 'Good completion',
      bad: 'Bad completion',
    },
    /** Before the name of a row, for who does not see under which completions it stands. */
    underPart: (part: string) => `${part}: `,
    none: 'No token of this conversation is trained.',
    show: 'Show the change on the strip',
  },
  /** Of a run on policy. */
  rewards: {
    caption: (run: string, window: number, steps: number) =>
      `What ${run} was rewarded for: completions of its first and its last ${window === 1 ? 'step' : plural(window, 'step')}, of ${count(steps)}`,
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
    thinking: (tokens: number) => `Thinking, ${plural(tokens, 'token')}`,
    thoughtOnly: 'It wrote thinking alone, and no answer.',
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
      `${count(tokens)} tokens, ${ending}; mean log-probability ${nats(logProb)}`,
    token: (segment: string, logProb: number, probability: string) =>
      `${segment}: log-probability ${nats(logProb)} (${probability})`,
  },
};
