/**
 * @file What is said of a person's own tokenizer, template and weights when their files are brought.
 */
export const ownFiles = {
  /** What weights without a folder are called. */
  unnamed: 'your model',
  /** What stands for the folder that files came from. */
  unnamedFolder: 'What was brought',
  /** Where a template is from. */
  writtenHere: 'written here',
  errors: {
    tokenizerForm: (file: string) => `${file} is a tokenizer in a form that is not read here.`,
    tokenizerFormRemedy:
      'Bring tokenizer.json instead; saving the tokenizer with save_pretrained in transformers writes it.',
    weightsForm: (file: string) => `${file} holds weights in a form that is not read here.`,
    weightsFormRemedy:
      'Bring the model as safetensors files, as save_pretrained in transformers writes them, with config.json.',
    noConfig: (file: string) =>
      `${file} holds weights; what they are used with is said in config.json, which is not there.`,
    noConfigRemedy: 'Bring config.json with it, or the model’s whole folder.',
    nothing: (files: readonly string[]) =>
      `${files.join(', ')}: without tokenizer.json or a chat template there is nothing to use.`,
    nothingRemedy: 'Bring tokenizer.json with it, or chat_template.jinja, or the model’s whole folder.',
    tooLarge: (file: string, megabytes: number, most: number) =>
      `${file} has ${megabytes} MB; at most ${most} are read.`,
    tooLargeRemedy: 'Bring the file that the model came with.',
    notText: (file: string) => `${file} is not UTF-8 text, or cannot be read.`,
    notTextRemedy: 'Take the file from the model’s folder again.',
  },
  /** What was made of the files, a sentence each. */
  notes: {
    noTokenizerConfig: 'There is no tokenizer_config.json: which tokens begin and end a text is not known.',
    noTemplate:
      'There is no chat template in these files: the pocket model’s is used. Drop chat_template.jinja or tokenizer_config.json to use your own.',
    weightsOnly: 'There is no tokenizer.json: your weights go with the shipped tokenizer.',
    templateOnly:
      'There is no tokenizer.json: your template is used with the shipped tokenizer, so the weights still fit.',
    configForTemplate: 'Of tokenizer_config.json only the chat template is used.',
    weightsUnread: (file: string) =>
      `${file} cannot be loaded: weights are read from safetensors files. Masks need none.`,
    moreWeightsUnread: (file: string, more: number) =>
      `${file} and ${more} more files cannot be loaded: weights are read from safetensors files. Masks need none.`,
    unread: (files: readonly string[]) => `${files.join(', ')} cannot be read here.`,
  },
};
