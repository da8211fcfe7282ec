// @ts-check
/**
 * @file Runs inside the sandboxed frame, whose origin is opaque: starts a worker with a person's reward code, and passes
 * questions and checked answers between it and the page. None of that code runs here: a loop in a frame could hold up the
 * page, and a frame could navigate away; a worker can do neither. The page's policy names this very text by its hash.
 */
(() => {
  /** The longest text that goes on to the page. */
  const LONGEST = 4000;
  /** @type {Worker | undefined} */
  let worker;
  /** Id of the question that is being answered; one at a time. @type {number | undefined} */
  let asked;
  /** @type {MessagePort | undefined} */
  let page;
  const { trustedTypes } =
    /** @type {{ trustedTypes?: { createPolicy(name: string, rules: object): { createScriptURL(url: string): string } } }} */ (
      /** @type {unknown} */ (globalThis)
    );
  // Where the page requires trusted types, so does this document. The one address is that of the blob made below.
  const urls = trustedTypes?.createPolicy('losslight', {
    createScriptURL: (/** @type {string} */ url) => url,
  });

  /** @param {object} answer */
  function reply(answer) {
    if (asked === undefined) return;
    page?.postMessage({ id: asked, ...answer });
    asked = undefined;
  }

  function end() {
    worker?.terminate();
    worker = undefined;
  }

  /** @param {string} problem */
  function stop(problem) {
    end();
    reply({ problem });
  }

  /** @param {string} script */
  function open(script) {
    end();
    const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
    const own = new Worker(urls ? urls.createScriptURL(url) : url, { name: 'losslight reward' });
    worker = own;
    own.onmessage = ({ data }) => {
      if (worker !== own) return;
      // The code cannot send anything by itself; should it find a way, it is stopped at its first message.
      if (data?.id !== asked || asked === undefined)
        stop('It sent a message that nobody asked for, and was stopped.');
      else reply(checked(data));
    };
    own.onmessageerror = () => worker === own && stop('Its answer could not be read.');
    own.onerror = (event) => {
      event.preventDefault();
      if (worker !== own) return;
      end();
      const message = text(event.message) || 'The code could not be started.';
      reply({ problem: message.replace(/^Uncaught /, ''), scriptLine: event.lineno });
    };
  }

  /** A copy that holds nothing but what an answer may hold. @param {Record<string, unknown>} data */
  function checked({ value, problem, scriptLine, log, loaded }) {
    return {
      ...(loaded === true && { loaded }),
      ...(typeof value === 'number' && Number.isFinite(value) && { value }),
      ...(typeof problem === 'string' && { problem: text(problem) }),
      ...(Number.isSafeInteger(scriptLine) && { scriptLine }),
      ...(typeof log === 'string' && log !== '' && { log: text(log) }),
    };
  }

  /** @param {unknown} value */
  function text(value) {
    return typeof value === 'string' ? value.slice(0, LONGEST) : '';
  }

  addEventListener('message', function first(event) {
    if (event.source !== parent || !event.ports[0]) return;
    removeEventListener('message', first);
    page = event.ports[0];
    page.onmessage = ({ data: { id, script, input, seed } }) => {
      asked = id;
      if (script !== undefined) open(script);
      else if (worker) worker.postMessage({ id, input, seed });
      else reply({ problem: 'The code is not running.' });
    };
    page.postMessage({ ready: true });
  });
})();
