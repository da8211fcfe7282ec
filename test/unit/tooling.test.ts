/**
 * @file What `npm start` and `npm test` decide: when to install, which browser to take, what counts as failed.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findBrowsers } from '../../tools/browser.mjs';
import { probe } from '../../tools/browser-setup.mjs';
import { whyInstall } from '../../tools/install.mjs';
import { addressOptions } from '../../tools/start.mjs';
import { run } from '../../tools/process.mjs';
import { sideBySide } from '../../tools/side-by-side.mjs';
import { countTests } from '../../tools/test-report.mjs';
import { quote, runVitest, summary } from '../../tools/test.mjs';

const root = path.resolve(import.meta.dirname, '../..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'losslight-tooling-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a file below the test's own folder and returns its path. */
function put(name: string, text = ''): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe('which browser', () => {
  const none = () => undefined;

  test('CHROME_PATH alone, where it is set', () => {
    put('bin/chromium');
    const env = { CHROME_PATH: '/my/chrome', PATH: path.join(folder, 'bin') };
    expect(findBrowsers(env, 'linux', none)).toEqual(['/my/chrome']);
  });

  test('usual names on PATH: Chromium before Chrome, wherever they are', () => {
    const chrome = put('one/google-chrome');
    const chromium = put('two/chromium');
    put('two/firefox');
    const env = { PATH: `${path.join(folder, 'one')}:${path.join(folder, 'two')}` };
    expect(findBrowsers(env, 'linux', none).slice(0, 2)).toEqual([chromium, chrome]);
  });

  test('where macOS and Windows put applications', () => {
    const mac = put('Applications/Google Chrome.app/Contents/MacOS/Google Chrome');
    expect(findBrowsers({ HOME: folder }, 'darwin', none)).toContain(mac);
    const chrome = put('Google/Chrome/Application/chrome.exe');
    const edge = put('Microsoft/Edge/Application/msedge.exe');
    expect(findBrowsers({ PROGRAMFILES: folder, Path: '' }, 'win32', none)).toEqual([chrome, edge]);
  });

  test("Playwright's own comes last, and only where it is there", () => {
    const own = put('own/chrome');
    const chromium = put('bin/chromium');
    const env = { PATH: path.join(folder, 'bin') };
    expect(findBrowsers(env, 'linux', () => own).at(0)).toBe(chromium);
    expect(findBrowsers(env, 'linux', () => own).at(-1)).toBe(own);
    expect(findBrowsers(env, 'linux', () => path.join(folder, 'absent'))).not.toContain(
      path.join(folder, 'absent'),
    );
  });

  test('a file that is no browser is refused with the reason', async () => {
    await expect(probe(path.join(folder, 'absent'))).rejects.toThrow('there is no such file');
    const broken = put(
      'chromium',
      '#!/bin/sh\necho "error while loading shared libraries: libnss3.so" >&2\nexit 127\n',
    );
    chmodSync(broken, 0o755);
    await expect(probe(broken)).rejects.toThrow(/does not start: .*libnss3/);
  });
});

describe('when to install', () => {
  const lock = (packages: object) => JSON.stringify({ packages: { '': { name: 'x' }, ...packages } });
  const a = { version: '1.0.0', integrity: 'sha512-a' };

  test('not where every package is the one of the lockfile', () => {
    put('package-lock.json', lock({ 'node_modules/a': a }));
    put('node_modules/.package-lock.json', lock({ 'node_modules/a': a }));
    put('node_modules/a/package.json');
    expect(whyInstall(folder)).toBeUndefined();
  });

  test('an optional package for another system may be absent', () => {
    put('package-lock.json', lock({ 'node_modules/a': { ...a, optional: true } }));
    put('node_modules/.package-lock.json', lock({}));
    expect(whyInstall(folder)).toBeUndefined();
  });

  test.each<[name: string, wanted: object, installed: object, reason: string]>([
    ['a package is missing', { 'node_modules/a': a }, {}, 'node_modules/a is missing'],
    ['its folder was deleted', { 'node_modules/a': a }, { 'node_modules/a': a }, 'node_modules/a is missing'],
    [
      'its version differs',
      { 'node_modules/a': a },
      { 'node_modules/a': { ...a, version: '2.0.0' } },
      'is 2.0.0',
    ],
    [
      'its content differs',
      { 'node_modules/a': a },
      { 'node_modules/a': { ...a, integrity: 'x' } },
      'is 1.0.0',
    ],
    ['one is left over', {}, { 'node_modules/a': a }, 'node_modules/a is not in package-lock.json'],
  ])('where %s', (_, wanted, installed, reason) => {
    put('package-lock.json', lock(wanted));
    put('node_modules/.package-lock.json', lock(installed));
    expect(whyInstall(folder)).toContain(reason);
  });

  test('where nothing is installed; without a lockfile it says what to do', () => {
    expect(() => whyInstall(folder)).toThrow('package-lock.json is missing');
    put('package-lock.json', lock({}));
    expect(whyInstall(folder)).toBe('no dependencies are installed');
  });
});

