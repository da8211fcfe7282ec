/**
 * @file Files of a model and conversations told apart, and the model's files put together as transformers does it.
 */
import { describe, expect, it } from 'vitest';
import { openModel } from '../../src/sequence/open-model';
import { sortFiles } from '../../src/state/brought-files';
import { combine, describe as notesOf, readPiece } from '../../src/state/own-files';
import { stopIdsOf, templatesOf, withSpecialTokens } from '../../src/tokenizer/model-files';
import { readFileSync } from 'node:fs';

const sorted = (...paths: string[]) => {
  const { model, data, ignored } = sortFiles(
    paths.map((path) => ({ path, file: new File(['x'], path.split('/').at(-1) ?? '') })),
  );
  return {
    folder: model?.folder,
    files: [...(model?.files.keys() ?? [])],
    weights: [...(model?.weights.keys() ?? [])],
    unreadWeights: model?.unreadWeights ?? [],
    unread: model?.unread ?? [],
    data: data.map(({ name }) => name),
    ignored,
  };
};

describe('files are sorted', () => {
  it('by name, where they come alone', () => {
    expect(sorted('tokenizer.json', 'chats.json', 'notes.txt', 'my.jinja', 'a.gguf', 'vocab.json')).toEqual({
      folder: undefined,
      files: ['tokenizer.json', 'chat_template.jinja'],
      weights: [],
      unreadWeights: ['a.gguf'],
      unread: ['vocab.json'],
      data: ['chats.json', 'notes.txt'],
      ignored: [],
    });
  });

  it('of a model’s folder: the nearest tokenizer.json decides', () => {
    expect(
      sorted(
        'Model/README.md',
        'Model/config.json',
        'Model/tokenizer.json',
        'Model/tokenizer_config.json',
        'Model/model-00001-of-00002.safetensors',
        'Model/model.safetensors.index.json',
        'Model/additional_chat_templates/tool_use.jinja',
        'Model/onnx/tokenizer.json',
        'Model/onnx/model.onnx',
        'Model/original/consolidated.safetensors',
        'Model/preprocessor_config.json',
        'Model/eval/chats.jsonl',
      ),
    ).toEqual({
      folder: 'Model',
      files: [
        'config.json',
        'tokenizer.json',
        'tokenizer_config.json',
        'additional_chat_templates/tool_use.jinja',
      ],
      weights: ['model-00001-of-00002.safetensors', 'model.safetensors.index.json'],
      unreadWeights: ['model.onnx', 'consolidated.safetensors'],
      unread: [],
      data: ['chats.jsonl'],
      ignored: ['Model/README.md', 'Model/onnx/tokenizer.json', 'Model/preprocessor_config.json'],
    });
  });

  it('of a folder of conversations', () => {
    const { data, ignored, files } = sorted('d/a.json', 'd/b/c.txt', 'd/picture.png');
    expect([data, ignored, files]).toEqual([['a.json', 'c.txt'], ['d/picture.png'], []]);
  });

  it('from nothing to nothing', () => {
    expect(sortFiles([])).toEqual({ model: undefined, data: [], ignored: [] });
  });
});

describe('files of a model', () => {
  const config = JSON.stringify({
    chat_template: [
      { name: 'rag', template: 'R' },
      { name: 'default', template: 'D' },
    ],
  });

  it('give templates as in transformers: .jinja, then chat_template.json, then tokenizer_config.json', () => {
    expect(templatesOf({ 'tokenizer_config.json': config }).map(({ name, source }) => name + source)).toEqual(
      ['defaultD', 'ragR'],
    );
    const json = { 'tokenizer_config.json': config, 'chat_template.json': '{"chat_template": "J"}' };
    expect(templatesOf(json).map(({ source }) => source)).toEqual(['J']);
    const jinja = { ...json, 'chat_template.jinja': 'X', 'additional_chat_templates/tool_use.jinja': 'T' };
    expect(templatesOf(jinja).map(({ name, source }) => name + source)).toEqual(['defaultX', 'tool_useT']);
    expect(templatesOf({})).toEqual([]);
    expect(templatesOf({ 'tokenizer_config.json': '{"chat_template": null}' })).toEqual([]);
  });

  it.each([
    '{"chat_template": 1}',
    '{"chat_template": [1]}',
    '{"chat_template": [{"name": "a"}]}',
    '[]',
    'x',
  ])('refuse %s', (text) =>
    expect(() => templatesOf({ 'tokenizer_config.json': text })).toThrow(/tokenizer_config\.json/),
  );

  it('name special tokens and ids that stop', () => {
    const map = JSON.stringify({ bos_token: '<s>', eos_token: { content: '</s>' } });
    const files = { 'tokenizer_config.json': '{"eos_token": "<e>"}', 'special_tokens_map.json': map };
    expect(JSON.parse(withSpecialTokens(files))).toEqual({ eos_token: '<e>', bos_token: '<s>' });
    expect(withSpecialTokens({})).toBe('{}');
    expect(
      stopIdsOf({
        'generation_config.json': '{"eos_token_id": [1, 2]}',
        'config.json': '{"eos_token_id": 3}',
      }),
    ).toEqual([1, 2]);
    expect(stopIdsOf({ 'generation_config.json': '{}', 'config.json': '{"eos_token_id": 3}' })).toEqual([3]);
    expect(stopIdsOf({ 'config.json': '{"eos_token_id": "x"}' })).toEqual([]);
  });

  it('open: tokens that stop by id end a turn too', () => {
    const tokenizer = readFileSync('test/golden/tokenizer/byte-gpt2.tokenizer.json', 'utf8');
    const mask = (JSON.parse(tokenizer) as { added_tokens: { id: number; content: string }[] })
      .added_tokens[2];
    const { opened } = openModel({
      files: {
        'tokenizer.json': tokenizer,
        'chat_template.jinja': 'x',
        'generation_config.json': JSON.stringify({ eos_token_id: [mask?.id] }),
      },
    });
    expect(opened.endOfTurn).toContain(mask?.content);
    expect(() => openModel({ files: { 'chat_template.jinja': 'x' } })).toThrow(/no tokenizer\.json/);
    expect(() => openModel({ files: { 'tokenizer.json': tokenizer } })).toThrow(/no chat template/);
  });
});

