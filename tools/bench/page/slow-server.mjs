// @ts-check
/**
 * @file Serves a built page as a compressing static host would, over a link of a given speed. What is slowed down is the
 * server: the browser's own throttling leaves out what workers load.
 */
import { readFileSync, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { SECURITY_HEADERS } from '../../csp.mjs';

/** @type {Readonly<Record<string, string>>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};
/** Bytes that go out in one turn. */
const PIECE = 8 * 1024;
/** Round trips before the first byte of a new connection is asked for: TCP and TLS 1.3. */
const HANDSHAKE = 2;

/**
 * @typedef {object} Link
 * @property {number} rtt milliseconds of a round trip
 * @property {number} kbps thousands of bits a second, for all answers together; Infinity for as fast as it goes
 */

/**
 * One link for all answers: each gets a piece in turn, so that they share its speed.
 * @param {number} kbps
 */
function sharedLink(kbps) {
  /** @type {{ response: import('node:http').ServerResponse, body: Buffer, at: number }[]} */
  const going = [];
  let free = 0;
  let timer = false;
  const turn = () => {
    timer = false;
    const now = performance.now();
    free = Math.max(free, now - 20);
    while (going.length > 0 && free <= now) {
      const one = going.shift();
      if (!one) break;
      const end = Math.min(one.body.length, one.at + PIECE);
      one.response.write(one.body.subarray(one.at, end));
      free += ((end - one.at) * 8) / kbps;
      one.at = end;
      if (end === one.body.length) one.response.end();
      else going.push(one);
    }
    if (going.length > 0 && !timer) {
      timer = true;
      setTimeout(turn, Math.max(1, free - performance.now()));
    }
  };
  return (/** @type {import('node:http').ServerResponse} */ response, /** @type {Buffer} */ body) => {
    going.push({ response, body, at: 0 });
    if (!timer) turn();
  };
}

/**
 * @param {string} folder what was built
 * @param {Link} link
 * @returns {Promise<{ url: string, asked: { path: string, at: number, bytes: number }[], close(): void }>} `asked`: each request, when
 *   it came (`performance.now()`) and how many bytes answer it
 */
export async function slowServer(folder, { rtt, kbps }) {
  /** @type {Map<string, Buffer>} */
  const packed = new Map();
  /** @type {{ path: string, at: number, bytes: number }[]} */
  const asked = [];
  const send = sharedLink(kbps);
  /** @type {WeakSet<import('node:net').Socket>} */
  const known = new WeakSet();
  const server = createServer((request, response) => {
    const name = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = path.join(folder, name === '/' ? 'index.html' : name);
    if (!file.startsWith(folder) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    const body = packed.get(file) ?? gzipSync(readFileSync(file));
    packed.set(file, body);
    asked.push({ path: name, at: performance.now(), bytes: body.length });
    const trips = known.has(request.socket) ? 1 : 1 + HANDSHAKE;
    known.add(request.socket);
    setTimeout(() => {
      response.writeHead(200, {
        ...SECURITY_HEADERS,
        'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream',
        'Content-Encoding': 'gzip',
        'Cache-Control': 'no-cache',
      });
      send(response, body);
    }, rtt * trips);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