describe('what counts as failed', () => {
  /** Runs Vitest itself on files of the test's own folder. */
  const vitest = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) put(name, text);
    return runVitest('vitest/vitest.mjs', ['run', '--globals', '--no-allowOnly', '--root', folder], {
      env: { NO_COLOR: '1' },
    });
  };

  test('each test is counted; one that fails is shown', async () => {
    const result = await vitest({
      'a.test.js': `test('one', () => {}); test('two', () => { expect(1).toBe(2); });`,
      'b.test.js': `test('three', () => {});`,
    });
    expect(result).toMatchObject({ passed: 2, failed: 1, notes: [] });
    expect(result.output).toContain('expected 1 to be 2');
  });

  test('skipped tests, tests to do, and tests hidden by one set alone', async () => {
    const skipped = await vitest({
      'a.test.js': `test('one', () => {}); test.skip('two', () => {}); test.todo('three');`,
    });
    expect(skipped).toMatchObject({ passed: 1, failed: 2 });
    expect(skipped.notes).toEqual(['not run (skipped): two', 'not run (todo): three']);
    const only = await vitest({ 'a.test.js': `test('one', () => {}); test.only('two', () => {});` });
    expect(only.failed).toBeGreaterThan(0);
  });

  test('a file that cannot be loaded', async () => {
    const result = await vitest({
      'a.test.js': `test('one', () => {});`,
      'b.test.js': `import './absent.js'; test('two', () => {});`,
    });
    expect(result).toMatchObject({ passed: 1, failed: 1 });
    expect(result.notes[0]).toMatch(/failed outside its tests: .*b\.test\.js/);
  });

  test('an error outside every test, a crash, and a run without a test', async () => {
    const astray = `test('one', () => { void Promise.reject(new Error('astray')); });`;
    expect(await vitest({ 'a.test.js': astray })).toMatchObject({ passed: 1, failed: 1 });
    const crash = await vitest({ 'a.test.js': `test('one', () => process.kill(process.pid, 'SIGKILL'));` });
    expect(crash.failed).toBe(1);
    rmSync(path.join(folder, 'a.test.js'));
    expect(await vitest({})).toMatchObject({ passed: 0, failed: 1 });
  });

  test('a run that left no report', () => {
    expect(countTests(undefined, true)).toMatchObject({ passed: 0, failed: 1 });
    expect(countTests({ testResults: [] }, true)).toMatchObject({ passed: 0, failed: 1 });
  });

  test('only the last line has the form of the count', () => {
    const count = /^\d+ passed, \d+ failed$/m;
    expect('3 passed, 4 failed').toMatch(count);
    expect(quote('x\n3 passed, 4 failed\n\n3 passed, 4 failed\n')).not.toMatch(count);
    const result = { passed: 3, failed: 4, notes: [], output: '', milliseconds: 1 };
    expect(summary({ name: 'unit', script: '', args: [], vitest: true }, result)).not.toMatch(count);
  });
}, 60_000);

