/**
 * @file Serves the built page to the end-to-end tests, at any sub-path, with or without the security headers, and starts
 * the browser that looks at it.
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { chromium, type Browser } from 'playwright';
import { BROWSER_ARGS, findBrowser } from '../../tools/browser.mjs';
import { SECURITY_HEADERS } from '../../tools/csp.mjs';
import { largeCount } from '../../src/ui/format';

/** What `npm run build` made. */
export const DIST = path.resolve(import.meta.dirname, '../../dist');

/** Parameters of the model that the build ships, as the page says it, such as `2.3 million parameters`. */
export const SHIPPED = `${largeCount(parametersIn(path.join(DIST, 'models/pocket/model.safetensors')))} parameters`;

/** Numbers in a safetensors file, from its header alone; tied weights are stored once. */
function parametersIn(file: string): number {
  if (!existsSync(file)) throw new Error('dist/ is not built. Run: npm run build');
  const handle = openSync(file, 'r');
  const read = (bytes: number, at: number): Buffer => {
    const buffer = Buffer.alloc(bytes);
    readSync(handle, buffer, 0, bytes, at);
    return buffer;
  };
  const header = JSON.parse(read(Number(read(8, 0).readBigUInt64LE()), 8).toString()) as Record<
    string,
    { shape?: number[] }
  >;
  closeSync(handle);
  return Object.values(header).reduce(
    (sum, { shape }) => sum + (shape ? shape.reduce((product, size) => product * size, 1) : 0),
    0,
  );
}

/** Only what the page ships; a browser refuses a script or a style sheet without its type. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

export interface TestServer {
  /** Address of the page, with a slash at its end. */
  url: string;
  /** `scheme://host:port`; a request to any other origin leaves the page's own. */
  origin: string;
  /** Paths that were asked for and are not there. */
  missing: string[];
  close(): Promise<void>;
}

export interface ServerOptions {
  /** Where the page lives on the host, such as `/some/sub/path/`; the root unless told. */
  subPath?: string;
  /** False is a host that sends no headers of ours, so that only the page's own `<meta>` policy holds. */
  headers?: boolean;
  /** Another build than dist/. */
  folder?: string;
  /** Gets the path of every request. */
  onRequest?: (pathname: string) => void;
}

/**
 * Serves dist/ from a free port of this machine, as a plain static host would: a missing file is a 404.
 * @throws Error where dist/ is not built.
 */
export async function startServer({
  subPath = '/',
  headers = true,
  folder = DIST,
  onRequest = () => {},
}: ServerOptions = {}): Promise<TestServer> {
  if (!existsSync(path.join(folder, 'index.html'))) throw new Error('dist/ is not built. Run: npm run build');
  const prefix = `/${subPath}/`.replace(/\/+/g, '/');
  const missing: string[] = [];

  const answer = async (requested: string, response: ServerResponse): Promise<void> => {
    const pathname = decodeURIComponent(new URL(requested, 'http://localhost').pathname);
    onRequest(pathname);
    const file = path.join(
      folder,
      pathname.startsWith(prefix) ? pathname.slice(prefix.length) || 'index.html' : '..',
    );
    // Nothing above dist/, whatever the address says.
    const body = file.startsWith(folder + path.sep) ? await readFile(file).catch(() => undefined) : undefined;
    if (!body) missing.push(pathname);
    response.writeHead(body ? 200 : 404, {
      ...(headers ? SECURITY_HEADERS : {}),
      'Content-Type': body ? (TYPES[path.extname(file)] ?? 'application/octet-stream') : 'text/plain',
      'Content-Length': body?.byteLength ?? 0,
      'Cache-Control': 'no-cache',
    });
    response.end(body);
  };

  const server = createServer((request, response) => {
    answer(request.url ?? '/', response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: origin + prefix,
    origin,
    missing,
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections();
        server.close((error) => (error ? reject(error) : resolve()));
      }),
  };
}

/**
 * A Chromium without a window; the one that `npm test` has tried, where it runs this. WebGPU is on SwiftShader, or
 * switched off.
 */
export function launchBrowser({ webgpu = true } = {}): Promise<Browser> {
  const args = webgpu
    ? BROWSER_ARGS
    : [...BROWSER_ARGS.filter((arg) => !arg.includes('webgpu')), '--disable-features=WebGPU'];
  return chromium.launch({ executablePath: findBrowser(), args });
}
