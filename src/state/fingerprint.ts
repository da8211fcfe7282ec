/**
 * @file A short name for the data of a run, the same for the same tokens and weights, so that runs can be told to have
 * learnt from the same data. No protection against forgery.
 */
import type { TrainingSequence } from '../sequence/types';
import type { RolloutPrompt } from '../worker/protocol';

/** 64 bits of FNV-1a (draft-eastlake-fnv), as two halves that begin differently. */
class Hash {
  #a = 0x811c9dc5;
  #b = 0x9747b28c;

  add(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0;
      this.#a = Math.imul(this.#a ^ value, 0x01000193);
      this.#b = Math.imul(this.#b ^ (value + i), 0x01000193);
    }
  }

  /** Another one that goes on from here. */
  copy(): Hash {
    const copy = new Hash();
    [copy.#a, copy.#b] = [this.#a, this.#b];
    return copy;
  }

  get text(): string {
    return [this.#a, this.#b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

/**
 * Of what was made of one conversation: tokens, weights, and what was said of its completions, whatever its id; 16 hexadecimal digits.
 */
export function digestOf(sequences: readonly TrainingSequence[]): string {
  const hash = new Hash();
  addSequences(hash, sequences);
  hash.add(saidOf(sequences));
  return hash.text;
}

/** The digests that sequences of a completion would have with other rewards, by reward. */
export function digestsWith(
  sequences: readonly TrainingSequence[],
  rewards: readonly number[],
): Map<number, string> {
  const tokens = new Hash();
  addSequences(tokens, sequences);
  return new Map(
    rewards.map((reward) => {
      const hash = tokens.copy();
      hash.add(saidOf(rewardedAs(sequences, reward)));
      return [reward, hash.text];
    }),
  );
}

/** Sequences of a completion with another reward. */
export function rewardedAs(sequences: readonly TrainingSequence[], reward: number): TrainingSequence[] {
  return sequences.map((one) => (one.sample ? { ...one, sample: { ...one.sample, reward } } : one));
}

/** What was said of completions, without their group: it may be the id, which another page's data may have taken. */
function saidOf(sequences: readonly TrainingSequence[]): Uint8Array {
  const said = sequences.map(({ sample: { group: _, ...facts } = { group: '' } }) => facts);
  return new TextEncoder().encode(JSON.stringify(said));
}

/** Before a fingerprint of completions in which rewards, labels and preferences are; older pages left them out. */
const RATED = 'rated-';

/**
 * Of sequences with what was said of them, and of prompts, in their order: 16 hexadecimal digits, behind `rated-` where anything was
 * said. Ids do not count.
 */
export function fingerprint(
  sequences: readonly TrainingSequence[],
  prompts: readonly RolloutPrompt[] = [],
): string {
  const hash = new Hash();
  addSequences(hash, sequences);
  const rated = sequences.some(({ sample }) => sample);
  if (rated) hash.add(new TextEncoder().encode(JSON.stringify(ratingsOf(sequences))));
  for (const { conversation, message } of prompts) {
    const { messages, tools } = conversation;
    hash.add(new TextEncoder().encode(JSON.stringify([messages.slice(0, message + 1), tools])));
  }
  return rated ? `${RATED}${hash.text}` : hash.text;
}

/** Whether a fingerprint tells other rewards, labels and preferences apart. */
export const isRated = (data: string): boolean => data.startsWith(RATED);

/** What was said of each completion. Its group is a number, by what comes first: the name may be the id of a record. */
function ratingsOf(sequences: readonly TrainingSequence[]) {
  const groups = new Map<string, number>();
  return sequences.map(({ sample }) => {
    if (!sample) return null;
    const { group, reward, preference, desirable } = sample;
    const number = groups.get(group) ?? groups.size;
    groups.set(group, number);
    // What JSON has no number for is text: NaN is not nothing.
    return [number, reward === undefined ? null : String(reward), preference ?? null, desirable ?? null];
  });
}

function addSequences(hash: Hash, sequences: readonly TrainingSequence[]): void {
  for (const { ids, weights } of sequences) {
    hash.add([ids.length]);
    hash.add(ids);
    hash.add(new Int32Array(weights.buffer, weights.byteOffset, weights.length));
  }
}
