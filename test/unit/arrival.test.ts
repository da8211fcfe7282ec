/**
 * @file What the page says of a link or a session file before it is taken in: what would be lost, what differs from where it was made,
 * and why it cannot be taken in now.
 */
import { describe, expect, test } from 'vitest';
import { Arrival } from '../../src/state/arrival.svelte';
import type { PageContent } from '../../src/state/page-content';
import type { Session } from '../../src/state/session.svelte';
import { textDigest } from '../../src/state/text-digest';
import type { UrlState } from '../../src/state/url-state.svelte';

const ONE = {
  name: 'x',
  conversations: [
    {
      id: 'a',
      messages: [{ role: 'user' as const, content: 'Hi' }],
      extra: {},
      source: { file: 'x', record: 0, line: 1 },
    },
  ],
};
const RUN = { id: 4, facts: { model: 'another', modelKey: 'key of another' } };

interface Here {
  inFile?: boolean;
  setAside?: boolean;
  running?: boolean;
  busy?: boolean;
  runBlock?: string;
  modelKey?: string;
}

function arrives(content: object, here: Here = {}): Arrival {
  const session = {
    data: {
      list: { inFile: here.inFile ?? false },
      setAside: { inFile: here.setAside ?? false },
      busy: here.busy ?? false,
    },
    train: { active: here.running ?? false },
    runBlock: here.runBlock,
    modelKey: here.modelKey,
    model: {
      name: 'pocket',
      ownTokenizer: false,
      tokenizerText: 'tokens',
      opened: { template: { source: 'template' } },
      own: {},
    },
  };
  const opened = {
    name: 'the link',
    content: content as PageContent,
    problems: [],
    values: new Map([['w', Float32Array.of(1)]]),
  };
  return new Arrival(session as unknown as Session, {} as unknown as UrlState, opened);
}

describe('conversations', () => {
  test('take the place of those here, unless these stay in files, which would have to be imported again', () => {
    expect(arrives({ parts: [ONE] })).toMatchObject({ count: 1, replace: true, closesFiles: false });
    for (const here of [{ inFile: true }, { setAside: true }]) {
      const arrival = arrives({ parts: [ONE] }, here);
      expect(arrival).toMatchObject({ replace: false, closesFiles: false });
      arrival.replace = true;
      expect(arrival.closesFiles).toBe(true);
    }
    const none = arrives({ settings: { steps: '4' } }, { inFile: true });
    none.replace = true;
    expect(none).toMatchObject({ count: 0, closesFiles: false });
  });
});

describe('what stands in the way', () => {
  test('of taking it in is a run, or files that are being read; of undoing it also what blocks a run', async () => {
    expect(arrives({})).toMatchObject({ block: undefined, undoBlock: undefined });
    const running = arrives({ parts: [ONE] }, { running: true });
    expect(running.block).toMatch(/A run is in progress/);
    expect(await running.take()).toBe(false);
    expect(running.taken).toBe(false);
    expect(arrives({}, { busy: true }).block).toMatch(/Files are being read/);
    expect(arrives({}, { runBlock: 'The models write.' })).toMatchObject({
      block: undefined,
      undoBlock: 'The models write.',
    });
  });

  test('of its tuned weights is that their run is missing, that no model is loaded, or another one', () => {
    const weights = { at: { run: 4, step: 2 } };
    expect(arrives({}).weightsBlock).toBeUndefined();
    expect(arrives({ weights, runs: [] }).weightsBlock).toMatch(/run .* is not in the file/);
    expect(arrives({ weights, runs: [RUN] }).weightsBlock).toMatch(/No model is loaded yet/);
    expect(arrives({ weights, runs: [RUN] }, { modelKey: 'key' }).weightsBlock).toMatch(
      /another model, another/,
    );
    expect(arrives({ weights, runs: [RUN] }, { modelKey: 'key of another' }).weightsBlock).toBeUndefined();
  });
});

describe('what differs from where it was made', () => {
  const made = (tokenizer: string, template: string) => ({
    model: { name: 'theirs', tokenizer: textDigest(tokenizer), template: textDigest(template) },
  });

  test('is the tokenizer, or a template that it does not bring', () => {
    expect(arrives({}).differences).toEqual([]);
    expect(arrives(made('tokens', 'template')).differences).toEqual([]);
    expect(arrives(made('others', 'template')).differences).toEqual([
      expect.stringMatching(/the tokenizer of theirs; here it is that of pocket/),
    ]);
    expect(arrives(made('tokens', 'other')).differences).toEqual([
      expect.stringMatching(/another chat template, which it does not bring/),
    ]);
    expect(arrives({ ...made('tokens', 'other'), template: 'other' }).differences).toEqual([]);
  });
});
