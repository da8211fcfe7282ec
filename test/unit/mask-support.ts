/**
 * @file Conversations on the shipped tokenizer, for the tests of masks: which pieces are trained, by message and segment.
 */
import { readFileSync } from 'node:fs';
import type { Conversation, Message } from '../../src/conversation/types';
import { tokenWeights, type MaskPolicy } from '../../src/mask/policy';
import { Inspector } from '../../src/sequence/inspector';
import { SEGMENT_KINDS } from '../../src/template/rendered';
import { MASK_CONVERSATIONS } from '../fixtures/mask-conversations';

const FOLDER = 'public/models/pocket/';
const read = (file: string) => readFileSync(FOLDER + file, 'utf8');

/** The shipped tokenizer, with its own template or another. */
export const inspectorWith = (template?: string) =>
  new Inspector(read('tokenizer.json'), read('tokenizer_config.json'), template);

export const inspector = inspectorWith();

export function fixture(name: string): Conversation {
  const conversation = MASK_CONVERSATIONS.get(name);
  if (!conversation) throw new Error(`no fixture “${name}”`);
  return conversation;
}

export function conversationOf(...messages: Message[]): Conversation {
  return { id: 'c', messages, extra: {}, source: { file: 'f', record: 0, line: 1 } };
}

/** What `tokenWeights` reads and gives, and the tokens as text. */
export function weighed(conversation: Conversation, policy: MaskPolicy, with_ = inspector) {
  const { rendered, encoded } = with_.inspect(conversation);
  const weights = tokenWeights(encoded, policy, conversation, rendered);
  return { text: rendered.text, rendered, encoded, weights, pieces: with_.tokenizer.pieces(encoded.ids) };
}

/** Trained tokens as `message segment` → pieces joined by `|`; a weight other than 1 stands behind its piece. */
export function trained(conversation: Conversation, policy: MaskPolicy, with_ = inspector) {
  const { encoded, weights, pieces } = weighed(conversation, policy, with_);
  const found: Record<string, string> = {};
  weights.forEach((weight, i) => {
    if (weight === 0) return;
    const key = `${encoded.message[i]} ${SEGMENT_KINDS[encoded.kind[i] ?? 0]}`;
    const piece = (pieces[i] ?? '') + (weight === 1 ? '' : `×${Number(weight.toPrecision(6))}`);
    found[key] = key in found ? `${found[key]}|${piece}` : piece;
  });
  return found;
}

/** Runs of zeros and ones, in turn, zeros first. */
export function runLengths(mask: Iterable<number>): number[] {
  const runs = [0];
  let value = 0;
  for (const one of mask) {
    if (one !== value) {
      runs.push(0);
      value = one;
    }
    runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1;
  }
  return runs;
}
