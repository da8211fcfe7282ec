/**
 * @file Starts a worker under a Content-Security-Policy that requires trusted types for script URLs, and for markup.
 */
import { SANDBOX_DOCUMENT } from './reward-sandbox-document';

interface TrustedPolicy {
  createScriptURL(url: string): string;
  createHTML(text: string): string;
}

interface TrustedTypes {
  createPolicy(name: string, rules: TrustedPolicy): TrustedPolicy;
}

/** A script of this page's own origin, as an absolute address; anything else is refused. */
export function ownScript(url: string, base: string): string {
  const absolute = new URL(url, base);
  if (absolute.origin !== new URL(base).origin) {
    throw new TypeError(`A worker must come from this page's own origin, not from ${absolute.origin}.`);
  }
  return absolute.href;
}

/** The one document that this project makes from text. */
function ownDocument(text: string): string {
  if (text !== SANDBOX_DOCUMENT)
    throw new TypeError('Only the reward sandbox’s own document is made from text.');
  return text;
}

let policy: TrustedPolicy | undefined;

/** The page's own policy for addresses of scripts and for markup; undefined where the browser has no trusted types. */
export function trustedPolicy(): TrustedPolicy | undefined {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  // A policy name can be used once per document, so the policy is kept.
  return (policy ??= types?.createPolicy('losslight', {
    // A blob's address is of the page's own origin.
    createScriptURL: (text) => ownScript(text, document.baseURI),
    createHTML: ownDocument,
  }));
}

/**
 * Starts the module worker at `url` from a blob that does nothing but import it. A worker fetched over the network has
 * only the policy that its host sends with the script, and a static host may send none; one from a blob inherits the
 * page's own, `<meta>` included.
 *
 * @throws TypeError where `url` is not of this page's origin.
 */
export function spawnWorker(url: string, name: string): Worker {
  const script = `import ${JSON.stringify(ownScript(url, document.baseURI))};`;
  // Not revoked: the worker may still be reading it, and it is a few bytes.
  const blob = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  return new Worker(trustedPolicy()?.createScriptURL(blob) ?? blob, { type: 'module', name });
}
