// @ts-check
/**
 * @file Where a Chromium may be on this machine, and the flags to test with. Nothing is started or installed here; see
 * browser-setup.mjs for that.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** WebGPU on SwiftShader, a software GPU that is the same on every machine; and no traffic of the browser's own. */
export const BROWSER_ARGS = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

/** On PATH, best first: Edge is a Chromium too, and every Windows has it. */
const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  'msedge',
];

/**
 * Folders that installers use and PATH does not name.
 * @param {NodeJS.ProcessEnv} env
 * @param {NodeJS.Platform} platform
 * @returns {string[]}
 */
function usualPlaces(env, platform) {
  if (platform === 'darwin')
    return ['', env.HOME ?? ''].flatMap((home) =>
      ['Google Chrome', 'Chromium', 'Microsoft Edge'].map((name) =>
        path.join(home || '/', 'Applications', `${name}.app`, 'Contents', 'MacOS', name),
      ),
    );
  if (platform === 'win32')
    return [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA]
      .filter((folder) => folder !== undefined)
      .flatMap((folder) => [
        path.join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe'),
        path.join(folder, 'Chromium', 'Application', 'chrome.exe'),
        path.join(folder, 'Microsoft', 'Edge', 'Application', 'msedge.exe'),
      ]);
  return ['/opt/google/chrome/chrome', '/snap/bin/chromium'];
}

/** Where Playwright puts its own Chromium, whether or not it is there; undefined before the dependencies are installed. */
export function playwrightBrowser() {
  try {
    /** @type {import('playwright')} */
    const { chromium } = createRequire(import.meta.url)('playwright');
    return chromium.executablePath();
  } catch {
    return undefined;
  }
}

/**
 * Every Chromium found, best first: CHROME_PATH alone where it is set; else the usual names on PATH, the usual places
 * of installers, and Playwright's own download.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {NodeJS.Platform} [platform]
 * @param {() => string | undefined} [own] where Playwright's own would be
 * @returns {string[]}
 */
export function findBrowsers(env = process.env, platform = process.platform, own = playwrightBrowser) {
  if (env.CHROME_PATH) return [env.CHROME_PATH];
  const windows = platform === 'win32';
  const folders = (env.PATH ?? env.Path ?? '').split(windows ? ';' : ':').filter(Boolean);
  const onPath = NAMES.flatMap((name) =>
    folders.map((folder) => path.join(folder, windows ? `${name}.exe` : name)),
  );
  const found = [...onPath, ...usualPlaces(env, platform)].filter((file) => existsSync(file));
  const downloaded = own();
  if (downloaded && existsSync(downloaded)) found.push(downloaded);
  return [...new Set(found)];
}

/** The Chromium to test in; undefined where there is none. `npm test` sets CHROME_PATH to one that it has tried. */
export function findBrowser() {
  return findBrowsers()[0];
}
