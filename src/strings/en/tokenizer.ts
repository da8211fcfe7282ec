/**
 * @file What the card of the tokenizer and the chat template says.
 */
import { count } from './numbers';

export const tokenizer = {
  title: 'Tokenizer and template',
  shipped: (name: string) => `${name} (shipped)`,
  ownFolder: (folder: string) => `${folder} (your files)`,
  own: 'your files',
  /** Behind the name of the tokenizer. */
  templateFrom: (source: string) => `; template: ${source}`,
  differences: 'Ids may differ from those of Python’s tokenizers library:',
  notUsed: 'Not used: what was open before still is',
  dismiss: 'Dismiss',
  dismissWhat: ' the messages about files',
  back: 'Back to the shipped one',
  look: 'Look at it, or use your own',
  tokenizer: 'Tokenizer',
  size: (name: string, tokens: number) => `${name}, ${count(tokens)} tokens`,
  template: 'Template',
  whichTemplate: 'Which template',
  endOfTurn: 'End of turn',
  noEndOfTurn: 'none known',
  useOwn: 'Use your own tokenizer…',
  useFolder: 'Model folder…',
  drop: 'Or drop tokenizer.json, tokenizer_config.json and chat_template.jinja, or their folder, on this page.',
};
