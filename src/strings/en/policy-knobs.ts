/**
 * @file The further knobs of a mask policy: what each is called, what it may be, and one sentence about it.
 */
export const policyKnobs = {
  groups: {
    decides: 'What decides',
    turns: 'Turns',
    ends: 'End of turn',
    prompt: 'What the prompt supplies',
    thinking: 'Thinking',
    fields: 'Messages’ own fields',
  },
  basis: {
    label: 'Decided by',
    help: 'The last three find their own stretches of text; most other knobs then do not apply.',
    segments: 'the segments',
    blocks: 'the template’s generation blocks',
    completion: 'everything after the prompt',
    markers: 'text between headers',
  },
  border: {
    label: 'A token across a border',
    help: 'Which weight a token gets whose characters belong to two segments.',
    strict: 'its first character’s, context if any is',
    first: 'its first character’s',
    masked: '0 where they differ',
    majority: 'that of most characters',
  },
  turns: {
    label: 'Assistant messages',
    help: 'Which of them are trained; the others are context.',
    all: 'all',
    lastTurn: 'those after the last user message',
    lastMessage: 'the last that it wrote',
    finalMessage: 'the last message, if it is its own',
  },
  endOfTurn: {
    label: 'End-of-turn tokens',
    help: 'Which of them are trained, where “End of turn” is switched on.',
    each: 'each',
    last: 'the last',
    none: 'none',
  },
  promptEnds: {
    label: 'Those of other roles',
    help: 'End-of-turn tokens that the model never writes; Axolotl trains them after content that it trains.',
    none: 'none',
    trained: 'after content that trains',
    all: 'all',
  },
  trailingNewline: {
    label: 'Line break after it',
    help: 'The model never has to write it, yet TRL, Unsloth and NeMo train it with 1.',
  },
  header: {
    label: 'Assistant’s header',
    help: 'Also a think block that the generation prompt opens; torchtune trains it with 1.',
  },
  prompt: {
    label: 'All other context',
    help: 'Everything that the model does not write; 1 is LLaMA-Factory’s train_on_prompt.',
  },
  system: { label: 'System prompt and tools', help: 'Their content without headers.' },
  user: {
    label: 'What the user says',
    help: 'Its content without headers (Axolotl: roles_to_train).',
  },
  tool: { label: 'Tool results', help: 'A model that is trained on them learns to invent results.' },
  emptyThink: {
    label: 'Empty think blocks',
    help: 'A think block without a word in it; Axolotl masks it.',
    train: 'like other thinking',
    mask: 'masked',
  },
  earlierThink: {
    label: 'Earlier thinking',
    help: 'Thinking before the last user message, where the template keeps it.',
    train: 'like other thinking',
    mask: 'masked',
  },
  messageFields: {
    label: 'weight, train, train_detail',
    help: 'Whether such fields of the data count.',
    honour: 'count for the assistant',
    everyRole: 'count for every role',
    ignore: 'are ignored',
  },
  detail: {
    label: 'Ranges of train_detail',
    help: 'Axolotl widens ranges to whole tokens, and trains nothing else of such a message but its end.',
    characters: 'by characters',
    tokens: 'by whole tokens',
  },
};
