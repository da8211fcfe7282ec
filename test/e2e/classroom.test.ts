/**
 * @file What a teacher gets: one archive with the page and small servers, unpacked and served as its note says.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packClassroom } from '../../tools/pack-classroom.mjs';
import { filesBelow } from '../../tools/service-worker.mjs';
import { DIST, launchBrowser, SHIPPED, startServer } from './server';

let folder: string;
let browser: Browser;
let server: ChildProcess | undefined;

/** Unpacks by the archive's directory, as unzip does, checking sizes and checksums. */
async function unpack(archive: Buffer, to: string): Promise<string[]> {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  const names: string[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    expect(archive.readUInt32LE(at)).toBe(0x02014b50);
    const [method, crc] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 16)];
    const [small, size] = [archive.readUInt32LE(at + 20), archive.readUInt32LE(at + 24)];
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const header = archive.readUInt32LE(at + 42);
    expect(archive.readUInt32LE(header)).toBe(0x04034b50);
    const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
    const contents = archive.subarray(start, start + small);
    const bytes = method === 8 ? inflateRawSync(contents) : contents;
    expect([bytes.length, crc32(bytes)]).toEqual([size, crc]);
    await mkdir(path.dirname(path.join(to, name)), { recursive: true });
    await writeFile(path.join(to, name), bytes);
    names.push(name);
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  expect(at).toBe(end);
  return names;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'losslight-classroom-'));
  browser = await launchBrowser();
});
afterAll(async () => {
  server?.kill();
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

test('the archive holds the page as it was built, and always has the same bytes', async () => {
  const archive = packClassroom(DIST);
  expect(packClassroom(DIST).equals(archive)).toBe(true);
  const names = await unpack(archive, folder);
  const extras = ['README.txt', 'serve.mjs', 'serve.py', 'LICENSE.txt'];
  expect(names.sort()).toEqual([...extras, ...filesBelow(DIST)].map((name) => `losslight/${name}`).sort());
  const digest = async (file: string) =>
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  for (const name of filesBelow(DIST))
    expect(await digest(path.join(folder, 'losslight', name)), name).toBe(
      await digest(path.join(DIST, name)),
    );
});

test('a page that was not built is refused with its remedy', () => {
  expect(() => packClassroom(folder)).toThrow(/index\.html is not there/);
});

test('its server starts the page with threads, and gives nothing else away', async () => {
  server = spawn(process.execPath, [path.join(folder, 'losslight/serve.mjs'), '--port', '8760']);
  const address = await new Promise<string>((resolve, reject) => {
    server?.stdout?.on('data', (text: Buffer) => {
      const found = /http:\/\/\S+\//.exec(text.toString())?.[0];
      if (found) resolve(found);
    });
    server?.once('exit', (code) => reject(new Error(`The server ended with ${code}.`)));
  });
  for (const outside of ['../../etc/hostname', '%2e%2e/%2e%2e/etc/hostname', '..%2f..%2fetc/hostname', '%'])
    expect((await fetch(new URL(outside, address))).status, outside).toBe(404);
  const page = await browser.newPage();
  await page.goto(address);
  await page.getByText('Drop a file of conversations anywhere').waitFor();
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await page.close();
});

test('opened as a file, the page says why it is empty', async () => {
  const page = await browser.newPage();
  await page.goto(`file://${path.join(folder, 'losslight/index.html')}`);
  await page.getByText(/opened as a file\. Browsers run it only from a server: see\s+README\.txt/).waitFor();
  await page.close();
});

/** From the empty page to a mask, two steps on the CPU, and a lesson. */
async function useIt(page: Page): Promise<void> {
  await page.getByText(`${SHIPPED}, on the CPU`).waitFor();
  await page.getByRole('button', { name: 'Paste text' }).click();
  const paste = page.getByRole('textbox', { name: /Conversations as JSON/ });
  await paste.fill('user\n    Hi\nassistant_answer\n    Hello!\n');
  await page.getByRole('button', { name: 'Import' }).click();
  await page.getByText(/^3 of \d+ tokens are trained$/).waitFor();
  const train = page.getByRole('region', { name: 'Train', exact: true });
  for (const step of [1, 2]) {
    await train.getByRole('button', { name: 'Single step' }).click();
    await train.getByText(new RegExp(`^Step ${step} of`)).waitFor();
  }
  await train.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.locator('summary', { hasText: 'Lessons' }).click();
  await page
    .getByRole('button', { name: /^Growing samples/ })
    .first()
    .click();
  await page.getByRole('heading', { name: 'Growing samples: what counts twice' }).first().waitFor();
}

test('on a plain server that knows nothing of it, below a path: used, and used again without that server', async () => {
  const plain = await startServer({
    folder: path.join(folder, 'losslight'),
    subPath: '/school/losslight/',
    headers: false,
  });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(`${plain.url}?engine=cpu`);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  await useIt(page);
  await page.getByText(/opens without a network|^Works without a network/).waitFor({ timeout: 120_000 });
  await plain.close();
  await page.goto(`${plain.url}?engine=cpu`);
  await useIt(page);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await context.close();
});
