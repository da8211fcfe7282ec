/**
 * @file Which requests the text worker answers with code that comes behind the first mask's.
 */
import type { TextRequests } from './protocol';

export const REST_NAMES = [
  'sequences',
  'compare',
  'compareAll',
  'divide',
  'lint',
  'lintAll',
  'lintReport',
  'rolloutOpen',
  'rolloutExtend',
  'rolloutRead',
] as const satisfies readonly (keyof TextRequests)[];

export type RestName = (typeof REST_NAMES)[number];
