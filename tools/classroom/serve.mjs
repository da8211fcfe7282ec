/**
 * @file Serves this folder to the browser on this computer:  node serve.mjs [--port 8000] [--host 127.0.0.1]
 * Needs Node.js 18 or newer and nothing else.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const FOLDER = path.dirname(fileURLToPath(import.meta.url));
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};
/** With these, threads may share memory, so that the page computes faster on the CPU. */
const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-cache',
};
/** Ports that are tried one after the other. */
const TRIES = 20;

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8000' }, host: { type: 'string', default: '127.0.0.1' } },
});

const server = createServer(async ({ url = '/', method }, response) => {
  let file = '';
  try {
    const pathname = decodeURIComponent(new URL(url, 'http://localhost').pathname);
    file = path.join(FOLDER, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
  } catch {
    // No address of a file.
  }
  const found = file.startsWith(FOLDER + path.sep) ? await stat(file).catch(() => undefined) : undefined;
  if (!found?.isFile()) {
    response.writeHead(404, { ...HEADERS, 'Content-Type': 'text/plain' }).end('Not found');
    return;
  }
  const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
  response.writeHead(200, { ...HEADERS, 'Content-Type': type, 'Content-Length': found.size });
  if (method === 'HEAD') response.end();
  else
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response);
});

let port = Number(values.port);
const last = port + TRIES;
server.on('error', (error) => {
  if (error.code === 'EADDRINUSE' && ++port < last) server.listen(port, values.host);
  else {
    console.error(`The page could not be served: ${error.message}`);
    process.exit(1);
  }
});
server.on('listening', () => {
  console.log(`Losslight is at http://${values.host}:${server.address().port}/   (Ctrl+C ends it)`);
});
server.listen(port, values.host);
