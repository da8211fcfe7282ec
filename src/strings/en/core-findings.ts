/**
 * @file What lints find, in words: one sentence with the particulars, and the title of what would mend it, by the lint's id.
 * Tokens are counted from 0 here, as files and the command line do; messages from where `./numbers` says.
 *
 * Arguments that are texts are names, tokens or quotations of the data, and stand as they are.
 */
import { amount, messageNumber, plural } from './numbers';

const all = (names: readonly string[]) => names.join(' and ');

/** Three names in code marks, and how many more there are. */
function list(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => `\`${name}\``);
  return names.length > 3 ? `${shown.join(', ')} and ${amount(names.length - 3)} more` : all(shown);
}

/** How much longer trained stretches weigh in data whose records have `fewest` to `most` trained tokens. */
interface Bias {
  times: number;
  fewest: number;
  most: number;
}
const biased = (bias: Bias | undefined) =>
  bias
    ? `; in these records a trained token may count ${amount(bias.times)} times as much as another (${amount(bias.fewest)} to ${amount(bias.most)} a record)`
    : '';

export const coreFindings = {
  'no-trained-tokens': {
    noAssistant: 'The conversation has no assistant message, so no token is trained.',
    untraced: 'The template writes no text of the assistant that can be traced, so no token is trained.',
    weightsZero: 'No token is trained: every assistant message has weight 0.',
    maskedOut: 'No token is trained: the mask leaves out all that the assistant writes.',
    noBlocksAskedFor:
      'assistant_only_loss takes the mask from {% generation %} blocks, and the chat template has none.',
    noBlocks:
      'The mask follows {% generation %} blocks, and the chat template has none: a trainer that asks for them gets a mask of zeros.',
    allIgnored: 'Every label of the row is ignored, so no token is trained.',
    fixSegments: 'Let the segments decide',
    fixAll: 'Train all that the assistant writes',
    fixAllWhateverWeights: 'Train all that the assistant writes, whatever its messages’ weights',
  },
  'truncated-targets': {
    /** Of the whole conversation, or of the longest of several sequences. */
    keptOfWhole: (kept: number, length: number) => `${amount(kept)} of ${plural(length, 'token')} are kept`,
    keptOfLongest: (sequences: number, longest: number, fit: number) =>
      `the longest of ${plural(sequences, 'sequence')} has ${plural(longest, 'token')}, ${amount(fit)} fit`,
    removesAll: (sizes: string) => `Truncation removes every trained token (${sizes}).`,
    removesSome: (lost: number, trained: number, sizes: string) =>
      `Truncation removes ${amount(lost)} of ${plural(trained, 'trained token')} (${sizes}).`,
    fixKeep: (length: number) => `Keep ${plural(length, 'token')}`,
  },
  'mask-to-the-end': {
    runsOn: (message: number, tokens: number, quotation: string) =>
      `The mask of message ${messageNumber(message)} runs on to the end of the text: ${plural(tokens, 'token')} from ${quotation} on are trained with it.`,
    onPadding: (tokens: number) =>
      `${plural(tokens, 'token')} of padding ${tokens === 1 ? 'has a label' : 'have labels'}, so the model is trained to write padding.`,
    overTurns: (turnEnd: number, tokens: number) =>
      `The labels run on after the end of turn at token ${turnEnd}, to the end: ${plural(tokens, 'more token')} of other turns are trained.`,
    fixMask: 'Train only what the assistant writes',
    fixPadding: 'Ignore the padding',
    fixLabels: 'End the labels at the end of turn',
  },
  'end-of-turn-untrained': {
    untrained: (message: number, quotation: string) =>
      `Message ${messageNumber(message)} is trained, but not its end of turn ${quotation}.`,
    notWritten: (message: number) =>
      `The template writes no end-of-turn token after message ${messageNumber(message)}, so the model does not learn to stop there.`,
    labelsStop: (token: string, places: number, first: number) =>
      `The labels stop before the end-of-turn token ${token} at ${places === 1 ? `token ${first}` : `${amount(places)} places, first at token ${first}`}.`,
    fix: 'Train the end of turn',
  },
  'pad-is-eos': {
    maskedById: (token: string) =>
      `The pad token ${token} ends the assistant’s turns too, and padding is masked by its id, so no end of turn is trained.`,
    mayBeMasked: (token: string) =>
      `The pad token ${token} ends the assistant’s turns too, so a trainer that masks padding by its id trains no end of turn.`,
    ignored: (token: string, first: number) =>
      `The pad token ${token} ends turns too, and its label is ignored everywhere, at token ${first} for one.`,
    fixLabels: 'Train the end of turn',
    fixToken: (token: string) => `Pad with ${token}`,
  },
  'double-bos': {
    twice: (token: string) => `The text begins with ${token} twice.`,
    twiceByMessage: (token: string) =>
      `The text begins with ${token} twice: the template writes one, and the first message another.`,
    twiceByTokenizer: (token: string) =>
      `The template writes ${token}, and the tokenizer puts another before it, because add_special_tokens is on.`,
    idsTwice: (token: string) => `The ids begin with ${token} twice.`,
    fixTokenizer: 'Add no special tokens to rendered text',
    fixMessage: (token: string) => `Remove ${token} from the first message`,
  },
  'prompt-no-prefix': {
    withoutThinking: (message: number, stripped: readonly number[]) =>
      `Message ${messageNumber(message)} is trained without the thinking of message ${all(stripped.map(messageNumber))}: when the model writes it, the template shows it a different text.`,
    otherHistory: (message: number) =>
      `Message ${messageNumber(message)} is trained with another history: when the model writes it, the template shows it a different text.`,
    merged: (token: number, quotation: string, message: number) =>
      `Token ${token}, ${quotation}, joins the end of the prompt with the beginning of message ${messageNumber(message)}; at inference the prompt ends in another token.`,
    fixFork: 'Merge and fork: train every message on its own context',
    fixSpace: 'Remove the white space at the beginning',
  },
  'response-markers': {
    responseMissing: (marker: string) =>
      `The response marker ${marker} is not in the text, so no token is trained.`,
    instructionMissing: (marker: string) =>
      `The instruction marker ${marker} is not in the text, so the mask does not stop at the user’s turns.`,
    responseTokens: (marker: string) =>
      `The response marker ${marker} is in the text, but its tokens are not: beside other text it is tokenized in another way.`,
    instructionTokens: (marker: string) =>
      `The instruction marker ${marker} is in the text, but its tokens are not: beside other text it is tokenized in another way.`,
    fix: (header: string) => `Use ${header}`,
  },
  'earlier-thinking-stripped': {
    stripped: (message: number) =>
      `The thinking of message ${messageNumber(message)} is stripped, because a user message follows: its turn is trained without it.`,
    notWritten: (message: number) =>
      `The template does not write the thinking of message ${messageNumber(message)}, so it is not trained.`,
    fix: 'Merge and fork: train every turn while its thinking is there',
  },
  'empty-think-trained': {
    trained: (message: number) =>
      `Message ${messageNumber(message)} has an empty think block, and it is trained.`,
    fix: 'Leave empty think blocks out of the loss',
  },
  'tool-output-trained': {
    trained: (tokens: number, message: number) =>
      `${plural(tokens, 'token')} of the tool result in message ${messageNumber(message)} ${tokens === 1 ? 'is' : 'are'} trained.`,
    fix: 'Leave tool results out of the loss',
  },
  'tools-not-rendered': {
    noneWritten: (tools: readonly string[]) =>
      `The record offers ${list(tools)}, and the template writes no tool schemas.`,
    someLeftOut: (tools: readonly string[]) => `The template leaves ${list(tools)} out of the tool schemas.`,
    notOffered: (tools: readonly string[]) =>
      `${list(tools)} ${tools.length === 1 ? 'is' : 'are'} called, but the record offers no tools and the system message does not name ${tools.length === 1 ? 'it' : 'them'}.`,
    fix: 'Write the schemas into the system message',
  },
  'think-tags': {
    closesUnopened: (message: number, character: number) =>
      `Message ${messageNumber(message)} closes thinking that was not opened, at character ${character}.`,
    opensInside: (message: number, character: number) =>
      `Message ${messageNumber(message)} opens thinking inside of thinking, at character ${character}.`,
    thinksAgain: (message: number, character: number) =>
      `Message ${messageNumber(message)} thinks a second time in one turn, at character ${character}.`,
    neverCloses: (message: number, character: number) =>
      `Message ${messageNumber(message)} opens thinking and never closes it, at character ${character}.`,
    fix: 'Put all thinking into one block',
  },
  'retokenisation-drift': {
    otherModel: (token: number, id: number) =>
      `Token ${token} has the id ${id}, which the tokenizer does not have: the rollout is another model’s.`,
    refused: (why: string) => `The template refuses the messages: ${why}`,
    /** What is tokenized again. */
    ownText: 'its own text',
    recordedText: 'the recorded text',
    templateText: 'the template’s text of its messages',
    nothing: 'nothing',
    drifts: (text: string, { again, recorded, first, inPrompt, from, to }: Drift) =>
      `Tokenizing ${text} gives ${plural(again, 'token')} where ${amount(recorded)} were recorded: from token ${first} on, ${inPrompt ? 'in the prompt' : 'in the completion'}, ${from} becomes ${to}.`,
  },
  'packed-documents': {
    wrapped:
      'packing_strategy “wrapped” cuts conversations anywhere and lets those of one row see each other.',
    attention: (attention: string) =>
      `Packing is on with the attention “${attention}”: only flash attention keeps packed documents apart by their positions.`,
    noAttention:
      'Packing is on with no attention chosen: only flash attention keeps packed documents apart by their positions.',
    maskOverAll: (first: number, documents: number) =>
      `Positions begin again at token ${first}, but the attention mask covers the whole row: only flash attention keeps the ${plural(documents, 'document')} apart.`,
    open: (first: number, documents: number) =>
      `${plural(documents, 'document')} of the row see each other: at token ${first} another begins, and nothing tells the attention so.`,
    position: (document: number, first: number, position: number) =>
      `Document ${document} begins at token ${first} with position ${position}, not 0.`,
    firstLabels: (documents: number, first: number) =>
      `The first token of ${documents === 1 ? 'a document' : `${amount(documents)} documents`} has a label (token ${first}): it is predicted from the end of another document.`,
    fixPacking: 'Pack whole conversations (bfd)',
    fixAttention: 'Use flash attention',
    fixPositions: 'Begin each document at position 0',
    fixLabels: 'Ignore the first label of each document',
    fixNumbers: 'Number the documents',
  },
  'micro-batch-mean': {
    bySequence: (bias?: Bias) => `The loss is a mean over each sequence, then over sequences${biased(bias)}.`,
    perhaps: (steps: number, bias?: Bias) =>
      `Gradients are accumulated over ${amount(steps)} micro-batches: before transformers 4.46 each has a mean of its own${biased(bias)}.`,
    byMicroBatch: (steps: number, version?: string, bias?: Bias) =>
      `The loss of ${amount(steps)} accumulated micro-batches is a mean of their means${version ? ` by transformers ${version}` : ''}${biased(bias)}.`,
    byDevice: (devices: number) =>
      `Each of ${amount(devices)} devices divides by its own trained tokens, because average_tokens_across_devices is off.`,
    fixReduction: 'Divide by the trained tokens of the whole batch',
    fixOneBatch: (sequences: number) => `One micro-batch of ${amount(sequences)}`,
    fixDevices: 'Average tokens across devices',
  },
  'header-trained': {
    trained: (quotation: string) => `The header ${quotation} is trained.`,
    inBlocks: (quotation: string) =>
      `The template’s generation blocks hold the header ${quotation}; this mask leaves it out, a trainer that follows the blocks does not.`,
    fixMask: 'Leave headers out of the loss',
    fixBlocks: 'Begin the generation blocks after the header',
  },
  'control-token-in-content': {
    found: (tokens: readonly string[], place: string, times: number) =>
      `${all(tokens)} in ${place} ${tokens.length === 1 ? 'becomes a real control token' : 'become real control tokens'}${times > 1 ? `, ${plural(times, 'time')}` : ''}.`,
    inTools: 'the tools',
    inField: (field: string, message: number) => `the ${field} of message ${messageNumber(message)}`,
    fix: (opened: readonly string[]) => `Write ${all(opened)} instead`,
  },
};

/** Where the ids of a text first differ from those that were recorded. */
interface Drift {
  again: number;
  recorded: number;
  first: number;
  inPrompt: boolean;
  from: string;
  to: string;
}
