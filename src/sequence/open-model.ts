/**
 * @file Opens the files of a model's folder, and tells what was found in them.
 */
import { LosslightError } from '../errors';
import {
  type ModelFiles,
  type NamedTemplate,
  stopIdsOf,
  templatesOf,
  withSpecialTokens,
} from '../tokenizer/model-files';
import { Inspector } from './inspector';

/** What to open. */
export interface OpenRequest {
  /** By name: `tokenizer.json` and whatever else there is. Files of other names are not looked at. */
  files: ModelFiles;
  /** Which of several templates to use; `default`, or else the first, where it is left out. */
  templateName?: string;
  /** A template to use instead of all those in the files. */
  template?: { source: string; from: string };
}

/** What is open. */
export interface OpenedModel {
  vocabularySize: number;
  endOfTurnIds: number[];
  /** Tokens that end a turn, as text. */
  endOfTurn: string[];
  template: NamedTemplate;
  /** Names of all templates in the files. */
  templateNames: string[];
  /** How ids can differ from those of Python's library, a sentence each. */
  differences: string[];
}

/**
 * @throws LosslightError `bad-tokenizer`, `unsupported-tokenizer`, `bad-template` or `template-limit`, which says which
 * file is missing or wrong.
 */
export function openModel(request: OpenRequest): { inspector: Inspector; opened: OpenedModel } {
  const { files, templateName } = request;
  const tokenizerJson = files['tokenizer.json'];
  if (tokenizerJson === undefined) {
    throw new LosslightError(
      'bad-tokenizer',
      'There is no tokenizer.json.',
      'Bring it together with the rest.',
    );
  }
  const inFiles = request.template ? [] : templatesOf(files);
  const chosen = inFiles.find(({ name }) => name === templateName) ?? inFiles[0];
  const template: NamedTemplate | undefined = request.template
    ? { name: 'default', source: request.template.source, file: request.template.from }
    : chosen;
  if (!template) {
    throw new LosslightError(
      'bad-template',
      'There is no chat template.',
      'Bring chat_template.jinja, or the tokenizer_config.json of an instruction-tuned model.',
    );
  }
  const inspector = new Inspector(tokenizerJson, withSpecialTokens(files), template.source, stopIdsOf(files));
  const { tokenizer, endOfTurnIds } = inspector;
  return {
    inspector,
    opened: {
      vocabularySize: tokenizer.vocabularySize,
      endOfTurnIds,
      endOfTurn: endOfTurnIds.map((id) => tokenizer.pieces([id]).join('')),
      template,
      templateNames: (request.template ? templatesOf(files) : inFiles).map(({ name }) => name),
      differences: [...tokenizer.differences],
    },
  };
}
