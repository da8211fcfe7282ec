// @ts-check
/**
 * @file `npm run pack:classroom`: builds the page and packs it with two small servers and a note into one zip archive,
 * for a teacher to put on any static server or on a stick.
 *
 *     node tools/pack-classroom.mjs [--out losslight-classroom.zip] [--dist FOLDER]
 *
 * With --dist, a page that is built already is packed.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'vite';
import { Problem } from './problem.mjs';
import { filesBelow } from './service-worker.mjs';
import { zip } from './zip.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const EXTRAS = ['README.txt', 'serve.mjs', 'serve.py'];

/**
 * The archive of a built page; unpacks as one folder.
 * @param {string} dist
 * @returns {Buffer}
 * @throws {Problem} where the page is not built, or was built without its service worker
 */
export function packClassroom(dist) {
  for (const file of ['index.html', 'service-worker.js'])
    if (!existsSync(path.join(dist, file)))
      throw new Problem(`${path.join(dist, file)} is not there.`, 'Build the page first: npm run build');
  const page = filesBelow(dist).map((name) => ({ name, file: path.join(dist, name) }));
  const extras = EXTRAS.map((name) => ({ name, file: path.join(ROOT, 'tools/classroom', name) }));
  const license = { name: 'LICENSE.txt', file: path.join(ROOT, 'LICENSE') };
  return zip(
    [...extras, license, ...page].map(({ name, file }) => ({
      name: `losslight/${name}`,
      bytes: readFileSync(file),
    })),
  );
}

async function main() {
  const { values } = parseArgs({
    options: { out: { type: 'string', default: 'losslight-classroom.zip' }, dist: { type: 'string' } },
  });
  if (!values.dist) await build({ root: ROOT, logLevel: 'warn' });
  const archive = packClassroom(path.resolve(values.dist ?? path.join(ROOT, 'dist')));
  writeFileSync(values.out, archive);
  console.log(`${values.out}: ${(archive.length / 1e6).toFixed(1)} MB. README.txt in it says how to use it.`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  main().catch((error) => {
    console.error(error instanceof Problem ? `${error.message}\n${error.remedy}` : error);
    process.exitCode = 1;
  });
