// @ts-check
/**
 * @file What stands around a person's reward code in its worker: takes away everything but the language itself, then answers
 * one question after another. It is text here; the script of the worker is this function, called with the code as a function.
 *
 * What keeps the code in is the frame (opaque origin, a policy without connections, no page to reach) and `terminate`. What
 * is taken away here is taken away a second time, and so that the code fails at once and says why.
 */
export default function (
  /** Holds the person's code, and returns its `reward`. @type {() => unknown} */ load,
  /** Characters of `load`: fewer are left of it where the code closes a bracket that it did not open. @type {number} */ length,
  /** Id of the question that starting this worker answers. @type {number} */ started,
) {
  'use strict';
  const scope = /** @type {DedicatedWorkerGlobalScope & { console: object }} */ (
    /** @type {unknown} */ (globalThis)
  );
  const send = scope.postMessage.bind(scope);
  const listen = scope.addEventListener.bind(scope);
  const { apply, ownKeys, getPrototypeOf, deleteProperty, defineProperty } = Reflect;
  const { parse } = JSON;
  const { isFinite } = Number;
  const asText = String;
  // Bound now, so that nothing which the code changes later is consulted.
  const cut = Function.prototype.call.bind(String.prototype.slice);
  const match = Function.prototype.call.bind(RegExp.prototype.exec);

  const KEPT = new Set(
    (
      'Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date Promise RegExp ' +
      'Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError globalThis JSON Math Intl ' +
      'ArrayBuffer Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array Float32Array Float64Array ' +
      'Uint8ClampedArray BigUint64Array BigInt64Array DataView Map BigInt Set Iterator WeakMap WeakSet Proxy Reflect ' +
      'decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape isFinite isNaN'
    ).split(' '),
  );
  /** The most of one text: what is thrown, what is written to the console. */
  const LONGEST = 300;
  const LONGEST_LOG = 2000;

  /** @type {object | null} */
  let holder = scope;
  for (; holder !== null && holder !== Object.prototype; holder = getPrototypeOf(holder)) {
    for (const key of ownKeys(holder)) {
      if (holder === scope && KEPT.has(asText(key))) continue;
      if (!deleteProperty(holder, key)) defineProperty(holder, key, { value: undefined });
    }
  }

  let log = '';
  const write = (/** @type {unknown[]} */ ...values) => {
    for (let i = 0; i < values.length && log.length < LONGEST_LOG; i++)
      log += cut(show(values[i]), 0, LONGEST) + ' ';
    if (log.length < LONGEST_LOG) log += '\n';
  };
  scope.console = Object.freeze({ log: write, info: write, warn: write, error: write, debug: write });

  /** A number that is not the same again, but the same for the same seed (mulberry32). @param {number} seed */
  function randomFrom(seed) {
    const { imul } = Math;
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let x = imul(state ^ (state >>> 15), 1 | state);
      x = (x + imul(x ^ (x >>> 7), 61 | x)) ^ x;
      return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
    };
  }

  /** Whatever a value is, a text; getters and proxies may throw. @param {any} value @returns {string} */
  function show(value) {
    try {
      if (typeof value !== 'object' || value === null) return asText(value);
      const message = value.message;
      if (typeof message !== 'string') return asText(value);
      const name = value.name;
      return typeof name === 'string' ? name + ': ' + message : message;
    } catch {
      return 'something that cannot be shown';
    }
  }

  /** Where an error came from, as a line of this script. @param {any} thrown */
  function lineOf(thrown) {
    try {
      const found = match(/blob:[^\s)]*:(\d+):\d+/, asText(thrown.stack));
      return found ? +found[1] : undefined;
    } catch {
      return undefined;
    }
  }

  const thrown = (/** @type {unknown} */ error) => ({
    problem: 'It threw ' + cut(show(error), 0, LONGEST),
    scriptLine: lineOf(error),
  });

  /** @param {unknown} value */
  function checked(value) {
    if (typeof value === 'number' && isFinite(value)) return { value };
    if (typeof value === 'number')
      return { problem: 'It gave ' + asText(value) + ', which is not a finite number.' };
    if (value === undefined) return { problem: 'It gave nothing; a reward is a number.' };
    if (value === null) return { problem: 'It gave null; a reward is a number.' };
    const type = typeof value;
    const article = type === 'object' ? 'an ' : 'a ';
    return { problem: 'It gave ' + article + type + '; a reward is a number.' };
  }

  /** @type {unknown} */
  let reward;
  listen('message', async (/** @type {MessageEvent} */ event) => {
    const { id, input, seed } = event.data;
    log = '';
    Math.random = randomFrom(seed);
    /** @type {object} */
    let answer;
    try {
      answer = checked(await apply(/** @type {Function} */ (reward), undefined, [parse(input)]));
    } catch (error) {
      answer = thrown(error);
    }
    // Null prototype: a setter on Object.prototype has no part in it.
    send({ __proto__: null, ...answer, id, log });
  });

  /** @type {object} */
  let answer = { loaded: true };
  if (load.toString().length !== length) {
    answer = { problem: 'It closes a bracket that it has not opened.' };
  } else {
    try {
      reward = load();
      if (typeof reward !== 'function') answer = { problem: 'It defines no function named “reward”.' };
    } catch (error) {
      answer = thrown(error);
    }
  }
  send({ __proto__: null, ...answer, id: started, log });
}
