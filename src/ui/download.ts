/**
 * @file Hands a text, or a file that was made, to the browser to save.
 */

/** Milliseconds until the text is let go of: by then every browser has begun to save it. */
const KEPT_MS = 60_000;

export function download(name: string, text: string | Blob, type = 'application/json'): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}

/** A name that every file system takes: `chat.jsonl#4` becomes `chat.jsonl-4`. */
export function fileName(text: string): string {
  return text.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|-+$/g, '') || 'conversation';
}
