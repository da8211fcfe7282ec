/**
 * @file A short name for a text, the same for the same text: tells two tokenizers or templates apart. No protection against
 * forgery; the browser's own SHA-256 is missing on pages without a secure context, such as a classroom's server.
 */

/** 64 bits of FNV-1a (draft-eastlake-fnv) as two halves that begin differently; 16 hexadecimal digits. */
export function textDigest(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ (unit + i), 0x01000193);
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
