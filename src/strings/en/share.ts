/**
 * @file What sharing and saving say: the link to the settings, the link with conversations, and the session as a file.
 */
import { bytes, count, plural } from './numbers';

/** Conversations that stay in large files of their own. */
const notCopied = (conversations: number) =>
  conversations === 1
    ? '1 conversation that stays in a file of its own is not copied: import it again.'
    : `${plural(conversations, 'conversation')} that stay in a file of their own are not copied: import them again.`;

export const share = {
  title: 'Share and save',
  close: 'Close',
  settings: {
    title: 'Link to these settings',
    about:
      'The address of this page always holds the settings that differ from their defaults. No conversation and nothing of your model is in it.',
    copy: 'Copy link to settings',
    changed: (settings: number) => `${plural(settings, 'setting')} ${settings === 1 ? 'differs' : 'differ'}`,
    unchanged: 'Every setting has its default.',
    tooLong: (names: string) =>
      `Too long for an address: ${names}. A link with conversations or a session file holds it.`,
    reset: 'Reset to defaults',
    undo: 'Undo the reset',
    running: 'A run is in progress, and goes by the settings that it began with. Stop it first.',
  },
  conversations: {
    title: 'Link with conversations',
    about:
      'The link itself holds everything, packed behind its “#”. Browsers do not send that part to any server. Whoever has the link can read what is in it.',
    which: 'Conversations',
    rows: {
      none: () => 'No conversation',
      chosen: () => 'The chosen conversation',
      shown: (conversations: number) => `Those that the list shows (${count(conversations)})`,
      all: (conversations: number) => `All (${count(conversations)})`,
    },
    along: 'With them',
    choices: {
      settings: 'Settings',
      policy: 'Mask policy',
      edits: 'Weights set by hand',
      template: 'Your chat template',
      rewards: 'Rewards',
    },
    failed: 'There is no link',
    holds: (conversations: number, messages: number) =>
      `It holds ${plural(conversations, 'conversation')} with ${plural(messages, 'message')}, word for word.`,
    onlyFirst: (fit: number, asked: number) => `Only the first ${count(fit)} of ${count(asked)} fit.`,
    personal: (addresses: number, numbers: number) =>
      `Look before you share: it seems to have ${plural(addresses, 'e-mail address', 'e-mail addresses')} and ${plural(numbers, 'long number')}, such as those of phones and accounts.`,
    nothingSpotted:
      'No e-mail address and no long number was spotted; names and other private things are not looked for.',
    making: 'Making the link…',
    length: (characters: number) => `The link has ${count(characters)} characters.`,
    long: 'Some chats and mail programs cut links of this length. Test it first.',
    veryLong:
      'Many chats and mail programs cut links of this length, and some address bars do. Send a session file in its place, or test the link first.',
    copy: 'Copy link',
    tooLong: (characters: number, most: number) =>
      `The link would have ${count(characters)} characters even without a conversation; at most ${count(most)} are allowed.`,
    tooLongRemedy: 'Leave the template or the hand edits out, or save a file below and send that.',
  },
  classroom: {
    title: 'For a classroom',
    /** Before and behind the command. */
    before: 'In the project’s folder, ',
    command: 'npm run pack:classroom',
    after:
      ' writes losslight-classroom.zip: this page for any static server, or with the small server in it for a stick, so that a class needs no network. Its README.txt says how; so does “For a classroom” in the project’s README.md.',
  },
  file: {
    title: 'Session as a file',
    about: (conversations: number, chat: boolean, runs: number) => {
      const measured = `${plural(runs, 'run')} with what ${runs === 1 ? 'it' : 'they'} measured`;
      const first = `${plural(conversations, 'conversation')}, settings, mask, weights set by hand, rewards${chat ? ', the chat' : ''}`;
      const rest = runs ? `, your chat template, and ${measured}` : ' and your chat template';
      return `One file with everything on this page: ${first}${rest}. A model’s own files are not in it.`;
    },
    notCopied,
    /** Those of them that are, for once. */
    changedCopied: (conversations: number) =>
      conversations === 1
        ? 'The one in such a file that you changed is copied.'
        : `The ${count(conversations)} in such files that you changed are copied.`,
    withWeights: (size: number) => `Tuned weights, too (${bytes(size)} more)`,
    save: 'Save session',
    open: 'Open session…',
    picker: 'Session file',
    failed: 'The session was not saved',
    making: 'Making the file…',
    saved: (name: string, size: number) => `${name} was saved, ${bytes(size)}.`,
    inLesson: 'A lesson is open, and its conversations are not yours. Close it first.',
  },
};
