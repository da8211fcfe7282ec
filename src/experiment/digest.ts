/**
 * @file The digest that tells files apart: SHA-256 where the page or process has it, which a page that is not secure has not.
 */
import { crcOf } from '../crc32';

/** SHA-256 in hexadecimal digits; `crc32 …` where there is none. */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const { subtle } = crypto as { subtle?: SubtleCrypto };
  if (!subtle) return `crc32 ${crcOf(bytes).toString(16)}`;
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
