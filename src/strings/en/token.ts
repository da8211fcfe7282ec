/**
 * @file What is said of one token: where it comes from, why it has its weight, and what the model predicted there.
 */
import { count, decimal, nats, natsChange, plural, probability, weight } from './numbers';

/** A line of the template with what stands there, or several. */
const templateLines = (line: number, lastLine: number, quote: string) =>
  line === lastLine ? `line ${line}: ${quote}` : `lines ${line} to ${lastLine}: ${quote}`;

/** `byte 1 of the 3 of 你`. */
const bytesOf = (part: { character: string; first: number; last: number; of: number }) =>
  part.first === part.last
    ? `byte ${part.first} of the ${part.of} of ${part.character}`
    : `bytes ${part.first} to ${part.last} of the ${part.of} of ${part.character}`;

export const token = {
  details: 'Token details',
  alternatives: 'Most probable here',
  /** A token of which no text is known. */
  byId: (id: number) => `id ${id}`,
  chosen: ', the one that is there',
  /** What a token holds of a character that several tokens make up. */
  part: bytesOf,
  /** While no token is pointed at; the parts in bold are named. */
  help: {
    before:
      'Point at a token or tap it, or tab into the strip and use the arrow keys, to see its exact numbers and where it comes from. ',
    bar: 'Bold with a bar',
    afterBar:
      ' is trained, and the height of the bar is its weight; a broken bar above means trained away from. The rest is context. ',
    space: '·',
    afterSpace: ' is a space, ',
    lineBreak: '⏎',
    afterLineBreak: ' a line break, ',
    tab: '⇥',
    afterTab: ' a tab; a frame is one token of the template. ',
    /** Where there are such tokens. */
    byte: '2',
    afterByte:
      ' in small is a token that holds byte 2 of the character before it: several tokens make up that one.',
  },
  facts: {
    number: { label: 'Token', value: (index: number, all: number) => `${count(index)} of ${count(all)}` },
    id: { label: 'Id' },
    text: { label: 'Text', part: (text: string) => `part of ${text}` },
    bytes: {
      label: 'Bytes',
      /** The characters that a token holds only a part of. */
      value: (
        spelt: string,
        parts: readonly { character: string; first: number; last: number; of: number }[],
      ) => (parts.length ? `${spelt}: ${parts.map(bytesOf).join('; ')}` : spelt),
    },
    segment: { label: 'Segment' },
    message: {
      label: 'Message',
      value: (role: string, number: number, all: number) => `${role}, ${number} of ${all}`,
      none: 'written by the template',
    },
    template: {
      label: 'Template',
      value: (places: readonly { line: number; lastLine: number; quote: string }[]) =>
        places.map(({ line, lastLine, quote }) => templateLines(line, lastLine, quote)).join('; '),
    },
    weight: { label: 'Weight', value: (value: number, reason: string) => `${weight(value)} (${reason})` },
    compared: { label: 'Compared', value: (value: number, title: string) => `${weight(value)} (${title})` },
    block: {
      label: 'Generation block',
      extra: 'holds this, which the model does not write',
      missing: 'leaves this out, which the model writes',
    },
    logProb: {
      original: 'Log-probability, original',
      tuned: 'Log-probability, tuned',
      of: (model: string) => `Log-probability, ${model}`,
      value: (value: number) => `${nats(value)} (${probability(value)})`,
    },
    change: { label: 'Change', value: (value: number) => natsChange(value) },
    loss: { label: 'Loss', value: (value: number) => nats(value, 3) },
    rank: {
      label: 'Rank',
      value: (now: number, before: number | undefined) =>
        before === undefined ? count(now) : `${count(now)}, was ${count(before)}`,
    },
    entropy: {
      label: 'Entropy',
      value: (now: number, before: number | undefined) =>
        before === undefined ? `${nats(now)} nats` : `${nats(now)} nats, was ${nats(before)} nats`,
    },
    advantage: { label: 'Advantage', value: (value: number) => decimal(value, 3) },
  },
  /** Why a token has its weight. */
  reasons: {
    cut: (tokens: number) => `cut at ${plural(tokens, 'token')}: a run does not read it`,
    byHand: (policy: number) => `set by hand; the policy says ${weight(policy)}`,
    inBlock: 'in a generation block',
    inNoBlock: 'in no generation block',
    completion: 'part of the completion',
    prompt: 'part of the prompt',
    afterHeader: 'after an assistant’s header',
    beforeResponse: 'before a response',
    contextTrained: 'context that the policy trains',
    context: 'context: the model does not write it',
    rule: 'by a rule',
    glue: 'glue of the template: never trained',
    switchedOff: (segment: string) => `masked: ${segment} is switched off`,
    messageWeight: (value: number) => `times the message’s own weight of ${weight(value)}`,
    away: 'trained away from',
    knobTrained: 'trained, by a further knob',
    knobMasked: 'masked by a further knob',
    zero: 'masked: its weight is 0',
    trained: 'trained',
  },
  /** Tags before the first token of a stretch. */
  tags: {
    cut: 'cut here',
    edited: '✎',
    masked: '✎ masked',
    trained: '✎ trained',
    factor: (value: number) => `×${weight(value)}`,
    compared: (a: number, b: number) => `A ${weight(a)} B ${weight(b)}`,
    extra: 'in block, not the model’s',
    missing: 'left out of the block',
  },
  tokens: (value: number) => plural(value, 'token'),
};
