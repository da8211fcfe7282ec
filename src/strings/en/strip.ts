/**
 * @file What the strip of tokens says, and what finds, copies and saves it.
 */
import { count, plural, weight } from './numbers';

export const strip = {
  label: 'Tokens',
  template: 'template',
  trained: (trained: number, tokens: number) => `${count(trained)} of ${count(tokens)} trained`,
  tokens: (tokens: number) => `${count(tokens)} tokens`,
  /** The same tokens under another mask. */
  under: (title: string) => `Tokens under ${title}`,
  height: {
    label: 'Height of the strip',
    value: (pixels: number) => `${pixels} pixels`,
    hint: 'Drag, or use the arrow keys; Enter is the usual height',
  },
  search: {
    region: 'Tokens of this conversation',
    label: 'Search',
    placeholder: 'Search text, id:42, kind:answer, weight>0',
    previous: 'Previous',
    next: 'Next',
    place: ' place found',
    nothing: 'Nothing found.',
    found: (places: number) => `${count(places)} found`,
    at: (place: number, places: number) => `${count(place)} of ${count(places)}`,
    help: 'How to search',
    /** What is written, and what it finds. */
    queries: [
      ['red chair', 'the text, in upper or lower case, across tokens; quotes make anything text'],
      ['id:42', 'the token with this id'],
      ['kind:answer', 'a segment: system, tools, user, header, think, call, answer, result, end, scaffold'],
      ['message:3, role:user', 'one message, counted from 1; all messages of a role'],
      ['is:trained', 'also is:context, is:generated, is:edited, is:differs, is:cut'],
      [
        'weight>0, p<1%',
        'numbers, with <, <=, >, >=, = or !=; also logprob, loss, rank, entropy (once the model has read the conversation) and change (after training)',
      ],
    ],
    all: 'Everything that is asked for must hold: chair kind:answer p<10%.',
    problems: {
      notTrained: 'nothing was trained yet',
      notRead: 'the model has not read this conversation yet',
      unknown: (name: string, why: string) => `“${name}” is not known: ${why}.`,
      noNumber: (value: string, name: string) =>
        `“${value}” is no number; write, for example, “${name}>0.5”.`,
      colonNumber: (name: string) => `“${name}” takes “:”, as in “${name}:3”.`,
      colonWord: (name: string, word: string) => `“${name}” takes “:”, as in “${name}:${word}”.`,
      notOne: (name: string, value: string, words: readonly string[]) =>
        `“${name}:${value}” is not known; choose one of ${words.join(', ')}.`,
    },
  },
  copy: {
    title: 'Copy or save…',
    label: 'Copy or save the strip',
    formats: {
      text: ['Text', 'what the model reads, as it is'],
      html: ['HTML', 'a page of its own'],
      svg: ['SVG', 'a drawing of its own'],
      csv: ['CSV', 'one token a line'],
      json: ['JSON', 'as losslight masks prints it'],
    },
    copy: 'Copy',
    save: 'Save',
    as: (format: string) => ` as ${format}`,
    copied: (format: string) => `Copied as ${format}.`,
    notCopied: (why: string) => `It could not be copied: ${why}. Save it as a file instead.`,
    saved: (format: string) => `Saved as ${format}.`,
    /** All conversations that are listed, in one file. */
    all: (conversations: number) =>
      conversations === 1
        ? 'The one conversation listed'
        : `All ${count(conversations)} conversations listed`,
    allWhole: 'each whole, as the strip shows it, which is not how a run divides them; JSON lines',
    /** The same divided. */
    divided: 'Their training sequences',
    dividedWhat: (how: string) =>
      `one after another with their masks, as SFT divides them: ${how}; JSON lines`,
    dividedAs: ' of the training sequences of all conversations',
    allWhat: 'JSON lines, as losslight masks --json prints them',
    allFormat: 'JSON lines',
    allAs: ' of all conversations',
    writing: (done: number, of: number) => `${count(done)} of ${count(of)} written`,
    stop: 'Stop',
    stopped: 'Stopped; nothing was saved.',
    /** `lines` are conversations, or their training sequences; the others of them train nothing, or have no mask. */
    savedAll: (conversations: number, of: number, lines: number, untrained: number) => {
      const which = conversations === of ? '' : `${count(conversations)} of `;
      const how = lines === conversations ? '' : ` as ${plural(lines, 'training sequence')}`;
      const none = untrained
        ? ` ${plural(untrained, 'conversation has', 'conversations have')} no trained token.`
        : '';
      return `Saved ${which}${plural(of, 'conversation')}${how}.${none}`;
    },
    /** Those that have no mask, followed by the first of them, each with its reason. */
    failed: (conversations: number) =>
      `${plural(conversations, 'conversation')} could not be rendered or weighed`,
    failedOne: (file: string, line: number, reason: string) => `${file}, line ${count(line)}: ${reason}`,
    moreFailed: (more: number) => `and ${count(more)} more`,
    notSaved: (format: string, why: string) => `It could not be saved as ${format}: ${why}.`,
  },
  /** In files that are read without the page. */
  file: {
    title: (conversation: string, policy: string, template: string) =>
      `${conversation}, masked as ${policy}, template: ${template}`,
    weights: 'Bold tokens are trained; the bar below is the weight, one above means trained away from.',
    overlay: (name: string, title: string, low: string, high: string, borders: readonly string[]) =>
      `Bold tokens are trained. ${name}: ${title}, from ${low} to ${high}, with steps at ${borders.join(', ')}.`,
    token: (kind: string, number: number, id: number, value: number) =>
      `${kind}, token ${number}, id ${id}, weight ${weight(value)}`,
    bytes: (spelt: string) => `bytes ${spelt}`,
    reading: (overlay: string, value: string) => `${overlay.toLowerCase()} ${value}`,
  },
};
