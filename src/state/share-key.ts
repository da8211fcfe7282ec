/**
 * @file How the fragment of a share link begins; apart from what makes such links, whose code comes later.
 */
export const SHARE_KEY = '#share=';