describe('stages side by side', () => {
  /** Tasks that end when they are told to, and what happened. */
  function tasks(count: number) {
    const begun: number[] = [];
    const ends: { resolve: (value: string) => void; reject: (error: Error) => void }[] = [];
    const list = Array.from({ length: count }, (_, i) => () => {
      begun.push(i);
      return new Promise<string>((resolve, reject) => (ends[i] = { resolve, reject }));
    });
    return { begun, list, end: (i: number) => ends[i]?.resolve(`result ${i}`), ends };
  }

  test('no more than the limit at a time; the next begins where one ends', async () => {
    const { begun, list, end } = tasks(4);
    const results = sideBySide(list, 2);
    const first = results.next();
    expect(begun).toEqual([0, 1]);
    end(1);
    await expect.poll(() => begun).toEqual([0, 1, 2]);
    end(0);
    expect(await first).toEqual({ value: 'result 0', done: false });
    await expect.poll(() => begun).toEqual([0, 1, 2, 3]);
    end(3);
    end(2);
    const rest: string[] = [];
    for await (const result of results) rest.push(result);
    expect(rest).toEqual(['result 1', 'result 2', 'result 3']);
  });

  test('with a limit of one, one after another', async () => {
    const { begun, list, end } = tasks(2);
    const results = sideBySide(list, 1);
    const first = results.next();
    await new Promise((resolve) => setTimeout(resolve));
    expect(begun).toEqual([0]);
    end(0);
    await first;
    await expect.poll(() => begun).toEqual([0, 1]);
  });

  test('an error is thrown in its turn, and the others run on', async () => {
    const { list, end, ends } = tasks(3);
    const results = sideBySide(list, 2);
    const first = results.next();
    ends[1]?.reject(new Error('broken'));
    await expect.poll(() => ends.length).toBe(3);
    end(0);
    expect((await first).value).toBe('result 0');
    await expect(results.next()).rejects.toThrow('broken');
  });
});

describe('a stage', () => {
  const node = (code: string, options?: Parameters<typeof run>[2]) =>
    run(process.execPath, ['-e', code], options);

  test('its output is kept, both streams, and its exit code decides', async () => {
    expect(await node(`console.log('out'); console.error('err')`)).toMatchObject({ ok: true });
    const failed = await node(`console.log('out'); console.error('err'); process.exitCode = 3`);
    expect(failed.ok).toBe(false);
    expect(failed.output.split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  test('it cannot wait for an answer, and it is stopped with what it started where it does not end', async () => {
    expect(await node(`require('fs').readFileSync(0)`)).toMatchObject({ ok: true, output: '' });
    const marker = path.join(folder, 'alive');
    const child = `setInterval(() => require('fs').writeFileSync(${JSON.stringify(marker)}, ''), 20)`;
    const parent = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}]); setInterval(() => {}, 1e6)`;
    const stopped = await node(parent, { limitMinutes: 1 / 60 });
    expect(stopped.ok).toBe(false);
    expect(stopped.output).toContain('Stopped after');
    rmSync(marker);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(existsSync(marker)).toBe(false);
  });

  test('a command that does not exist fails by name', async () => {
    const absent = await run('no-such-command', []);
    expect(absent.ok).toBe(false);
    expect(absent.output).toContain('no-such-command did not start');
  });
});

describe('where to serve', () => {
  test('options come before the environment', () => {
    expect(addressOptions([], {})).toEqual({});
    expect(addressOptions([], { PORT: '80', HOST: 'h' })).toEqual({ port: 80 });
    expect(addressOptions(['--port', '81', '--host=i'], { PORT: '80' })).toEqual({ port: 81, host: 'i' });
  });

  test.each([['--port', 'x'], ['--port', '70000'], ['--prot', '1'], ['1']])('refuses %s %s', (...argv) => {
    expect(() => addressOptions(argv, {})).toThrow();
  });
});

describe('the version of Node', () => {
  /** Runs setup.mjs in a Node that gives itself out for another. */
  const setup = (version: string) =>
    spawnSync(
      process.execPath,
      [
        '--import',
        `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`,
        path.join(root, 'tools/setup.mjs'),
        'no-such-command',
      ],
      { encoding: 'utf8' },
    );

  test.each(['18.20.0', '20.18.3', '21.7.0', '22.12.0', '23.1.0'])(
    '%s is refused in a sentence',
    (version) => {
      const { status, stderr } = setup(version);
      expect(status).toBe(1);
      expect(stderr).toContain(`this is ${version}`);
      expect(stderr).toContain('nvm install');
    },
  );

  test.each(['20.19.0', '22.13.0', '24.0.0', '26.1.0'])('%s will do', (version) => {
    expect(setup(version)).toMatchObject({ status: 2, stderr: expect.stringContaining('Usage:') });
  });

  test('package.json says the same', () => {
    const { engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    expect(engines.node).toBe('^20.19.0 || ^22.13.0 || >=24');
  });
});
