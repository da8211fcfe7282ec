/**
 * @file 500 conversations on eight templates: the masks that transformers takes from generation blocks, from the blocks
 * themselves and recovered without them.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { DEFAULT_POLICY, tokenWeights } from '../../src/mask/policy';
import { Inspector } from '../../src/sequence/inspector';
import type { Encoded } from '../../src/tokenizer/encoded';
import { TEMPLATE_FIXTURES } from '../fixtures/templates';
import { runLengths } from './mask-support';

interface Golden {
  conversations: Pick<Conversation, 'messages' | 'tools'>[];
  masks: Record<string, { ids: string; mask: number[] }[]>;
}
const golden = JSON.parse(gunzipSync(readFileSync('test/golden/blocks/blocks.json.gz')).toString()) as Golden;
const conversations = golden.conversations.map(({ messages, tools }, i): Conversation => ({
  id: String(i),
  messages,
  ...(tools ? { tools } : {}),
  extra: {},
  source: { file: 'golden', record: i, line: 1 },
}));

/** Templates whose blocks hold more than the model writes: what they hold is right only taken verbatim. */
const EXCEEDS = new Set(['chatml-header-inside', 'chatml-newline-inside']);

/** As transformers does: every token from the one at a block's first character to the one at its last. */
function verbatim(encoded: Encoded, blocks: readonly { start: number; end: number }[]): number[] {
  return Array.from(encoded.ids, (_, i) =>
    blocks.some((b) => (encoded.start[i] ?? 0) < b.end && (encoded.end[i] ?? 0) > b.start) ? 1 : 0,
  );
}

describe.each(TEMPLATE_FIXTURES)(
  '$name',
  ({ name, source, withoutBlocks, tokenizerJson, tokenizerConfigJson }) => {
    const wanted = golden.masks[name] ?? [];
    const followed = new Inspector(tokenizerJson, tokenizerConfigJson, source);
    const recovered = new Inspector(tokenizerJson, tokenizerConfigJson, withoutBlocks);

    it('ids, and the mask that its blocks give, are those of transformers', () => {
      expect(wanted).toHaveLength(500);
      conversations.forEach((conversation, i) => {
        const { rendered, encoded } = followed.inspect(conversation);
        const ids = createHash('sha256').update(encoded.ids.join(',')).digest('hex').slice(0, 16);
        expect(ids, `ids of ${i}`).toBe(wanted[i]?.ids);
        expect(runLengths(verbatim(encoded, rendered.blocks ?? [])), `mask of ${i}`).toEqual(wanted[i]?.mask);
      });
    });

    it(
      EXCEEDS.has(name)
        ? 'blocks exceed what the model writes, and a note says so'
        : 'the same mask without blocks',
      () => {
        conversations.forEach((conversation, i) => {
          if (EXCEEDS.has(name)) {
            const notes = followed.inspect(conversation).rendered.notes.map((note) => note.text);
            expect(
              notes.some((text) => text.includes('holds text that the model does not write')),
              String(i),
            ).toBe(true);
            return;
          }
          const { encoded } = recovered.inspect(conversation);
          expect(runLengths(tokenWeights(encoded, DEFAULT_POLICY, conversation)), `mask of ${i}`).toEqual(
            wanted[i]?.mask,
          );
        });
      },
    );
  },
);
