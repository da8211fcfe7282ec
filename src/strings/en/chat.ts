/**
 * @file What the chat says: its bar, the two sides, messages, tokens, tools and how a chat begins.
 */
import { count, nats, plural } from './numbers';

export const chat = {
  bar: {
    begin: 'New chat…',
    second: 'Compare with another model',
    changes: 'Changes of the chat',
    undo: 'Undo',
    undoStep: (step: string) => `Undo: ${step}`,
    redo: 'Redo',
    redoStep: (step: string) => `Redo: ${step}`,
  },
  /** What undo takes back. */
  steps: {
    begin: 'new chat',
    second: 'second model',
    closed: 'closed model',
    shared: 'same conversation for both',
    message: 'message',
    answer: 'answer',
    anew: 'another answer',
    edit: 'edit',
    result: 'tool result',
    /** In Data. */
    rating: 'rating in the chat',
  },
  tools: {
    simulated: (names: string) => `Tools: ${names}. They run in the practice world.`,
    byHand: (names: string) => `Tools: ${names}. You answer in their place.`,
  },
  say: {
    label: 'Say',
    labelBoth: 'Say to both',
    send: 'Send',
    stop: 'Stop writing',
    goOn: 'Let it answer',
    goOnBoth: 'Let them answer',
    anew: 'Anew, next seed',
    anewBoth: 'Both anew, next seed',
    callWaits: 'A call waits for its result.',
    wrongSetting: 'A setting needs correcting.',
  },
  /** For who cannot see it: totals, when it is over. */
  told: {
    writing: 'Writing…',
    wrote: (model: string, tokens: number) => `${model}: ${tokens} tokens`,
  },
  ratings:
    'Thumbs and stars put an answer into Data as a conversation with a reward; answers to the same prompt that you rate differently become a chosen and a rejected one.',
  ratingsInLesson:
    'Thumbs and stars put an answer into Data as a conversation with a reward; answers to the same prompt that you rate differently become a chosen and a rejected one. In a lesson they go with the lesson’s conversations when it is closed.',
  sampling: {
    title: 'How tokens are drawn',
    fields: {
      temperature: { label: 'Temperature', help: '0 takes the likeliest token.' },
      topP: { label: 'Top-p', help: '1 keeps all tokens.' },
      maxNewTokens: { label: 'New tokens, at most', help: 'Of each message.' },
      seed: { label: 'Seed', help: 'The same for both models.' },
    },
  },
  /** How the conversations of two models stand to each other. */
  histories: {
    label: 'What both models have',
    same: 'Both have the same conversation. What you say next reaches them as the same prompt, with the same seed.',
    /** The two messages that are compared. */
    which: {
      last: 'The last two answers',
      differ: 'The first two messages that differ',
      begin: 'The first messages of the last two answers',
    },
    alike: (which: string) => `${which} have the same prompt, token for token, and the same seed.`,
    likeliest: (which: string) =>
      `${which} have the same prompt, token for token, and temperature 0, where the seed does not matter.`,
    otherwise: (which: string) =>
      `${which} have the same prompt, token for token, but another seed or other settings.`,
    otherPrompt: (which: string) => `${which} have different prompts.`,
    differ: (message: number) =>
      `From message ${message} on the two conversations differ, and each model goes on from its own.`,
    share: (model: number) => `Both go on from model ${model}’s`,
    answerToo: (model: number) => `Let model ${model} answer the last message, too`,
  },
  column: {
    /** The side of a single model, beside the panel that is called “Model”. */
    side: 'Model in the chat',
    only: 'Model',
    one: (number: number) => `Model ${number}`,
    /** The same inside a sentence. */
    onlyInside: 'model',
    oneInside: (number: number) => `model ${number}`,
    gone: 'A run that is not kept any more',
    close: 'Close',
    closeWhich: (number: number) => ` model ${number}`,
    messages: (model: string) => `Messages of ${model}`,
    writing: (model: string) => `${model}: writing…`,
    reading: (model: string) => `${model}: reading the prompt…`,
    nothing: 'Nothing has been said yet.',
  },
  message: {
    about: (number: number) => `message ${number}`,
    you: 'You',
    system: 'System',
    assistant: 'Assistant',
    byYou: 'Written by you',
    result: (tool: string) => `Result of ${tool}`,
    someTool: 'a tool',
    how: (tokens: number, seed: number, ending: string) =>
      `${plural(tokens, 'token')}, seed ${seed}, ${ending}`,
    howLikeliest: (tokens: number, ending: string) =>
      `${plural(tokens, 'token')}, likeliest tokens, ${ending}`,
    brokenCall: 'It began a call that is no valid call, so nothing was run.',
    cut: 'It was cut. Allow more new tokens below, and write it again.',
    thinking: 'Thinking',
    edit: 'Edit',
    /** Behind a button's word, for who cannot see which message it stands under. */
    which: (message: string) => ` ${message}`,
    anew: 'Write anew',
    anewHint: 'Write it anew with the next seed',
    /** Of what another model wrote. */
    own: 'Let this model write it',
    ownHint: 'With the same prompt and the seed of the model that wrote it',
    rate: (message: string) => `Rate ${message}`,
    inData: 'in Data',
    contradicted:
      'The same answer was rated differently elsewhere in this chat. Two equal answers are no pair to learn a preference from.',
  },
  /** How a message that a model wrote ended. */
  endings: {
    stop: 'ended its turn',
    limit: 'cut at the limit of new tokens',
    context: 'cut: the context is full',
    stopped: 'stopped by you',
    interrupted: 'cut: the weights were about to change',
  },
  versions: {
    label: (message: string) => `Versions of ${message}`,
    earlier: (message: string) => `Earlier version of ${message}`,
    later: (message: string) => `Later version of ${message}`,
    at: (number: number, of: number) => `${number}/${of}`,
  },
  edit: {
    form: (message: string) => `Edit ${message}`,
    thinking: 'Thinking',
    text: (message: string) => `Text of ${message}`,
    call: (number: number, message: string) => `call ${number} of ${message}`,
    save: {
      user: 'Save and answer',
      tool: 'Save and go on',
      assistant: 'Save as a branch',
      system: 'Save and begin there',
    },
    cancel: 'Cancel',
  },
  /** What a model wrote, by segment. */
  written: {
    thinking: (tokens: number) => `Thinking, ${plural(tokens, 'token')}`,
    think: (model: string, text: string) => `Thinking of ${model}: ${text}`,
    call: (model: string, text: string) => `Call of ${model}: ${text}`,
    answer: (model: string, text: string) => `Answer of ${model}: ${text}`,
  },
  token: {
    label: 'Token details',
    name: (text: string, probability: string) => `${text}, ${probability}`,
    probable: ' probable',
    logProb: (value: number) => `log-probability ${nats(value)}`,
    entropy: (value: number) => `entropy ${nats(value)} nats`,
    id: (id: number) => `id ${id}`,
    asking: 'Asking what else was likely…',
    changed: 'The weights have changed since; now most probable here:',
    rank: (rank: number) => `Rank ${count(rank)}. Most probable here:`,
    written: ' (written)',
    failed: 'What else was likely could not be found out.',
    hint: 'Point at a token or tap it, or tab to a text and use the arrow keys, to see how probable it was. Dotted: below 50%. Double line: below 10%.',
  },
  results: {
    form: (model: string) => `Results for ${model}`,
    one: 'This tool has no simulator.',
    several: 'These tools have no simulator.',
    instead: ' You answer in its place.',
    of: 'Result of ',
    give: 'Give to the model',
    giveBoth: 'Give to both models',
    missing: 'Type a result for each call, as JSON or as text.',
  },
  begin: {
    form: 'New chat',
    with: 'Begin with',
    nothing: 'nothing',
    system: 'a system text',
    conversation: 'the chosen conversation',
    systemText: 'System text',
    upTo: (conversation: string) => `${conversation}, up to`,
    place: (number: number, text: string) => `message ${number}: ${text}`,
    noTools: 'With its 0 tools.',
    toolsRun: (tools: number) => `With its ${plural(tools, 'tool')}, which run in its practice world.`,
    toolsByHand: (tools: number) =>
      `With its ${plural(tools, 'tool')}; they have no simulator, so you type what they give.`,
    tools: 'Tools',
    none: 'none',
    practice: 'practice tools, which really run',
    own: (tools: number) => `those of the chosen conversation (${tools})`,
    practiceTools: 'Practice tools',
    room: 'Each tool takes room in the model’s context. The shipped model saw one to four at a time.',
    go: 'Begin',
  },
  errors: {
    contextFull: (tokens: number, context: number) =>
      `The chat has ${tokens} tokens, and the model’s context holds ${context}.`,
    contextFullRemedy: 'Edit an earlier message to go on from there, or begin a new chat.',
    nothingWritten: 'The engine stopped before it wrote anything.',
    nothingWrittenRemedy: 'Try again.',
    weightsGone: 'The weights of this run are not kept any more.',
    weightsGoneRemedy: 'Choose another model above.',
    noPredictions: 'The engine does not tell what else was likely.',
  },
};
