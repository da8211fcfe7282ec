/**
 * @file Starts a worker under a Content-Security-Policy that requires trusted types for script URLs.
 */

interface ScriptUrlPolicy {
  createScriptURL(url: string): string;
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): ScriptUrlPolicy;
}

/** A script of this page's own origin, as an absolute address; anything else is refused. */
export function ownScript(url: string, base: string): string {
  const absolute = new URL(url, base);
  if (absolute.origin !== new URL(base).origin) {
    throw new TypeError(`A worker must come from this page's own origin, not from ${absolute.origin}.`);
  }
  return absolute.href;
}

let policy: ScriptUrlPolicy | undefined;

/** @throws TypeError where `url` is not of this page's origin. */
export function spawnWorker(url: string, name: string): Worker {
  // A policy name can be used once per document, so the policy is kept.
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  const base = document.baseURI;
  policy ??= types?.createPolicy('losslight', { createScriptURL: (text) => ownScript(text, base) });
  return new Worker(policy ? policy.createScriptURL(url) : ownScript(url, base), { type: 'module', name });
}
