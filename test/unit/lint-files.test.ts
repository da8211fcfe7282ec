/**
 * @file Recorded rollouts and rows of tokens from JSON and JSON Lines.
 */
import { describe, expect, it } from 'vitest';
import { readRollouts } from '../../src/lint/rollout-file';
import { documentsOf, readRows, rowOfSequence } from '../../src/lint/row-file';
import { pack } from '../../src/sequence/pack';
import { lintRollouts, lintRows } from '../../src/lint/lint';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { fixture } from './mask-support';
import { MODELS } from '../fixtures/lint/models';

describe('readRows', () => {
  it('reads JSON Lines, one row a line', () => {
    const { records, problems } = readRows(
      '{"input_ids": [1, 2, 0], "labels": [-100, 2, -100], "attention_mask": [1, 1, 0]}\n' +
        '\n{"input_ids": [1, 2, 3], "assistant_masks": [0, 1, 1], "position_ids": [0, 1, 0], "other": {}}\n',
      'rows.jsonl',
    );
    expect(problems).toEqual([]);
    expect(records).toEqual([
      {
        source: { file: 'rows.jsonl', record: 0, line: 1 },
        inputIds: [1, 2, 0],
        labels: [-100, 2, -100],
        attentionMask: [1, 1, 0],
      },
      {
        source: { file: 'rows.jsonl', record: 1, line: 3 },
        inputIds: [1, 2, 3],
        labels: [-100, 2, 3],
        positionIds: [0, 1, 0],
      },
    ]);
  });

  it('knows documents by number, by length and by an attention mask that numbers them', () => {
    const rows = readRows(
      JSON.stringify([
        { input_ids: [1, 2, 3, 0], documents: [1, 1, 2, 0] },
        { input_ids: [1, 2, 3, 0], seq_lengths: [2, 1] },
        { input_ids: [1, 2, 3, 0], attention_mask: [1, 1, 2, 0] },
      ]),
      'rows.json',
    ).records;
    for (const row of rows) {
      expect(row.documents).toEqual([1, 1, 2, 0]);
      expect(documentsOf(row)).toEqual([
        { start: 0, end: 2 },
        { start: 2, end: 3 },
      ]);
    }
  });

  it('lists bad rows with their field, and keeps the good ones', () => {
    const { records, problems } = readRows(
      [
        '{"input_ids": [1, 2], "labels": [1]}',
        '{"labels": [1]}',
        '{"input_ids": [1, 2.5]}',
        '{"input_ids": [1, 2], "seq_lengths": [3]}',
        '[]',
        '{"input_ids": ',
        '{"input_ids": [7]}',
      ].join('\n'),
      'rows.jsonl',
    );
    expect(records.map(({ inputIds, source }) => [inputIds, source.record, source.line])).toEqual([
      [[7], 6, 7],
    ]);
    expect(problems.map(({ line, field, reason }) => `${line} ${field}: ${reason}`)).toEqual([
      '1 labels: it has 1 entries, and input_ids has 2',
      '2 input_ids: the row has no tokens',
      '3 input_ids: entry 1 is 2.5, no whole number',
      '4 seq_lengths: its lengths sum to 3, and input_ids has 2',
      '5 : the record is no object',
      expect.stringMatching(/^6 : the line is not valid JSON/) as string,
    ]);
  });

  it.each(['', 'no JSON'])('refuses “%s”', (text) => {
    expect(() => readRows(text, 'rows.jsonl')).toThrow(/rows\.jsonl/);
  });

  it('takes sequences of ours, which are packed as they should be', () => {
    const { pocket } = MODELS;
    const conversations = ['answer only', 'no system', 'think and answer'].map(fixture);
    const { sequences } = pocket.sequences(conversations, DEFAULT_POLICY, 512);
    const source = { file: 'packed', record: 0, line: 1 };
    const rows = pack(sequences, 1000).map((sequence) => rowOfSequence(sequence, source));
    expect(rows).toHaveLength(1);
    expect(rows.flatMap(documentsOf)).toHaveLength(3);
    expect(lintRows(pocket, rows, { policy: DEFAULT_POLICY })).toEqual([]);
    const one = rows.map((row) => ({ ...row, documents: row.inputIds.map(() => 1) }));
    expect(lintRows(pocket, one, { policy: DEFAULT_POLICY }).map(({ lint }) => lint)).toEqual([
      'packed-documents',
    ]);
  });
});

describe('two BOS tokens in ids', () => {
  const { llama } = MODELS;
  const bos = llama.tokenizer.idOf(llama.tokenizer.bosToken) ?? -1;
  const places = (row: object) =>
    lintRows(llama, readRows(JSON.stringify(row), 'rows.json').records, { policy: DEFAULT_POLICY })
      .filter(({ lint }) => lint === 'double-bos')
      .map(({ place }) => place.tokens);

  it('are found at the beginning of a text, not in padding', () => {
    expect(places({ input_ids: [bos, bos, 579] })).toEqual([{ start: 0, end: 2 }]);
    expect(places({ input_ids: [bos, bos, bos, 579], attention_mask: [0, 1, 1, 1] })).toEqual([
      { start: 1, end: 3 },
    ]);
    expect(places({ input_ids: [bos, bos, bos, 579], attention_mask: [0, 0, 1, 1] })).toEqual([]);
    expect(places({ input_ids: [bos, 579, bos, bos] })).toEqual([]);
  });

  it('are found in a rollout’s prompt', () => {
    const rollouts = [
      { source: { file: 'r', record: 0, line: 1 }, promptIds: [bos, bos, 579], completionIds: [497] },
    ];
    const found = lintRollouts(llama, rollouts, { policy: DEFAULT_POLICY }).map(({ lint }) => lint);
    expect(found).toEqual(['double-bos']);
  });
});

describe('readRollouts', () => {
  it('reads ids under the names of several samplers, and the conversation', () => {
    const { records, problems } = readRollouts(
      '{"prompt_ids": [1], "completion_ids": [2, 3], "completion": "Hi"}\n' +
        '{"prompt_token_ids": [1], "response_ids": [2], "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes"}]}\n',
      'r.jsonl',
    );
    expect(problems).toEqual([]);
    expect(records[0]).toEqual({
      source: { file: 'r.jsonl', record: 0, line: 1 },
      promptIds: [1],
      completionIds: [2, 3],
      text: 'Hi',
    });
    expect(records[1]?.conversation?.messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'Hi'],
      ['assistant', 'Yes'],
    ]);
  });

  it('lists bad ones with their field', () => {
    const { problems } = readRollouts(
      '{"prompt_ids": [1]}\n{"completion_ids": ["a"]}\n{"completion_ids": [1], "text": 5}\n{"completion_ids": [1], "messages": [{"role": "user"}]}\n',
      'r.jsonl',
    );
    expect(problems.map(({ line, field }) => `${line} ${field}`)).toEqual([
      '1 completion_ids',
      '2 completion_ids',
      '3 text',
      '4 messages[0]',
    ]);
  });
});
