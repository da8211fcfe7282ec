/**
 * @file What the preview of the chosen conversation says, beside the editor of the chat template.
 */
import { count } from './numbers';

export const templatePreview = {
  label: 'Preview of the chosen conversation',
  message: (number: number, role: string) => `message ${number}, ${role}`,
  byTemplate: 'written by the template',
  generated: (whose: string) => `${whose}, what the model writes`,
  stretch: (segment: string, whose: string) => `${segment}: ${whose}`,
  pointed: (segment: string, whose: string, help: string) => `${segment}: ${whose}. ${help}`,
  length: (characters: number) => `${count(characters)} characters`,
  shortened: (characters: number, shown: number) =>
    `${count(characters)} characters, of which the first ${count(shown)} are shown`,
  hint: (length: string) =>
    `${length}. Underlined is what the model writes. Point at a stretch, or tap it, to see where it comes from.`,
};
