/**
 * @file What tells a share link and a session's file from others; apart from what reads and makes them, whose code comes later.
 */
/** How the fragment of a share link begins. */
export const SHARE_KEY = '#share=';

/** True for a file that is meant as a session, by its name; browsers number a second download of the same name. */
export function isSessionFile(name: string): boolean {
  return /\.losslight( ?\(\d+\))?\.zip$/i.test(name);
}
