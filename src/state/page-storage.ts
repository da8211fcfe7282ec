/**
 * @file The browser's storage for this page, where it is allowed.
 */

/** What lasts while the tab is open; undefined where storage is forbidden, which already looking at it tells by an error. */
export function tabStorage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}

/** What lasts over visits; undefined where storage is forbidden. */
export function pageStorage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
