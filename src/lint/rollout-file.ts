/**
 * @file Recorded rollouts, one JSON object each:
 *
 *     { "prompt_ids": [1, 88, 12], "completion_ids": [305, 2], "completion": "Hello", "messages": [ … ] }
 *
 * `prompt_ids` (or `prompt_token_ids`) is what the model was given, `completion_ids` (`completion_token_ids`,
 * `response_ids`, `token_ids`) what it wrote, as the sampler recorded them. Optional: `completion` (`response`, `text`),
 * the completion's text as a trainer would tokenize it again; `messages` with `tools`, the conversation that the rollout
 * became, its completion included.
 */
import { importText } from '../conversation/import';
import type { Conversation, SourcePosition } from '../conversation/types';
import { BadField, fieldOf, numbersOf, readRecords, type PlacedRecord, type ReadRecords } from './json-lines';

export interface Rollout {
  source: SourcePosition;
  promptIds: number[];
  completionIds: number[];
  /** The completion as text, where it was recorded. */
  text?: string;
  /** The conversation that the rollout became. */
  conversation?: Conversation;
}

const PROMPT = ['prompt_ids', 'prompt_token_ids'];
const COMPLETION = ['completion_ids', 'completion_token_ids', 'response_ids', 'token_ids'];

/**
 * Reads rollouts from JSON or JSON Lines. A bad one is listed with its field, and takes no other with it.
 *
 * @throws LosslightError `bad-file` where the text is neither.
 */
export function readRollouts(text: string, file: string): ReadRecords<Rollout> {
  return readRecords(text, file, readRollout);
}

function readRollout({ fields, source }: PlacedRecord): Rollout {
  const completionIds = numbersOf(fields, COMPLETION);
  if (!completionIds || completionIds.length === 0) {
    const remedy = 'Write the ids that the sampler recorded as completion_ids, a flat list.';
    throw new BadField('completion_ids', 'the rollout has no completion ids', remedy);
  }
  const written = fieldOf(fields, ['completion', 'response', 'text']);
  if (written && typeof written.value !== 'string') {
    throw new BadField(written.name, 'it is no text', 'Write the completion as one string, or leave it out.');
  }
  const conversation = fields.messages === undefined ? undefined : readConversation(fields, source);
  return {
    source,
    promptIds: numbersOf(fields, PROMPT) ?? [],
    completionIds,
    ...(typeof written?.value === 'string' && { text: written.value }),
    ...(conversation && { conversation }),
  };
}

function readConversation({ messages, tools }: PlacedRecord['fields'], source: SourcePosition): Conversation {
  const text = JSON.stringify({ messages, ...(tools !== undefined && { tools }) });
  const { conversations, problems } = importText(text, { name: source.file, format: 'openai' });
  const [conversation] = conversations;
  if (conversation) return { ...conversation, id: `${source.file}#${source.record}`, source };
  const problem = problems.find(({ severity }) => severity === 'error');
  throw new BadField(
    problem?.field ?? 'messages',
    problem?.reason ?? 'the messages are no conversation',
    problem?.remedy ?? 'Write a list of messages with role and content.',
  );
}
