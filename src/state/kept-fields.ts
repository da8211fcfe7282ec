/**
 * @file What the browser's storage kept of this page, which may hold anything.
 */

/** The fields of an object that was kept as JSON; none where it was not kept, or is no such text. */
export function keptFields(text: string | null | undefined): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
