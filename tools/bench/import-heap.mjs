/**
 * @file Measures how much memory the import of a large JSON Lines file takes:
 *
 *   node tools/bench/import-heap.mjs [--gb 2] [--json]
 *
 * Writes such a file into a temporary folder, finds and checks all its records, reads them all again, and removes it. A
 * process of its own does the reading, with an old generation of at most 96 MB; `heapUsed` and `arrayBuffers` are sampled
 * there at every progress report, fifty or more times a second. Exits 1 where their sum was above 200 MB.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'vite';

const LIMIT_MB = 200;
const OLD_SPACE_MB = 96;
const MB = 1e6;

const { values } = parseArgs({
  options: {
    gb: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
    child: { type: 'string' },
    module: { type: 'string' },
  },
});

if (values.child === undefined) process.exitCode = await measure(Number(values.gb));
else await readAllOf(values.child, values.module ?? '');

/** Writes the file, has it read, prints what came of it. @param {number} gigabytes */
async function measure(gigabytes) {
  if (!(gigabytes > 0)) throw new RangeError(`--gb must be a positive number, not “${values.gb}”.`);
  const folder = mkdtempSync(join(tmpdir(), 'losslight-heap-'));
  try {
    const data = join(folder, 'big.jsonl');
    const written = writeRecords(data, gigabytes * 1e9);
    const module = await bundle(folder);
    const child = spawnSync(
      process.execPath,
      [
        `--max-old-space-size=${OLD_SPACE_MB}`,
        fileURLToPath(import.meta.url),
        '--child',
        data,
        '--module',
        module,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' },
    );
    if (child.status !== 0) throw new Error(`Reading failed with status ${child.status ?? child.signal}.`);
    const figures = JSON.parse(child.stdout);
    if (
      figures.records !== written.records ||
      figures.bad !== written.bad ||
      figures.read !== written.records - written.bad
    ) {
      throw new Error(`Wrote ${JSON.stringify(written)}, read ${child.stdout}`);
    }
    if (values.json) console.log(JSON.stringify(figures));
    else {
      console.log(
        `${figures.megabytes} MB of JSON Lines, ${figures.records} records, ${figures.bad} of them bad`,
      );
      console.log(
        `found and checked at ${figures.indexMbPerS} MB/s, read again at ${figures.readMbPerS} MB/s`,
      );
      console.log(
        `peak ${figures.peakMB} MB of heap and array buffers (limit ${LIMIT_MB}), ${figures.rssMB} MB resident`,
      );
    }
    return figures.peakMB <= LIMIT_MB ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The importer as one file that Node can load. @param {string} folder */
async function bundle(folder) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    build: {
      ssr: join(root, 'src/conversation/stream-import.ts'),
      outDir: folder,
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: 'stream-import.mjs' } },
    },
  });
  return join(folder, 'stream-import.mjs');
}

/**
 * Conversations of some 900 bytes, every thousandth of them bad in one of two ways.
 *
 * @param {string} path
 * @param {number} size
 */
function writeRecords(path, size) {
  const file = openSync(path, 'w');
  let [records, bad, length] = [0, 0, 0];
  try {
    while (length < size) {
      let text = '';
      while (text.length < 4e6 && length + text.length < size) {
        const wrong = records % 1000 === 7;
        if (wrong) bad++;
        const record = conversation(records++);
        text += wrong
          ? `${bad % 2 ? record.slice(0, -40) : record.replace('"user"', '"nobody"')}\n`
          : `${record}\n`;
      }
      length += writeSync(file, text);
    }
  } finally {
    closeSync(file);
  }
  return { records, bad };
}

/** @param {number} n */
function conversation(n) {
  const city = ['Oslo', 'São Paulo', '東京', 'Reykjavík'][n % 4];
  const call = {
    id: `call_${n}`,
    type: 'function',
    function: { name: 'get_weather', arguments: JSON.stringify({ city, day: n }) },
  };
  const remark =
    `Question ${n} of a long file, with a few words more so that it has the length of a usual turn. `.repeat(
      2,
    );
  return JSON.stringify({
    messages: [
      { role: 'system', content: 'You are a small assistant that may look things up.' },
      { role: 'user', content: `What is the weather in ${city}? ${remark}` },
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'I do not know it. I need the tool.',
        tool_calls: [call],
      },
      { role: 'tool', tool_call_id: `call_${n}`, content: `{"sky": "rainy", "temp": ${n % 30}}` },
      { role: 'assistant', content: `It is rainy in ${city}, ${n % 30} degrees. Take an umbrella ☔.` },
    ],
    id: n,
  });
}

/**
 * In the process that is measured.
 *
 * @param {string} path
 * @param {string} module
 */
async function readAllOf(path, module) {
  const { indexRecords, readAll } = await import(pathToFileURL(module).href);
  const file = await open(path);
  const { size } = await file.stat();
  const source = {
    name: 'big.jsonl',
    size,
    async read(/** @type {number} */ start, /** @type {number} */ end) {
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
      return bytes.subarray(0, bytesRead);
    },
  };
  let [peak, rss] = [0, 0];
  const sample = () => {
    const { heapUsed, arrayBuffers, rss: resident } = process.memoryUsage();
    peak = Math.max(peak, heapUsed + arrayBuffers);
    rss = Math.max(rss, resident);
  };
  const began = performance.now();
  const index = await indexRecords(source, { onProgress: sample });
  const indexed = performance.now();
  let read = 0;
  for await (const { conversations } of readAll(index, { onProgress: sample })) read += conversations.length;
  const ended = performance.now();
  await file.close();
  const speed = (/** @type {number} */ milliseconds) => Math.round(size / MB / (milliseconds / 1000));
  const figures = {
    megabytes: Math.round(size / MB),
    records: index.records,
    bad: index.counts.bad,
    read,
    peakMB: Math.round(peak / MB),
    rssMB: Math.round(rss / MB),
    indexMbPerS: speed(indexed - began),
    readMbPerS: speed(ended - indexed),
    seconds: Math.round((ended - began) / 1000),
  };
  console.log(JSON.stringify(figures));
}
