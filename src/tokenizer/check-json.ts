/**
 * @file What can be wrong with a tokenizer.json before anything is built from it: the library trusts the file, and some
 * values make it loop for ever, eat all memory, or drop text in silence.
 *
 * A regular expression that takes exponential time cannot be told by its looks; that is left to the time limit of the
 * worker that tokenizes.
 */
import { LosslightError } from '../errors';

/** Ids above this make the library's tables, which are arrays by id, too large. The largest known vocabulary has 262,144. */
const MOST_IDS = 2 ** 22;
/** How many times longer a normalizer may make a text. */
const MOST_GROWTH = 1000;

/** An object in the file. */
export type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Checks a parsed tokenizer.json.
 *
 * @throws LosslightError `bad-tokenizer` with the field that is wrong.
 */
export function checkTokenizerJson(tokenizer: object): void {
  const { model, added_tokens: added, normalizer, pre_tokenizer: preTokenizer, decoder } = tokenizer as Json;
  if (!isObject(model)) throw bad('model', 'is missing');
  checkVocabulary(model.vocab);
  if (!Array.isArray(added)) throw bad('added_tokens', 'is not a list');
  added.forEach((token: unknown, i) => {
    if (!isObject(token) || typeof token.content !== 'string' || !token.content) {
      throw bad(`added_tokens[${i}].content`, 'is not a text');
    }
    checkId(token.id, `added_tokens[${i}].id`);
  });
  let growth = 1;
  for (const [path, step] of steps(normalizer, 'normalizer', 'normalizers')) {
    if (step.type !== 'Replace') continue;
    growth *= Math.max(1, lengthOf(step.content) / Math.max(1, checkPattern(step, path)));
    if (growth > MOST_GROWTH) throw bad(path, `can make a text more than ${MOST_GROWTH} times longer`);
  }
  for (const [path, step] of steps(preTokenizer, 'pre_tokenizer', 'pretokenizers')) {
    if (step.type === 'Split' || step.type === 'Replace') checkPattern(step, path);
    if (step.type === 'FixedLength' && !(Number.isInteger(step.length) && Number(step.length) > 0)) {
      throw bad(`${path}.length`, 'is not a whole number above 0');
    }
  }
  for (const [path, step] of steps(decoder, 'decoder', 'decoders')) {
    if (step.type === 'Replace') checkPattern(step, path);
  }
}

function checkVocabulary(vocabulary: unknown): void {
  if (Array.isArray(vocabulary)) {
    // Unigram: pairs of a piece and its score, the id being the place.
    vocabulary.forEach((entry: unknown, i) => {
      if (!Array.isArray(entry) || typeof entry[0] !== 'string' || typeof entry[1] !== 'number') {
        throw bad(`model.vocab[${i}]`, 'is not a piece with its score');
      }
    });
    if (!vocabulary.length) throw bad('model.vocab', 'is empty');
  } else if (isObject(vocabulary)) {
    for (const [token, id] of Object.entries(vocabulary))
      checkId(id, `model.vocab[${JSON.stringify(token)}]`);
  } else throw bad('model.vocab', 'is missing');
}

function checkId(id: unknown, path: string): void {
  if (!Number.isInteger(id) || Number(id) < 0 || Number(id) >= MOST_IDS) {
    throw bad(path, `is not an id, a whole number from 0 to ${MOST_IDS - 1}`);
  }
}

/** The least number of characters that a pattern matches: its length, or 0 for a regular expression. */
function checkPattern({ pattern }: Json, path: string): number {
  if (isObject(pattern) && typeof pattern.String === 'string' && pattern.Regex === undefined) {
    return pattern.String.length;
  }
  if (isObject(pattern) && typeof pattern.Regex === 'string') return 0;
  throw bad(`${path}.pattern`, 'is neither a String nor a Regex');
}

const lengthOf = (content: unknown) => (typeof content === 'string' ? content.length : 0);

/** A stage and, where it is a sequence, the stages in it, at any depth, in order. */
export function* steps(stage: unknown, path: string, list: string): Generator<[path: string, step: Json]> {
  const open: [string, unknown][] = [[path, stage]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [at, step] = next;
    if (!isObject(step)) continue;
    yield [at, step];
    const inner = step[list];
    if (!Array.isArray(inner)) continue;
    for (let i = inner.length - 1; i >= 0; i--) open.push([`${at}.${list}[${i}]`, inner[i]]);
  }
}

function bad(path: string, problem: string): LosslightError {
  return new LosslightError(
    'bad-tokenizer',
    `tokenizer.json cannot be used: ${path} ${problem}.`,
    'Use the tokenizer.json that the `tokenizers` library wrote.',
  );
}
