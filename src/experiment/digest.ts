/**
 * @file The digest that tells files apart: SHA-256 everywhere, so that what one page or process wrote can be held against what
 * another one has. Where the browser offers none, as on a page that is not secure, it is computed here.
 */
import { crcOf } from '../crc32';
import { sha256 } from './sha256';

/** How digests begin that older versions wrote on pages that are not secure: of another function, comparable with no SHA-256. */
const CRC = 'crc32 ';

/** SHA-256 in hexadecimal digits. */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const { subtle } = crypto as { subtle?: SubtleCrypto };
  const digest = subtle ? new Uint8Array(await subtle.digest('SHA-256', bytes)) : sha256(bytes);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Whether bytes have a digest, by the function that made it. */
export async function isOf(digest: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  if (digest.startsWith(CRC)) return digest === `${CRC}${crcOf(bytes).toString(16)}`;
  return digest === (await digestOf(bytes));
}
