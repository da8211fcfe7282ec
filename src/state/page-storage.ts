/**
 * @file The tab's own storage, where the browser allows it.
 */

/** What lasts while the tab is open; undefined where storage is forbidden, which already looking at it tells by an error. */
export function tabStorage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}