describe('one’s own and what ships', () => {
  const shipped = { 'tokenizer.json': 'S', 'tokenizer_config.json': '{"chat_template": "ST"}' };
  const piece = (files: Record<string, string>) => ({
    folder: undefined,
    files: new Map(Object.entries(files).map(([name, text]) => [name, new File([text], name)])),
    weights: new Map<string, File>(),
    unreadWeights: [],
    unread: [],
  });
  const weights = (...names: string[]) => new Map(names.map((name) => [name, new File(['x'], name)]));

  it('a tokenizer alone borrows the template; a template alone goes with the shipped tokenizer', () => {
    expect(combine(shipped, { files: { 'tokenizer.json': 'O' } }).files).toEqual({
      'tokenizer.json': 'O',
      'chat_template.jinja': 'ST',
    });
    const own = { 'tokenizer_config.json': '{"chat_template": "OT", "eos_token": "<own>"}' };
    expect(combine(shipped, { files: own }).files).toEqual({ ...shipped, 'chat_template.jinja': 'OT' });
    expect(combine(shipped, { files: {}, edited: 'E' }).template?.source).toBe('E');
  });

  it('what comes later completes it, and another tokenizer.json begins anew', async () => {
    const first = await readPiece(piece({ 'chat_template.jinja': 'T' }), { files: {} });
    const second = await readPiece(piece({ 'tokenizer.json': 'A' }), first);
    expect(second.files).toEqual({ 'chat_template.jinja': 'T', 'tokenizer.json': 'A' });
    const third = await readPiece(piece({ 'tokenizer.json': 'B' }), second);
    expect(third.files).toEqual({ 'tokenizer.json': 'B' });
    expect(notesOf(third, piece({})).join(' ')).toMatch(/no tokenizer_config\.json.*no chat template/);
  });

  it('weights stay with their model, and shards may come one after the other', async () => {
    const first = await readPiece(
      {
        ...piece({ 'tokenizer.json': 'A', 'config.json': '{}' }),
        weights: weights('model.safetensors.index.json'),
      },
      { files: {} },
    );
    const second = await readPiece(
      { ...piece({}), weights: weights('model-00001-of-00001.safetensors') },
      first,
    );
    expect([...(second.weights?.keys() ?? [])]).toEqual([
      'model.safetensors.index.json',
      'model-00001-of-00001.safetensors',
    ]);
    const template = await readPiece(piece({ 'chat_template.jinja': 'T' }), second);
    expect(template.weights).toBe(second.weights);
    const single = await readPiece({ ...piece({}), weights: weights('model.safetensors') }, template);
    expect([...(single.weights?.keys() ?? [])]).toEqual(['model.safetensors']);
    expect((await readPiece(piece({ 'tokenizer.json': 'B' }), single)).weights).toBeUndefined();
  });

  it('weights without a tokenizer go with the shipped one, if config.json says what they are', async () => {
    const own = { ...piece({ 'config.json': '{}' }), weights: weights('model.safetensors') };
    const read = await readPiece(own, { files: {} });
    expect(notesOf(read, own).join(' ')).toMatch(/your weights go with the shipped tokenizer/);
    expect(combine(shipped, read).files).toEqual(shipped);
    const alone = { ...piece({}), weights: weights('model.safetensors') };
    await expect(readPiece(alone, { files: {} })).rejects.toThrow(/config\.json, which is not there/);
  });

  it('weights in other forms are named', async () => {
    const other = { ...piece({ 'tokenizer.json': 'A' }), unreadWeights: ['pytorch_model.bin'] };
    const read = await readPiece(other, { files: {} });
    expect(notesOf(read, other).join(' ')).toMatch(/pytorch_model\.bin cannot be loaded/);
    await expect(readPiece({ ...piece({}), unreadWeights: ['a.gguf'] }, { files: {} })).rejects.toThrow(
      /a\.gguf holds weights in a form that is not read here/,
    );
  });

  it('bytes that are no text are refused', async () => {
    const files = new Map([['tokenizer.json', new File([new Uint8Array([0xff, 0xfe])], 'tokenizer.json')]]);
    await expect(readPiece({ ...piece({}), files }, { files: {} })).rejects.toThrow(/not UTF-8/);
  });
});
