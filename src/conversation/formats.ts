/**
 * @file The formats that can be read, in the order in which they are asked whether a record or a text is theirs. A new
 * format is one file and one row here.
 */
import { alpaca } from './alpaca';
import { axolotl } from './axolotl';
import { chatGpt } from './chatgpt';
import { claudeExport } from './claude-export';
import type { RecordFormat } from './draft';
import { harmony, harmonyText } from './harmony';
import { openai } from './openai';
import { plainTranscript } from './plain-transcript';
import { hermes, shareGpt } from './share-gpt';
import type { TextFormat } from './text-format';
import { thread } from './thread';
import { threadTranscript } from './transcript';
import { trl } from './trl';
import { when2call } from './when2call';
import { xlam } from './xlam';

/** JSON record formats; the more special come first. */
export const RECORD_FORMATS: readonly RecordFormat[] = [
  thread,
  when2call,
  axolotl,
  hermes,
  shareGpt,
  alpaca,
  trl,
  xlam,
  harmony,
  chatGpt,
  claudeExport,
  openai,
];

/** Formats of text that is no JSON. */
export const TEXT_FORMATS: readonly TextFormat[] = [harmonyText, plainTranscript, threadTranscript];

export type FormatId =
  | 'openai'
  | 'trl'
  | 'sharegpt'
  | 'hermes'
  | 'alpaca'
  | 'axolotl'
  | 'xlam'
  | 'when2call'
  | 'harmony'
  | 'chatgpt'
  | 'claude'
  | 'thread'
  | 'thread-transcript'
  | 'transcript'
  | 'csv';

/** What an import's `format` may be, with names for people. */
export const FORMATS: readonly { id: FormatId; name: string }[] = [
  { id: 'openai', name: 'OpenAI messages' },
  { id: 'trl', name: 'TRL' },
  { id: 'sharegpt', name: 'ShareGPT' },
  { id: 'hermes', name: 'Hermes' },
  { id: 'alpaca', name: 'Alpaca' },
  { id: 'axolotl', name: 'Axolotl' },
  { id: 'xlam', name: 'xLAM / APIGen' },
  { id: 'when2call', name: 'When2Call' },
  { id: 'harmony', name: 'Harmony' },
  { id: 'chatgpt', name: 'ChatGPT export' },
  { id: 'claude', name: 'Claude export' },
  { id: 'thread', name: 'thread roles (JSON)' },
  { id: 'thread-transcript', name: 'thread roles (transcript)' },
  { id: 'transcript', name: 'plain transcript' },
  { id: 'csv', name: 'table (CSV)' },
];
